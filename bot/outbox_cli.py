"""The commands about alerts: `warta outbox …` and `warta alerts …`."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from index.console import json_line, safe_line, say
from index.options import Call, data_option, json_option

if TYPE_CHECKING:
    from datetime import date, datetime

    from bot.chats import BotStore
    from bot.records import Alert, AlertState
    from index.interests import Interest
    from index.types import Article

STATES = ("queued", "sending", "sent", "unknown", "dead")
DROPPED = "dropped"
"""Detail of a row that was dropped, which is dead on purpose."""
_ALL = 1_000_000
ids_argument = click.argument("ids", metavar="ID…", nargs=-1, type=click.IntRange(min=1))


@click.group()
@data_option
def outbox() -> None:
    """Alerts on their way: what was sent, what waits, and what could not be sent."""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--chat", type=int, default=0, metavar="ID", help="Only those of this chat.")
@click.option("--limit", type=click.IntRange(1, _ALL), default=50, show_default=True, help="The newest so many.")
@data_option
@json_option
@click.pass_obj
def list_(call: Call, state: AlertState | None, chat: int, limit: int, as_json: bool) -> None:
    """List alerts, the newest first, and count them.

    An unknown outcome is a send whose reply was lost: the alert may have arrived, and is sent again.
    """
    from bot.outbox import Outbox
    from index.store import Store

    settings = call.settings()
    with _book(call) as book, Store(settings.database, settings.busy_timeout) as store:
        box = Outbox(book)
        rows, counts = box.rows(state or "", chat, limit), box.counts()
        [(unknowns,)] = book.read("select coalesce(sum(unknowns), 0) from outbox")
        articles = store.articles({row.article_id for row in rows})
        titles = {number: article.title for number, article in articles.items()}
        chats = {row.place.chat_id: _chat_name(book, row.place.chat_id) for row in rows}
    now = time.time()
    if as_json:
        records = [_record(row, titles, chats, now) for row in rows]
        counted = {name: counts.get(name, 0) for name in STATES}
        click.echo(json_line({"alerts": records, "counts": counted, "unknown_outcomes": unknowns}))
        return
    for row in rows:
        for line in _lines(row, titles, chats, now):
            click.echo(line)
    told = ", ".join(f"{name}: {counts.get(name, 0)}" for name in STATES)
    click.echo(f"{told}; sends with an unknown outcome: {unknowns}")


@outbox.command("retry")
@ids_argument
@click.option(
    "--dead", is_flag=True,
    help="All that are dead, but for those that were dropped or muted, or waited in a backup.",
)  # fmt: skip
@click.option("--unknown", is_flag=True, help="All whose outcome is unknown; what did arrive is then there twice.")
@data_option
@json_option
@click.pass_obj
def retry(call: Call, ids: tuple[int, ...], dead: bool, unknown: bool, as_json: bool) -> int:
    """Have alerts sent again that are dead, or whose outcome is unknown."""
    from bot.outbox import Outbox
    from bot.records import UNWANTED
    from bot.restored import RESTORED

    if not (ids or dead or unknown):
        raise click.UsageError("name the alerts by their IDs (see `warta outbox list`), or say --dead or --unknown")
    with _book(call) as book:
        box = Outbox(book)
        chosen = [row for row in map(box.by_id, dict.fromkeys(ids)) if row is not None]
        able = {row.id for row in chosen if row.state in ("dead", "unknown")}
        died = (row for row in box.rows("dead", limit=_ALL) if row.detail not in (DROPPED, RESTORED, UNWANTED))
        able |= {row.id for row in died} if dead else set()
        able |= {row.id for row in box.rows("unknown", limit=_ALL)} if unknown else set()
        done = box.retry(sorted(able))
    return _told("retried", done, [number for number in ids if number not in able], as_json)


@outbox.command("drop")
@click.argument("ids", metavar="ID…", nargs=-1, required=True, type=click.IntRange(min=1))
@data_option
@json_option
@click.pass_obj
def drop(call: Call, ids: tuple[int, ...], as_json: bool) -> int:
    """Have alerts that wait not sent. Their stories stay known, so that no other alert of them comes."""
    from bot.outbox import Outbox

    with _book(call) as book:
        box = Outbox(book)
        able = {
            row.id
            for row in map(box.by_id, dict.fromkeys(ids))
            if row is not None and row.state in ("queued", "unknown", "dead")
        }
        done = box.drop(sorted(able), time.time())
    return _told("dropped", done, [number for number in ids if number not in able], as_json)


def _told(what: str, done: int, left: list[int], as_json: bool) -> int:
    """Say what became of the rows that were named; the exit code."""
    if as_json:
        click.echo(json_line({what: done, "left": left}))
    else:
        click.echo(f"{done} alert{'' if done == 1 else 's'} {what}")
    for number in left:
        say(f"{number} was not {what}: `warta outbox list` shows which alerts there are and how they are")
    return 1 if left else 0


def _book(call: Call) -> BotStore:
    from bot.chats import BotStore

    settings = call.settings()
    return BotStore(settings.database, settings.busy_timeout)


def _chat_name(book: BotStore, chat_id: int) -> str:
    chat = book.chat(chat_id)
    return chat.title if chat is not None else ""


def _where(chat_id: int, chats: dict[int, str]) -> str:
    return f"{chats[chat_id]} ({chat_id})" if chats[chat_id] else f"chat {chat_id}"


def _lines(row: Alert, titles: dict[int, str], chats: dict[int, str], now: float) -> list[str]:
    from index.following import span_words

    age = span_words(max(now - row.created_at, 0.0))
    words = [f"{row.id} {row.kind} for {_where(row.place.chat_id, chats)}: {row.state}", f"attempts: {row.attempts}"]
    words += [f"unknown outcomes: {row.unknowns}"] if row.unknowns else []
    lines = [", ".join([*words, f"made {age} ago"])]
    lines.append("  " + (titles.get(row.article_id) or f"article {row.article_id}, which is gone or has no title"))
    lines += [f"  {row.detail}"] if row.detail else []
    return [("  " if line.startswith("  ") else "") + safe_line(line) for line in lines]


def _record(row: Alert, titles: dict[int, str], chats: dict[int, str], now: float) -> dict[str, object]:
    names = (
        *("id", "kind", "story_id", "article_id", "reasons", "news", "state", "bundle", "attempts", "unknowns"),
        *("created_at", "not_before", "sent_at", "message_id", "detail"),
    )
    told = {name: getattr(row, name) for name in names}
    place = {"chat_id": row.place.chat_id, "thread_id": row.place.thread_id, "chat": chats[row.place.chat_id]}
    return told | place | {"title": titles.get(row.article_id, ""), "age_s": round(max(now - row.created_at, 0.0))}


@click.group()
@data_option
def alerts() -> None:
    """What chats are alerted of."""


@alerts.command("preview")
@click.option(
    "--since", "days", default="7d", show_default=True, metavar="SPAN|DATE",
    help="From how long ago (7d, 2w), or from which date (2021-05-23).",
)  # fmt: skip
@click.option("--chat", type=int, default=0, metavar="ID", help="Only what this chat follows.")
@click.option("--follow", default="", metavar="TEXT", help="What this would find, written as after /follow.")
@data_option
@json_option
@click.pass_obj
def preview(call: Call, days: str, chat: int, follow: str, as_json: bool) -> None:
    """Show which stored news chats would have been alerted of, for all that they follow; nothing is sent."""
    from datetime import UTC, datetime

    from bot.follow_words import interests_asked
    from index.interests import InterestError
    from index.phrases import local_day
    from index.preview import preview_of

    now = datetime.now(UTC)
    first = _first_day(days, now)
    with call.opened() as (warta, bars), _book(call) as book:
        try:
            wanted = {0: interests_asked(follow, warta.names)} if follow else _followed(book, chat)
        except InterestError as e:
            raise click.BadParameter(str(e), param_hint="--follow") from e
        found = {number: preview_of(warta, some, warta.names, first, now) for number, some in wanted.items()}
        names = {number: _chat_name(book, number) for number in found}
        bars.close()
    if as_json:
        chats = [{"chat_id": one, "chat": names[one], "follows": _found_records(found[one])} for one in found]
        click.echo(json_line({"since": first.isoformat(), "chats": chats}))
        return
    if not found:
        click.echo("nothing is followed there yet: say what to look for with --follow TEXT")
    for number, some in found.items():
        if number:
            click.echo(safe_line(_where(number, names)))
        for interest, articles in some:
            click.echo(
                "  " * bool(number) + safe_line(f"{interest.pattern}: {len(articles)} since {first.isoformat()}")
            )
            for article in articles:
                told = " · ".join(filter(None, (local_day(article.published_at), article.publisher, article.title)))
                click.echo("  " * (1 + bool(number)) + safe_line(told))


def _followed(book: BotStore, chat: int) -> dict[int, list[Interest]]:
    """What each chat follows and has not muted, each once; of one chat, or of all."""
    from bot.follows import Follows

    follows = [one for one in Follows(book).active() if chat in (0, one.place.chat_id)]
    wanted: dict[int, dict[tuple[str, str], Interest]] = {}
    for one in follows:
        key = (one.interest.kind, one.interest.pattern.casefold())
        wanted.setdefault(one.place.chat_id, {}).setdefault(key, one.interest)
    return {number: list(some.values()) for number, some in wanted.items()}


def _first_day(words: str, now: datetime) -> date:
    """The day that "7d", "2w" or a date means."""
    from datetime import date, timedelta

    from index.dates import range_of

    if found := re.fullmatch(r"([0-9]{1,4})([dw])", words.strip().lower()):
        return (now - timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))).date()
    try:
        return date.fromisoformat(range_of(words.strip())[0][:10])
    except ValueError as e:
        wrong = f"{safe_line(words)!r} is neither a span nor a date; write 7d, 2w or 2021-05-23"
        raise click.BadParameter(wrong, param_hint="--since") from e


def _found_records(found: Sequence[tuple[Interest, Sequence[Article]]]) -> list[dict[str, object]]:
    names = ("title", "publisher", "published_at", "url")
    return [
        {
            "kind": interest.kind,
            "follow": interest.pattern,
            "stories": [{name: getattr(article, name) for name in names} for article in articles],
        }
        for interest, articles in found
    ]
