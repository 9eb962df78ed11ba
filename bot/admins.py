"""Administrators that owners have let in, as rows, and the codes by which they come in.

Owners stand in the settings. Nothing here reads a clock.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from bot.chats import BotStore

CODE_S = 15 * 60.0
"""Seconds that a code is good for."""
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what is easily mistaken when it is read out."""
_LENGTH, _GROUP = 12, 4
"""59 bits: nobody can try them all while a code is good, not even with its hash."""


@dataclass(frozen=True, slots=True)
class Admin:
    """Somebody whom an owner has made an administrator."""

    user_id: int
    name: str
    added_by: int
    added_at: float


class AdminBook:
    """The administrators in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def all(self) -> list[Admin]:
        """Oldest first."""
        rows = self._store.read("select user_id, name, added_by, added_at from admins order by added_at, user_id")
        return [Admin(*row) for row in rows]

    def remove(self, user_id: int) -> bool:
        """Somebody is no administrator any more; False when they were none."""
        with self._store.transaction():
            done = self._store.connection.execute("delete from admins where user_id = ?", [user_id])
        return done.rowcount == 1

    # Codes

    def new_code(self, owner: int, now: float) -> str:
        """A code that makes one person an administrator. Only its hash is kept; an owner's earlier one is void."""
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        salt = secrets.token_bytes(16)
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into admin_codes (owner, salt, digest, created_at) values (?, ?, ?, ?)",
                [owner, salt, _digest(code, salt), now],
            )
        return "-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))

    def spend(self, code: str, now: float) -> int | None:
        """Use up a code; gives the owner who made it, None for a wrong one."""
        given, found = code.upper().replace("-", "").replace(" ", ""), None
        with self._store.transaction():
            # A clock that was set back makes a code void rather than good for longer.
            self._store.connection.execute(
                "delete from admin_codes where created_at > ? or created_at <= ?", [now, now - CODE_S]
            )
            for owner, salt, digest in self._store.read("select owner, salt, digest from admin_codes"):
                if hmac.compare_digest(_digest(given, salt), digest):
                    found = int(owner)
            if found is not None:
                self._store.connection.execute("delete from admin_codes where owner = ?", [found])
        return found

    def come_in(self, user_id: int, name: str, code: str, now: float) -> int | None:
        """Make somebody who has a code an administrator; gives the owner who made the code, None for a wrong one."""
        with self._store.transaction():
            owner = self.spend(code, now)
            if owner is not None:
                self._store.connection.execute(
                    "insert or replace into admins (user_id, name, added_by, added_at) values (?, ?, ?, ?)",
                    [user_id, name, owner, now],
                )
        return owner


def _digest(code: str, salt: bytes) -> bytes:
    return hashlib.blake2b(code.encode("utf-8", "replace"), digest_size=32, salt=salt).digest()
