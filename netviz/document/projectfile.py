"""The `.netviz` project file: an experiment and, once trained, the run and the state it goes on from, bit for bit.

A ZIP archive of JSON that can be read by eye, arrays as safetensors, and a SHA-256 sum of every member. Whatever is
wrong with a file, from a newer version to a hostile one, becomes a FileProblem with one sentence; no code is run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from netviz import __version__, codec
from netviz.archive import archive_bytes, read_archive
from netviz.arrays import Array
from netviz.codec import InvalidValue
from netviz.document import checkpoint, tensors
from netviz.document.branches import MOST_BRANCHES, Branch, new_name
from netviz.document.lesson import Lesson
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.run import Run
from netviz.files import FileProblem, sha256, shown, size_text, write_atomically
from netviz.i18n import _
from netviz.strict_json import dump_json, parse_json

SUFFIX = ".netviz"
FORMAT = 1

_MB = 1024 * 1024
_LIMITS = {
    "experiment.json": 4 * _MB,
    "run.json": 16 * _MB,
    "run.safetensors": 2048 * _MB,
    "data.safetensors": 1024 * _MB,
    "branches.json": 64 * _MB,
    "branches.safetensors": 2048 * _MB,
    "lesson.json": _MB,
    "sums.json": _MB // 16,
}


@dataclass(frozen=True)
class Project:
    """What a project file holds: the experiment; how it was trained, and the settled frame to go on from.

    `run` may be of an earlier experiment, where the newest edits have not been trained. `branches` are the other ways
    that training has gone, `name` is that of `run`. `lesson` is what is said while it is stepped through. `notes` are
    sentences about what is remarkable in a file that could be opened.
    """

    experiment: Experiment
    run: Run | None = None
    frame: Frame | None = None
    notes: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    name: str = ""
    lesson: Lesson | None = None


# --------------------------------------------------------------------------------------------------------- saving


def save(path: str | os.PathLike[str], project: Project) -> None:
    """Write a project whole or not at all, and read it back; FileProblem when that cannot be done.

    A frame must be settled (ValueError): what goes on is the end of an update.
    """
    write_atomically(path, packed(project), read_back=True)


def packed(project: Project) -> bytes:
    """The content of the project's file."""
    return archive_bytes(_members(project))


def _members(project: Project) -> dict[str, bytes]:
    arrays: dict[str, Array] = {}
    head = {"format": FORMAT, "netviz": __version__, "experiment": codec.encode(project.experiment, arrays)}
    described: dict[str, Any] | None = None
    state: dict[str, Array] = {}
    if project.run is not None:
        described, state = checkpoint.written(project.run, project.frame)
        described["name"] = project.name
        arrays |= {name: state.pop(name) for name in list(state) if _of_data(name)}
    branches, others = _branches(project.branches)
    arrays |= {name: others.pop(name) for name in list(others) if _of_data(name)}
    data, head["arrays"] = _stored_once(arrays)
    members = {"experiment.json": dump_json(head)}
    if described is not None:
        members |= {"run.json": dump_json(described), "run.safetensors": tensors.pack(state)}
    if branches:
        members |= {"branches.json": dump_json(branches), "branches.safetensors": tensors.pack(others)}
    if project.lesson is not None:
        members["lesson.json"] = dump_json(codec.encode(project.lesson))
    if data:
        members["data.safetensors"] = tensors.pack(data)
    members["sums.json"] = dump_json({name: sha256(member) for name, member in members.items()})
    for name, member in members.items():
        if len(member) > _LIMITS[name]:
            sentence = _(
                "The project is too large to be saved: {name} would have {found}, at most {limit} is possible."
            )
            sizes = {"found": size_text(len(member)), "limit": size_text(_LIMITS[name])}
            raise FileProblem(sentence.format(name=name, **sizes))
    return members


def _branches(branches: tuple[Branch, ...]) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """What is written of the branches, and their arrays under the branch's number."""
    described: list[dict[str, Any]] = []
    arrays: dict[str, Array] = {}
    for place, branch in enumerate(branches):
        plain, state = checkpoint.written(branch.run, branch.frame)
        described.append({"name": branch.name, **plain})
        arrays |= {f"{place}/{name}": array for name, array in state.items()}
    return described, arrays


def _of_data(name: str) -> bool:
    """Whether an array is part of an Experiment, of which a run has several that share it, and not of the training."""
    return re.search(r"(^|\.)(dataset\.|surgery\[)", name) is not None


def _stored_once(arrays: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, str]]:
    """Arrays without repetition, and under which name each is kept: every segment of a run has the same data."""
    kept: dict[tuple[str, tuple[int, ...], str], str] = {}
    seen: dict[int, str] = {}
    places = {}
    for place, array in arrays.items():
        if id(array) not in seen:
            ready = tensors.plain(array)
            seen[id(array)] = kept.setdefault((ready.dtype.str, ready.shape, sha256(ready.tobytes())), place)
        places[place] = seen[id(array)]
    return {name: arrays[name] for name in kept.values()}, places


# -------------------------------------------------------------------------------------------------------- opening


def open_project(path: str | os.PathLike[str]) -> Project:
    """The project in a file; FileProblem says what is wrong, where, and what to do."""
    return _opened(path, shown(path))


def unpacked(data: bytes, name: str) -> Project:
    """The project in the content of a file of that name."""
    return _opened(data, name)


