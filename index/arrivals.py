"""What has come in and nobody was alerted of yet, as rows: an article that was stored is not forgotten by a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from index.database import SqliteFile
from index.types import Article


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something new: an article, or where else a stored one was printed."""

    seq: int
    """Their order; never used again."""
    article_id: int
    copy_key: str
    """Of a copy, the key of its address; "" of an article."""
    arrived_at: str
    """ISO 8601 in UTC."""


def every(article: Article) -> bool:
    """All articles are news."""
    return True


class ArrivalRows(SqliteFile):
    """Table arrivals."""

    def put_arrival(self, article_id: int, copy_key: str = "") -> None:
        """Note that an article, or a copy of it, is news. In the transaction that stores it."""
        with self.transaction():
            self.connection.execute(
                "insert into arrivals (article_id, copy_key, arrived_at) values (?, ?, ?)",
                [article_id, copy_key, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
            )

    def arrivals(self, limit: int = 100) -> list[Arrival]:
        """The oldest that wait."""
        rows = self.read("select seq, article_id, copy_key, arrived_at from arrivals order by seq limit ?", [limit])
        return [Arrival(*row) for row in rows]

    def drop_arrival(self, seq: int) -> bool:
        """It was dealt with; False when it was already. In the transaction that keeps what came of it."""
        with self.transaction():
            return self.connection.execute("delete from arrivals where seq = ?", [seq]).rowcount == 1

    def last_arrival(self) -> int:
        """The highest number that was ever given; 0 before the first."""
        rows = self.read("select seq from sqlite_sequence where name = 'arrivals'")
        return int(rows[0][0]) if rows else 0
