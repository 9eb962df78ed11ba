"""Articles made up for the tests: small, all different, the same in every process."""

from __future__ import annotations

import random
from dataclasses import replace

from fakes import WordEmbedder

from index.embed.engines import Engine, Progress
from index.types import Article, Embedder, Language

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


def small_engine(fingerprint: str = "fake/a") -> Engine:
    """As `fakes.fake_engine`, of 64 dimensions, so that snapshots are small."""

    def load(progress: Progress) -> Embedder:
        return WordEmbedder(fingerprint, DIMENSION)

    return Engine(fingerprint, DIMENSION, load)


def _paragraph(chance: random.Random, language: Language, name: str, at: int) -> str:
    sentences = []
    for number in range(2):
        words = chance.choices(_WORDS[language].split(), k=11)
        sentences.append(f"{name} {' '.join(words)} {chance.randint(2, 999)} {at}x{number}.")
    return " ".join(sentences)
