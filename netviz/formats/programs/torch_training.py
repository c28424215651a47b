"""Loss, penalties and optimizer of a training, said in PyTorch with the same numbers; what it has not is said in a comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netviz.codec import fields_of
from netviz.engine.activations import Activation
from netviz.engine.experiment import Experiment
from netviz.engine.losses import Loss
from netviz.engine.regularizers import Regularizer
from netviz.engine.schedules import Constant
from netviz.engine.surgery import Freeze
from netviz.formats.keras.layers import output_activation
from netviz.formats.programs.facts import told
from netviz.formats.programs.torch_lines import Model
from netviz.formats.trained import Trained

# By netviz' name of the loss: statements before, and the loss of predictions p and targets y of one shape.
_CLIPPED = "p.clamp(1e-7, 1 - 1e-7)"
_LOSSES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "mean_squared_error": ((), "F.mse_loss(p, y)"),
    "mean_absolute_error": ((), "F.l1_loss(p, y)"),
    "mean_absolute_percentage_error": ((), "100 * ((y - p).abs() / y.abs().clamp_min(1e-7)).mean()"),
    "mean_squared_logarithmic_error": (
        (), "(torch.log1p(p.clamp_min(1e-7)) - torch.log1p(y.clamp_min(1e-7))).square().mean()",
    ),
    "huber": ((), "F.huber_loss(p, y, delta={delta})"),
    "log_cosh": ((), "torch.log(torch.cosh(p - y)).mean()"),
    "cosine_similarity": ((), "-F.cosine_similarity(p, y, dim=-1).mean()"),
    "poisson": ((), "(p - y * torch.log(p + 1e-7)).mean()"),
    "kl_divergence": (
        (f"p, y = {_CLIPPED.replace('1 - 1e-7', '1')}, y.clamp(1e-7, 1)",), "(y * torch.log(y / p)).sum(-1).mean()",
    ),
    "hinge": (("y = torch.where(y == 0, -1.0, y)",), "F.relu(1 - y * p).mean()"),
    "squared_hinge": (("y = torch.where(y == 0, -1.0, y)",), "F.relu(1 - y * p).square().mean()"),
    "categorical_hinge": ((), "F.relu(1 + ((1 - y) * p).amax(-1) - (y * p).sum(-1)).mean()"),
    "binary_crossentropy": ((), f"F.binary_cross_entropy({_CLIPPED}, y)"),
    "categorical_crossentropy": ((), f"-(y * torch.log({_CLIPPED})).sum(-1).mean()"),
    "sparse_categorical_crossentropy": ((), f"-(y * torch.log({_CLIPPED})).sum(-1).mean()"),
    "binary_focal_crossentropy": (
        ("weight = {balance}", "missing = y * (1 - p) + (1 - y) * p"),
        f'(weight * missing**{{gamma}} * F.binary_cross_entropy({_CLIPPED}, y, reduction="none")).mean()',
    ),
    "categorical_focal_crossentropy": (
        (f"p = {_CLIPPED}",), "-(torch.tensor({alpha}) * y * (1 - p)**{gamma} * torch.log(p)).sum(-1).mean()",
    ),
}  # fmt: skip

_OPTIMIZERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sgd": ("SGD", {"momentum": "momentum", "nesterov": "nesterov"}),
    "adam": ("Adam", {"epsilon": "eps", "amsgrad": "amsgrad"}),
    "adamw": ("AdamW", {"epsilon": "eps", "amsgrad": "amsgrad", "weight_decay": "weight_decay"}),
    "adamax": ("Adamax", {"epsilon": "eps"}),
    "nadam": ("NAdam", {"epsilon": "eps"}),
    "rmsprop": ("RMSprop", {"rho": "alpha", "epsilon": "eps", "momentum": "momentum", "centered": "centered"}),
    "adagrad": ("Adagrad", {"initial_accumulator_value": "initial_accumulator_value", "epsilon": "eps"}),
    "adadelta": ("Adadelta", {"rho": "rho", "epsilon": "eps"}),
    "lbfgs": ("LBFGS", {"history_size": "history_size"}),
}


def loss_lines(loss: Loss, from_logits: bool = False) -> list[str]:
    """A function loss(p, y); from_logits: p are logits, of which it makes probabilities."""
    name = loss.family.name(type(loss))
    head = ["def loss(p, y):"]
    if name not in _LOSSES:
        return [f"# netviz trained with the loss {told(name)}, which has no form here."]
    settings = {key: getattr(loss, key) for key in fields_of(type(loss))}
    smoothing = settings.get("label_smoothing", 0.0)
    if name == "binary_focal_crossentropy":
        balanced = f"y * {settings['alpha']} + (1 - y) * {1 - settings['alpha']}" if settings["apply_class_balancing"] else "1.0"
        settings["balance"] = balanced
    if name == "categorical_focal_crossentropy":
        settings["alpha"] = list(settings["alpha"])
    before, value = _LOSSES[name]
    targets = "targets, F.one_hot(labels, p.shape[-1])," if loss.exclusive else "targets"
    doc = f'    """{type(loss).__name__} of predictions and {targets} of one shape."""'
    smooth = [f"    y = y * {1 - smoothing} + {smoothing} / {'y.shape[-1]' if loss.exclusive else 2}"] if smoothing else []
    body = [f"    {line.format(**settings)}" for line in before]
    made = {"softmax": "torch.softmax(p, -1)"}.get(name_of(output_activation(loss)), "torch.sigmoid(p)")
    logits = [f"    p = {made}  # predictions are logits"] if from_logits else []
    return [*head, doc, *logits, *smooth, *body, f"    return {value.format(**settings)}"]


def name_of(activation: Activation) -> str:
    """netviz' name of an activation."""
    return activation.family.name(type(activation))


