"""netviz against its peers: all in turn, several rounds, ratios of medians.

    python tests/bench/compare.py [--rounds N] [--threads N] [--workload NAME]... [--peer NAME]...

Peers that are not installed, or that cannot train a workload, are skipped, and the table says so. Times on a shared
machine are worth little by themselves; peers that ran in the same rounds can be compared, by the time of all processors
where others keep the machine busy.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

from peers import PEERS, WORKLOADS

COUNTS = {"article": 20, "wide": 4, "large": 3, "digits": 4, "lstm": 3, "tiny": 20}
FEW = ("Keras on TensorFlow", "Keras on PyTorch", "scikit-learn")  # slow, or many epochs at a time


class Measured(NamedTuple):
    """Median milliseconds an epoch: of the clock, and of all processors together."""

    clock: float
    processors: float


Row = dict[str, Measured | str]  # by peer; a string says why there is none


def thread_settings(threads: int) -> dict[str, str]:
    """What makes every library compute on the same number of threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
             "TF_NUM_INTEROP_THREADS", "NPROC")  # fmt: skip
    settings = dict.fromkeys(names, str(threads))  # NPROC is the size of XLA's pool
    return settings if threads > 1 else settings | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def measure(peer: str, workload: str, threads: int) -> dict[str, list[float]] | str:
    """Milliseconds of each epoch in a process of its own, or why there are none."""
    environment = os.environ | thread_settings(threads) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    here = Path(__file__).resolve().parent
    found = [str(here), str(here.parents[1]), os.environ.get("PYTHONPATH")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, found))
    count = max(2, COUNTS[workload] // 4) if peer in FEW else COUNTS[workload]
    command = [sys.executable, "-m", "peers", peer, workload, str(threads), str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1]
    times: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return times


def compare(workloads: list[str], peers: list[str], rounds: int, threads: int) -> dict[str, Row]:
    """For each workload, each peer's medians over all rounds, or why it was skipped."""
    table: dict[str, Row] = {}
    for workload in workloads:
        times: dict[str, dict[str, list[float]]] = {}
        skipped: dict[str, Measured | str] = {}
        for _round in range(rounds):
            for peer in peers:
                if peer in skipped:
                    continue
                measured = measure(peer, workload, threads)
                if isinstance(measured, str):
                    skipped[peer] = measured
                    continue
                for kind, values in measured.items():
                    times.setdefault(peer, {}).setdefault(kind, []).extend(values)
        medians = {peer: Measured(*map(statistics.median, kinds.values())) for peer, kinds in times.items()}
        table[workload] = medians | skipped
        show(workload, table[workload])
    return table


def show(workload: str, row: Row) -> None:
    """Milliseconds with ratios to netviz, and what was skipped."""
    print(f"\n{workload}: {WORKLOADS[workload]}")
    print(f"  {'':<26} {'ms/epoch':>9} {'':>9}   {'processors':>10}")
    ours = row["netviz"]
    for peer, value in row.items():
        if isinstance(value, Measured) and isinstance(ours, Measured):
            clock, processors = (value[i] / ours[i] for i in range(2))
            times = f"{value.clock:9.2f} {clock:7.2f} x   {value.processors:10.2f} {processors:7.2f} x"
            print(f"  {peer:<26} {times}")
    for peer, value in row.items():
        if isinstance(value, str):
            print(f"  {peer:<26} skipped: {value}")
    sys.stdout.flush()


def load() -> str:
    """What else the machine has to do."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "load unknown"


def main() -> None:
    """Measure and show."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options.add_argument("--workload", action="append", choices=list(WORKLOADS))
    options.add_argument("--peer", action="append", choices=list(PEERS))
    chosen = options.parse_args()
    peers = ["netviz", *(peer for peer in chosen.peer or PEERS if peer != "netviz")]
    print(f"{chosen.threads} threads, {chosen.rounds} rounds, medians of all epochs, ratios to netviz; {load()} before")
    compare(chosen.workload or list(WORKLOADS), peers, chosen.rounds, chosen.threads)
    print(f"\n{load()} after")


if __name__ == "__main__":
    main()
