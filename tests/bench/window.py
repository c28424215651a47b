"""What the window costs: its start in stages, lateness and speed while it trains, and memory over 10,000 epochs.

python tests/bench/window.py start|train|microscope|memory|seek [example]: one measurement in a process of its own, as one
line of JSON. A busy machine makes all of it slower; what CPU time says does not change much.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from typing import Any

HEAVY = ("pyqtgraph", "pandas", "scipy", "matplotlib", "sklearn", "h5py", "keras", "torch")
TICK_MS = 16


def since_process_start() -> float:
    """Seconds since this process began, by the kernel's clock."""
    with open("/proc/self/stat") as stat, open("/proc/uptime") as uptime:
        ticks = float(stat.read().rpartition(")")[2].split()[19])
        return float(uptime.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")


def measure(what: str, *more: str) -> dict[str, Any]:
    """A measurement in a fresh process, with bytecode cached."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, __file__, what, *more], env=env, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def start() -> dict[str, Any]:
    """Seconds from the start of the process to each stage, the way `netviz` goes."""
    stages = {"Python": since_process_start()}
    from netviz import cli

    options = cli.parser().parse_args(["open"])
    from netviz.document.examples import resolve

    project = resolve(options.file)
    stages["document"] = since_process_start()
    from PySide6 import QtWidgets as _QtWidgets  # noqa: F401

    stages["Qt imported"] = since_process_start()
    from netviz.gui import app, settings

    application = app.application()
    window = app.open_window(project, None, settings.Settings(remember=False))
    stages["window made"] = since_process_start()
    while not window._painted:
        application.processEvents()
    stages["first paint"] = since_process_start()
    drawn = window.canvas.scene.diagram is not None and bool(window.canvas.scene.items())
    heavy = [name for name in HEAVY if name in sys.modules]
    while not window.complete or window.report is None or window.report.frame is None:
        application.processEvents()
    application.processEvents()
    stages["all panels"] = since_process_start()
    app.shut_down()
    return {"stages": stages, "heavy": heavy, "drawn": drawn}


def _window(example: str) -> tuple[Any, Any]:
    from netviz import blas
    from netviz.document.examples import EXAMPLES
    from netviz.document.projectfile import Project
    from netviz.gui import app
    from netviz.gui.settings import Settings

    blas.use_threads()
    experiment = replace(EXAMPLES[example].experiment, epochs=10**7)
    application = app.application()
    app._collect_here(application)
    window = app.open_window(Project(experiment), None, Settings(remember=False))
    while not window.complete or window.report is None or window.report.frame is None:
        application.processEvents()
    return application, window


def _everything_open(window: Any) -> None:
    """All panels beside each other, none behind another."""
    from PySide6.QtCore import Qt

    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.docks["weights"])
    window.docks["weights"].show()


def _lateness(application: Any, seconds: float) -> list[float]:
    """Milliseconds by which a 16 ms timer comes late."""
    from PySide6.QtCore import Qt, QTimer

    late: list[float] = []
    due = [time.perf_counter() + TICK_MS / 1e3]

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(0.0, 1e3 * (now - due[0])))
        due[0] = now + TICK_MS / 1e3

    timer = QTimer(application, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    QTimer.singleShot(round(1e3 * seconds), application, application.exit)
    application.exec()
    timer.stop()
    return late


def headless(example: str, seconds: float) -> float:
    """Updates a second of the engine alone."""
    from netviz import blas
    from netviz.document.examples import EXAMPLES
    from netviz.engine.run import Run
    from netviz.engine.train import train

    blas.use_threads()
    experiment = replace(EXAMPLES[example].experiment, epochs=10**7)
    steps, begin = 0, time.perf_counter()
    for moment in train(Run.of(experiment), experiment.samples(), epochs=10**7):
        if moment.epoch == 5:
            steps, begin = moment.step, time.perf_counter()
        if moment.epoch > 5 and time.perf_counter() - begin >= seconds:
            return float((moment.step - steps) / (time.perf_counter() - begin))
    raise AssertionError("it never ends")


def training(example: str, seconds: float = 4.0) -> dict[str, Any]:
    """Lateness and speed headless, repainting alone, and both together.

    Repainting alone shows pictures of the training, recorded before, one after the other as often as while it trains.
    """
    alone = headless(example, seconds / 2)
    application, window = _window(example)
    _everything_open(window)
    window.training.step_epoch()
    idle = _lateness(application, 0.5)
    window.training.run()
    _lateness(application, 0.5)
    recorded: list[Any] = []
    draw = window.projector._draw
    begun: list[float] = []

    def counted(report: Any) -> bool:
        begun.append(time.perf_counter())
        recorded.append(report)
        return bool(draw(report))

    window.projector._draw = counted
    first, begin, cpu = window.trainer.latest().frame.step, time.perf_counter(), time.thread_time()
    both = _lateness(application, seconds)
    passed, cpu = time.perf_counter() - begin, time.thread_time() - cpu
    speed, pictures = (window.report.frame.step - first) / passed, len(begun) / passed
    window.training.run()
    while not window.trainer.knows(window.report) or window.report.status is recorded[0].status:
        application.processEvents()
    window.projector._draw = draw
    films = itertools.cycle(recorded[-16:])
    window.trainer.latest = lambda: next(films)
    repainting = _lateness(application, seconds)
    window.shut_down()
    return {
        "headless": alone, "speed": speed, "pictures": pictures, "picture_cpu_ms": 1e3 * cpu / len(begun),
        "idle": summary(idle), "repainting": summary(repainting), "training": summary(both),
    }  # fmt: skip


LOOKING = ("microscope", "anatomy", "worth", "trust", "numbers")


def looking(example: str, rounds: int = 6, seconds: float = 1.0) -> dict[str, Any]:
    """Updates a second, and for a second of the training thread, with the panels that explain and without them, by turns.

    A link lies under the microscope. The panels have docks of their own, so that all are seen.
    """
    from PySide6.QtCore import Qt

    from netviz.gui.canvas.readout import Spot

    alone = headless(example, 2 * seconds)
    application, window = _window(example)
    window.resize(1440, 900)
    _everything_open(window)
    for name in LOOKING:
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, window.docks[name])
    window.canvas.scene.selected.emit(Spot(0, 0, 0))
    window.training.run()
    found: dict[str, list[tuple[float, float]]] = {"without": [], "microscope": [], "all": []}
    shown = {"without": (), "microscope": LOOKING[:1], "all": LOOKING}
    for _round in range(rounds):
        for kind, names in shown.items():
            for name in LOOKING:
                window.docks[name].setVisible(name in names)
            _lateness(application, 0.3)
            first, begin, cpu = window.trainer.latest().frame.step, time.perf_counter(), _cpu(window)
            _lateness(application, seconds)
            steps = window.trainer.latest().frame.step - first
            found[kind].append((steps / (time.perf_counter() - begin), steps / (_cpu(window) - cpu)))
    window.shut_down()
    kinds = {
        kind: {"speed": statistics.median(n[0] for n in each), "cpu": statistics.median(n[1] for n in each)}
        for kind, each in found.items()
    }
    return {"headless": alone, **kinds}


def _cpu(window: Any) -> float:
    """Seconds that the training thread has worked."""
    return time.clock_gettime(time.pthread_getcpuclockid(window.trainer._thread.ident))


def summary(late: list[float]) -> dict[str, float]:
    """p50, p99 and the largest."""
    ordered = sorted(late)
    at = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]  # noqa: E731
    return {"p50": at(0.5), "p99": at(0.99), "max": ordered[-1]}


def memory(epochs: int = 10_000, budget: int = 2_000_000) -> dict[str, Any]:
    """Resident memory while it trains with all panels open, once a small reel is full."""
    from netviz.runtime import trainer

    trainer.Trainer.__init__.__defaults__ = (budget,)
    application, window = _window("circle")
    _everything_open(window)
    window.training.run()
    at = lambda: window.report.frame.epoch  # noqa: E731
    readings: list[tuple[int, float]] = []
    warm = 2_000
    while at() < warm + epochs:
        application.processEvents()
        if at() >= warm + len(readings) * epochs / 10:
            readings.append((at(), resident()))
    reel = window.trainer._worker._reel.bytes  # which shutting down empties
    history = window.report.frame.history
    columns = [column for table in (history.steps, history.epochs) for column in table.values() if any(column.strides)]
    rows = sum(column.nbytes for column in columns) * epochs / (warm + epochs) / 1e6
    window.shut_down()
    return {"readings": readings, "reel": reel, "budget": budget, "history": rows}


def seek(updates: int = 10_000, count: int = 120) -> dict[str, Any]:
    """Milliseconds from a drag of the timeline to the update drawn in the network and in every visible panel, at random
    updates of the article's network; and the reel that was there for it."""
    import random

    application, window = _window("article")
    window.trainer.seek(updates)
    while not (window.trainer.knows(window.report) and window.report.frame.step >= updates):
        application.processEvents()
    places = random.Random(0)
    taken = []
    for _drag in range(count):
        step = places.randrange(updates)
        begin = time.perf_counter()
        window.travel.seek(step)
        while window.report.frame.step != step or not window.trainer.knows(window.report):
            application.processEvents()
            window.projector.look()
        while window.canvas.scene._frame is not window.report.frame:
            application.processEvents()
        application.processEvents()
        taken.append(1e3 * (time.perf_counter() - begin))
    reel = window.trainer._worker._reel
    found = {"ms": summary(taken), "reel": reel.bytes, "budget": reel.budget, "kept": len(reel)}
    window.shut_down()
    return found


def resident() -> float:
    """Megabytes of this process in memory, after garbage has gone."""
    import gc

    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    what, *more = sys.argv[1:]
    print(json.dumps({"start": start, "train": training, "microscope": looking, "memory": memory, "seek": seek}[what](*more)))
