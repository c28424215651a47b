"""Columns only grow, views of them stay as they are, and one value takes the memory of one value."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from netviz.engine.history import Columns, History


def test_a_view_is_what_was_written_however_values_change_later() -> None:
    columns = Columns(dtype=np.float32)
    columns.extend({"loss": [3, 2, 1], "rate": [0.5, 0.5, 0.5]}, 3)
    first = columns.view()
    columns.extend({"loss": [1, 1], "rate": [0.5, 0.25]}, 2)
    columns.append({"loss": 9.0, "new": 4.0})
    assert first["loss"].tolist() == [3, 2, 1] and first["rate"].tolist() == [0.5] * 3
    last = columns.view()
    assert list(last) == ["loss", "rate", "new"]
    np.testing.assert_array_equal(last["rate"], np.array([0.5, 0.5, 0.5, 0.5, 0.25, np.nan], np.float32))
    np.testing.assert_array_equal(last["new"], np.array([np.nan] * 5 + [4], np.float32))
    assert all(column.dtype == np.float32 and not column.flags.writeable for column in last.values())


def test_a_column_of_one_value_takes_no_more_memory_however_long_it_is() -> None:
    columns = Columns()
    for _block in range(1000):
        columns.extend({"rate": [0.01] * 100}, 100)
    rate = columns.view()["rate"]
    assert len(rate) == 100_000 and rate.strides == (0,) and (rate == 0.01).all()


@pytest.mark.parametrize("values", [[1.0, 1.0], [1.0, 2.0], [np.nan, np.nan], []])
def test_columns_go_on_from_others(values: list[float]) -> None:
    columns = Columns({"a": np.array(values)})
    columns.append({"a": 1.0})
    np.testing.assert_array_equal(columns.view()["a"], [*values, 1.0])


def test_a_column_that_is_left_out_is_not_a_number_there() -> None:
    columns = Columns()
    columns.append({"a": 1.0, "b": 2.0})
    columns.append({"a": 1.0})
    columns.append({"b": 2.0})
    np.testing.assert_array_equal(columns.view()["a"], [1, 1, np.nan])
    np.testing.assert_array_equal(columns.view()["b"], [2, np.nan, 2])


def test_a_history_is_pickled_with_all_its_rows() -> None:
    columns = Columns()
    columns.extend({"loss": [2, 1], "learning_rate": [0.1, 0.1]}, 2)
    again = pickle.loads(pickle.dumps(History(columns.view(), columns.view())))
    assert again.steps["learning_rate"].tolist() == [0.1, 0.1] and again.last("loss") == 1
