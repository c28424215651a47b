"""Data sets and what is done to them before training; importing this package registers them all."""

from netviz.datasets.builtin import Article, BreastCancer, Diabetes, Digits, Iris, Wine
from netviz.datasets.dataset import Data, DataProblem, Dataset, datasets
from netviz.datasets.given import Arrays
from netviz.datasets.preprocessing import Preprocessing, Samples, Scale, prepare
from netviz.datasets.toys import Circle, Gauss, Moons, Plane, Spiral, Toy, Wave, Xor

__all__ = [
    "Arrays", "Article", "BreastCancer", "Circle", "Data", "DataProblem", "Dataset", "Diabetes", "Digits", "Gauss",
    "Iris", "Moons", "Plane", "Preprocessing", "Samples", "Scale", "Spiral", "Toy", "Wave", "Wine", "Xor",
    "datasets", "prepare",
]  # fmt: skip
