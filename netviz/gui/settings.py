"""What a program remembers of its user between two starts: theme, recent files, the shape of the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from netviz.gui.theme import Choice

_MOST_RECENT = 10


class _Nowhere:
    """Settings that last as long as the program."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def value(self, name: str, default: object = None) -> object:
        """What was set, or the default."""
        return self._values.get(name, default)

    def setValue(self, name: str, value: object) -> None:  # as QSettings has it
        """Set it."""
        self._values[name] = value


class Settings:
    """Reads and writes; whatever is damaged counts as absent."""

    def __init__(self, remember: bool = True) -> None:
        """The user's own settings; or, without `remember`, fresh ones that are forgotten at the end."""
        self._store: QSettings | _Nowhere = QSettings("netviz", "netviz") if remember else _Nowhere()

    @property
    def theme(self) -> Choice:
        """The theme chosen."""
        found = self._store.value("theme", "system")
        return found if found in ("light", "dark") else "system"

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._store.setValue("theme", choice)

    @property
    def recent(self) -> list[str]:
        """The newest files first, as far as they are still there."""
        found = self._store.value("recent", [])
        paths = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return [path for path in paths if isinstance(path, str) and Path(path).is_file()][:_MOST_RECENT]

    def add_recent(self, path: Path) -> None:
        """A file was opened or saved."""
        text = str(path.resolve())
        self._store.setValue("recent", [text, *(p for p in self.recent if p != text)][:_MOST_RECENT])

    @property
    def geometry(self) -> QByteArray | None:
        """Size and place of the last window."""
        found = self._store.value("geometry")
        return found if isinstance(found, QByteArray) else None

    @geometry.setter
    def geometry(self, state: QByteArray) -> None:
        self._store.setValue("geometry", state)

    @property
    def layout(self) -> QByteArray | None:
        """How the panels were arranged."""
        found = self._store.value("layout")
        return found if isinstance(found, QByteArray) else None

    @layout.setter
    def layout(self, state: QByteArray) -> None:
        self._store.setValue("layout", state)
