"""Short opinions in English and Chinese, as rows of tokens: to be told apart by whether they praise or complain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np

from netviz import resources
from netviz.arrays import Array
from netviz.codec import Range, Title
from netviz.datasets.dataset import Data, Dataset, datasets
from netviz.datasets.sequences import Tokenizer
from netviz.i18n import N_, _

Language = Literal["both", "english", "chinese"]
_LANGUAGES = ("english", "chinese")


@datasets.register("sentences", title=N_("Sentences"))
@dataclass(frozen=True)
class Sentences(Dataset):
    """Short opinions in English and Chinese, half of them praise and half complaint, as tokens (length,).

    Of Chinese each character is a token. Token 0 is padding, behind the sentence; token 1 a word that no training sentence
    has. The last rows are for validation: they come from patterns of sentences that no training sentence has.
    Written by packaging/make_sentences.py, which says how.
    """

    language: Annotated[Language, Title(N_("Language"))] = "both"
    length: Annotated[int, Range(low=4, high=64, title=N_("Tokens of a sentence"))] = 16

    @property
    def splits_itself(self) -> bool:
        return True

    def load(self) -> Data:
        text, y, held, tokenizer = _stored(self.language)
        x = tokenizer.encode(text, self.length)
        features = tuple(_("token {n}").format(n=place + 1) for place in range(self.length))
        return Data(
            x, y, "classification", features, ("negative", "positive"),
            validation_rows=int(held.sum()), words=tokenizer.vocabulary,
        )  # fmt: skip


@lru_cache(maxsize=3)
def _stored(language: Language) -> tuple[Array, Array, Array, Tokenizer]:
    """Text, labels, which rows are for validation (the last), and the vocabulary of all training sentences."""
    with np.load(resources.path("data", "sentences.npz"), allow_pickle=False) as file:
        text, label, spoken, held = (file[name] for name in ("text", "label", "language", "held"))
    tokenizer = Tokenizer.fit(text[~held].tolist())
    kept = np.ones(len(text), bool) if language == "both" else spoken == _LANGUAGES.index(language)
    return text[kept], label[kept].astype(np.int64), held[kept], tokenizer
