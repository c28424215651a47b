"""A run and where it stands, as plain JSON and arrays, so that training goes on as if it had never stopped.

What is read is checked against the network it belongs to before anything is made of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np

from netviz import codec
from netviz.arrays import Array, FrozenMap, frozen, size
from netviz.codec import Checked, Range
from netviz.datasets import Data, DataProblem
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Best, Frame, Phase, Sums
from netviz.engine.history import History
from netviz.engine.metrics import widths
from netviz.engine.network import Network, NetworkProblem
from netviz.engine.parameters import Parameters, Window
from netviz.engine.run import Run
from netviz.files import FileProblem
from netviz.i18n import _

Count = Annotated[int, Range(low=0, high=2**53)]
_MOST_LAYERS = 1000


@dataclass(frozen=True)
class StoredWindow(Checked):
    """A window of the weights, as it is written."""

    layer: Annotated[int, Range(low=0, high=_MOST_LAYERS)]
    name: str
    shape: tuple[Count, ...]
    trainable: bool = True


@dataclass(frozen=True)
class Stand(Checked):
    """Where a training stands: a frame without its arrays. Numbers that are not finite are None.

    segment: which of the run's experiments held; `experiment` where none of them did.
    """

    phase: Literal["apply", "epoch"]
    epoch: Count
    step: Count
    position: Count
    learning_rate: float | None
    loss: float | None
    rows: Count
    best_epoch: Count | None
    windows: tuple[StoredWindow, ...]
    segment: Count | None = None
    experiment: Experiment | None = None


# --------------------------------------------------------------------------------------------------------- writing


def written(run: Run, frame: Frame | None) -> tuple[dict[str, Any], dict[str, Array]]:
    """(plain JSON, arrays by name) of a run and its newest settled frame."""
    arrays: dict[str, Array] = {}
    described = {"run": codec.encode(run, arrays, "run")}
    if frame is None:
        return described, arrays
    if not frame.phase.settled:
        raise ValueError(f"a training cannot be kept in the middle of an update ({frame.phase.value})")
    described["frame"] = codec.encode(_stand(run, frame), arrays, "frame")
    arrays |= {name: vector.vector for name, vector in _vectors(frame)}
    for table, columns in (("steps", frame.history.steps), ("epochs", frame.history.epochs)):
        arrays |= {f"{table}/{name}": column for name, column in columns.items()}
    arrays |= {f"sums/{name}": total for name, total in frame.sums.metrics.items()}
    return described, arrays


def _vectors(frame: Frame) -> Iterator[tuple[str, Parameters]]:
    yield from (
        ("frame/params", frame.params),
        ("frame/grads", frame.grads),
        ("frame/updates", frame.updates),
    )
    for name, slot in frame.slots.items():
        yield f"slots/{name}", slot
    if frame.best is not None:
        yield "best/params", frame.best.params


def _stand(run: Run, frame: Frame) -> Stand:
    held = [place for place, segment in enumerate(run.segments) if segment.experiment == frame.experiment]
    return Stand(
        frame.phase.value,  # type: ignore[arg-type]
        frame.epoch, frame.step, frame.position, _finite(frame.learning_rate), _finite(frame.sums.loss),
        frame.sums.rows, frame.best.epoch if frame.best else None,
        tuple(_stored(window) for window in frame.params.windows),
        held[-1] if held else None, None if held else frame.experiment,
    )  # fmt: skip


def _stored(window: Window) -> StoredWindow:
    layer, *names = window.path
    return StoredWindow(int(layer), "/".join(map(str, names)), window.shape, window.trainable)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


# --------------------------------------------------------------------------------------------------------- reading


def read(described: Any, arrays: Mapping[str, Array], same: Experiment) -> tuple[Run, Frame | None]:
    """The run and frame that `written` described; InvalidValue or FileProblem says what does not fit.

    Data sets equal to that of the experiment `same` become the very same object, so they are held once.
    """
    if not isinstance(described, dict) or "run" not in described:
        raise FileProblem(_("run.json describes no training."))
    run = _sharing(codec.decode(Run, described["run"], arrays, "run"), same)
    if not run.segments or [s.step for s in run.segments] != sorted({s.step for s in run.segments}):
        raise FileProblem(_("run.json: the run's segments must begin at rising updates."))
    networks, data = _bound(run)
    if described.get("frame") is None:
        _check_start(run, networks[0].windows if networks else None)
        return run, None
    stand = codec.decode(Stand, described["frame"], arrays, "frame")
    windows = _windows(stand)
    _check_start(run, windows)
    if any(network.windows != windows for network in networks):
        raise FileProblem(
            _("run.json: the weights kept do not have the form of the network's; the file is inconsistent.")
        )
    return run, _Frames(run, stand, windows, arrays, data, networks).frame()


def _sharing(run: Run, same: Experiment) -> Run:
    known = [same.dataset]
    segments = []
    for segment in run.segments:
        dataset = next((d for d in known if d == segment.experiment.dataset), segment.experiment.dataset)
        known.append(dataset)
        segments.append(replace(segment, experiment=replace(segment.experiment, dataset=dataset)))
    return replace(run, segments=tuple(segments))


def _bound(run: Run) -> tuple[list[Network], Data | None]:
    """The network of each segment and the data; none where the data itself cannot be had at the moment."""
    for segment in run.segments:
        check_depth(segment.experiment)
    try:
        data = run.experiment.dataset.load()
        return [e.network_for(data.row_shape) for e in (s.experiment for s in run.segments)], data
    except DataProblem:
        return [], None
    except NetworkProblem as problem:
        raise FileProblem(
            _("run.json: the network that was trained is not possible: {why}").format(why=problem)
        ) from None


def check_depth(experiment: Experiment) -> None:
    """FileProblem for more layers than any network here has."""
    if len(experiment.layers) > _MOST_LAYERS:
        sentence = _("The network has {n:,} layers; at most {most:,} can be opened.")
        raise FileProblem(sentence.format(n=len(experiment.layers), most=_MOST_LAYERS))


def _windows(stand: Stand) -> tuple[Window, ...]:
    windows, start = [], 0
    for stored in stand.windows:
        windows.append(Window((stored.layer, *stored.name.split("/")), stored.shape, start, stored.trainable))
        start = windows[-1].stop
    if len({window.path for window in windows}) != len(windows):
        raise FileProblem(_("run.json: two of the weights have one name."))
    return tuple(windows)


def _check_start(run: Run, windows: tuple[Window, ...] | None) -> None:
    if max(run.start.updates, run.start.epochs) > 2**53:
        raise FileProblem(_("run.json: run.start counts more updates than can be made."))
    given = [("params", run.start.params), *run.start.slots]
    for name, vector in given:
        if vector is not None and (
            vector.dtype.kind != "f" or windows is not None and vector.shape != (_count(windows),)
        ):
            raise _unfit(f"run.start {name}", vector, windows or ())


def _count(windows: tuple[Window, ...]) -> int:
    return windows[-1].stop if windows else 0


def _unfit(name: str, vector: Array, windows: tuple[Window, ...]) -> FileProblem:
    sentence = _(
        "run.safetensors: {name} is {kind} of shape {shape}; the network needs {n:,} numbers in its own precision."
    )
    return FileProblem(sentence.format(name=name, kind=vector.dtype, shape=vector.shape, n=_count(windows)))


@dataclass(frozen=True)
class _Frames:
    """The making of a frame from what was read, each part checked."""

    run: Run
    stand: Stand
    windows: tuple[Window, ...]
    arrays: Mapping[str, Array]
    data: Data | None
    networks: list[Network]

    def frame(self) -> Frame:
        """The frame; FileProblem where its parts contradict each other."""
        stand, experiment = self.stand, self._experiment()
        self._check_place()
        slots = {name: self._vector(f"slots/{name}", experiment) for name in experiment.optimizer.slot_names}
        rate = math.nan if stand.learning_rate is None else stand.learning_rate
        params, grads, updates = (self._vector(f"frame/{n}", experiment) for n in ("params", "grads", "updates"))
        steps, epochs = (
            self._columns("steps", np.float32, stand.step),
            self._columns("epochs", np.float64, stand.epoch),
        )
        return Frame(
            Phase(stand.phase), None, stand.epoch, stand.step, stand.position, experiment, rate,
            params, grads, updates, FrozenMap(slots), History(steps, epochs), self._sums(experiment), self._best(experiment),
        )  # fmt: skip

    def _experiment(self) -> Experiment:
        stand, segments = self.stand, self.run.segments
        if stand.experiment is not None:
            return stand.experiment
        if stand.segment is None or stand.segment >= len(segments):
            raise FileProblem(
                _("run.json: frame.segment names none of the run's {n} segments.").format(n=len(segments))
            )
        return segments[stand.segment].experiment

    def _check_place(self) -> None:
        stand = self.stand
        rows = 2**53 if self.data is None else len(self.data.x)
        if stand.position > rows or stand.rows != stand.position or stand.position and not stand.step:
            sentence = _("run.json: frame.position is {n:,}, which does not fit {rows:,} rows and {counted:,} counted.")
            raise FileProblem(sentence.format(n=stand.position, rows=rows, counted=stand.rows))

    def _vector(self, name: str, experiment: Experiment) -> Parameters:
        vector = self.arrays.get(name)
        if vector is None:
            raise FileProblem(_("run.safetensors lacks {name}.").format(name=name))
        if vector.dtype != np.dtype(experiment.dtype) or vector.shape != (_count(self.windows),):
            raise _unfit(name, vector, self.windows)
        return Parameters(frozen(vector), self.windows)

    def _columns(self, table: str, kind: type, rows: int) -> Mapping[str, Array]:
        columns = {}
        for name, array in self.arrays.items():
            if name.startswith(f"{table}/"):
                if array.dtype != kind or array.shape != (rows,):
                    sentence = _("run.safetensors: {name} is {kind} of shape {shape}; it must hold {n:,} numbers.")
                    raise FileProblem(
                        sentence.format(name=ascii(name)[:60], kind=array.dtype, shape=array.shape, n=rows)
                    )
                columns[name.partition("/")[2]] = frozen(array)
        if rows and not columns:
            raise FileProblem(_("run.safetensors lacks the history's {table}.").format(table=table))
        return FrozenMap(columns)

    def _sums(self, experiment: Experiment) -> Sums:
        totals = {name[5:]: frozen(array) for name, array in self.arrays.items() if name.startswith("sums/")}
        shape = self.networks[-1].output_shape if self.networks else ()
        every = [widths(segment.experiment.metrics, shape) for segment in self.run.segments if shape]
        before = {1, *(width for columns in every for width in columns.values())}
        now = widths(experiment.metrics, shape) if shape else {}
        for name, total in totals.items():
            fitting = {1, now[name]} if name in now else before
            if total.dtype != np.float64 or total.ndim != 1 or shape and len(total) not in fitting:
                raise FileProblem(_("run.safetensors: the sums of {name} do not fit.").format(name=ascii(name)[:60]))
        loss = math.nan if self.stand.loss is None else self.stand.loss
        return Sums(loss, self.stand.rows, FrozenMap(totals))

    def _best(self, experiment: Experiment) -> Best | None:
        if self.stand.best_epoch is None:
            return None
        return Best(self.stand.best_epoch, self._vector("best/params", experiment))


def not_finite(frame: Frame) -> str:
    """A sentence that counts weights that are not numbers, or an empty text."""
    bad = int(np.count_nonzero(~np.isfinite(frame.params.vector)))
    if not bad:
        return ""
    sentence = _(
        "{bad:,} of {n:,} weights are not finite numbers; training cannot go on from them. Reset to begin anew."
    )
    return sentence.format(bad=bad, n=size(frame.params.vector.shape))
