"""The comparison runs: on demand, and without a verdict on times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.mark.bench
@pytest.mark.timeout(1800)
def test_the_comparison_measures_netviz_and_the_plain_loop_on_every_workload() -> None:
    from compare import compare, show
    from peers import PEERS, WORKLOADS

    table = compare(list(WORKLOADS), list(PEERS), rounds=1, threads=1)
    show(table)
    for row in table.values():
        assert isinstance(row["netviz"], float)
        assert isinstance(row["NumPy loop"], float)
        assert len(row) == len(PEERS)
        broken = {peer: value for peer, value in row.items() if isinstance(value, str) and "No module" not in value}
        assert not broken, broken  # a peer that is installed gives a time
