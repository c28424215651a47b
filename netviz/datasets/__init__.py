"""Data sets and what is done to them before training; importing this package registers them all."""

from netviz.datasets.builtin import Article, BreastCancer, Diabetes, Digits, Iris, Wine
from netviz.datasets.chirps import Chirps
from netviz.datasets.dataset import Data, Dataset, datasets
from netviz.datasets.given import Arrays
from netviz.datasets.mapped import Mapped
from netviz.datasets.preprocessing import Preprocessing, Samples, prepare
from netviz.datasets.problem import DataProblem
from netviz.datasets.rows import MappedRows, Rows, is_mapped
from netviz.datasets.scale import Scale
from netviz.datasets.sentences import Sentences
from netviz.datasets.toys import Circle, Gauss, Moons, Plane, Spiral, Toy, Wave, Xor

__all__ = [
    "Arrays", "Article", "BreastCancer", "Chirps", "Circle", "Data", "DataProblem", "Dataset", "Diabetes", "Digits",
    "Gauss", "Iris", "Mapped", "MappedRows", "Moons", "Plane", "Preprocessing", "Rows", "Samples", "Scale",
    "Sentences", "Spiral", "Toy", "Wave", "Wine", "Xor", "datasets", "is_mapped", "prepare",
]  # fmt: skip
