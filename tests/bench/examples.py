"""What the examples for images, sentences, sounds and tables come to, and how long that takes: the median of five seeds.

    python tests/bench/examples.py [NAME ...]
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netviz import blas
from netviz.document.examples import EXAMPLES
from netviz.engine.run import Run
from netviz.engine.train import train

SEEDS = range(5)
# What each is shown for: its column of the history and the least that the median must come to.
SHOWN = {
    "digits-conv": ("val_accuracy", 0.985),
    "sentiment": ("val_accuracy", 0.97),
    "chirps": ("val_accuracy", 0.96),
    "diabetes": ("val_r2_score", 0.4),
    "wine": ("val_accuracy", 0.96),
}


@dataclass(frozen=True)
class Result:
    """Validation scores and seconds of the seeds; processor seconds tell more where the machine is shared."""

    scores: tuple[float, ...]
    seconds: tuple[float, ...]
    processor_seconds: tuple[float, ...]

    def __str__(self) -> str:
        scores, seconds, processor = (statistics.median(x) for x in (self.scores, self.seconds, self.processor_seconds))
        each = " ".join(f"{score:.4f}" for score in self.scores)
        return f"{scores:.4f} in {seconds:.1f} s (processor {processor:.1f} s): {each}"


def measured(name: str) -> Result:
    """Train an example from each seed."""
    rows = [_once(name, seed) for seed in SEEDS]
    return Result(*zip(*rows, strict=True))


def _once(name: str, seed: int) -> tuple[float, float, float]:
    experiment = replace(EXAMPLES[name].experiment, seed=seed)
    wall, processor = time.perf_counter(), time.process_time()
    *_all, last = train(Run.of(experiment), experiment.samples())
    return last.history.last(SHOWN[name][0]), time.perf_counter() - wall, time.process_time() - processor


def main(names: Sequence[str]) -> None:
    """Print a line for each example."""
    print(f"median of {len(SEEDS)} seeds, {blas.use_threads()} threads")
    for name in names or SHOWN:
        print(f"{name:<12} {SHOWN[name][0]:<13} {measured(name)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
