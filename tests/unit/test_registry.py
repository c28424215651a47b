"""Families: members are found by every name they have, and the nearest is offered."""

from __future__ import annotations

import logging
from importlib import metadata

import pytest

from netviz.registry import Registry, UnknownName, load_plugins


class Animal:
    pass


@pytest.fixture
def animals() -> Registry[Animal]:
    return Registry("animal")


def test_a_member_is_found_by_name_class_and_alias(animals: Registry[Animal]) -> None:
    @animals.register("cat", "felis", title="Cat")
    class Cat(Animal):
        pass

    assert animals["cat"] is animals["Cat"] is animals["felis"] is Cat
    assert animals.name(Cat) == "cat" and animals.title("felis") == "Cat"
    assert list(animals) == ["cat"] and "felis" in animals and len(animals) == 1


def test_two_members_cannot_bear_one_name(animals: Registry[Animal]) -> None:
    animals.register("cat", title="Cat")(type("Cat", (Animal,), {}))
    with pytest.raises(ValueError, match="'cat'"):
        animals.register("dog", "cat", title="Dog")(type("Dog", (Animal,), {}))


def test_an_unknown_name_offers_the_nearest(animals: Registry[Animal]) -> None:
    animals.register("horse", title="Horse")(type("Horse", (Animal,), {}))
    with pytest.raises(UnknownName, match="no animal named 'hores'. Did you mean 'horse'"):
        animals["hores"]
    with pytest.raises(UnknownName) as refusal:
        animals["x" * 500]
    assert len(str(refusal.value)) < 120


def test_a_broken_plugin_is_logged_and_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = metadata.EntryPoint("broken", "no.such.module", "netviz.plugins")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [broken])
    with caplog.at_level(logging.ERROR):
        load_plugins()
    assert "broken" in caplog.text
