"""Sentences as rows of numbers: words become tokens, and rows of unequal length are padded to one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.i18n import _

End = Literal["pre", "post"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_LETTER = f"(?:(?![{_HAN}])[^\\W_])"
_WORD = re.compile(f"[{_HAN}]|{_LETTER}+(?:['’]{_LETTER}+)*")
_BETWEEN = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")

PADDING, UNKNOWN = "", "[UNK]"


def pad_sequences(
    sequences: Sequence[Any], maxlen: int | None = None, dtype: Any = "int32", padding: End = "pre",
    truncating: End = "pre", value: Any = 0.0,
) -> Array:  # fmt: skip
    """Sequences of unequal length as one array (sequences, maxlen, ...), filled up with `value`.

    maxlen: the longest one's length where it is None. padding, truncating: whether the beginning ("pre") or the end
    ("post") is filled up or cut off. Steps may be numbers or arrays of one shape. ValueError for what has no length,
    for steps of several shapes, and for other words than "pre" and "post".
    Source: https://keras.io/api/data_loading/timeseries (keras.utils.pad_sequences)
    """
    for name, end in (("padding", padding), ("truncating", truncating)):
        if end not in ("pre", "post"):
            raise ValueError(_('{name} is {found}; it must be "pre" or "post".').format(name=name, found=repr(end)[:40]))
    rows = [_steps(place, sequence) for place, sequence in enumerate(_sized(sequences))]
    shape: Shape = next((row.shape[1:] for row in rows if len(row)), ())
    longest = max(map(len, rows), default=0) if maxlen is None else maxlen
    kind = np.dtype(dtype)
    if isinstance(value, str) and kind.kind not in "SUO":
        raise ValueError(_("A text cannot fill up an array of {kind}.").format(kind=kind))
    padded = np.full((len(rows), longest, *shape), value, kind)
    for place, row in enumerate(rows):
        if not len(row):
            continue
        if row.shape[1:] != shape:
            sentence = _("Sequence {n} has steps of the shape {found}, the ones before it of the shape {wanted}.")
            raise ValueError(sentence.format(n=place + 1, found=row.shape[1:], wanted=shape))
        kept = row[max(0, len(row) - longest) :] if truncating == "pre" else row[:longest]
        padded[place, (slice(longest - len(kept), None) if padding == "pre" else slice(len(kept)))] = kept
    return padded


def _sized(sequences: Any) -> Any:
    if not hasattr(sequences, "__len__"):
        raise ValueError(_("Sequences must be a list of sequences."))
    return sequences


def _steps(place: int, sequence: Any) -> Array:
    if not hasattr(sequence, "__len__"):
        sentence = _("Sequence {n} is {found}; it must be a list of steps.")
        raise ValueError(sentence.format(n=place + 1, found=repr(sequence)[:40]))
    return np.asarray(sequence)


def words(sentence: str) -> list[str]:
    """The words of a sentence in lower case; of Chinese each character is one. Signs between words are dropped."""
    return _WORD.findall(unicodedata.normalize("NFKC", sentence).lower().replace("’", "'"))


def read_out(vocabulary: Sequence[str], row: Iterable[float]) -> str:
    """The words of a row of tokens, without padding and what is no token; Chinese is written without spaces."""
    known = (vocabulary[int(token)] for token in row if 0 <= token < len(vocabulary))
    return _BETWEEN.sub("", " ".join(filter(None, known)))


@dataclass(frozen=True)
class Tokenizer:
    """A vocabulary: token k stands for vocabulary[k]. Token 0 is padding, token 1 any word that is not in it."""

    vocabulary: tuple[str, ...]

    @classmethod
    def fit(cls, sentences: Iterable[str], most: int | None = None) -> Tokenizer:
        """The words of some sentences, the most frequent first; `most` limits their number, tokens 0 and 1 included."""
        counts = Counter(word for sentence in sentences for word in words(sentence))
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        return cls((PADDING, UNKNOWN, *ordered)[:most])

    def encode(self, sentences: Iterable[str], length: int | None = None, padding: End = "post") -> Array:
        """Tokens (sentences, length), int32; longer sentences lose their end. length: the longest one's by default."""
        numbers = {word: token for token, word in enumerate(self.vocabulary) if token > 1}
        rows = [[numbers.get(word, 1) for word in words(sentence)] for sentence in sentences]
        return pad_sequences(rows, length, "int32", padding, "post")

    def decode(self, row: Iterable[int]) -> str:
        """The words of a row of tokens, without padding."""
        return read_out(self.vocabulary, row)
