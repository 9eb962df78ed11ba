"""How chats want their alerts, as rows."""

from __future__ import annotations

from dataclasses import fields

from bot.chats import BotStore
from bot.records import AlertSettings

_NAMES = tuple(field.name for field in fields(AlertSettings))


class AlertBook:
    """The alert settings in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def of(self, chat_id: int) -> AlertSettings:
        """A chat's settings; the usual ones while it has chosen nothing."""
        rows = self._store.read(f"select {', '.join(_NAMES)} from alert_settings where chat_id = ?", [chat_id])
        if not rows:
            return AlertSettings(chat_id)
        values = dict(zip(_NAMES, rows[0], strict=True))
        return AlertSettings(**values | {name: bool(values[name]) for name in ("silent", "updates")})

    def change(self, chat_id: int, **values: object) -> AlertSettings:
        """Change some of a chat's settings; gives them all. The values must be valid: see bot/follow_words.py."""
        names = [name for name in values if name in _NAMES]
        with self._store.transaction():
            self._store.connection.execute("insert or ignore into alert_settings (chat_id) values (?)", [chat_id])
            self._store.connection.execute(
                f"update alert_settings set {', '.join(f'{name} = ?' for name in names)} where chat_id = ?",
                [*(values[name] for name in names), chat_id],
            )
            return self.of(chat_id)
