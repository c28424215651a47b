"""Optimizers under Keras' argument names and defaults. Source: https://keras.io/api/optimizers

What they remember (momentum, velocity) belongs to the model that they train; `learning_rate` may be set at any time
and holds from the next epoch on.
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

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "schedules", "value_of"]

Rate: TypeAlias = float | LearningRateSchedule

# Arguments of every Keras optimizer that the engine has no use for, with the values that ask for nothing.
_NEUTRAL = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None, "use_ema": False,
    "ema_momentum": 0.99, "ema_overwrite_frequency": None, "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}  # fmt: skip


class Optimizer:
    """An engine's optimizer and its rate; `iterations` counts the updates made since it was compiled."""

    def __init__(self, value: engine.Optimizer, rate: Rate, name: str | None, more: dict[str, Any]) -> None:
        """`value` has every setting but the rate."""
        refuse(type(self).__name__, more, _NEUTRAL)
        self.name = name or type(self).__name__.lower()
        self.iterations = 0
        self._kind, self._rate = value, rate
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
        self, learning_rate: Rate = 0.01, momentum: float = 0.0, nesterov: bool = False, name: str | None = None,
        **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__(engine.SGD(momentum=momentum, nesterov=nesterov), learning_rate, name, more)


class Adagrad(Optimizer):
    """Each weight's rate falls with the sum of its squared gradients."""

    def __init__(
        self, learning_rate: Rate = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
        name: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Adagrad(initial_accumulator_value=initial_accumulator_value, epsilon=epsilon)
        super().__init__(value, learning_rate, name, more)


class RMSprop(Optimizer):
    """Each gradient is divided by the root of its running mean square."""

    def __init__(
        self, learning_rate: Rate = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
        centered: bool = False, name: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.RMSprop(rho=rho, momentum=momentum, epsilon=epsilon, centered=centered)
        super().__init__(value, learning_rate, name, more)


class Adam(Optimizer):
    """Running means of the gradient and of its square; with weight_decay it is AdamW, as in Keras."""

    def __init__(
        self, learning_rate: Rate = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, weight_decay: float | None = None, name: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        settings: dict[str, Any] = {"beta_1": beta_1, "beta_2": beta_2, "epsilon": epsilon, "amsgrad": amsgrad}
        value = engine.Adam(**settings)
        if weight_decay is not None:
            value = engine.AdamW(**settings, weight_decay=weight_decay)
        super().__init__(value, learning_rate, name, more)


class AdamW(Adam):
    """Adam, and each weight shrinks by itself."""

    def __init__(
        self, learning_rate: Rate = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, name: str | None = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, name, **more)


_BY_NAME: dict[str, type[SGD | Adagrad | RMSprop | Adam]] = {
    "sgd": SGD, "adagrad": Adagrad, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW,
}  # fmt: skip


def value_of(identifier: Any) -> Optimizer:
    """An optimizer from itself or from its name in any case."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        if identifier.lower() in _BY_NAME:
            return _BY_NAME[identifier.lower()]()
        plugged = engine.optimizers[identifier]()
        return Optimizer(plugged, plugged.learning_rate, identifier, {})
    sentence = _("An optimizer is a name or one of netviz.keras.optimizers, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))
