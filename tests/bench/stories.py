# ruff: noqa: T201
"""How well copies and stories are told: on tests/eval/stories, half of which the weights were fitted on.

    python -m tests.bench.stories [--fit]

Needs WARTA_EVAL_DATA (news-dev) and the bundled model; two minutes on two cores. `pairs` asks about each labelled pair
by itself; `stored` stores all articles in order of their dates and asks whether both ended in one story.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from index import stories
from index.copies import SHORTEST, bands_of, is_copy
from index.grouping import _telling, centre
from index.ingest import ingest
from index.pipeline import Warta
from index.settings import Settings
from index.store import Store
from index.types import Article

HERE = Path(__file__).resolve().parents[1] / "eval" / "stories"
EVAL = Path(os.environ.get("WARTA_EVAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "eval"))


def rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def labelled() -> tuple[list[dict[str, str]], dict[str, Article]]:
    """The pairs, and the articles that they name."""
    pairs = rows(HERE / "pairs.jsonl")
    wanted = {pair[end] for pair in pairs for end in ("a", "b")}
    found = rows(EVAL / "news-dev" / "corpus.jsonl") + rows(HERE / "rewrites.jsonl")
    articles = {row["id"]: article_of(row) for row in found if row["id"] in wanted}
    return pairs, articles


def article_of(row: Mapping[str, str]) -> Article:
    return Article(
        row["title"], row["text"], row["id"], "en" if row["lang"] == "en" else "id", row.get("publisher", ""),
        published_at=row["date"], url=row.get("url", ""),
    )  # fmt: skip


def tellings(store: Store, fingerprint: str) -> dict[str, stories.Telling]:
    """What each stored article is compared by, under its location."""
    located = {i: article.location for i, article in store.articles(store.article_ids()).items()}
    every = store.tellings_of([row[0] for row in store.read("select id from stories")], fingerprint)
    said = store.facts_stored(located)
    return {
        located[t.article_id]: _telling(
            t, centre(t.lead[None], t.language, fingerprint)[0], said[t.article_id], fingerprint
        )
        for t in every
    }


def report(name: str, half: str, said: Sequence[bool], true: Sequence[bool]) -> None:
    both = sum(s and t for s, t in zip(said, true, strict=True))
    precision, recall = both / max(1, sum(said)), both / max(1, sum(true))
    print(
        f"{name:<8}{half:<8} pairs {len(true):>4} same {sum(true):>4}  precision {precision:.3f}  recall {recall:.3f}"
    )


def fit(pairs: Sequence[Mapping[str, str]], known: Mapping[str, stories.Telling]) -> None:
    """Logistic regression by Newton's method on standardised figures, L2 penalty 1, as scikit-learn's default."""
    chosen = [p for p in pairs if p["half"] == "fit" and near(known[p["a"]], known[p["b"]])]
    x = np.array([stories.evidence(known[p["a"]], known[p["b"]]) for p in chosen])
    y = np.array([p["label"] == "same" for p in chosen], float)
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([(x - mean) / deviation, np.ones(len(x))])
    penalty, w = np.diag([1.0] * x.shape[1] + [0.0]), np.zeros(x.shape[1] + 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        w -= np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + penalty, z.T @ (p - y) + penalty @ w)
    weights = w[:-1] / deviation
    print(dict(zip(stories.EVIDENCE, weights.round(3).tolist(), strict=True)), round(float(w[-1] - weights @ mean), 3))


def near(one: stories.Telling, other: stories.Telling) -> bool:
    return one.day is not None and other.day is not None and abs(one.day - other.day) <= stories.WINDOW


def copies(articles: Mapping[str, Article]) -> list[tuple[str, str, bool]]:
    """Pairs made of the articles themselves: what portals do to a text, and what templates do."""
    made = []
    for n, article in enumerate(sorted(articles.values(), key=lambda a: a.location)):
        body = article.body
        words, lines = body.split(" "), body.split("\n")
        if "-" in article.location.removeprefix("news-") or len(words) < 2 * SHORTEST:
            continue
        typo = [
            w[:1] + w[2:3] + w[1:2] + w[3:] if i % 60 == 30 and w.islower() and len(w) > 4 else w
            for i, w in enumerate(words)
        ]
        cut = "\n".join(lines[: max(1, (2 * len(lines) + 2) // 3)])
        frame = [lines[0], "Baca juga: Harga emas naik Rp5.000", *lines[1:], "Pewarta: Ani/Budi Editor: Cici"]
        enough = len(cut.split()) >= SHORTEST and 2 * len(cut.split()) >= 1.05 * len(words)
        kept = [(" ".join(typo), True), ("\n".join(frame), True), (f"JAKARTA, KOMPAS.com - {body}\n(kid/gil)", True)]
        others = [text for text in (other_numbers(body), other_names(body)) if text != body]
        made += [(body, text, same) for i, (text, same) in enumerate([*kept, (cut, enough)]) if i == n % 4]
        made += [(body, text, False) for text in others if n % 2]
    return made


def other_numbers(text: str) -> str:
    """The same template with another figure in each third place."""
    seen = 0
    out = []
    for word in text.split(" "):
        if word.strip(".,()").isdigit():
            seen += 1
            word = word.translate(str.maketrans("0123456789", "1234567890")) if seen % 3 == 1 else word
        out.append(word)
    return " ".join(out)


def other_names(text: str) -> str:
    """The same template about somebody else."""
    words = text.split(" ")
    names = [
        w
        for i, w in enumerate(words)
        if i > 12 and w.isalpha() and w.istitle() and len(w) > 4 and words[i - 1].islower()
    ]
    if not names:
        return text
    most = max(dict.fromkeys(names), key=names.count)
    return " ".join("Zulfikram" if w == most else w for w in words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="print weights fitted on the half for it")
    parser.add_argument("--data", type=Path, help="data folder to keep; stories are told anew in one that is there")
    arguments = parser.parse_args()
    pairs, articles = labelled()
    made = copies(articles)
    for name, decide in (("copies", is_copy), ("bands", lambda a, b: not set(bands_of(a)).isdisjoint(bands_of(b)))):
        told = [bool(decide(a, b)) for a, b, _ in made]
        report(name, "all", told, [same for *_, same in made])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env(os.environ, arguments.data or Path(folder))
        with Warta(settings) as warta:
            ordered = sorted(articles.values(), key=lambda a: (a.published_at, a.location))
            for table in ("tellings", "story_bridges", "stories"):
                warta.store.connection.execute(f"delete from {table}")
            outcomes = list(ingest(warta.store, warta.embedder, ordered))
            print({s: sum(o.status == s for o in outcomes) for s in ("new", "duplicate", "failed")})
            known = tellings(warta.store, warta.engine.fingerprint)
            located = {a.location: i for i, a in warta.store.articles(warta.store.article_ids()).items()}
            told = warta.store.stories_of(located.values())
            missing = [p for p in pairs if p["a"] not in known or p["b"] not in known]
            print(f"{len(told)} articles in {len(set(told.values()))} stories; pairs without both: {missing}")
            if arguments.fit:
                fit(pairs, known)
            for half in ("fit", "tune", "held"):
                some = [p for p in pairs if p["half"] == half and p not in missing]
                true = [p["label"] == "same" for p in some]
                alone = [stories.same_event(known[p["a"]], known[p["b"]]) >= stories.SAME_EVENT for p in some]
                report("pairs", half, alone, true)
                report("stored", half, [told[located[p["a"]]] == told[located[p["b"]]] for p in some], true)


if __name__ == "__main__":
    main()
