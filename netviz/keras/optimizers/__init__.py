"""Optimizers under Keras' argument names and defaults. Source: https://keras.io/api/optimizers

All of them also take weight_decay, clipnorm, global_clipnorm, clipvalue, use_ema, ema_momentum and
ema_overwrite_frequency, and a name. What they remember (momentum, velocity) belongs to the model that they train;
`learning_rate` may be set at any time and holds from the next epoch on. With use_ema fit ends with the averaged weights.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from netviz.engine import optimizers as engine
from netviz.engine.schedules import Constant, Schedule
from netviz.i18n import _
from netviz.keras.arguments import refuse
from netviz.keras.optimizers import schedules
from netviz.keras.optimizers.schedules import LearningRateSchedule

__all__ = [
    "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "Optimizer", "RMSprop", "SGD",
    "schedules", "value_of",
]  # fmt: skip

Rate: TypeAlias = float | LearningRateSchedule

_SHARED = ("clipnorm", "global_clipnorm", "clipvalue", "use_ema", "ema_momentum", "ema_overwrite_frequency")
_NONE_AT_ZERO = ("clipnorm", "global_clipnorm", "clipvalue", "ema_overwrite_frequency")
# Arguments of every Keras optimizer that the engine has no use for, with the values that ask for nothing.
_NEUTRAL = {"loss_scale_factor": None, "gradient_accumulation_steps": None}


class Optimizer:
    """An engine's optimizer and its rate; `iterations` counts the updates made since it was compiled."""

    def __init__(self, value: engine.Optimizer, rate: Rate, name: str | None = None, **more: Any) -> None:
        """`value` has every setting but the rate and those that all optimizers share, which are in `more`."""
        shared = {key: more.pop(key) for key in _SHARED if key in more}
        refuse(type(self).__name__, more, _NEUTRAL)
        self.name = name or type(self).__name__.lower()
        self.iterations = 0
        shared = {key: given or None if key in _NONE_AT_ZERO else given for key, given in shared.items()}
        self._kind, self._rate = replace(value, **shared), rate
        self.settings()  # so that a wrong rate is refused here

    @property
    def learning_rate(self) -> float:
        """The rate of the next update; setting it takes the place of a schedule."""
        return self._rate(self.iterations) if isinstance(self._rate, LearningRateSchedule) else float(self._rate)

    @learning_rate.setter
    def learning_rate(self, rate: Rate) -> None:
        before, self._rate = self._rate, rate
        try:
            self.settings()
        except ValueError:
            self._rate = before
            raise

    def settings(self) -> tuple[engine.Optimizer, Schedule]:
        """The engine's optimizer and schedule."""
        if isinstance(self._rate, LearningRateSchedule):
            return replace(self._kind, learning_rate=self._rate.base), self._rate.value
        return replace(self._kind, learning_rate=self._rate), Constant()


class SGD(Optimizer):
    """Gradient descent, with momentum and Nesterov's form where asked for."""

    def __init__(
        self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.SGD(momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)
        super().__init__(value, learning_rate, **more)


class Lion(Optimizer):
    """Every weight moves by the learning rate, in the direction that momentum and gradient agree on."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.99,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Lion(beta_1=beta_1, beta_2=beta_2, weight_decay=weight_decay)
        super().__init__(value, learning_rate, **more)


class Adagrad(Optimizer):
    """Each weight's rate falls with the sum of its squared gradients."""

    def __init__(
        self, learning_rate: Rate = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        settings: dict[str, Any] = {"initial_accumulator_value": initial_accumulator_value, "epsilon": epsilon}
        super().__init__(engine.Adagrad(**settings, weight_decay=weight_decay), learning_rate, **more)


class Adadelta(Optimizer):
    """Each step is as large as the steps before it, in proportion to the gradient."""

    def __init__(
        self, learning_rate: Rate = 0.001, rho: float = 0.95, epsilon: float = 1e-7,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Adadelta(rho=rho, epsilon=epsilon, weight_decay=weight_decay)
        super().__init__(value, learning_rate, **more)


class RMSprop(Optimizer):
    """Each gradient is divided by the root of its running mean square."""

    def __init__(
        self, learning_rate: Rate = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
        centered: bool = False, weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        settings: dict[str, Any] = {"rho": rho, "momentum": momentum, "epsilon": epsilon, "centered": centered}
        super().__init__(engine.RMSprop(**settings, weight_decay=weight_decay), learning_rate, **more)


class Ftrl(Optimizer):
    """Follow the regularized leader: many weights become exactly 0."""

    def __init__(
        self, learning_rate: Rate = 0.001, learning_rate_power: float = -0.5, initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0, beta: float = 0.0, weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Ftrl(
            learning_rate_power=learning_rate_power, initial_accumulator_value=initial_accumulator_value,
            l1_regularization_strength=l1_regularization_strength, l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength, beta=beta, weight_decay=weight_decay,
        )  # fmt: skip
        super().__init__(value, learning_rate, **more)


class Adam(Optimizer):
    """Running means of the gradient and of its square."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        settings: dict[str, Any] = {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
        super().__init__(self._adam(**settings, weight_decay=weight_decay), learning_rate, **more)

    _adam: type[engine.Adam] = engine.Adam


class AdamW(Adam):
    """Adam, and each weight shrinks by itself."""

    def __init__(
        self, learning_rate: Rate = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **more)

    _adam = engine.AdamW


class Adamax(Optimizer):
    """Adam with the largest gradient of late in the place of the mean square."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Adamax(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, weight_decay=weight_decay)
        super().__init__(value, learning_rate, **more)


class Nadam(Optimizer):
    """Adam with Nesterov momentum."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Nadam(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, weight_decay=weight_decay)
        super().__init__(value, learning_rate, **more)


class Adafactor(Optimizer):
    """Squares of a matrix from what its rows and columns come to; as in Keras, relative_step changes no number."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_2_decay: float = -0.8, epsilon_1: float = 1e-30, epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0, relative_step: bool = True, weight_decay: float | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Adafactor(
            beta_2_decay=beta_2_decay, epsilon_1=epsilon_1, epsilon_2=epsilon_2, clip_threshold=clip_threshold,
            weight_decay=weight_decay,
        )  # fmt: skip
        super().__init__(value, learning_rate, **more)


_NAMED = (SGD, Lion, Adagrad, Adadelta, RMSprop, Ftrl, Adam, AdamW, Adamax, Nadam, Adafactor)
_BY_NAME = {family.__name__.lower(): family for family in _NAMED}


def value_of(identifier: Any) -> Optimizer:
    """An optimizer from itself or from its name in any case."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        if identifier.lower() in _BY_NAME:
            return _BY_NAME[identifier.lower()]()
        plugged = engine.optimizers[identifier]()
        return Optimizer(plugged, plugged.learning_rate, identifier)
    sentence = _("An optimizer is a name or one of netviz.keras.optimizers, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))
