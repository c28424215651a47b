"""Everything to set up, start and test netviz: standard library only, on a machine with Python 3.11 or newer and git.

    python3 packaging/dev.py run [ARGS]     start netviz (ARGS as for the `netviz` command)
    python3 packaging/dev.py test [ARGS]    check style and types, then test (ARGS as for pytest)
    python3 packaging/dev.py bench [ARGS]   measure speed beside other libraries, those that are installed
    python3 packaging/dev.py interop [ARGS] test against other libraries, those that are installed
    python3 packaging/dev.py lint           check style and types only
    python3 packaging/dev.py sizes          the largest files and functions
    python3 packaging/dev.py lock           choose and pin the newest versions anew

The first call makes `.venv`; later ones use it as it is, until what is to be installed changes.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "netviz-stamp"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
OLDEST = (3, 11)
DEMO = (("train", "example:circle", "--export", "circle.npz", "--force"), ("picture", "example:circle", "netviz.png"))
# Debian names a library's package after its file, but for these (newer ones call it libglib2.0-0t64, and apt knows).
ODD_PACKAGES = {"libz.so.1": "zlib1g"}
ODD_PACKAGES.update({f"lib{name}-2.0.so.0": "libglib2.0-0" for name in ("glib", "gthread", "gio", "gobject")})


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument names; returns the exit code."""
    if sys.version_info < OLDEST:
        print(f"netviz needs Python 3.11 or newer, and this is {sys.version.split()[0]}: start it with a newer python3.")
        return 2
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command == "sizes":
        return sizes()
    commands = {"run": run, "test": test, "bench": bench, "interop": interop, "lint": lint, "lock": lock}
    if command not in commands:
        print(__doc__)
        return 0 if command in ("-h", "--help") else 2
    return set_up() or commands[command](rest)


def run(arguments: list[str]) -> int:
    """Start netviz; without a display, train its first example, and write the weights and a picture of the window."""
    if arguments or has_display():
        return python("-m", "netviz", *arguments, cwd=Path.cwd())
    print("There is no display for netviz's window, so here is what it does without one:")
    codes = []
    for words in DEMO:
        print(f"\n$ netviz {' '.join(words)}", flush=True)
        codes.append(python("-m", "netviz", *words, cwd=Path.cwd()))
    return first_failure(codes)


def has_display() -> bool:
    """Whether there is a screen to open a window on."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in names)


def test(arguments: list[str]) -> int:
    """Style, types and tests; the tests always run and come last. In CI a real window is tested too, where it can be."""
    if os.environ.get("CI"):
        see_to_screen()
    return first_failure([lint([]), pytest("-q", "-n", "2", *arguments)])


def bench(arguments: list[str]) -> int:
    """Speed beside other libraries."""
    return pytest("-q", "-s", "-m", "bench", "--timeout", "0", "tests/bench", *arguments)


def interop(arguments: list[str]) -> int:
    """Tests against other libraries; each file in a process of its own, for they set the libraries' precision and chance."""
    files = sorted((ROOT / "tests" / "interop").glob("test_*.py"))
    chosen = [str(path) for path in files] if all(word.startswith("-") for word in arguments) else [""]
    codes = [pytest("-q", "-rs", "-m", "interop", *filter(None, [path]), *arguments) for path in chosen]
    return max(codes)


def lint(_arguments: list[str]) -> int:
    """Style, then types."""
    return first_failure([python("-m", "ruff", "check", "-q", "netviz", "tests", "packaging"), python("-m", "mypy")])


def lock(_arguments: list[str]) -> int:
    """Pin the newest versions that go together, where possible the same for every Python that netviz runs on."""
    code = pip("install", "uv") or python(
        *("-m", "uv", "pip", "compile", "pyproject.toml", "--extra", "test", "--universal"),
        *("--python-version", ".".join(map(str, OLDEST)), "--no-annotate", "--no-header", "--upgrade"),
        *("--fork-strategy", "fewest", "--no-emit-index-url", "--quiet", "--output-file", str(CONSTRAINTS)),
    )
    print(CONSTRAINTS.read_text(encoding="utf-8"), end="")
    return code


def sizes(top: int = 15) -> int:
    """Print the largest files and functions; over 300 and 40 lines they ask to be two."""
    paths = [path for folder in ("netviz", "packaging", "tests") for path in (ROOT / folder).rglob("*.py")]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}
    files = [(text.count("\n"), name) for name, text in texts.items()]
    functions = [(lines, f"{name}: {label}") for name, text in texts.items() for lines, label in functions_of(text)]
    for title, limit, rows in (("files", 300, files), ("functions", 40, functions)):
        print(f"{title} by lines")
        for lines, name in sorted(rows, reverse=True)[:top]:
            print(f"{lines:6} {'!' if lines > limit else ' '} {name}")
    return 0


