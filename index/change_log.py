"""The numbered log of which chunks came, changed and went: what is in memory follows it."""

from __future__ import annotations

from dataclasses import dataclass

from index.database import SqliteFile

META_FINGERPRINT = "fingerprint"
"""Meta: the model whose vectors are searched; "" before the first article."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to the set of chunks after a point of the log."""

    last: int
    added: tuple[int, ...]
    """These came, or have other lemmas or another vector."""
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """Where the store stands: two equal ones hold the same chunks, lemmas and vectors."""

    fingerprint: str
    """The model of the vectors; "" before the first article."""
    last: int
    """Number of the last change."""
    mark: str
    """What `ChangeLog.mark` gives for it."""


class ChangeLog(SqliteFile):
    """Table changes."""

    def changes_since(self, seq: int) -> Changes:
        """What was added and removed after number `seq`, each chunk at most once."""
        last, state = seq, dict[int, int]()
        rows = self.read("select seq, chunk_id, added from changes where seq > ? order by seq", [seq])
        for number, chunk_id, added in rows:
            last, state[chunk_id] = number, added
        return Changes(last, tuple(c for c, a in state.items() if a), tuple(c for c, a in state.items() if not a))

    def last_change(self) -> int:
        """Number of the last change, 0 before the first."""
        return int(self.read("select coalesce(max(seq), 0) from changes")[0][0])

    def mark(self, seq: int) -> str:
        """Names the history up to change `seq`; "" when there is no such change.

        Caches say by it what they hold. It is another in another database, after an older copy was put back and went
        on differently, and after `renew_mark`.
        """
        rows = self.read("select hex(token) from changes where seq = ?", [seq]) if seq else [("start",)]
        return f"{self.meta('identity')}-{rows[0][0]}" if rows else ""

    def state(self) -> State:
        """The last change and its mark, in one statement: it is asked for with every question."""
        [(fingerprint, identity, last, token)] = self.read(_STATE, [META_FINGERPRINT])
        return State(fingerprint or "", last or 0, f"{identity or ''}-{token if last else 'start'}")

    def repair_log(self) -> None:
        """Note what the log does not know: after this, replaying it gives the chunks that are there.

        The whole log is read before the lock is taken.
        """
        with self.snapshot():
            known = self.changes_since(0)
            differing = set(known.added) ^ {row[0] for row in self.read("select id from chunks")}
        if not differing:
            return
        with self.transaction():
            since = self.changes_since(known.last)
            unchanged = sorted(differing.difference(since.added, since.removed))
            there = {row[0] for row in self.select_in("select id from chunks where id in", unchanged)}
            for chunk_id in unchanged:
                self._log(chunk_id, added=chunk_id in there)

    def renew_mark(self) -> None:
        """Have every cache be built anew, for what it holds may have changed without the log's knowing."""
        with self.transaction():
            self.connection.execute("update meta set value = lower(hex(randomblob(16))) where name = 'identity'")

    def _log(self, chunk_id: int, *, added: bool) -> None:
        self.connection.execute("insert into changes (chunk_id, added) values (?, ?)", [chunk_id, int(added)])


_STATE = (
    "select (select value from meta where name = ?), (select value from meta where name = 'identity'), seq, hex(token)"
    " from (select 1) left join (select seq, token from changes order by seq desc limit 1)"
)
