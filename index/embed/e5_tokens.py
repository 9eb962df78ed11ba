"""Text to XLM-RoBERTa token ids: `tokenizers` does the splitting, over as much of the vocabulary as the text needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

MAX_TOKENS = 512
"""The model has 512 positions; <s> and </s> take two."""
MAX_CHARACTERS = 6_000
"""Longer texts are cut before they are split: 512 tokens of Indonesian or English are about 2,000 characters."""
SMALL = 4_000
"""Up to so many characters in all, a small tokenizer is made. It costs 1 ms for a question and three sentences where
the whole one takes 0.3, but that takes 450 ms to load and 300 MB, and whoever only answers never needs it."""
KNOWN_WORDS = 10_000
"""Words whose pieces are remembered, up to 1 KB each: finding them takes half of a question's splitting."""
_BOS, _EOS, _UNK = 0, 2, 3
_BLANK = re.compile(r"[\t\n\r\x0c\u1680\u2028\u2029\u200b-\u200f\u2581\ufeff\ufffd]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")
_SPACES = re.compile(" {2,}")


def normalised(text: str) -> str:
    """SentencePiece's nmt_nfkc: NFKC, control characters gone, every kind of blank a space, runs of spaces one."""
    text = unicodedata.normalize("NFKC", _CONTROL.sub("", _BLANK.sub(" ", text[:MAX_CHARACTERS])))
    # NFKC may grow a character eighteenfold (U+FDFA), so the cap is applied again.
    return _SPACES.sub(" ", text[:MAX_CHARACTERS]).strip()


class Vocabulary:
    """Unigram pieces with their scores, read from two small files."""

    def __init__(self, folder: Path) -> None:
        self._pieces = (folder / "pieces.txt").read_text(encoding="utf-8").split("\n")
        self._scores: list[float] = np.load(folder / "scores.npy").tolist()
        self._lowest = min(range(len(self._scores)), key=self._scores.__getitem__)
        self._numbers: dict[str, int] | None = None
        self._longest = max(map(len, self._pieces))
        self._whole: Any = None
        self._pieces_in = lru_cache(KNOWN_WORDS)(self._search_pieces_in)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text with <s> and </s>, at most MAX_TOKENS."""
        clean = [normalised(text) for text in texts]
        if self._whole is None and sum(map(len, clean)) <= SMALL:
            known = self._occurring(clean)
            tokenizer = self._tokenizer(known)
        else:
            known = None
            if self._whole is None:
                self._whole = self._tokenizer(range(len(self._pieces)))
            tokenizer = self._whole
        result = []
        for encoding in tokenizer.encode_batch(clean):
            ids = encoding.ids if known is None else [known[i] for i in encoding.ids]
            result.append([_BOS, *ids[: MAX_TOKENS - 2], _EOS])
        return result

    def _occurring(self, texts: Sequence[str]) -> list[int]:
        """Numbers of the pieces that stand somewhere in the texts; first <unk>, and the lowest score.

        The lowest score belongs to it because Unigram prices an unknown character by the lowest of its vocabulary.
        """
        found = {self._lowest: None}
        for word in {"▁" + word for text in texts for word in text.split(" ")}:
            found |= dict.fromkeys(self._pieces_in(word))
        found.pop(_UNK, None)
        return [_UNK, *found]

    def _search_pieces_in(self, word: str) -> list[int]:
        if self._numbers is None:
            self._numbers = dict(zip(self._pieces, range(len(self._pieces)), strict=True))
        numbers, longest = self._numbers, self._longest
        parts = [
            word[start:end]
            for start in range(len(word))
            for end in range(start + 1, min(len(word), start + longest) + 1)
        ]
        return [numbers[part] for part in parts if part in numbers]

    def _tokenizer(self, numbers: Sequence[int]) -> Any:
        from tokenizers import Tokenizer, models, pre_tokenizers

        pieces = [(self._pieces[i], self._scores[i]) for i in numbers]
        tokenizer = Tokenizer(models.Unigram(pieces, unk_id=numbers.index(_UNK), byte_fallback=False))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        return tokenizer