def functions_of(text: str) -> Iterator[tuple[int, str]]:
    """Lines and name of every function in a source text."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield (node.end_lineno or node.lineno) - node.lineno + 1, node.name


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What a child process sees: byte code may be kept, so that netviz starts fast."""
    kept = {name: value for name, value in given.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTEST_QT_API": "pyside6"}


def call(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> int:
    """Run a command; Ctrl+C is the child's to answer."""
    process = subprocess.Popen(command, cwd=cwd, env=dict(env or environment(os.environ)))
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            code = process.wait()
            return code if code >= 0 else 128 - code


def quiet(*command: str) -> bool:
    """Whether a command is there and succeeds; what it says is not shown."""
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, check=False).returncode


def interpreter() -> str:
    """The Python of `.venv`."""
    return str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def python(*arguments: str, **how: Any) -> int:
    """Run the Python of `.venv`."""
    return call([interpreter(), *arguments], **how)


def pip(*arguments: str) -> int:
    """Run pip of `.venv`, quietly."""
    return python("-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)


def pytest(*arguments: str) -> int:
    """Run the tests without a screen; without Qt's system libraries only its own tests fail."""
    env = {"QT_QPA_PLATFORM": "offscreen", **environment(os.environ)}
    without_qt = ("-p", "no:pytest-qt") if missing_libraries() else ()
    return python("-m", "pytest", *without_qt, *arguments, env=env)


def first_failure(codes: Sequence[int]) -> int:
    """The first exit code that is not 0, or 0."""
    return next((code for code in codes if code), 0)


def set_up() -> int:
    """Make `.venv` and install, if that has not been done; 0 when all is ready."""
    return (0 if works() else make_venv()) or install() or see_to_libraries()


def works() -> bool:
    """Whether `.venv` has a Python that starts and is new enough, with pip."""
    return quiet(interpreter(), "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST})")


def make_venv() -> int:
    """Make `.venv` anew; Debian keeps a part of Python that this needs in a package of its own."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if not quiet(sys.executable, "-c", "import ensurepip, venv") and not apt_install([package]):
        print("Then call this again.")
        return 1
    print("Making .venv", flush=True)
    return call([sys.executable, "-m", "venv", "--clear", str(VENV)])


def install() -> int:
    """Install netviz and what it needs into `.venv`, in the versions pinned, unless that has been done."""
    wanted = stamp(*map(read, (ROOT / "pyproject.toml", CONSTRAINTS, VENV / "pyvenv.cfg")))
    if read(STAMP) == wanted:
        return 0
    print("Installing what netviz needs (a minute or two, once)", flush=True)
    code = pip("install", "--editable", ".[test]", "--constraint", str(CONSTRAINTS))
    STAMP.write_text("" if code else wanted, encoding="utf-8")
    return code


def stamp(*texts: str) -> str:
    """One short text that changes when any of these does."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def read(path: Path) -> str:
    """A file's text, or nothing."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def see_to_libraries() -> int:
    """Install the system libraries that Qt needs and this machine lacks, or say how and go on."""
    packages = sorted({package_of(library) for library in missing_libraries()})
    if packages and not apt_install(packages):
        print("Until then netviz has no window, and tests of the window fail. Going on.\n", flush=True)
    return 0


def see_to_screen() -> None:
    """Install Xvfb, a screen for windows that nobody sees, where that can be done without asking anybody."""
    lacks = sys.platform.startswith("linux") and not shutil.which("Xvfb")
    if lacks and shutil.which("apt-get") and os.geteuid() == 0 and not apt_install(["xvfb"]):
        print("Going on without a window on a screen.\n", flush=True)


def missing_libraries() -> list[str]:
    """The libraries that Qt's windows need and this machine does not have (Linux only)."""
    if not sys.platform.startswith("linux") or not shutil.which("ldd"):
        return []
    names = ("libQt6Gui.so.6", "libQt6Widgets.so.6", "libqxcb.so", "libqoffscreen.so")
    files = [str(path) for name in names for path in VENV.glob(f"lib/python*/site-packages/PySide6/Qt/**/{name}")]
    return not_found(subprocess.run(["ldd", *files], capture_output=True, text=True, check=False).stdout)


def not_found(ldd: str) -> list[str]:
    """The libraries that ldd did not find."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", ldd, re.MULTILINE)))


def package_of(library: str) -> str:
    """The Debian package of a library: libxcb-cursor.so.0 is in libxcb-cursor0, libX11.so.6 in libx11-6."""
    if library in ODD_PACKAGES:
        return ODD_PACKAGES[library]
    stem, _, version = library.lower().partition(".so.")
    return f"{stem}-{version}" if stem[-1].isdigit() else stem + version


def apt_install(packages: Sequence[str]) -> bool:
    """Install Debian packages as root; otherwise print the command. Whether they are there now."""
    if not shutil.which("apt-get"):
        print(f"This machine lacks what Debian calls {' '.join(packages)}: please install it.", flush=True)
        return False
    if os.geteuid() == 0:
        print(f"Installing system packages: {' '.join(packages)}", flush=True)
        env = {**environment(os.environ), "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        if not (call(["apt-get", "update", "-qq"], env) or call(install, env)):
            return True
    command = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    print(f"Some system packages are missing. As root:\n    {command}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
