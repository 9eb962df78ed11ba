"""Stories in the store: which articles tell one event. What belongs together is decided in index.stories."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from numpy.typing import NDArray

from index.database import SqliteFile
from index.facts import Facts
from index.types import Language

UNDATED_SEEN = 500
"""Tellings stored last, among which those without a day, and those that such a one may belong to, are looked for."""


@dataclass(frozen=True, slots=True)
class TellingRow:
    """What an article is compared by, as it is stored."""

    article_id: int
    story_id: int
    day: int
    """Ordinal of its publication, or of the day it was stored where that is not known."""
    dated: bool
    language: Language
    lead: NDArray[np.float32]
    """Vector of its first chunk."""


class StoryRows(SqliteFile):
    """Tables stories, tellings and story_bridges."""

    def story_of(self, article_id: int) -> int | None:
        """The story that an article tells; None before it was grouped."""
        return self.stories_of([article_id]).get(article_id)

    def stories_of(self, article_ids: Iterable[int]) -> dict[int, int]:
        """The story of each article that has one."""
        return dict(self.select_in("select article_id, story_id from tellings where article_id in", list(article_ids)))

    def articles_of_story(self, story_id: int) -> list[int]:
        """The articles that tell it, in the order in which they came."""
        rows = self.read("select article_id from tellings where story_id = ? order by article_id", [story_id])
        return [int(row[0]) for row in rows]

    def bridges_of(self, story_id: int) -> list[int]:
        """Stories that may be the same event: an article fitted both. They are never merged."""
        rows = self.read(
            "select other_id from story_bridges where story_id = ? union select story_id from story_bridges"
            " where other_id = ? order by 1",
            [story_id, story_id],
        )
        return [int(row[0]) for row in rows]

    def joined_by(self, article_id: int) -> list[int]:
        """Other stories that this very article would fit."""
        rows = self.read(
            "select story_id from story_bridges where article_id = ? union select other_id from story_bridges"
            " where article_id = ? except select story_id from tellings where article_id = ? order by 1",
            [article_id, article_id, article_id],
        )
        return [int(row[0]) for row in rows]

    def found_story(self, article_id: int) -> int:
        """A new story that begins with this article; give its number, which is never used again."""
        with self.transaction():
            return int(
                self.connection.execute(
                    "insert into stories (first_article, created_at) values (?, ?)", [article_id, _stamp()]
                ).lastrowid
                or 0
            )

    def put_telling(self, row: TellingRow, facts: Facts, fingerprint: str, probability: float) -> None:
        """Let an article tell a story, or renew what it is compared by: its story stays the one it first had."""
        values = [
            row.article_id, row.story_id, probability, _stamp(), row.day, int(row.dated), row.language,
            json.dumps([sorted(getattr(facts, name)) for name in _FACTS], ensure_ascii=False), fingerprint,
            row.lead.astype("<f2").tobytes(),
        ]  # fmt: skip
        with self.transaction():
            self.connection.execute(_PUT_TELLING, values)

    def put_bridge(self, story_id: int, other_id: int, article_id: int) -> None:
        """Note that an article would fit both stories."""
        with self.transaction():
            self.connection.execute(
                "insert or ignore into story_bridges values (?, ?, ?, ?)",
                [min(story_id, other_id), max(story_id, other_id), article_id, _stamp()],
            )

    def tellings_near(self, day: int | None, window: int, fingerprint: str) -> list[TellingRow]:
        """Tellings within so many days, and undated ones that came lately; for None, those that came lately."""
        recent = "article_id > (select coalesce(max(article_id), 0) from tellings) - ?"
        if day is None:
            return self._tellings(f"fingerprint = ? and {recent}", [fingerprint, UNDATED_SEEN])
        return self._tellings(
            f"fingerprint = ? and dated = 1 and day between ? and ? union all {_TELLINGS} fingerprint = ?"
            f" and dated = 0 and {recent}",
            [fingerprint, day - window, day + window, fingerprint, UNDATED_SEEN],
        )

    def tellings_of(self, story_ids: Sequence[int], fingerprint: str) -> list[TellingRow]:
        """All tellings of some stories."""
        numbers = ", ".join(str(int(i)) for i in story_ids)
        return self._tellings(f"fingerprint = ? and story_id in ({numbers})", [fingerprint])

    def facts_stored(self, article_ids: Iterable[int]) -> dict[int, Facts]:
        """What the tellings name."""
        rows = self.select_in("select article_id, facts from tellings where article_id in", list(article_ids))
        return {int(row[0]): Facts(*(frozenset(some) for some in json.loads(row[1]))) for row in rows}

    def articles_without_story(self, fingerprint: str) -> list[int]:
        """Articles not grouped yet, or by another model's vectors; in order of their days, as a story begins."""
        rows = self.read(
            "select a.id from articles a left join tellings t on t.article_id = a.id"
            " where t.article_id is null or t.fingerprint != ? order by substr(a.published_at, 1, 10), a.id",
            [fingerprint],
        )
        return [int(row[0]) for row in rows]

    def lead_vector(self, article_id: int, fingerprint: str) -> NDArray[np.float32] | None:
        """The vector of an article's first chunk."""
        rows = self.read(
            "select v.vector from chunks c join vectors v on v.text_hash = c.text_hash and v.fingerprint = ?"
            " where c.article_id = ? order by c.position limit 1",
            [fingerprint, article_id],
        )
        return np.frombuffer(rows[0][0], "<f2").astype(np.float32) if rows else None

    def day_of(self, article_id: int) -> tuple[int, bool]:
        """Ordinal of the publication and True, or of the day on which it was stored and False."""
        [(published, added)] = self.read("select published_at, added_at from articles where id = ?", [article_id])
        dated = len(published) >= len("2021-05-23")
        return date.fromisoformat((published if dated else added)[:10]).toordinal(), dated

    def _tellings(self, condition: str, values: Sequence[object]) -> list[TellingRow]:
        rows = self.read(f"{_TELLINGS} {condition}", values)
        return [
            TellingRow(article, story, day, bool(dated), language, np.frombuffer(lead, "<f2").astype(np.float32))
            for article, story, day, dated, language, lead in rows
        ]


_FACTS = tuple(Facts.__dataclass_fields__)
_TELLINGS = "select article_id, story_id, day, dated, language, lead from tellings where"
_PUT_TELLING = (
    "insert into tellings"
    " (article_id, story_id, probability, joined_at, day, dated, language, facts, fingerprint, lead)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (article_id) do update set day = excluded.day,"
    " dated = excluded.dated, language = excluded.language, facts = excluded.facts,"
    " fingerprint = excluded.fingerprint, lead = excluded.lead"
)


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
