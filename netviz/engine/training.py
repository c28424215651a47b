"""The working state of a training: the numbers that change, and the bookkeeping around each update."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from netviz.arrays import Array, FrozenMap
from netviz.datasets import Samples
from netviz.engine.batches import Block, Feeder
from netviz.engine.evaluation import check_fit, evaluate
from netviz.engine.frame import Before, Best, Frame, Phase, averaged
from netviz.engine.history import History
from netviz.engine.ledger import Diverged, Ledger
from netviz.engine.moment import Moment
from netviz.engine.network import Stage, layer_names
from netviz.engine.objective import BatchObjective
from netviz.engine.optimizers import AVERAGE
from netviz.engine.parameters import PIECE, Parameters, exchange, pieces, zeros
from netviz.engine.recording import PLANES, Recorder
from netviz.engine.run import Run
from netviz.engine.surgery import Setting, held, set_weights
from netviz.engine.trace import Trace
from netviz.engine.updating import Updating
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _


class Wired(NamedTuple):
    """A stage with everything it works on."""

    stage: Stage
    context: Context
    weights: Mapping[str, Array]
    grads: Mapping[str, Array]


class Training:
    """Everything that changes while a run trains. One thread owns it; others see Frames."""

    def __init__(
        self, run: Run, samples: Samples, since: Frame | None, whole: bool = True, recorder: Recorder | None = None
    ) -> None:
        """Begin a run, or go on from a settled frame of it; `whole` and `recorder` as for `train`."""
        if since is not None and not since.phase.settled:
            raise ValueError(f"training cannot go on from the middle of an update ({since.phase.value})")
        self.run, self.samples, self.whole = run, samples, whole
        self.epoch, self.step, self.position = (since.epoch, since.step, since.position) if since else (0, 0, 0)
        self.begun_at = since.phase if since else Phase.EPOCH
        self.rate = since.learning_rate if since else math.nan
        self.best = since.best if since else None
        self.stopped = False
        operations = [part for segment in run.segments for part in segment.experiment.surgery]
        self.set_at = {part.step for part in operations if isinstance(part, Setting)}
        self.trace: Trace | None = None
        self.ledger = Ledger(samples, since)
        self._asked_to_record = recorder
        self.block: Block | None = None
        self._enter(since)
        self._set_weights()

    # ------------------------------------------------------------------------------------------------- segments

    def _enter(self, since: Frame | None) -> None:
        """Make everything that belongs to the Experiment that holds from here on."""
        # Behind an epoch's last row the epoch is still to be closed, by the Experiment that trained it.
        at = self.step - (self.position == len(self.samples.x))
        self.experiment = experiment = self.run.at(at).experiment
        later = [s.step for s in self.run.segments if s.step > at]
        self.next_change = later[0] if later else None
        self.network = network = experiment.network(self.samples)
        check_fit(network, self.samples)
        dtype = experiment.dtype
        self.workspace = Workspace(dtype, experiment.seed)
        self.contexts = network.contexts(self.workspace, training=True)
        self.feeder = Feeder(self.samples, network, experiment)
        self.params = self._first_params(since)
        self.grads = zeros(network.windows, dtype)
        if since is not None:
            np.copyto(self.grads.vector, since.grads.vector)
        self.slots = self._first_slots(since)
        self.slots_since = self.step - self.run.updates(self.step)
        self.apart: tuple[Parameters, Parameters] | None = None
        planes = self._planes()
        self.updating = self._updating(since, planes)
        self.wired = self._wired()
        self.stateful = [i for i, wired in enumerate(self.wired) if wired.stage.layer.has_state]
        self.ledger.enter(experiment, network)
        self.recorder = self.ledger.recorder = None if planes is None else self._asked_to_record
        if planes is not None and self.recorder is not None:
            self.recorder.enter(self, planes)

    def change_segment(self) -> None:
        """Go over to the Experiment that holds from this step on; weights, slots and sums go along."""
        self._enter(self.moment(Phase.EPOCH).frame())

    def _first_params(self, since: Frame | None) -> Parameters:
        given = self.run.start.params if since is None else since.params.vector
        if given is None:
            return self.network.initial(self.experiment.seed, self.experiment.dtype)
        params = zeros(self.network.windows, self.experiment.dtype)
        np.copyto(params.vector, given, casting="same_kind")
        return params

    def _first_slots(self, since: Frame | None) -> dict[str, Parameters]:
        optimizer, dtype = self.experiment.optimizer, self.experiment.dtype
        old = dict(since.slots) if since else {n: self.params.like(v) for n, v in self.run.start.slots}
        if since is not None and type(since.experiment.optimizer) is not type(optimizer):
            old = {}
        slots = {}
        for name in optimizer.slot_names:
            slots[name] = slot = zeros(self.network.windows, dtype)
            slot.trainable.fill(optimizer.first(name))
            if name in old:
                np.copyto(slot.vector, old[name].vector)
            elif name == AVERAGE:
                np.copyto(slot.trainable, self.params.trainable)
        return slots

    def _planes(self) -> Array | None:
        """All numbers of an update laid together, so that keeping it takes one copy; None where nobody keeps it."""
        recorder, count, slots = self._asked_to_record, len(self.params), list(self.slots)
        if recorder is None or not recorder.takes((PLANES + len(slots)) * self.params.vector.nbytes):
            return None
        planes = np.zeros((PLANES + len(slots), count), self.experiment.dtype)
        planes[0], planes[1] = self.params.vector, self.grads.vector
        self.params, self.grads = self.params.like(planes[0]), self.grads.like(planes[1])
        for place, name in enumerate(slots, PLANES):
            planes[place] = self.slots[name].vector
            self.slots[name] = self.slots[name].like(planes[place])
        return planes

    def _wired(self) -> tuple[Wired, ...]:
        pairs = zip(self.network.stages, self.contexts, strict=False)
        return tuple(Wired(stage, ctx, self.params[stage.index], self.grads[stage.index]) for stage, ctx in pairs)

    def _updating(self, since: Frame | None, planes: Array | None) -> Updating:
        still, optimizer = held(self.experiment.surgery, self.network.windows), self.experiment.optimizer
        objective = None if optimizer.elementwise else BatchObjective(self, still)
        before = None if since is None else since.updates
        kept = None if planes is None else self.params.like(planes[2])
        return Updating(optimizer, self.params, self.grads, self.slots, still, objective, before, kept)

    # --------------------------------------------------------------------------------------------------- updates

    def begin_update(self, block: Block, rows: slice, watched: bool, looked: bool) -> Trace:
        """Note what is being computed. Where it is watched, nothing of the update before may show any more.

        looked: somebody may look at it, so what it begins with is kept.
        """
        self.workspace.step = self.run.start.updates + self.step
        self.apart = None
        if watched:
            self.judge()  # what a frame in the middle of an update says of those before must not depend on the gait
            self.grads.vector.fill(0)
            self.updating.forget()
        self.block = block
        self.trace = Trace(block, rows, [], [], self._before() if looked else None)
        return self.trace

    def _before(self) -> Before:
        slots = {name: slot.copy() for name, slot in self.slots.items()}
        count = self.step + 1 - self.slots_since
        return Before(self.params.copy(), FrozenMap(slots), count, self.workspace.step)

    def add_penalty_gradients(self, apart: bool) -> None:
        """g = ∂(loss of the data)/∂w + ∂R/∂w; the two are kept apart where someone may look."""
        penalties = None
        if apart:
            penalties = zeros(self.network.windows, self.experiment.dtype)
            self.apart = self.grads.copy(), penalties
        for window, regularizer in self.network.penalized:
            most = PIECE if regularizer.elementwise else max(1, window.stop - window.start)
            for piece in pieces(window.start, window.stop, most):
                w, g = self.params.vector[piece], self.grads.vector[piece]
                gradient = regularizer.gradient(w if regularizer.elementwise else w.reshape(window.shape)).ravel()
                np.add(g, gradient, out=g)
                if penalties is not None:
                    penalties.vector[piece] = gradient

    def ends_epoch(self, block: Block, rows: slice) -> bool:
        """Whether these are an epoch's last rows."""
        return bool(block.position + rows.stop == len(self.samples.x))

    def end_update(self, block: Block, rows: slice) -> None:
        """The weights have moved; what layers keep of the data, such as moving means, moves too."""
        for place in self.stateful:
            assert self.trace is not None
            self._write_state(self.wired[place], self.trace.memories[place])
        block.done = rows.stop
        self.step += 1
        self.position = block.position + rows.stop
        self._set_weights()
        if self.recorder is not None:
            self.recorder.keep(self.step)

    def _set_weights(self) -> None:
        """What is set by hand after so many updates belongs to the Experiment that holds from there on."""
        if self.step in self.set_at:
            set_weights(self.run.set_by_hand(self.step), self.step, self.params.vector, self.network.windows)

    def _write_state(self, wired: Wired, memory: Mapping[str, Any]) -> None:
        for name, value in wired.stage.layer.new_state(memory).items():
            *above, last = name.split("/")
            weights: Any = wired.weights
            for part in above:
                weights = weights[part]
            np.copyto(weights[last], value)

    # ---------------------------------------------------------------------------------------------- bookkeeping

    def learning_rate(self) -> float:
        """The rate of the update that is about to be made."""
        experiment = self.experiment
        made = self.run.start.updates + self.step
        self.rate = experiment.schedule.rate(experiment.optimizer.learning_rate, made, self.ledger.history)
        return self.rate

    def judge(self) -> None:
        """Bring the books up to the newest update."""
        if self.block is not None and self.block.judged < self.block.done:
            self.ledger.judge(self.block, self.step, self.epoch)

    def close_epoch(self) -> None:
        """Write the epoch's row: training loss and metrics as they were gathered, validation as it is now."""
        self.judge()
        self._refuse_non_finite_weights()
        row = self.ledger.row()
        if len(self.samples.validation_x):
            row |= {f"val_{name}": value for name, value in self.evaluate_validation(self.params).items()}
            if AVERAGE in self.slots:
                with self._average_in_place():
                    row |= {f"val_ema_{name}": value for name, value in self.evaluate_validation(self.params).items()}
        self._stop_early(row)
        self.epoch += 1
        self.position = 0
        self.ledger.close(row | {"step": self.step})
        if self.recorder is not None:
            self.recorder.close(self)

    @contextmanager
    def _average_in_place(self) -> Iterator[None]:
        """For a while the weights are their average, and the other way round: no vector more is needed."""
        w, a = self.params.trainable, self.slots[AVERAGE].trainable
        exchange(w, a)
        try:
            yield
        finally:
            exchange(w, a)

    def _refuse_non_finite_weights(self) -> None:
        # A finite sum has finite terms only; it takes no array, and where it overflows the exact question is asked.
        if np.isfinite(self.params.vector.sum()) or np.isfinite(self.params.vector).all():
            return
        names = layer_names(self.experiment.layers)
        layer = next(int(path[0]) for path, array in self.params.items() if not np.isfinite(array).all())
        sentence = _("The weights of {layer} stopped being finite in epoch {epoch}; a smaller learning rate may help.")
        raise Diverged(sentence.format(layer=names[layer], epoch=self.epoch + 1), self.step, self.epoch)

    def _stop_early(self, row: dict[str, float]) -> None:
        stopping = self.experiment.stopping
        if stopping is None:
            return
        verdict = stopping.verdict(self.ledger.history, row)
        row |= verdict.row()
        self.stopped = verdict.stop
        if verdict.improved:
            average = averaged(self.params, self.slots) if stopping.monitor.startswith("val_ema_") else None
            self.best = Best(self.epoch, self.params.copy() if average is None else average)
        if verdict.stop and stopping.restore_best_weights and self.best is not None:
            np.copyto(self.params.vector, self.best.params.vector)

    def evaluate_validation(self, params: Parameters) -> dict[str, float]:
        """Loss and metrics on the validation rows with some weights."""
        samples = self.samples
        return evaluate(
            self.network, params, self.experiment, samples,
            samples.validation_x, samples.validation_y, samples.validation_weights,
        )  # fmt: skip

    # -------------------------------------------------------------------------------------------------- looking

    def moment(self, phase: Phase, layer: int | None = None) -> Moment:
        """The state as it is now, to be looked at before the next is asked for."""
        return Moment(self, phase, layer)

    def view(self) -> History:
        """The history up to now."""
        self.judge()
        return self.ledger.view()
