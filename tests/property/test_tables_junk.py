"""Tables of junk give numbers or one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netviz.datasets.table import read_table
from netviz.files import FileProblem

CELLS = st.text(alphabet='0123456789.,;-+eE"\t abc\n\r\0١½', max_size=8)
JUNK = st.binary(max_size=200) | st.lists(CELLS, max_size=20).map(lambda cells: ",".join(cells).encode())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JUNK, st.integers(1, 4))
def test_junk_gives_finite_rows_or_a_sentence(tmp_path: Path, data: bytes, count: int) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    try:
        rows = read_table(str(path), (), count)
    except FileProblem as problem:
        assert 10 < len(str(problem)) < 300
    else:
        assert rows.shape[1] == count and np.isfinite(rows).all()


@pytest.mark.parametrize("number", [0.001, -1.5, 1e-3, 12345.0, 1e300])
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ",")])
def test_numbers_mean_the_same_in_every_custom(tmp_path: Path, number: float, delimiter: str, decimal: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(delimiter.join(str(number).replace(".", decimal) for _ in range(3)) + "\n")
    assert read_table(str(path), (), 3).tolist() == [[number] * 3]
