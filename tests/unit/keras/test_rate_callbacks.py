"""Callbacks that set the learning rate between epochs, and fits that end with averaged weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.engine.run import Run
from netviz.engine.train import train
from netviz.keras import Sequential
from netviz.keras.callbacks import Callback, LearningRateScheduler, ReduceLROnPlateau
from netviz.keras.optimizers import SGD, Adam
from netviz.keras.optimizers.schedules import ExponentialDecay

Rows = tuple[np.ndarray, np.ndarray]


def test_a_scheduler_sets_the_rate_of_every_epoch_and_the_history_keeps_it(model: Sequential, rows: Rows) -> None:
    model.compile(SGD(0.5), "binary_crossentropy")
    history = model.fit(*rows, epochs=4, verbose=0, callbacks=[LearningRateScheduler(lambda epoch, rate: rate / 2)])
    assert history.history["learning_rate"] == [0.25, 0.125, 0.0625, 0.03125]
    assert model.run is not None
    assert [segment.experiment.optimizer.learning_rate for segment in model.run.segments] == [0.25, 0.125, 0.0625, 0.03125]


def test_a_fit_with_a_scheduler_can_be_replayed_bit_for_bit(model: Sequential, rows: Rows) -> None:
    model.fit(*rows, epochs=4, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))])
    assert isinstance(model.run, Run) and model.frame is not None
    *_all, last = train(model.run, model.run.experiment.samples(), epochs=4)
    assert last.params.vector.tobytes() == model.frame.params.vector.tobytes()


def test_a_scheduler_that_gives_no_number_is_told_so(model: Sequential, rows: Rows) -> None:
    with pytest.raises(ValueError, match="must return a float, not None"):
        model.fit(*rows, verbose=0, callbacks=[LearningRateScheduler(lambda epoch, rate: None)])  # type: ignore[arg-type, return-value]


def test_the_rate_falls_on_a_plateau_down_to_its_least_and_what_is_said(
    model: Sequential, rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    model.compile(SGD(1.0), "binary_crossentropy")
    plateau = ReduceLROnPlateau("loss", 0.5, 1, verbose=1, min_delta=1e9, min_lr=0.2)
    history = model.fit(*rows, epochs=6, verbose=0, callbacks=[plateau])
    assert history.history["learning_rate"] == [1.0, 1.0, 0.5, 0.25, 0.2, 0.2]
    assert "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.5." in capsys.readouterr().out


def test_a_plateau_of_what_is_not_there_warns_and_leaves_the_rate(model: Sequential, rows: Rows) -> None:
    with pytest.warns(UserWarning, match="watches val_loss, which is not available; there are: accuracy, loss"):
        history = model.fit(*rows, verbose=0, callbacks=[ReduceLROnPlateau()])
    assert history.history["learning_rate"] == [0.001]


@pytest.mark.parametrize(
    ("arguments", "words"), [({"factor": 1.0}, "factor must be below 1"), ({"mode": "up"}, "auto, min or max, not 'up'")]
)
def test_a_plateau_that_makes_no_sense_is_refused(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ReduceLROnPlateau(**arguments)


def test_the_rate_of_a_schedule_is_what_the_history_gets(model: Sequential, rows: Rows) -> None:
    model.compile(SGD(ExponentialDecay(0.5, 3, 0.5)), "binary_crossentropy")
    history = model.fit(*rows, epochs=2, verbose=0, callbacks=[ReduceLROnPlateau("loss", patience=50)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.25, 0.125])  # three updates an epoch


class Weights(Callback):
    """Keeps the weights of every epoch's end."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.kept.append(self.model.get_weights()[0])


def test_a_fit_ends_with_the_averaged_weights_and_the_next_goes_on_from_them(model: Sequential, rows: Rows) -> None:
    model.compile(Adam(0.1, use_ema=True, ema_momentum=0.9), "binary_crossentropy")
    seen = Weights()
    model.fit(*rows, epochs=3, verbose=0, callbacks=[seen])
    average = dict(model.start.slots)["average"][:24].reshape(4, 6)
    np.testing.assert_array_equal(model.get_weights()[0], average)
    assert (seen.kept[-1] != average).any()
    assert model.frame is not None and (model.frame.params[0]["kernel"] == average).all()
    model.fit(*rows, epochs=1, verbose=0)
    assert model.run is not None and model.run.start.params is not None
    np.testing.assert_array_equal(model.run.start.params[:24].reshape(4, 6), average)
