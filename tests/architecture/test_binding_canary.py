"""PySide6 6.12.0 drops a reference to None or True in every emit and setPen, and CPython 3.11 dies of it in seconds.

What is installed here is watched in a process of its own, so that a fall takes nothing along.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys

import pytest

mortal = pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal from Python 3.12 on")

CANARY = """
import json, sys
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QApplication, QGraphicsItem, QGraphicsScene, QGraphicsView

EMITS, REPAINTS = 2000, 300


class Sender(QObject):
    sent = Signal(object)


class Item(QGraphicsItem):
    painted = 0

    def boundingRect(self):
        return QRectF(0, 0, 50, 50)

    def paint(self, painter, option, widget=None):
        for _ in range(5):
            painter.setPen(QPen(QColor("black")))
            painter.drawLine(0, 0, 50, 50)
        Item.painted += 1


def counts():
    return sys.getrefcount(None), sys.getrefcount(True)


def emit(sender):
    for number in range(EMITS):
        sender.sent.emit(number)


def repaint(app, item, view):
    for number in range(REPAINTS):
        item.setPos(number % 7, 0)
        item.update()
        view.viewport().repaint()
        app.processEvents()


app = QApplication([])
scene, item, sender = QGraphicsScene(), Item(), Sender()
scene.addItem(item)
view = QGraphicsView(scene)
view.show()
app.processEvents()
heard = [0]
sender.sent.connect(lambda number: heard.__setitem__(0, heard[0] + 1))
before = counts()
emit(sender)
repaint(app, item, view)
drift = [after - start for after, start in zip(counts(), before)]
print(json.dumps({"drift": drift, "heard": heard[0], "painted": Item.painted}))
"""


@mortal
def test_pyside6_is_old_enough() -> None:
    version = importlib.metadata.version("PySide6-Essentials")
    assert (6, 8) <= tuple(map(int, version.split(".")[:2])) < (6, 12)


@mortal
def test_emits_and_repaints_keep_none_and_true() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", CANARY], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen["heard"] == 2000
    assert seen["painted"] >= 300
    assert min(seen["drift"]) > -50, seen
