"""Pictures of the window, by the program itself.

    python packaging/make_pictures.py readme          the one at the head of README.md
    python packaging/make_pictures.py all FOLDER      every example, light and dark, in three sizes, before and after
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from netviz.cli import main as netviz
from netviz.document.examples import EXAMPLES

ROOT = Path(__file__).resolve().parents[1]
SIZES = ("1100x700", "1440x900", "2560x1440")


def readme() -> int:
    """The spiral, learnt."""
    out = ROOT / "resources" / "pictures" / "window.png"
    out.parent.mkdir(exist_ok=True)
    return netviz(["picture", "example:spiral", str(out), "--size", "1440x900"])


def everything(folder: Path) -> Iterator[list[str]]:
    """The commands that write all pictures."""
    for name in EXAMPLES:
        for theme in ("light", "dark"):
            for size in SIZES:
                for when, epochs in (("before", ["--epochs", "0"]), ("after", [])):
                    out = folder / f"{name}-{theme}-{size}-{when}.png"
                    yield ["picture", f"example:{name}", str(out), "--theme", theme, "--size", size, *epochs]


def main(arguments: list[str]) -> int:
    """Write what is asked for."""
    if arguments == ["readme"]:
        return readme()
    if len(arguments) == 2 and arguments[0] == "all":
        folder = Path(arguments[1])
        folder.mkdir(parents=True, exist_ok=True)
        return max(netviz(command) for command in everything(folder))
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
