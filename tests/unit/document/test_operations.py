"""What is done by hand is an edit: of one place, made once, and taken back without a trace."""

from __future__ import annotations

from netviz.document import operations as op
from netviz.document.examples import EXAMPLES
from netviz.engine.surgery import Alter, Freeze, SetWeight

CIRCLE = EXAMPLES["circle"].experiment
NETWORK = CIRCLE.network(CIRCLE.samples())


def test_a_unit_is_muted_perturbed_and_left_alone_again() -> None:
    muted = op.alter(CIRCLE, 0, 2, 0.0, 0.0)
    assert muted.surgery == (Alter(0, 2, 0.0, 0.0),) and op.alteration(muted, 0, 2) == muted.surgery[0]
    perturbed = op.alter(op.alter(muted, 0, None, 0.5, 0.0), 0, 2, 2.0, 0.1)
    assert perturbed.surgery == (Alter(0, None, 0.5, 0.0), Alter(0, 2, 2.0, 0.1))
    assert op.alter(muted, 0, 2, 1.0, 0.0) == CIRCLE


def test_all_weights_of_a_unit_are_held_and_let_go() -> None:
    freezes = op.freezes_of_unit(NETWORK, 0, 3)
    assert freezes == (Freeze(0, "kernel", (None, 3)), Freeze(0, "bias", (3,)))
    held = op.hold(CIRCLE, freezes, True)
    assert op.is_held(held, freezes) and not op.is_held(CIRCLE, freezes)
    assert op.hold(held, freezes, True).surgery == held.surgery and op.hold(held, freezes, False) == CIRCLE


def test_of_two_numbers_for_a_weight_at_one_time_the_later_holds() -> None:
    once = op.set_weight(CIRCLE, 0, "kernel", (1, 2), 0.5, 7)
    twice = op.set_weight(once, 0, "kernel", (1, 2), -1.0, 7)
    assert twice.surgery == (SetWeight(0, "kernel", (1, 2), -1.0, 7),)
    assert op.without(twice, twice.surgery[0]) == CIRCLE


def test_mistakes_are_switched_one_by_one() -> None:
    broken = op.with_mistake(op.with_mistake(CIRCLE, "sign", True), "batch", True)
    assert broken.mistakes == ("sign", "batch")
    assert op.with_mistake(broken, "sign", True).mistakes == ("batch", "sign")
    assert op.with_mistake(op.with_mistake(broken, "sign", False), "batch", False) == CIRCLE
