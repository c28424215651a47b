"""Files of unknown origin, read in a process of its own with limits of memory and time.

Some libraries can be made to loop for ever, to crash or to ask for all memory by what they read. Here they do that in a
child that is killed; whoever asked gets a sentence. What comes back are plain numbers and texts, and those are not
trusted either.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias

from netviz.arrays import Array
from netviz.document import tensors
from netviz.files import FileProblem, read_limited, shown, stat_ordinary
from netviz.formats.format import MOST_BYTES
from netviz.i18n import _

Contents: TypeAlias = tuple[Mapping[str, Array], Mapping[str, str]]  # arrays and texts by name

PATIENCE_S = 20.0
_MEMORY = 64 << 20  # that much beyond a few times the file's own length and what the reader has already
_PROBLEM = "problem"
_APART = "NETVIZ_APART"  # in the environment of the child
_SECONDS_MORE = 10  # of computing, after which a child whose parent is gone ends by itself
_LONGEST_WAIT_S = 0.05
_TIDYING_S = 1.0


class Child:
    """A process that reads files one after another; it is started when first needed, and anew after it was killed."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """patience_s: for each file; math.inf waits until it is stopped."""
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="netviz-")
        self._asked, self._name, self._end = 0, "", 0.0

    def read(self, reader: str, data: bytes, name: str, cancelled: Callable[[], bool] = lambda: False) -> Contents:
        """What a reader, "module:function" of netviz, finds in a file; FileProblem names the file and says why not.

        The function takes bytes and the file's name and returns Contents. `cancelled` is asked often while it works.
        """
        self.begin(reader, data, name)
        wait = 0.0005
        while (found := self.poll()) is None:
            if cancelled():
                self.stop()
                raise FileProblem(_("Reading {name} was cancelled.").format(name=name))
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        return found

    def begin(self, reader: str, source: bytes | Path, name: str, limited: bool = True, told: str = "") -> None:
        """Have a reader begin with a file, given as its bytes or its path, and return at once; `poll` has the answer.

        limited: in memory and computing, which work on netviz' own files needs not be. told: what sentences call the
        file, where that is not `name`, which the reader gets.
        """
        self._asked += 1
        self._name = told or (name if isinstance(source, bytes) else shown(source))
        self._end = time.monotonic() + self._patience_s
        place, length = self._place, len(source) if isinstance(source, bytes) else stat_ordinary(source).st_size
        if isinstance(source, bytes):
            place.with_suffix(".in").write_bytes(source)
            source = place.with_suffix(".in")
        process = self._process = self._process or _started()
        assert process.stdin is not None
        limits = (_MEMORY + 12 * length, int(self._patience_s) + _SECONDS_MORE) if limited else (0, 0)
        request = [reader, os.fspath(source.absolute()), str(place), name, *limits]
        with contextlib.suppress(OSError):  # it has died already; that is seen when it is asked for the answer
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()

    @property
    def _place(self) -> Path:
        """Where the present request and its answer lie, without their suffixes."""
        return Path(self._folder.name, str(self._asked))

    def poll(self) -> Contents | None:
        """The answer, None while there is none yet; FileProblem where there will be none."""
        made, process = self._place.with_suffix(".out"), self._process
        if not made.exists():
            if process is None or process.poll() is not None:
                self._give_up(_("{name} cannot be read: the reader broke down on it or ran out of memory; it is damaged."))
            if time.monotonic() > self._end:
                self._give_up(_("{name} was not read to its end within {n:g} s and was given up; it is damaged."))
            return None
        found = tensors.unpack(made.read_bytes(), self._name)
        self._clear()
        if _PROBLEM in found.metadata:
            raise FileProblem(found.metadata[_PROBLEM])
        return found.arrays, found.metadata

    def _give_up(self, sentence: str) -> NoReturn:
        self.stop()
        raise FileProblem(sentence.format(name=self._name, n=self._patience_s))

    def _clear(self) -> None:
        for suffix in (".in", ".out"):
            self._place.with_suffix(suffix).unlink(missing_ok=True)

    def stop(self, tidily: bool = False) -> None:
        """Kill the process, whatever it does. tidily: it may first, for a moment, take away what it has begun to write."""
        process, self._process = self._process, None
        if process is not None:
            if tidily:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_TIDYING_S)
            process.kill()
            process.communicate()
        self._clear()

    def close(self, tidily: bool = False) -> None:
        """Kill the process and leave nothing behind."""
        self.stop(tidily)
        self._folder.cleanup()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()


def _started() -> subprocess.Popen[bytes]:
    environment = {
        **os.environ, _APART: "1", "HDF5_PLUGIN_PRELOAD": "::", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }  # fmt: skip
    command = [sys.executable, "-m", "netviz.formats.apart"]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )


_kept: list[Child] = []


@contextlib.contextmanager
def one_child(patience_s: float = PATIENCE_S) -> Iterator[Child]:
    """Within this block all files are read by one process, which is replaced when it had to be killed."""
    with Child(patience_s) as child:
        _kept.append(child)
        try:
            yield child
        finally:
            _kept.remove(child)


def read_apart(reader: str, data: bytes, name: str, cancelled: Callable[[], bool] = lambda: False) -> Contents:
    """What a reader finds in one file, in a process that is gone afterwards, or in that of `one_child`.

    Within such a process it is done there: whoever kills that means all of it.
    """
    if _APART in os.environ:
        return _function(reader)(data, name)
    if _kept:
        return _kept[-1].read(reader, data, name, cancelled)
    with Child() as child:
        return child.read(reader, data, name, cancelled)


# ------------------------------------------------------------------------------------------------------- in the child


def main() -> None:
    """Answer requests, a line of JSON each: a reader, the file, where the answer goes, the file's name, and two limits."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # what is being written is taken away on the way out
    for line in sys.stdin.buffer:
        reader, source, place, name, memory, seconds = json.loads(line)
        with contextlib.suppress(ValueError, OSError):
            _limit(memory, seconds)
        own = source == f"{place}.in"
        made = _answered(reader, Path(source).read_bytes if own else partial(read_limited, source, MOST_BYTES), name)
        beside = Path(f"{place}.part")
        beside.write_bytes(made)
        os.replace(beside, f"{place}.out")


