"""The table of a model's layers, in the form of Keras' summary."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

_WIDEST = 88


def table(rows: Sequence[tuple[str, str, str]], line_length: int | None) -> str:
    """Rows of (layer, shape, parameters) in a frame; long cells go on in a further line."""
    length = line_length or min(_WIDEST, shutil.get_terminal_size().columns - 4)
    first, last = int(0.45 * length) - 1, length - int(0.8 * length) - 1
    widths = (max(14, first), max(14, length - 4 - first - last), max(9, last))
    head = _line(("Layer (type)", "Output Shape", "Param #"), widths, "┃")
    body = _rule("├", "─", "┼", "┤", widths).join(_line(row, widths, "│") for row in rows)
    return (
        _rule("┏", "━", "┳", "┓", widths) + head + _rule("┡", "━", "╇", "┩", widths)
        + body + _rule("└", "─", "┴", "┘", widths)
    )  # fmt: skip


def _rule(left: str, line: str, cross: str, right: str, widths: Sequence[int]) -> str:
    return left + cross.join(line * width for width in widths) + right + "\n"


def _line(cells: Sequence[str], widths: Sequence[int], edge: str) -> str:
    folded = [_folded(cell, width - 2) for cell, width in zip(cells, widths, strict=True)]
    lines = []
    for place in range(max(map(len, folded))):
        texts = [parts[place] if place < len(parts) else "" for parts in folded]
        a, b, c = (width - 2 for width in widths)
        lines.append(f"{edge} {texts[0]:<{a}} {edge} {texts[1]:<{b}} {edge} {texts[2]:>{c}} {edge}\n")
    return "".join(lines)


def _folded(cell: str, width: int) -> list[str]:
    return [cell[at : at + width] for at in range(0, max(1, len(cell)), width)]


def parameters(title: str, count: int, size: int) -> str:
    """A line such as ` Total params: 203 (812.00 B)`; size in bytes."""
    return f" {title}: {count:,} ({_bytes(size)})\n"


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} TB"
