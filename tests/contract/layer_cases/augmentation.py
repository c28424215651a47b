"""Images changed at random: every kind of map, of filling and of reading between pixels."""

from netviz.engine.layers import RandomFlip, RandomRotation, RandomTranslation, RandomZoom

CASES = {
    "random flip": (RandomFlip(), (3, 4, 2)),
    "random flip of columns": (RandomFlip("horizontal"), (3, 4, 1)),
    "random flip of rows": (RandomFlip("vertical"), (3, 4, 1)),
    "random shift": (RandomTranslation(0.3, 0.4), (5, 4, 2)),
    "random shift to one side": (RandomTranslation((0.1, 0.3), (-0.2, 0.0), "constant", fill_value=0.7), (4, 5, 1)),
    "random shift, nearest pixel": (RandomTranslation(0.4, 0.4, "wrap", "nearest"), (4, 4, 1)),
    "random rotation": (RandomRotation(0.2), (5, 4, 2)),
    "random rotation, wrapped": (RandomRotation((0.1, 0.4), "wrap"), (4, 4, 1)),
    "random rotation, constant": (RandomRotation(0.5, "constant", fill_value=-1.0), (4, 5, 1)),
    "random rotation, constant 0": (RandomRotation(0.5, "constant"), (4, 5, 1)),
    "random rotation, nearest": (RandomRotation(0.5, "nearest", "nearest"), (4, 5, 3)),
    "random zoom": (RandomZoom(0.4), (5, 4, 2)),
    "random zoom of one axis": (RandomZoom((0.1, 0.9), 0.0, "nearest"), (4, 5, 1)),
    "random zoom, constant": (RandomZoom(0.9, (-0.5, 0.2), "constant", fill_value=2.0), (4, 4, 1)),
    "random zoom of one pixel": (RandomZoom(0.9), (1, 1, 2)),
}
