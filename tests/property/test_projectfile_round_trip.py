"""Any experiment comes back from JSON and from a project file as the value it was; what is opened saves the same bytes."""

from __future__ import annotations

import dataclasses
import math
import re
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netviz import codec
from netviz.codec import InvalidValue, Range, fields_of, range_of
from netviz.datasets import Arrays
from netviz.document.problems import problems
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.experiment import Experiment
from netviz.strict_json import dump_json, parse_json

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")  # there are many kinds of everything

thorough = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@cache
def values(kind: Any, limits: Range | None = None) -> st.SearchStrategy[Any]:
    """Any value that an annotation allows."""
    if get_origin(kind) is Annotated:
        return values(get_args(kind)[0], range_of(kind))
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*(st.none() if option is type(None) else values(option, limits) for option in get_args(kind)))
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if get_origin(kind) is np.ndarray:
        return weights()
    if get_origin(kind) is tuple:
        inner = get_args(kind)
        if inner[-1] is Ellipsis:
            return st.lists(values(inner[0]), max_size=4).map(tuple)
        return st.tuples(*map(values, inner))
    if kind is bool or kind is str:
        return st.booleans() if kind is bool else st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    if kind in (int, float):
        return numbers(kind, limits or Range())
    family = getattr(kind, "family", None)
    if family is not None and kind is not Arrays and not _is_member(kind):
        return st.deferred(lambda: st.one_of(*(values(family[name]) for name in family)))  # a member may hold members
    return arrays() if kind is Arrays else built(kind)


def _is_member(kind: type) -> bool:
    return kind in {kind.family[name] for name in kind.family}  # type: ignore[attr-defined]


def numbers(kind: type, limits: Range) -> st.SearchStrategy[Any]:
    low, high = max(limits.low, limits.above), min(limits.high, limits.below)
    if kind is int:
        return st.integers(int(low) if math.isfinite(low) else -100, int(min(high, 2**53)))
    found = st.floats(
        low if math.isfinite(low) else None,
        high if math.isfinite(high) else None,
        allow_nan=False,
        allow_infinity=False,
    )
    return found.filter(limits.holds)


def built(kind: type) -> st.SearchStrategy[Any]:
    def made(settings: dict[str, Any]) -> Any:
        try:
            return kind(**settings)
        except InvalidValue:
            return None

    # Filtered, not assumed: an assumption that fails while drawing is told with a repr of all strategies, which is huge.
    fields = {name: values(annotation) for name, annotation in fields_of(kind).items()}
    return st.fixed_dictionaries(fields).map(made).filter(lambda value: value is not None)


@st.composite
def weights(draw: Any) -> np.ndarray[Any, Any]:
    shape, random = draw(st.lists(st.integers(0, 3), max_size=3)), np.random.default_rng(draw(st.integers(0, 99)))
    return (random.normal(size=shape) * 50).astype(draw(st.sampled_from(["f4", "f8", "i8", "?"])))


@st.composite
def arrays(draw: Any) -> Arrays:
    rows, features = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    x = (random.normal(size=(rows, features)) * 50).astype(draw(st.sampled_from(["f4", "f8", "i8", "u1", "?", "f2"])))
    labels = draw(st.booleans())
    y = random.integers(0, 3, rows) if labels else random.normal(size=(rows, 2))
    weights = random.random(rows) if draw(st.booleans()) else None
    held = draw(st.none() | st.integers(0, rows))
    return Arrays(x, y, "classification" if labels else "regression", weights, held)


@given(values(Experiment))
@thorough
def test_an_experiment_survives_json(experiment: Experiment) -> None:
    attachments: dict[str, Any] = {}
    text = dump_json(codec.encode(experiment, attachments))
    back = codec.decode(Experiment, parse_json(text, "x"), attachments)
    assert back == experiment
    assert dump_json(codec.encode(back, {})) == text


@given(values(Experiment))
@thorough
def test_an_experiment_survives_a_project_file(
    tmp_path_factory: pytest.TempPathFactory, experiment: Experiment
) -> None:
    path = tmp_path_factory.getbasetemp() / "round.netviz"
    save(path, Project(experiment))
    first, found = path.read_bytes(), open_project(path)
    assert found == Project(experiment)
    save(path, found)
    assert path.read_bytes() == first


def tamed(value: Any, kind: Any = None) -> Any:
    """The same with whole numbers as small as is allowed, or little more, so that checking it takes no more than a moment."""
    limits = range_of(kind) if kind is not None else None
    if type(value) is int and value > 40:
        small = value % 40 + 1
        least = int(limits.low) if limits is not None and math.isfinite(limits.low) else 0
        return small if limits is None or limits.holds(small) else least + small
    if isinstance(value, tuple):
        return tuple(tamed(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, (type, Arrays)):
        changed = {name: tamed(getattr(value, name), annotation) for name, annotation in fields_of(type(value)).items()}
        try:
            return dataclasses.replace(value, **changed)
        except InvalidValue:  # fields that must go together
            return value
    return value


@given(values(Experiment))
@thorough
def test_the_problems_of_any_experiment_are_sentences_and_fixes_are_experiments(experiment: Experiment) -> None:
    experiment = tamed(experiment)
    own = experiment.stopping.monitor if experiment.stopping else ""
    for problem in problems(experiment):
        unfilled = re.search(r"\{\w+\}", problem.sentence)
        assert problem.sentence.endswith(".") and (unfilled is None or "{" in own)
        assert problem.fix is None or isinstance(problem.fix, Experiment) and problem.fix_title
        assert problem.layer is None or 0 <= problem.layer < len(experiment.layers)
        if problem.field is not None:
            value: Any = experiment
            for part in problem.field.split("."):
                value = getattr(value, part)