def _opened(source: bytes | str | os.PathLike[str], name: str) -> Project:
    with _in_file(name):
        members = read_archive(source, _LIMITS)
        head = _head(members, name)
        data = _arrays(members, "data.safetensors")
        arrays = {place: data[name] for place, name in _places(head).items() if name in data}
        experiment = codec.decode(Experiment, head.get("experiment"), arrays)
        checkpoint.check_depth(experiment)
        lesson = _read_lesson(members)
        if "run.json" not in members:
            return Project(experiment, lesson=lesson)
        arrays |= _arrays(members, "run.safetensors")
        described = parse_json(members["run.json"], "run.json", _LIMITS["run.json"])
        run, frame = checkpoint.read(described, arrays, experiment)
        note = checkpoint.not_finite(frame) if frame else ""
        branches = tuple(_read_branches(members, arrays, experiment))
        return Project(experiment, run, frame, (note,) if note else (), branches, _name(described), lesson)


def _read_lesson(members: Mapping[str, bytes]) -> Lesson | None:
    if "lesson.json" not in members:
        return None
    return codec.decode(Lesson, parse_json(members["lesson.json"], "lesson.json", _LIMITS["lesson.json"]), place="lesson")


def _read_branches(members: Mapping[str, bytes], arrays: Mapping[str, Array], same: Experiment) -> Iterator[Branch]:
    if "branches.json" not in members:
        return
    described = parse_json(members["branches.json"], "branches.json", _LIMITS["branches.json"])
    arrays = {**arrays, **_arrays(members, "branches.safetensors")}
    if not isinstance(described, list) or len(described) > MOST_BRANCHES:
        raise FileProblem(_("branches.json: branches must be a list of at most {n}.").format(n=MOST_BRANCHES))
    for place, plain in enumerate(described):
        own = {name.partition("/")[2]: array for name, array in arrays.items() if name.startswith(f"{place}/")}
        try:
            run, frame = checkpoint.read(plain, own, same)
        except (FileProblem, InvalidValue) as problem:
            raise FileProblem(_("branches.json, branch {n}: {why}").format(n=place + 1, why=problem)) from None
        if frame is None:
            raise FileProblem(_("branches.json: branch {n} has no state to go on from.").format(n=place + 1))
        yield Branch(_name(plain) or new_name(()), run, frame)


def _name(described: Any) -> str:
    name = described.get("name", "") if isinstance(described, dict) else ""
    return " ".join(name.split())[:80] if isinstance(name, str) else ""


@contextmanager
def _in_file(name: str) -> Iterator[None]:
    """Every failure inside is told as one of this file."""
    try:
        yield
    except FileProblem as problem:
        if name in str(problem):
            raise
        raise FileProblem(f"{name}: {problem}") from None
    except InvalidValue as problem:
        raise FileProblem(_("{name} holds a setting that cannot be: {why}").format(name=name, why=problem)) from None
    except MemoryError:
        raise FileProblem(_("There is not enough memory to open {name}.").format(name=name)) from None


def _head(members: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """experiment.json, once the version and then every sum is found right."""
    if "experiment.json" not in members:
        raise FileProblem(_("{name} is not a netviz project: it holds no experiment.json.").format(name=name))
    try:
        head = parse_json(members["experiment.json"], "experiment.json", _LIMITS["experiment.json"])
    except FileProblem:
        _check_sums(members)
        raise
    _check_version(head)
    _check_sums(members)
    return head if isinstance(head, dict) else {}


def _check_version(head: Any) -> None:
    version = head.get("format") if isinstance(head, dict) else None
    if type(version) is not int or version < 1:
        raise FileProblem(_("experiment.json says no format number; this is not a netviz project or it is damaged."))
    if version > FORMAT:
        maker = head.get("netviz")
        sentence = _("Made with netviz {maker} (format {n}); this netviz reads up to format {most}. Update netviz.")
        known = isinstance(maker, str) and re.fullmatch(r"[\w.+-]{1,30}", maker, re.ASCII)
        raise FileProblem(sentence.format(maker=maker if known else "?", n=version, most=FORMAT))


def _check_sums(members: Mapping[str, bytes]) -> None:
    if "sums.json" not in members:
        raise FileProblem(_("sums.json is missing, so nothing shows that the file is whole; open an older copy."))
    sums = parse_json(members["sums.json"], "sums.json")
    rest = {name: member for name, member in members.items() if name != "sums.json"}
    if not isinstance(sums, dict) or sums.keys() != rest.keys():
        names = sorted(rest.keys() ^ sums.keys()) if isinstance(sums, dict) else ["sums.json"]
        sentence = _(
            "The file is incomplete or was put together by hand: {name} is missing or not listed in sums.json."
        )
        raise FileProblem(sentence.format(name=shown(names[0])))
    for name, member in rest.items():
        if sums[name] != sha256(member):
            raise FileProblem(
                _("{name} is damaged: its checksum does not match. Open an older copy.").format(name=name)
            )


def _places(head: Mapping[str, Any]) -> dict[str, str]:
    places = head.get("arrays", {})
    if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
        raise FileProblem(_("experiment.json: arrays must be a list of names."))
    return places


def _arrays(members: Mapping[str, bytes], name: str) -> dict[str, Array]:
    return dict(tensors.unpack(members[name], name).arrays) if name in members else {}
