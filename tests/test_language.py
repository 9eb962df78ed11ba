from __future__ import annotations

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language import detect
from index.types import Language

EVAL = Path(__file__).parent / "eval"


def short_questions(name: str) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in (EVAL / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]
    return [(language, text) for language, text in rows]


# Whole questions, then two sets of bare keywords in chat spelling ("bos ev hive", "Telkom Sigma owner"). Right when
# this was written: 100, 97 and 89 of 100. Errors of the second led to rules; the third was written after the rules.
@pytest.mark.parametrize(("name", "floor"), [("langid-short", 49), ("langid-short-2", 47), ("langid-short-3", 43)])
@pytest.mark.parametrize("language", ["id", "en"])
def test_short_questions_floor(name: str, floor: int, language: str) -> None:
    texts = [text for expected, text in short_questions(name) if expected == language]
    assert len(texts) == len(set(texts)) == 50
    assert Counter(detect(text) for text in texts)[language] >= floor


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apa itu GoTo?", "id"),
        ("siapa CEO Grab", "id"),
        ("Siapa Presiden AS?", "id"),
        ("SIAPA MITRA BARU GRAB?", "id"),
        ("Siapa pendiri Church of God?", "id"),
        ("gojek gandeng siapa", "id"),
        ("saham telkomsel naik", "id"),
        ("untuk customer service", "id"),
        ("boss of Telkom", "en"),
        ("Wuling Air EV launch date", "en"),
        ("Sponsor Persib musim depan", "id"),
        ("Who is Budi Karya?", "en"),
        ("WHO OWNS TOKOPEDIA?", "en"),
        ("latest news on Bank Mandiri", "en"),
        ("What’s new at Pos Indonesia?", "en"),
        ("PT Bank Central Asia Tbk. menandatangani nota kesepahaman dengan Grab.", "id"),
        ("PT Bank Central Asia Tbk signed a memorandum of understanding.", "en"),
    ],
)
def test_detects(text: str, expected: Language) -> None:
    assert detect(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", " \n", "123", "?!", "GoTo", "BMW Alibaba", "Grab?", "Amazon Web Services", "goto gojek", "\0", "😀😀", "٣"],
)
@pytest.mark.parametrize("default", ["und", "id", "en"])
def test_names_alone_give_the_default(text: str, default: Language) -> None:
    assert detect(text, default) == default


def test_long_text_is_told_by_its_start() -> None:
    indonesian = "Kedua perusahaan akan bekerja sama dengan bank itu. "
    assert detect(indonesian * 100 + "the of and " * 10_000) == "id"


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_any_text_gives_the_same_answer_twice(text: str) -> None:
    first = detect(text)
    assert first in ("id", "en", "und")
    assert detect(text) == first


def test_threads_agree() -> None:
    texts = [
        "rilis produk bank digital",
        "quarterly bank revenue grows",
        "saham naik tajam",
        "shares rise sharply",
    ] * 50
    alone = [detect(text) for text in texts]
    assert set(alone) == {"id", "en"}
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, texts)) == alone


def test_import_and_clear_questions_do_not_load_langdetect() -> None:
    code = (
        "import sys, index.language as l; assert l.detect('Siapa mitra baru Grab?') == 'id';"
        "assert not [m for m in sys.modules if m.startswith('langdetect')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