def _function(reader: str) -> Callable[[bytes, str], Contents]:
    module, function = reader.split(":")
    found: Callable[[bytes, str], Contents] = getattr(importlib.import_module(module), function)
    return found


def _answered(reader: str, data: Callable[[], bytes], name: str) -> bytes:
    try:
        return tensors.pack(*_function(reader)(data(), name))
    except FileProblem as problem:
        named = str(problem) if _shown(name) in str(problem) else f"{_shown(name)}: {problem}"
        return tensors.pack({}, {_PROBLEM: named})
    except MemoryError:
        sentence = _("{name} needs far more memory than a file of its length should; it is damaged or was made to do harm.")
        return tensors.pack({}, {_PROBLEM: sentence.format(name=_shown(name))})
    except Exception as problem:  # whatever a library makes of a damaged file
        why = f"{type(problem).__name__}: {problem}"[:120]
        sentence = _("{name} cannot be read; it is damaged ({why}).")
        printable = "".join(c if c.isprintable() else " " for c in why.encode("ascii", "replace").decode())
        return tensors.pack({}, {_PROBLEM: sentence.format(name=_shown(name), why=printable)})


def _shown(name: str) -> str:
    """A file's name as it can be shown, given so or as a path."""
    return name if name.startswith('"') else shown(name)


def _limit(memory: int, seconds: int) -> None:
    """Take no more bytes of memory and seconds of computing, 0 for as much as there is, where the system can be told."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; time and the judgement of sizes remain
        return
    try:
        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:  # only Linux tells so
        has = 12 * _MEMORY
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    for kind, limit in ((resource.RLIMIT_AS, memory and has + memory), (resource.RLIMIT_CPU, seconds and spent + seconds)):
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit or most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
