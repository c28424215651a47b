"""Matt Mazur's example, number for number: "A Step by Step Backpropagation Example" (2015).

The numbers are those printed there; where it rounds on the way (0.291027924 for 0.291027774) one part in a million is left.
"""

from __future__ import annotations

import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.frame import Frame, Phase
from netviz.engine.run import Run
from netviz.engine.train import Stride, train

EXPERIMENT = EXAMPLES["mazur"].experiment
WITHIN = 1e-6


def phases() -> dict[tuple[Phase, int | None], Frame]:
    moments = train(Run.of(EXPERIMENT), EXPERIMENT.samples(), stride=Stride.PHASE, epochs=1)
    return {(moment.phase, moment.layer): moment.frame() for moment in moments}


def test_the_forward_pass_is_his() -> None:
    seen = phases()
    hidden = seen[Phase.FORWARD, 0].batch
    assert hidden is not None
    assert hidden.memory[0]["z"][0] == pytest.approx([0.3775, 0.3925], abs=WITHIN)
    assert hidden.memory[0]["a"][0] == pytest.approx([0.593269992, 0.596884378], abs=WITHIN)
    batch = seen[Phase.LOSS, None].batch
    assert batch is not None and batch.prediction is not None and batch.loss is not None
    assert batch.prediction[0] == pytest.approx([0.75136507, 0.772928465], abs=WITHIN)
    assert batch.loss[0] == pytest.approx(0.298371109, abs=WITHIN)


def test_the_backward_pass_is_his() -> None:
    frame = phases()[Phase.BACKWARD, 0]
    assert frame.batch is not None
    assert frame.batch.deltas[1][0, 0] == pytest.approx(0.138498562, abs=WITHIN)
    assert frame.grads[1]["kernel"][0, 0] == pytest.approx(0.082167041, abs=WITHIN)
    assert frame.grads[0]["kernel"][0, 0] == pytest.approx(0.000438568, abs=WITHIN)


def test_the_update_is_his_and_his_biases_stay() -> None:
    frame = phases()[Phase.APPLY, None]
    assert frame.params[1]["kernel"].T.ravel() == pytest.approx(
        [0.35891648, 0.408666186, 0.511301270, 0.561370121], abs=WITHIN
    )
    assert frame.params[0]["kernel"].T.ravel() == pytest.approx(
        [0.149780716, 0.19956143, 0.24975114, 0.29950229], abs=WITHIN
    )
    assert frame.params[0]["bias"].tolist() == [0.35, 0.35] and frame.params[1]["bias"].tolist() == [0.6, 0.6]


def test_the_loss_after_one_step_and_after_ten_thousand_is_his() -> None:
    epochs = list(train(Run.of(EXPERIMENT), EXPERIMENT.samples(), epochs=10_001))
    losses = epochs[-1].history.epochs["loss"]
    assert losses[1] == pytest.approx(0.291027924, abs=WITHIN)
    assert losses[1] == pytest.approx(0.291027774, abs=1e-9)  # without his rounding
    assert losses[10_000] == pytest.approx(0.0000351085, abs=WITHIN)
