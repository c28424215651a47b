"""The window's start, lateness and memory, measured in processes of their own and printed; nothing heavy before the paint."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_the_first_paint_shows_the_network_and_has_imported_nothing_heavy() -> None:
    from window import measure

    runs = [measure("start") for _run in range(5)]
    assert [run["heavy"] for run in runs] == [[]] * 5
    assert all(run["drawn"] for run in runs)
    best = min(runs, key=lambda run: run["stages"]["first paint"])["stages"]
    print("\nstart, seconds since the process began:", *(f"\n  {at:5.2f}  {stage}" for stage, at in best.items()))
    assert best["first paint"] <= 0.8
    assert best["all panels"] <= 1.6


@pytest.mark.parametrize("example", ["circle", "digits"])
def test_training_keeps_half_its_speed_and_the_window_answers(example: str) -> None:
    from window import measure

    found = measure("train", example)
    print(f"\n{example}: {found['speed']:,.0f} of {found['headless']:,.0f} updates/s ({found['speed'] / found['headless']:.0%}),")
    print(f"  {found['pictures']:.1f} pictures/s, of {found['picture_cpu_ms']:.1f} ms of the window's thread each")
    for name in ("idle", "repainting", "training"):
        print(f"  {name:11}" + "".join(f"{part} {ms:7.1f} ms  " for part, ms in found[name].items()))
    assert found["speed"] >= 0.5 * found["headless"]
    assert found["pictures"] >= 4
    assert found["training"]["p99"] <= found["repainting"]["p99"] + 15


def test_panels_that_explain_take_no_more_than_a_tenth_of_the_speed() -> None:
    from window import measure

    found = measure("microscope", "circle")
    alone = found.pop("headless")
    print(f"\ncircle, headless {alone:,.0f} updates/s; with the window:")
    for kind, each in found.items():
        print(f"  {kind:11} {each['speed']:8,.0f} updates/s, {each['cpu']:8,.0f} for a second of the training thread")
    assert found["microscope"]["speed"] >= 0.9 * found["without"]["speed"]
    assert found["all"]["speed"] >= 0.5 * alone


def test_memory_does_not_grow_once_the_reel_is_full() -> None:
    from window import measure

    found = measure("memory")
    print("\nmemory:", *(f"\n  epoch {epoch:6,}  {megabytes:6.1f} MB" for epoch, megabytes in found["readings"]))
    assert found["reel"] <= found["budget"]
    grown = found["readings"][-1][1] - found["readings"][0][1]
    print(f"  {grown:.1f} MB more, {found['history']:.1f} of them the losses of every update and the rows of every epoch")
    assert grown <= 2.0


def test_any_of_ten_thousand_updates_is_seen_within_fifty_milliseconds() -> None:
    from window import measure

    found = measure("seek")
    print(f"\nseek, article, 10,000 updates: {', '.join(f'{name} {ms:.1f} ms' for name, ms in found['ms'].items())}")
    print(f"  {found['kept']:,} frames kept in {found['reel'] / 1e6:.0f} of {found['budget'] / 1e6:.0f} MB")
    assert found["reel"] <= found["budget"]
    assert found["ms"]["p99"] <= 50
