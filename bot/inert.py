"""Foreign text in which a touch does nothing: what Telegram would make a link, a command or a name of is code."""

from __future__ import annotations

import re

from bot.text import escape

MOST_LIVE = 20
"""Of these in one paragraph; one with more is code as a whole, or it would use up all entities of a message."""
_ENDS = r"[^\s.,;:!?'\"()\[\]{}<>“”‘’«»…]"
"""What an address can end with; the full stop after it is the sentence's."""
_PATH = rf"(?::\d{{1,5}}\b)?(?:[/?#](?:\S*{_ENDS})?)?"
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_LIVE = re.compile(
    rf"((?i:https?|ftp|tg|ton|tonsite)://\S*{_ENDS}"
    # Not "selesai.Kemudian", where a blank is missing: no link for Telegram either. Bounded, so that time stays linear.
    r"|(?<![\w-])(?:[\w.+-]{1,64}@)?(?:[\w-]{1,63}\.){1,10}(?![A-Z][a-z]+\b)(?:[^\W\d_]{2,24}|xn--[\w-]{2,59})(?![\w-])"
    rf"{_PATH}"
    rf"|(?<![\w.-])(?:{_BYTE}\.){{3}}{_BYTE}(?![\w-]|\.\d){_PATH}"
    r"|(?<![\w/<>])/\w+(?:@\w+)?|(?<!\w)@\w+)"
)
"""An address, with or without "https://", also of e-mail or of numbers; a command, "/unfollow" or "/unfollow@bot"; and
"@somebody", in news mostly accounts elsewhere."""


def inert(text: str) -> str:
    """As `escape`, but what Telegram would make touchable is code: it reads and is copied letter by letter.

    Which endings of names are domains changes every year, so that all that could be one counts: "Tiket.com", "Node.js".
    """
    if sum(1 for _ in _LIVE.finditer(text)) > MOST_LIVE:
        return f"<code>{escape(text)}</code>"
    parts = _LIVE.split(text)  # every second one matches
    return "".join(f"<code>{escape(part)}</code>" if at % 2 else escape(part) for at, part in enumerate(parts))