def penalty_lines(model: Model, owners: Mapping[str, Regularizer]) -> list[str]:
    """A function penalty(model) where weights are penalized; owners: their penalties by netviz' names."""
    terms = []
    for placed in model.layout:
        penalty = owners.get(placed.array)
        for tensor in placed.names if penalty is not None else ():
            for key, way in (("l1", "abs()"), ("l2", "square()")):
                if amount := getattr(penalty, key, 0.0):
                    terms.append(f"{amount} * model.{tensor}.{way}.sum()")
    if not terms:
        return []
    doc = '    """What netviz adds to the loss for large weights."""'
    return ["def penalty(model):", doc, *_sum(terms)]


def _sum(terms: list[str]) -> list[str]:
    if len(terms) == 1:
        return [f"    return {terms[0]}"]
    return ["    return (", f"        {terms[0]}", *(f"        + {term}" for term in terms[1:]), "    )"]


def optimizer_lines(experiment: Experiment) -> list[str]:
    """A function that makes the optimizer, and comments on what the training had beside it."""
    optimizer = experiment.optimizer
    name = optimizer.family.name(type(optimizer))
    settings = {key: getattr(optimizer, key) for key in fields_of(type(optimizer))}
    lines = ["def optimizer(model):", f'    """{type(optimizer).__name__} with the numbers of the training."""']
    lines += [f"    # {note}" for note in notes(experiment)]
    for part in experiment.surgery:
        if isinstance(part, Freeze):
            which = f"The {told(part.name)} of layer" if part.name else "Layer"
            lines.append(f"    # {which} {part.layer + 1} was held still.")
    if name not in _OPTIMIZERS:
        said = f"# netviz trained with {told(_call(type(optimizer).__name__, settings), 400)}, which PyTorch has not."
        return [said, *(line.strip() for line in lines[2:])]
    kind, names = _OPTIMIZERS[name]
    given = {other: settings[key] for key, other in names.items() if settings[key] not in (False, None)}
    if name == "lbfgs" and settings["line_search"] == "strong_wolfe":
        given["line_search_fn"] = "strong_wolfe"
    betas = {"betas": (settings["beta_1"], settings["beta_2"])} if "beta_1" in settings else {}
    given = {"lr": settings["learning_rate"], **betas, **given}
    return [*lines, f"    return torch.optim.{_call(kind, given, 'model.parameters()')}"]


def _call(name: str, settings: Mapping[str, Any], *before: str) -> str:
    return f"{name}({', '.join([*before, *(f'{key}={value!r}' for key, value in settings.items())])})"


def notes(experiment: Experiment) -> list[str]:
    """What a training had beside loss and optimizer, in words of one line each."""
    optimizer, schedule = experiment.optimizer, experiment.schedule
    found = [f"Epochs of batches of {experiment.batch_size} rows{', shuffled' if experiment.shuffle else ''}."]
    if not isinstance(schedule, Constant):
        settings = {key: getattr(schedule, key) for key in fields_of(type(schedule))}
        found.append(f"The learning rate followed {told(_call(type(schedule).__name__, settings), 300)}.")
    for key in ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue"):
        value = getattr(optimizer, key, None)
        if value is not None and not (key == "weight_decay" and type(optimizer).__name__ == "AdamW"):
            found.append(f"It had {key}={value}.")
    if getattr(optimizer, "use_ema", False):
        found.append(f"The weights are averages over updates, ema_momentum={getattr(optimizer, 'ema_momentum', None)}.")
    if experiment.class_weight:
        found.append(f"Classes weighed {told(dict(experiment.class_weight).__repr__())}.")
    return found


def penalties(trained: Trained) -> dict[str, Regularizer]:
    """Regularizers by netviz' names of the weights."""
    named = dict(zip(trained.params.windows, trained.arrays, strict=True))
    return {named[window]: regularizer for window, regularizer in trained.network.penalized}
