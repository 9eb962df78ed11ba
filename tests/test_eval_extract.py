"""`warta eval-extract`: the numbers against arithmetic by hand, and the floor on html-dev."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.errors import EvaluationError
from index.eval_extract import evaluate_extraction, word_f1

ROOT = Path(__file__).resolve().parent.parent
HTML_DEV = (ROOT / os.environ.get("WARTA_EVAL_DATA", "../shared/eval")).resolve() / "html-dev"
BODY = (
    "Produsen sepeda Roda Contoh dan perusahaan logistik Kirim Misal membuka pusat perbaikan bersama bagi para kurir "
    "di kota Bandung, dengan tiga puluh mekanik.",
    "Kerja sama itu berlaku selama tiga tahun dan menelan biaya yang tidak disebutkan kedua pihak pada hari Kamis.",
)
PAGE = (
    "<html><head><title>Roda Contoh bermitra</title>"
    '<meta property="article:published_time" content="2024-05-23T00:30:00+07:00"></head><body><article>'
    "<h1>Roda Contoh bermitra</h1>" + "".join(f"<p>{line}</p>" for line in BODY) + "</article></body></html>"
)
FEED = (
    '<rss version="2.0"><channel><item><link>https://contoh.id/berita/11111/roda-contoh</link></item></channel></rss>'
)
LIST = '<a href="https://contoh.id/berita/22222/kirim-misal">Kirim Misal</a>'


def folder(tmp_path: Path, records: list[object], **files: str) -> Path:
    (tmp_path / "files").mkdir()
    for name, text in files.items():
        (tmp_path / "files" / name).write_text(text, encoding="utf-8")
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, records)) + "\n\n", encoding="utf-8")
    return tmp_path


def gold(file: str = "page", **changes: str) -> dict[str, str]:
    return {
        "file": file, "kind": "article", "url": "https://contoh.id/berita/1/roda", "title": "Roda Contoh bermitra",
        "date": "2024-05-23T00:30:00+07:00", "text": "\n".join(BODY), **changes,
    }  # fmt: skip


def test_numbers(tmp_path: Path) -> None:
    records = [
        gold(),
        # Another title, the day before in Jakarta, and half the words: P = 17/34, R = 17/17, so F1 = 2·17/(34+17).
        gold(title="Roda contoh", date="2024-05-22T17:00:00+07:00", text=BODY[1]),
        gold(file="index"),
        {
            "file": "feed",
            "kind": "feed",
            "urls": ["http://www.contoh.id/berita/11111/roda-contoh", "https://contoh.id/x"],
        },
        {"file": "index", "kind": "index", "urls": ["https://contoh.id/berita/22222/kirim-misal?utm_source=a"]},
        {"file": "page", "kind": "feed", "urls": ["https://contoh.id/y"]},
    ]
    words = [len(line.replace(",", "").replace(".", "").split()) for line in BODY]
    half = 2 * words[1] / (sum(words) + words[1])
    assert evaluate_extraction(folder(tmp_path, records, page=PAGE, feed=FEED, index=LIST)) == {
        "articles": 3,
        "title_exact": round(1 / 3, 4),
        "date_day": round(1 / 3, 4),
        "body_f1_mean": pytest.approx((1 + half) / 3, abs=0.02),
        "body_f1_min": 0.0,
        "links_recall": 0.5,
    }


def test_word_f1() -> None:
    assert word_f1("Grab dan OVO.", "grab, dan ovo") == 1.0
    assert word_f1("a a b", "a b b") == pytest.approx(2 / 3)
    assert word_f1("a b c d", "a") == pytest.approx(2 * 0.25 * 1 / 1.25)
    assert (word_f1("a", "b"), word_f1("", "b"), word_f1("", "")) == (0.0, 0.0, 1.0)


def test_only_links_or_only_articles(tmp_path: Path) -> None:
    only = evaluate_extraction(folder(tmp_path, [{"file": "index", "kind": "index", "urls": []}], index=LIST))
    assert only == dict.fromkeys(("title_exact", "date_day", "body_f1_mean", "body_f1_min", "links_recall")) | {
        "articles": 0
    }


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", r"gold\.jsonl:1: not valid JSON"),
        ("[]", r"gold\.jsonl:1: must be an object"),
        ('{"file": "page", "kind": "poem"}', "kind must be"),
        ('{"file": "gone", "kind": "article"}', "cannot be read"),
        ('{"file": "../gold.jsonl", "kind": "article"}', "plain name"),
        ('{"file": "page", "kind": "index"}', "urls must be a list"),
        ("", "holds no pages"),
    ],
)
def test_malformed_gold(tmp_path: Path, line: str, what: str) -> None:
    folder(tmp_path, [], page=PAGE)
    (tmp_path / "gold.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(EvaluationError, match=what):
        evaluate_extraction(tmp_path)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"gold\.jsonl: cannot be read"):
        evaluate_extraction(tmp_path / "gone")


def test_html_dev() -> None:
    if not HTML_DEV.is_dir():
        pytest.skip(f"{HTML_DEV} is not there; set WARTA_EVAL_DATA to the evaluation data")
    found = evaluate_extraction(HTML_DEV)
    assert found["articles"] == 16
    # The floor is what was measured, rounded down; lowering it takes a reason in the commit.
    floor = {"title_exact": 1.0, "date_day": 1.0, "body_f1_mean": 0.98, "body_f1_min": 0.86, "links_recall": 1.0}
    assert {name: value for name, value in found.items() if name in floor and value < floor[name]} == {}  # type: ignore[operator]
