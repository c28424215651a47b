"""netviz against its peers: all in turn, several rounds, ratios of medians.

    python tests/bench/compare.py [--rounds N] [--threads N] [--workload NAME]... [--peer NAME]...

Peers that are not installed are skipped, and the table says so. Times on a shared machine are worth little by
themselves; peers that ran in the same rounds can be compared.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from peers import PEERS, WORKLOADS

COUNTS = {"article": 20, "wide": 4, "tiny": 20}
FEW = ("Keras on TensorFlow", "Keras on PyTorch", "scikit-learn")  # slow, or many epochs at a time


def thread_settings(threads: int) -> dict[str, str]:
    """What makes every library compute on the same number of threads."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
             "TF_NUM_INTEROP_THREADS", "NPROC")  # fmt: skip
    settings = dict.fromkeys(names, str(threads))  # NPROC is the size of XLA's pool
    return settings if threads > 1 else settings | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def measure(peer: str, workload: str, threads: int) -> list[float] | str:
    """Milliseconds an epoch in a process of its own, or why there are none."""
    environment = os.environ | thread_settings(threads) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    count = max(2, COUNTS[workload] // 4) if peer in FEW else COUNTS[workload]
    command = [sys.executable, str(Path(__file__).with_name("peers.py")), peer, workload, str(threads), str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[-1]
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return times


def compare(workloads: list[str], peers: list[str], rounds: int, threads: int) -> dict[str, dict[str, float | str]]:
    """For each workload, each peer's median over all rounds, or why it was skipped."""
    table: dict[str, dict[str, float | str]] = {}
    for workload in workloads:
        times: dict[str, list[float]] = {}
        skipped: dict[str, str] = {}
        for _round in range(rounds):
            for peer in peers:
                if peer in skipped:
                    continue
                measured = measure(peer, workload, threads)
                if isinstance(measured, str):
                    skipped[peer] = measured
                else:
                    times.setdefault(peer, []).extend(measured)
        table[workload] = {peer: statistics.median(values) for peer, values in times.items()} | skipped
    return table


def show(table: dict[str, dict[str, float | str]]) -> None:
    """The table with ratios to netviz, and below each workload what was skipped."""
    for workload, row in table.items():
        print(f"\n{workload}: {WORKLOADS[workload]}")
        ours = row["netviz"]
        for peer, value in row.items():
            if isinstance(value, float):
                ratio = f"  {value / ours:7.2f} x netviz" if isinstance(ours, float) else ""
                print(f"  {peer:<26} {value:9.2f} ms/epoch{ratio}")
        for peer, value in row.items():
            if isinstance(value, str):
                print(f"  {peer:<26} skipped: {value}")


def main() -> None:
    """Measure and show."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options.add_argument("--workload", action="append", choices=list(WORKLOADS))
    options.add_argument("--peer", action="append", choices=list(PEERS))
    chosen = options.parse_args()
    peers = ["netviz", *(peer for peer in chosen.peer or PEERS if peer != "netviz")]
    print(f"{chosen.threads} threads, {chosen.rounds} rounds, median of all epochs")
    show(compare(chosen.workload or list(WORKLOADS), peers, chosen.rounds, chosen.threads))


if __name__ == "__main__":
    main()
