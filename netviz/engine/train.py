"""Training is a generator: the algorithm of the field on one screen, phase by phase, step by step or epoch by epoch.

Forward, loss, backward, optimizer, apply: nothing happens between two Moments, so pausing is not asking for the next.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator

import numpy as np

from netviz.datasets import Samples
from netviz.engine.batches import Block
from netviz.engine.frame import Frame, Phase
from netviz.engine.ledger import Diverged
from netviz.engine.moment import Moment
from netviz.engine.recording import Recorder
from netviz.engine.run import Run
from netviz.engine.training import Training

__all__ = ["Diverged", "Moment", "Stride", "train"]


class Stride(enum.Enum):
    """How far apart Moments are: every phase of an update, every update, or only the epochs' ends."""

    PHASE = "phase"
    STEP = "step"
    EPOCH = "epoch"


Gait = Callable[[int], Stride]


def train(
    run: Run,
    samples: Samples,
    since: Frame | None = None,
    stride: Stride | Gait = Stride.EPOCH,
    epochs: int | None = None,
    whole: bool = True,
    recorder: Recorder | None = None,
) -> Iterator[Moment]:
    """Train a run from its start, or on from one of its settled frames, for some epochs more.

    run: what to train. samples: its data. stride: a Stride, or a function of the number of updates made that is asked
    before each update. epochs: how many (the experiment's by default); an epoch under way counts as one. whole: whether
    frames tell what takes room before it is known that one is wanted: what their update began with, the two parts of a
    penalized gradient, and the update where its optimizer cannot recall it, which is 0 otherwise.
    Without it training holds fewer vectors. recorder: who keeps every update.
    Yields the moment it begins at, then live Moments; the end of every epoch is always one of them.
    Raises Diverged when the loss is no longer finite.
    """
    gait: Gait = stride if callable(stride) else lambda step: stride
    moments = _moments(Training(run, samples, since, whole, recorder), gait, epochs or run.experiment.epochs)
    while True:
        # Overflow to infinity is dealt with where it matters; the setting must not leak out of the generator.
        with np.errstate(all="ignore"):
            moment = next(moments, None)
        if moment is None:
            return
        yield moment


def _moments(t: Training, gait: Gait, epochs: int) -> Iterator[Moment]:
    last = t.epoch + epochs
    yield t.moment(t.begun_at)
    while t.epoch < last and not t.stopped:
        if t.step == t.next_change:  # made between two epochs: the one before was still the old Experiment's
            t.change_segment()
        for block, rows in _batches(t):
            stride = gait(t.step)
            for phase, layer in _update(t, block, rows, stride):
                yield t.moment(phase, layer)
            if stride is Stride.STEP:
                yield t.moment(Phase.APPLY)
        t.close_epoch()
        yield t.moment(Phase.EPOCH)


def _batches(t: Training) -> Iterator[tuple[Block, slice]]:
    """The rest of the epoch, batch by batch, across changes of the Experiment."""
    while t.position < len(t.samples.x):
        for block in t.feeder.blocks(t.run.start.epochs + t.epoch, t.position):
            for rows in block.batches(t.experiment.batch_size):
                if t.step == t.next_change:
                    break
                yield block, rows
            t.judge()
            if t.step == t.next_change and t.position < len(t.samples.x):
                t.change_segment()
                break


def _update(t: Training, block: Block, rows: slice, stride: Stride) -> Iterator[tuple[Phase, int | None]]:
    """One update of the weights from the rows of one batch; yields each phase where it is watched."""
    network, contexts, watched = t.network, t.contexts, stride is Stride.PHASE
    # Whether a Moment shows this update, and its frame shall tell all of it.
    looked = t.whole and (stride is not Stride.EPOCH or t.ends_epoch(block, rows))
    trace = t.begin_update(block, rows, watched, looked)

    # Forward: what one stage puts out is what the next one gets.
    x, y = block.x(rows), block.y[rows]
    for stage, context, weights, _grads in t.wired:
        x, memory = stage.layer.forward(weights, x, context)
        trace.memories.append(memory)
        if watched and stage.ends:
            yield Phase.FORWARD, stage.index

    # Loss: L = (1/n)·Σ wᵢ·Lᵢ + penalties. The update needs its gradient only; judge() works out its value.
    block.put(rows, x, network.penalty(t.params) if network.penalized else 0.0)
    dy = network.loss_gradient(x, y, contexts[-1])
    np.multiply(dy, block.share(rows), out=dy)  # wᵢ/n
    if watched:
        yield Phase.LOSS, None

    # Backward: what one stage gets from above, it turns into its weights' gradient and what the next below gets.
    for place in range(len(t.wired) - 1, network.lowest - 1, -1):
        stage, context, weights, grads = t.wired[place]
        trace.deltas.append(dy)
        dy = stage.layer.backward(weights, trace.memories[place], dy, context, grads)
        if watched and stage.begins:
            yield Phase.BACKWARD, stage.index
    if network.penalized:
        t.add_penalty_gradients(apart=looked)

    # Optimizer: from gradients to updates; apply: the weights move.
    rate, count = t.learning_rate(), t.step + 1 - t.slots_since
    block.rates.append(rate)
    if watched:
        t.updating.compute(count, rate)
        yield Phase.OPTIMIZER, None
        t.updating.apply(count)
    else:
        t.updating.move(count, rate, keep=looked)
    t.end_update(block, rows)
    if watched:
        yield Phase.APPLY, None
