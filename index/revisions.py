"""What an article said before it was changed, so that a citation always shows what was cited."""

from __future__ import annotations

from dataclasses import dataclass

from index.database import SqliteFile
from index.errors import StoreError


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of an article's text."""

    article_id: int
    revision: int
    title: str
    body: str
    published_at: str
    seen_at: str
    """When it was stored, ISO 8601 in UTC."""


class RevisionRows(SqliteFile):
    """Table revisions: the texts that were replaced; the present one is in articles."""

    def keep_revision(self, article_id: int) -> None:
        """Copy the present text away; to be called in the transaction that replaces it."""
        with self.transaction():
            self.connection.execute(
                f"insert or ignore into revisions ({_COLUMNS}) select {_NOW} from articles where id = ?", [article_id]
            )

    def revision(self, article_id: int, revision: int) -> Revision:
        """An article as it was when it was cited.

        Raises StoreError when there is no such article or revision.
        """
        # Only a change of the text is kept, under the last revision that had it.
        for state in self.history(article_id):
            if 1 <= revision <= state.revision:
                return state
        raise StoreError(f"there is no revision {revision} of article {article_id}")

    def history(self, article_id: int) -> list[Revision]:
        """Every text of an article, oldest first, the present one last."""
        rows = self.read(
            f"select {_COLUMNS} from revisions where article_id = ?"
            f" union all select {_NOW} from articles where id = ? order by revision",
            [article_id, article_id],
        )
        return [Revision(*row) for row in rows]

    def revision_holding(self, article_id: int, quote: str) -> Revision | None:
        """The latest text that holds the quote word for word; None when none ever did."""
        return next((state for state in reversed(self.history(article_id)) if quote in state.body), None)


_COLUMNS = "article_id, revision, title, body, published_at, seen_at"
_NOW = "id, revision, title, body, published_at, updated_at"
