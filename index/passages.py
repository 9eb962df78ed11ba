"""From an article to what is stored and embedded of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.chunk import CHUNKER_VERSION, chunk_body
from index.context import CONTEXT_VERSION, in_context
from index.lemmas import LEMMAS_VERSION, lemmas
from index.store import ChunkDraft, text_hash
from index.types import Article

DERIVATION = f"{CHUNKER_VERSION}/{CONTEXT_VERSION}/{LEMMAS_VERSION}"
"""Names the rules that chunks and lemmas come from; stored rows of other rules are due for `warta reindex`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The texts of one chunk that are embedded."""

    text_hash: str
    text: str
    sentences: tuple[str, ...]
    """As they are embedded: with the sentence before where they point back to it."""


def passage_name(sentences: Sequence[str]) -> str:
    """The hash by which the vectors of a passage and of its sentences are stored.

    The sentences' borders count, and what they bring along: other sentences of the same words have other vectors.
    """
    # Not \x1e, which is white space to str.split; a body holds no NUL.
    return text_hash("\0".join(in_context(sentences)))


def drafts_of(article: Article) -> tuple[list[ChunkDraft], list[Passage]]:
    """An article's chunks, ready to be stored, and their texts, ready to be embedded; one for one."""
    drafts, passages = [], []
    # What a passage is about often stands in the title alone: "Malaysia Open" there, "Malaysia Terbuka" in the text.
    title = " ".join(lemmas(article.title, article.language))
    for chunk in chunk_body(article.body):
        sentences = tuple(article.body[s.start : s.end] for s in chunk.sentences)
        name = passage_name(sentences)
        text = article.body[chunk.span.start : chunk.span.end]
        words = " ".join([title, *lemmas(text, article.language)]).strip()
        drafts.append(ChunkDraft(chunk.span, chunk.sentences, name, words, article.language))
        passages.append(Passage(name, text, tuple(in_context(sentences))))
    return drafts, passages
