"""Files of unknown origin, read in a process of its own with limits of memory and time.

Some libraries can be made to loop for ever, to crash or to ask for all memory by what they read. Here they do that in a
child that is killed; whoever asked gets a sentence. What comes back are plain numbers and texts, and those are not
trusted either.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from netviz.arrays import Array
from netviz.document import tensors
from netviz.files import FileProblem
from netviz.i18n import _

Contents: TypeAlias = tuple[Mapping[str, Array], Mapping[str, str]]  # arrays and texts by name

PATIENCE_S = 20.0
_MEMORY = 1 << 30  # that much beyond a few times the file's own length
_PROBLEM = "problem"
_LONGEST_WAIT_S = 0.05


class Child:
    """A process that reads files one after another; it is started when first needed, and anew after it was killed."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        """patience_s: for each file."""
        self._patience_s = patience_s
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="netviz-")
        self._asked = 0

    def read(self, reader: str, data: bytes, name: str, cancelled: Callable[[], bool] = lambda: False) -> Contents:
        """What a reader, "module:function" of netviz, finds in a file; FileProblem names the file and says why not.

        The function takes bytes and the file's name and returns Contents. `cancelled` is asked often while it works.
        """
        self._asked += 1
        place = Path(self._folder.name, str(self._asked))
        place.with_suffix(".in").write_bytes(data)
        process = self._process = self._process or self._started(len(data))
        assert process.stdin is not None
        with contextlib.suppress(OSError):  # it has died already; that is seen below
            process.stdin.write(f"{reader}\t{place}\t{name}\n".encode())
            process.stdin.flush()
        try:
            return self._answer(process, place.with_suffix(".out"), name, cancelled)
        finally:
            for suffix in (".in", ".out"):
                place.with_suffix(suffix).unlink(missing_ok=True)

    def _answer(
        self, process: subprocess.Popen[bytes], made: Path, name: str, cancelled: Callable[[], bool]
    ) -> Contents:  # fmt: skip
        end, wait = time.monotonic() + self._patience_s, 0.0005
        while not made.exists():
            if process.poll() is not None:
                self.stop()
                sentence = _("{name} cannot be read: the reader broke down on it or ran out of memory; it is damaged.")
                raise FileProblem(sentence.format(name=name))
            if cancelled():
                self.stop()
                raise FileProblem(_("Reading {name} was cancelled.").format(name=name))
            if time.monotonic() > end:
                self.stop()
                sentence = _("{name} was not read to its end within {n:g} s and was given up; it is damaged.")
                raise FileProblem(sentence.format(name=name, n=self._patience_s))
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        found = tensors.unpack(made.read_bytes(), name)
        if _PROBLEM in found.metadata:
            raise FileProblem(found.metadata[_PROBLEM])
        return found.arrays, found.metadata

    def _started(self, length: int) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "netviz.formats.apart", str(_MEMORY + 8 * length)]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
        )

    def stop(self) -> None:
        """Kill the process, whatever it does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.stop()
        self._folder.cleanup()


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
    """What a reader finds in one file, in a process that is gone afterwards, or in that of `one_child`."""
    if _kept:
        return _kept[-1].read(reader, data, name, cancelled)
    with Child() as child:
        return child.read(reader, data, name, cancelled)


# ------------------------------------------------------------------------------------------------------- in the child


def main() -> None:
    """Answer requests, a line each: a reader, the path of the file without its suffix, the file's name."""
    _limit(int(sys.argv[1]))
    for line in sys.stdin.buffer:
        reader, place, name = line.decode().rstrip("\n").split("\t", 2)
        module, function = reader.split(":")
        made = _answered(getattr(importlib.import_module(module), function), Path(place), name)
        beside = Path(f"{place}.part")
        beside.write_bytes(made)
        os.replace(beside, f"{place}.out")


def _answered(reader: Callable[[bytes, str], Contents], place: Path, name: str) -> bytes:
    try:
        return tensors.pack(*reader(Path(f"{place}.in").read_bytes(), name))
    except FileProblem as problem:
        return tensors.pack({}, {_PROBLEM: str(problem)})
    except Exception as problem:  # whatever a library makes of a damaged file
        why = f"{type(problem).__name__}: {problem}"[:120]
        sentence = _("{name} cannot be read; it is damaged ({why}).")
        printable = "".join(c if c.isprintable() else " " for c in why.encode("ascii", "replace").decode())
        return tensors.pack({}, {_PROBLEM: sentence.format(name=name, why=printable)})


def _limit(memory: int) -> None:
    """Ask for no more memory than that, where the system can be told."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; time and the judgement of sizes remain
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
