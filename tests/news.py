"""Articles made up for the tests: small, all different, the same in every process."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from fakes import WordEmbedder
from numpy.typing import NDArray

from index.embed.engines import Engine, Progress
from index.quality import FILE
from index.store import Store
from index.types import Article, Embedder, Language, Vectors

DIMENSION = 64
_WORDS: dict[Language, str] = {
    "id": (
        "perusahaan teknologi bank layanan pelanggan kerja sama investasi pasar ekonomi jakarta surabaya produk "
        "digital pembayaran pinjaman aplikasi mitra pengemudi toko gudang kapal pabrik energi surya kendaraan beras"
    ),
    "en": (
        "company technology bank service customer partnership investment market economy london product digital payment "
        "lending application driver store warehouse ship factory energy solar vehicle electric rice harbour"
    ),
}


def article(number: int, *, version: int = 0, paragraphs: int = 3, url: bool = True) -> Article:
    """Article `number`: about 90 words and one to three chunks; its second paragraph tells its `version`."""
    language: Language = "id" if number % 2 else "en"
    chance = random.Random(number)
    bodies = [_paragraph(chance, language, f"Berita{number}", at) for at in range(paragraphs)]
    if version:
        bodies[1 % paragraphs] = _paragraph(random.Random(f"{number}/{version}"), language, f"Versi{version}", 1)
    return Article(
        f"Judul {number}",
        "\n\n".join(bodies),
        f"/berita/{number}.txt",
        language,
        publisher=("Antara", "Kompas", "Tempo")[number % 3],
        published_at=f"2021-{number % 12 + 1:02}-{number % 28 + 1:02}",
        url=f"https://berita.example/{number}" if url else "",
        partners=("BMW", "Alibaba") if number % 5 == 0 else (),
    )


def long_article(number: int) -> Article:
    """Some 450 words: at least three chunks."""
    return article(number, paragraphs=15)


def articles(count: int) -> list[Article]:
    """`article(0)` to `article(count - 1)`; every sixth is long."""
    return [long_article(number) if number % 6 == 0 else article(number) for number in range(count)]


def copy_of(one: Article) -> Article:
    """The same article at another address."""
    return replace(one, url=f"{one.url}?copy", location=f"{one.location}.copy")


def altered(one: Article, body: str) -> Article:
    """The same article with another body."""
    return replace(one, body=body)


def put_questions(data: Path, count: int) -> None:
    """Save questions about `article(0)` to `article(count - 1)`: a sentence of each, with what it says."""
    lines = []
    for one in articles(count):
        sentence = one.body.split(". ")[0]
        answer = " ".join(sentence.split()[1:4])
        lines.append(json.dumps({"text": sentence, "answers": [answer], "article": one.key}) + "\n")
    data.mkdir(parents=True, exist_ok=True)
    (data / FILE).write_text("".join(lines))


def small_engine(fingerprint: str = "fake/a") -> Engine:
    """As `fakes.fake_engine`, of 64 dimensions, so that snapshots are small."""

    def load(progress: Progress) -> Embedder:
        return WordEmbedder(fingerprint, DIMENSION)

    return Engine(fingerprint, DIMENSION, load)


class Counting:
    """The fake embedder, which remembers what it was asked."""

    def __init__(self, fingerprint: str = "fake/a") -> None:
        self.fingerprint = fingerprint
        self.dimension = DIMENSION
        self.asked: list[str] = []
        self.calls = 0
        self.fails_at = 0
        self._words = WordEmbedder(fingerprint, DIMENSION)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        if self.calls == self.fails_at:
            raise KeyboardInterrupt
        self.asked += texts
        return self._words.embed_passages(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._words.embed_query(text)

    def forget(self) -> None:
        self.asked, self.calls = [], 0


def without_vectors(store: Store, fingerprint: str) -> list[int]:
    """Articles with a chunk that has no vector of that model."""
    rows = store.read(
        "select distinct article_id from chunks c where not exists"
        " (select 1 from vectors v where v.text_hash = c.text_hash and v.fingerprint = ?)",
        [fingerprint],
    )
    return [int(row[0]) for row in rows]


def _paragraph(chance: random.Random, language: Language, name: str, at: int) -> str:
    sentences = []
    for number in range(2):
        words = chance.choices(_WORDS[language].split(), k=11)
        sentences.append(f"{name} {' '.join(words)} {chance.randint(2, 999)} {at}x{number}.")
    return " ".join(sentences)
