"""Learning rates that change from update to update. Source: https://keras.io/api/optimizers/learning_rate_schedules"""

from __future__ import annotations

from collections.abc import Sequence

from netviz.engine import schedules as engine
from netviz.i18n import _

_ALMOST_ZERO = 1e-30  # the engine's rates are above 0; nothing that is trained can tell this from it


class LearningRateSchedule:
    """A base rate and the engine's schedule that changes it; call it with a number of updates for the rate then."""

    def __init__(self, base: float, value: engine.Schedule) -> None:
        """Keep both."""
        self.base = float(base)
        self.value = value

    def __call__(self, step: int) -> float:
        return self.value.rate(self.base, int(step))


class ExponentialDecay(LearningRateSchedule):
    """initial·decay_rate^(step/decay_steps)."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:  # fmt: skip
        """With staircase the exponent is rounded down."""
        super().__init__(initial_learning_rate, engine.ExponentialDecay(decay_steps, decay_rate, staircase))


class InverseTimeDecay(LearningRateSchedule):
    """initial/(1 + decay_rate·step/decay_steps)."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:  # fmt: skip
        """With staircase the quotient is rounded down."""
        super().__init__(initial_learning_rate, engine.InverseTimeDecay(decay_steps, decay_rate, staircase))


class PolynomialDecay(LearningRateSchedule):
    """(initial − end)·(1 − step/decay_steps)^power + end."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, end_learning_rate: float = 0.0001, power: float = 1.0,
        cycle: bool = False, name: str = "PolynomialDecay",
    ) -> None:  # fmt: skip
        """With cycle the rate rises again at every multiple of decay_steps."""
        value = engine.PolynomialDecay(decay_steps, end_learning_rate, power, cycle)
        super().__init__(initial_learning_rate, value)


class CosineDecay(LearningRateSchedule):
    """Half a cosine wave from the initial rate down to alpha times it, after an optional linear rise."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, alpha: float = 0.0, name: str = "CosineDecay",
        warmup_target: float | None = None, warmup_steps: int = 0,
    ) -> None:  # fmt: skip
        """With warmup_target the rate first rises to it, during warmup_steps, and may begin at 0."""
        base = _ALMOST_ZERO if initial_learning_rate == 0 and warmup_target else initial_learning_rate
        super().__init__(base, engine.CosineDecay(decay_steps, alpha, warmup_target, warmup_steps))


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine waves one after another, each t_mul times as long and m_mul times as high as the one before."""

    def __init__(
        self, initial_learning_rate: float, first_decay_steps: int, t_mul: float = 2.0, m_mul: float = 1.0,
        alpha: float = 0.0, name: str = "SGDRDecay",
    ) -> None:  # fmt: skip
        """The lowest rate is alpha times the initial one."""
        super().__init__(initial_learning_rate, engine.CosineDecayRestarts(first_decay_steps, t_mul, m_mul, alpha))


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[i] while step ≤ boundaries[i], the last value after the last boundary."""

    def __init__(self, boundaries: Sequence[int], values: Sequence[float], name: str = "PiecewiseConstant") -> None:
        """One value more than boundaries."""
        if len(values) != len(boundaries) + 1:
            sentence = _("PiecewiseConstantDecay needs one value more than boundaries; it got {v} and {b}.")
            raise ValueError(sentence.format(v=len(values), b=len(boundaries)))
        # The engine's form is relative to the first rate, which an editor shows as the learning rate.
        base = float(values[0]) or 1.0
        factors = tuple(float(value) / base for value in values)
        super().__init__(base, engine.PiecewiseConstantDecay(tuple(boundaries), factors))
