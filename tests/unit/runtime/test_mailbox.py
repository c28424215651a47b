"""The two doors: commands go in one after the other, of what comes out only the newest counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from netviz.datasets import Circle
from netviz.engine.experiment import Experiment
from netviz.engine.run import Run
from netviz.runtime import Report, Status, Trainer
from netviz.runtime.commands import Pause, Play, Seek
from netviz.runtime.mailbox import Inbox, Mailbox

SECONDS = 30.0


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer()
    trainer.load(Run.of(Experiment(Circle(count=100), batch_size=16)))
    trainer.wait(SECONDS)
    yield trainer
    trainer.close()


def test_commands_are_taken_in_the_order_they_came() -> None:
    inbox = Inbox()
    for command in (Play(), Seek(3), Pause()):
        inbox.put(command)
    assert [inbox.take(0) for _ in range(4)] == [Play(), Seek(3), Pause(), None]
    assert not inbox.pending


def test_a_command_wakes_whoever_waits_for_one() -> None:
    inbox, taken = Inbox(), []
    thread = threading.Thread(target=lambda: taken.append(inbox.take(None)))
    thread.start()
    inbox.put(Pause())
    thread.join(SECONDS)
    assert taken == [Pause()]


def test_a_hold_that_is_never_released_ends_by_itself() -> None:
    inbox = Inbox()
    inbox.hold()
    assert inbox.pending and inbox.take(0) is None
    assert not inbox.pending


def test_a_command_goes_through_a_hold_at_once() -> None:
    inbox = Inbox()
    inbox.hold()
    inbox.put(Pause())
    assert inbox.take(0) == Pause()


def test_the_newest_report_wins_and_looking_has_the_next_one_made() -> None:
    mailbox = Mailbox(Report(Status.EMPTY))
    mailbox.put(Report(Status.PAUSED, notice="old"))
    mailbox.put(Report(Status.RUNNING, notice="new"))
    assert not mailbox.wanted
    assert mailbox.latest().notice == "new"
    assert mailbox.wanted


def test_looking_never_waits_and_always_finds_the_newest(trainer: Trainer) -> None:
    trainer.play(10**8)
    steps = []
    while len(steps) < 50:
        frame = trainer.latest().frame
        assert frame is not None
        if not steps or frame.step != steps[-1]:
            steps.append(frame.step)
    assert steps == sorted(steps)


def test_nobody_watching_means_that_no_frame_is_made(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    head = trainer._worker._head
    monkeypatch.setattr(head, "due", lambda times=1: False)  # the reel's share of the time is counted apart
    trainer._mailbox.wanted = False
    before = head.frames_made
    trainer.play(200)
    trainer._mailbox.wait_for(lambda report: "200" in report.notice, SECONDS)
    assert head.frames_made - before == 1  # the one at which it paused


def test_one_frame_is_made_for_one_look(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    head = trainer._worker._head
    monkeypatch.setattr(head, "due", lambda times=1: False)
    trainer.play(10**8)
    trainer._mailbox.wait_for(lambda report: report.status is Status.RUNNING, SECONDS)
    before, seen = head.frames_made, set()
    while len(seen) < 20:
        frame = trainer.latest().frame
        assert frame is not None
        seen.add(frame.step)
    assert len(seen) - 2 <= head.frames_made - before <= len(seen) + 2
