"""How well pages become articles: titles, dates, bodies and links against a folder of pages with gold."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean

from index.dates import read_date
from index.errors import EvaluationError, ExtractError, SourceError
from index.extract import extract
from index.sources.feeds import read_feed
from index.sources.links import article_links, canonical
from index.types import Page

JAKARTA = "+07:00"
_WORD = re.compile(r"\w+")
_PLACES = 4


def evaluate_extraction(folder: Path) -> dict[str, object]:
    """Measure extraction on `folder`/gold.jsonl and `folder`/files, without the network.

    Gives "articles" (their number), "title_exact" and "date_day" (shares that are right), "body_f1_mean" and
    "body_f1_min" (word overlap), "links_recall" (share of the gold links of feeds and index pages that were found).
    A page that gives no article counts as wrong in everything; a share of nothing is None.
    Raises EvaluationError where gold or a file is missing or malformed.
    """
    titles: list[bool] = []
    dates: list[bool] = []
    scores: list[float] = []
    links: list[bool] = []
    for record in _read_gold(folder):
        content = _read_file(folder, record)
        if record["kind"] == "article":
            title, day, score = _judge_article(record, content)
            titles.append(title)
            dates.append(day)
            scores.append(score)
        else:
            links += _judge_links(record, content)
    return {
        "articles": len(scores),
        "title_exact": _mean(titles),
        "date_day": _mean(dates),
        "body_f1_mean": _mean(scores),
        "body_f1_min": round(min(scores), _PLACES) if scores else None,
        "links_recall": _mean(links),
    }


def word_f1(found: str, expected: str) -> float:
    """Harmonic mean of precision and recall over words as a multiset, without regard to case and punctuation."""
    a, b = Counter(_WORD.findall(found.lower())), Counter(_WORD.findall(expected.lower()))
    both = (a & b).total()
    return 2 * both / (a.total() + b.total()) if both else float(not a and not b)


def _judge_article(record: Mapping[str, object], content: bytes) -> tuple[bool, bool, float]:
    location = str(record.get("url") or record["file"])
    try:
        article = extract(Page(location, content, "text/html"), now=datetime.now(UTC))
    except ExtractError:
        return False, False, 0.0
    title = " ".join(article.title.split()) == " ".join(str(record.get("title", "")).split())
    wanted = read_date(str(record.get("date", "")))
    return (
        title,
        bool(wanted) and _day(article.published_at) == _day(wanted),
        word_f1(article.body, str(record.get("text", ""))),
    )


def _judge_links(record: Mapping[str, object], content: bytes) -> list[bool]:
    wanted = record.get("urls")
    if not isinstance(wanted, list):
        raise EvaluationError(f"{record['file']}: urls must be a list; correct gold.jsonl")
    location = str(record.get("url") or record["file"])
    try:
        if record["kind"] == "feed":
            found = [item.url for item in read_feed(content, location, now=datetime.now(UTC)).items]
        else:
            found = list(article_links(content, location))
    except SourceError:
        found = []
    known = {canonical(url) for url in found}
    return [canonical(str(url)) in known for url in wanted]


def _day(date: str) -> str:
    # The day in Jakarta, where these papers are read: 2015-11-04T17:30:00Z is the 5th there.
    if "T" not in date:
        return date
    moment = datetime.fromisoformat(date.replace("Z", "+00:00"))
    return moment.astimezone(datetime.fromisoformat(f"2000-01-01T00:00:00{JAKARTA}").tzinfo).date().isoformat()


def _read_gold(folder: Path) -> list[dict[str, object]]:
    path = folder / "gold.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise EvaluationError(f"{path}: cannot be read ({e}); give a folder with gold.jsonl and files/") from e
    records = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as e:
            raise EvaluationError(f"{path}:{number}: not valid JSON ({e}); correct the line") from e
        if not isinstance(record, dict) or not isinstance(record.get("file"), str):
            raise EvaluationError(f'{path}:{number}: must be an object with "file" and "kind"; correct the line')
        if record.get("kind") not in ("article", "feed", "index"):
            raise EvaluationError(f"{path}:{number}: kind must be article, feed or index; correct the line")
        records.append(record)
    if not records:
        raise EvaluationError(f"{path}: holds no pages; add lines to it")
    return records


def _read_file(folder: Path, record: Mapping[str, object]) -> bytes:
    name = str(record["file"])
    path = folder / "files" / name
    if Path(name).name != name:
        raise EvaluationError(f"{path}: file must be a plain name below files/; correct gold.jsonl")
    try:
        return path.read_bytes()
    except OSError as e:
        raise EvaluationError(f"{path}: cannot be read ({e.strerror}); gold.jsonl names it") from e


def _mean(values: list[bool] | list[float]) -> float | None:
    return round(fmean(values), _PLACES) if values else None
