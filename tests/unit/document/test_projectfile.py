"""Saving and opening projects: training goes on from the file as if it had never stopped, and wrong files are told of."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netviz.archive import archive_bytes
from netviz.datasets import Arrays, Circle, Iris, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.document.projectfile import Project, open_project, save
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import Dense, Dropout
from netviz.engine.optimizers import SGD, Adam, RMSprop
from netviz.engine.run import Run, Start
from netviz.engine.stopping import EarlyStopping
from netviz.engine.train import Stride, train
from netviz.files import FileProblem, sha256

CIRCLE = replace(EXAMPLES["circle"].experiment, dataset=Circle(count=90), batch_size=8, epochs=4)


def frames(run: Run, since: Frame | None = None, epochs: int = 4, stride: Stride = Stride.STEP) -> list[Frame]:
    samples = run.experiment.samples()
    return [moment.frame() for moment in train(run, samples, since, stride, epochs) if moment.phase.settled]


def at(run: Run, step: int) -> Frame:
    """The frame after so many updates, in the middle of an epoch where one is."""
    return next(f for f in frames(run) if f.step == step and (f.position or f.phase is Phase.EPOCH))


def same(a: Frame, b: Frame) -> None:
    for name in ("params", "grads", "updates"):
        assert getattr(a, name).vector.tobytes() == getattr(b, name).vector.tobytes(), name
        assert getattr(a, name).windows == getattr(b, name).windows
    assert a.slots.keys() == b.slots.keys()
    for name, slot in a.slots.items():
        assert slot.vector.tobytes() == b.slots[name].vector.tobytes(), name
    for table in ("steps", "epochs"):
        left, right = getattr(a.history, table), getattr(b.history, table)
        assert left.keys() == right.keys()
        for name, column in left.items():
            assert column.dtype == right[name].dtype and column.tobytes() == right[name].tobytes(), name
    assert (a.phase, a.epoch, a.step, a.position, a.experiment) == (b.phase, b.epoch, b.step, b.position, b.experiment)
    np.testing.assert_array_equal(
        [a.learning_rate, a.sums.loss, a.sums.rows], [b.learning_rate, b.sums.loss, b.sums.rows]
    )
    assert {n: t.tobytes() for n, t in a.sums.metrics.items()} == {n: t.tobytes() for n, t in b.sums.metrics.items()}
    assert (a.best is None) == (b.best is None)
    if a.best is not None and b.best is not None:
        assert a.best.epoch == b.best.epoch and a.best.params.vector.tobytes() == b.best.params.vector.tobytes()


def through_file(path: Path, run: Run, frame: Frame | None) -> Project:
    save(path, Project(run.experiment, run, frame))
    return open_project(path)


EXPERIMENTS = {
    "adam": CIRCLE,
    "float64": replace(CIRCLE, dtype="float64"),
    "momentum": replace(CIRCLE, optimizer=SGD(0.1, momentum=0.9, nesterov=True)),
    "early stopping": replace(CIRCLE, stopping=EarlyStopping(patience=3, restore_best_weights=True)),
    "dropout and class weights": replace(
        CIRCLE, layers=(Dense(6), Dropout(0.3), *CIRCLE.layers[1:]), class_weight=((0, 0.5), (1, 2.0))
    ),
    "targets standardized": replace(EXAMPLES["diabetes"].experiment, epochs=2),
    "many classes": replace(EXAMPLES["iris"].experiment, epochs=2),
}


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("step", [0, 5, 18])
def test_training_on_from_a_file_is_bit_identical_to_never_having_stopped(tmp_path: Path, name: str, step: int) -> None:
    run = Run.of(EXPERIMENTS[name])
    whole = frames(run)
    frame = next(f for f in whole if f.step == step)
    project = through_file(tmp_path / "p.netviz", run, frame)
    assert project.run is not None and project.frame is not None
    same(project.frame, frame)
    rest = frames(project.run, project.frame, 4 - frame.epoch)
    same(rest[-1], whole[-1])


def test_a_run_of_several_segments_goes_on_bit_for_bit_also_right_at_an_edit(tmp_path: Path) -> None:
    run = Run.of(CIRCLE).edited(5, replace(CIRCLE, optimizer=RMSprop(0.01))).edited(14, replace(CIRCLE, batch_size=16))
    whole = frames(run)
    for step in (4, 5, 6, 14, 15):
        frame = next(f for f in whole if f.step == step)
        project = through_file(tmp_path / "p.netviz", run, frame)
        assert project.run is not None and project.run.segments == run.segments
        same(frames(project.run, project.frame, 4 - frame.epoch)[-1], whole[-1])


def test_a_frame_whose_experiment_was_edited_away_keeps_it(tmp_path: Path) -> None:
    frame = at(Run.of(CIRCLE), 0)
    run = Run.of(CIRCLE).edited(0, replace(CIRCLE, optimizer=SGD(0.5)))
    project = through_file(tmp_path / "p.netviz", run, frame)
    assert project.frame is not None and project.frame.experiment == CIRCLE


def test_a_start_with_given_weights_and_slots_comes_back(tmp_path: Path) -> None:
    frame = at(Run.of(CIRCLE), 9)
    start = Start(frame.params.vector, tuple((n, s.vector) for n, s in frame.slots.items()), 9)
    run = Run.of(CIRCLE, start, 2)
    project = through_file(tmp_path / "p.netviz", run, None)
    assert project.run is not None and project.frame is None and project.run.blas_threads == 2
    same(frames(project.run)[-1], frames(run)[-1])


def test_the_experiment_may_be_newer_than_what_was_trained(tmp_path: Path) -> None:
    run = Run.of(CIRCLE)
    edited = replace(CIRCLE, layers=(Dense(3), *CIRCLE.layers))
    save(tmp_path / "p.netviz", Project(edited, run, at(run, 9)))
    project = open_project(tmp_path / "p.netviz")
    assert project.experiment == edited and project.run is not None and project.run.experiment == CIRCLE


def test_arrays_are_kept_once_for_all_segments_and_come_back_in_their_own_type(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    given = Arrays(random.normal(size=(3000, 7)), random.integers(0, 2, 3000), "classification", random.random(3000))
    first = replace(CIRCLE, dataset=given, preprocessing=Preprocessing(0.1, "last"))
    run = Run.of(first)
    for step in range(1, 6):
        run = run.edited(step, replace(first, optimizer=Adam(0.001 * step)))
    project = through_file(tmp_path / "p.netviz", run, at(run, 9))
    assert (tmp_path / "p.netviz").stat().st_size < 1.3 * (given.x.nbytes + given.y.nbytes + 3000 * 8)
    assert project.run is not None and project.run.segments == run.segments
    assert all(s.experiment.dataset is project.experiment.dataset for s in project.run.segments)
    same(frames(project.run, project.frame, 1)[-1], frames(run, at(run, 9), 1)[-1])


def test_saving_what_was_opened_gives_the_same_bytes(tmp_path: Path) -> None:
    run = Run.of(EXPERIMENTS["early stopping"])
    save(tmp_path / "a.netviz", Project(run.experiment, run, at(run, 20)))
    save(tmp_path / "b.netviz", open_project(tmp_path / "a.netviz"))
    assert (tmp_path / "a.netviz").read_bytes() == (tmp_path / "b.netviz").read_bytes()


def test_a_frame_in_the_middle_of_an_update_is_not_saved(tmp_path: Path) -> None:
    middle = replace(at(Run.of(CIRCLE), 5), phase=Phase.BACKWARD)
    with pytest.raises(ValueError, match="middle of an update"):
        save(tmp_path / "p.netviz", Project(CIRCLE, Run.of(CIRCLE), middle))
    assert not (tmp_path / "p.netviz").exists()


def test_weights_that_are_not_finite_are_opened_and_counted(tmp_path: Path) -> None:
    run = Run.of(CIRCLE)
    frame = at(run, 5)
    vector = frame.params.vector.copy()
    vector[[1, 3]] = np.nan, np.inf
    project = through_file(tmp_path / "p.netviz", run, replace(frame, params=frame.params.like(vector)))
    assert project.notes[0].startswith("2 of 25 weights are not finite")


def test_a_disk_that_reads_back_other_bytes_is_noticed_before_the_old_file_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "p.netviz", Project(CIRCLE))
    with monkeypatch.context() as patch, pytest.raises(FileProblem, match="reads back otherwise"):
        patch.setattr(Path, "read_bytes", lambda path: b"other")
        save(tmp_path / "p.netviz", Project(replace(CIRCLE, epochs=7)))
    assert open_project(tmp_path / "p.netviz").experiment == CIRCLE


# ------------------------------------------------------------------------------------------------- files that are wrong


def members_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    run = Run.of(replace(CIRCLE, stopping=EarlyStopping()))
    path = tmp_path / "trained.netviz"
    save(path, Project(run.experiment, run, at(run, 13)))
    return path


def forged(path: Path, **changed: object) -> Path:
    """The file with members changed by functions of their JSON or bytes, and honest sums for them."""
    members = members_of(path)
    for name, change in changed.items():
        name = name.replace("__", ".")
        if name.endswith(".json"):
            value = json.loads(members[name])
            change(value)  # type: ignore[operator]
            members[name] = json.dumps(value).encode()
        else:
            members[name] = change(members[name])  # type: ignore[operator]
    del members["sums.json"]
    members["sums.json"] = json.dumps({name: sha256(data) for name, data in members.items()}).encode()
    path.write_bytes(archive_bytes(members))
    return path


def told(path: Path) -> str:
    with pytest.raises(FileProblem) as found:
        open_project(path)
    assert "\n" not in str(found.value) and len(str(found.value)) < 400
    return str(found.value)


def test_a_newer_version_is_told_with_its_maker(trained: Path) -> None:
    newer = forged(trained, experiment__json=lambda head: head.update(format=7, netviz="3.2", layout={"new": 1}))
    assert "Made with netviz 3.2 (format 7); this netviz reads up to format 1. Update netviz." in told(newer)


def test_a_newer_version_is_told_even_when_its_sums_have_another_form(trained: Path) -> None:
    members = members_of(trained)
    head = json.loads(members["experiment.json"]) | {"format": 2, "netviz": "<b>\n" * 100}
    trained.write_bytes(archive_bytes({"experiment.json": json.dumps(head).encode()}))
    assert "Made with netviz ? (format 2)" in told(trained)


@pytest.mark.parametrize("name", ["experiment.json", "run.json", "run.safetensors"])
def test_one_changed_byte_in_a_member_is_a_wrong_sum(trained: Path, name: str) -> None:
    members = members_of(trained)
    data = bytearray(members[name])
    data[-3] ^= 1
    trained.write_bytes(archive_bytes({**members, name: bytes(data)}))
    assert f"{name} is damaged: its checksum does not match" in told(trained)


@pytest.mark.parametrize("name", ["experiment.json", "run.json", "run.safetensors", "sums.json"])
def test_a_missing_member_is_named(trained: Path, name: str) -> None:
    members = members_of(trained)
    del members[name]
    trained.write_bytes(archive_bytes(members))
    assert name in told(trained)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda h: h["experiment"]["layers"][0].update(units=0), "units"),
        (lambda h: h["experiment"]["layers"][0].update(units=True), "units"),
        (lambda h: h["experiment"]["layers"][0].update(type="Lambda"), "Lambda"),
        (lambda h: h["experiment"]["optimizer"].update(learning_rate=-1), "learning_rate"),
        (lambda h: h["experiment"].update(epochz=3), "Did you mean 'epochs'?"),
        (lambda h: h["experiment"].update(layers=h["experiment"]["layers"] * 2000), "4,000 layers"),
        (lambda h: h.update(experiment=None), "group of settings"),
        (lambda h: h.update(arrays=[1]), "arrays"),
        (lambda h: h.update(format=True), "format number"),
    ],
)
def test_a_setting_that_cannot_be_is_named(trained: Path, change: object, words: str) -> None:
    assert words in told(forged(trained, experiment__json=change))


def test_a_dataset_whose_arrays_are_missing_is_told(tmp_path: Path) -> None:
    given = Arrays(np.zeros((4, 2)), np.array([0, 1, 0, 1]), "classification")
    save(tmp_path / "p.netviz", Project(replace(CIRCLE, dataset=given)))
    assert open_project(tmp_path / "p.netviz").experiment.dataset == given
    path = forged(tmp_path / "p.netviz", experiment__json=lambda head: head["arrays"].pop("dataset.x"))
    assert "dataset.x: the array that belongs here is missing" in told(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["frame"].update(phase="forward"), "phase"),
        (lambda r: r["frame"].update(step=-1), "step"),
        (lambda r: r["frame"].update(step=2**60), "step"),
        (lambda r: r["frame"].update(step=12), "must hold 12"),
        (lambda r: r["frame"].update(epoch=9), "must hold 9"),
        (lambda r: r["frame"].update(position=10**9, rows=10**9), "frame.position"),
        (lambda r: r["frame"].update(rows=3), "frame.position"),
        (lambda r: r["frame"].update(segment=1), "frame.segment"),
        (lambda r: r["frame"].update(segment=None), "frame.segment"),
        (lambda r: r["frame"]["windows"].pop(), "form of the network's"),
        (lambda r: r["frame"]["windows"][0].update(shape=[6, 2]), "form of the network's"),
        (lambda r: r["frame"]["windows"][0].update(shape=[2**50, 2**50]), "form of the network's"),
        (lambda r: r["frame"]["windows"][1].update(name="kernel"), "one name"),
        (lambda r: r["run"].update(segments=[]), "segments"),
        (lambda r: r["run"]["segments"].append(r["run"]["segments"][0]), "segments"),
        (lambda r: r["run"]["segments"][0]["experiment"]["layers"].clear(), "no layers"),
        (lambda r: r["run"]["segments"][0]["experiment"]["optimizer"].update(amsgrad=True), "slots/velocity_hat"),
        (lambda r: r["run"]["segments"][0]["experiment"].update(dtype="float64"), "float32"),
        (lambda r: r["run"]["start"].update(updates=10**25), "run.start"),
        (lambda r: r["run"]["start"].update(epochs=10**25), "run.start"),
        (lambda r: r.pop("run"), "describes no training"),
    ],
)
def test_a_training_that_does_not_fit_itself_is_told(trained: Path, change: object, words: str) -> None:
    assert words in told(forged(trained, run__json=change))


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        ("frame/grads", "lacks frame/grads"),
        ("slots/momentum", "lacks slots/momentum"),
        ("best/params", "lacks best/params"),
    ],
)
def test_an_array_that_is_missing_is_named(trained: Path, drop: str, words: str) -> None:
    from netviz.document import tensors

    def without(data: bytes) -> bytes:
        return tensors.pack({n: a for n, a in tensors.unpack(data, "").arrays.items() if n != drop})

    assert words in told(forged(trained, run__safetensors=without))


@pytest.mark.parametrize(("name", "array"), [
    ("frame/params", np.zeros(24, np.float32)),
    ("frame/params", np.zeros(25, np.float64)),
    ("frame/params", np.zeros((5, 5), np.float32)),
    ("slots/momentum", np.zeros(25, np.int64)),
    ("steps/loss", np.zeros(2, np.float32)),
    ("epochs/loss", np.zeros(1, np.float32)),
    ("sums/accuracy", np.zeros((2, 2))),
    ("sums/accuracy", np.zeros(5)),
])  # fmt: skip
def test_an_array_of_another_form_is_named(trained: Path, name: str, array: np.ndarray) -> None:
    from netviz.document import tensors

    def with_other(data: bytes) -> bytes:
        return tensors.pack({**tensors.unpack(data, "").arrays, name: array})

    assert name.partition("/")[2] in told(forged(trained, run__safetensors=with_other))


def test_files_that_are_no_projects_get_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.netviz"
    for content in (
        b"",
        b"hello",
        b"PK\x03\x04",
        b"\x80\x04K*.",
        archive_bytes({"../../evil": b"x"}),
        archive_bytes({}),
    ):
        path.write_bytes(content)
        assert '"x.netviz"' in told(path)
    assert "no file" in told(tmp_path / "absent.netviz")
    assert "folder" in told(tmp_path)


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("experiment.json", b" " * 50_000_000)
    (tmp_path / "bomb.netviz").write_bytes(memory.getvalue())
    assert "unpacks to 50.0 MB" in told(tmp_path / "bomb.netviz")


def test_a_network_too_large_for_memory_is_refused_before_it_is_made(trained: Path) -> None:
    def huge(run: dict) -> None:
        layers = run["run"]["segments"][0]["experiment"]["layers"]
        layers[:1] = [layers[0] | {"units": 1_000_000}] * 30

    assert "parameters; at most" in told(forged(trained, run__json=huge))


def test_an_untrained_project_with_impossible_layers_opens_because_they_can_be_mended(tmp_path: Path) -> None:
    broken = Experiment(Iris(), layers=())
    save(tmp_path / "p.netviz", Project(broken))
    assert open_project(tmp_path / "p.netviz").experiment == broken
