"""Figures, checks and reports as an administrator reads them: HTML for Telegram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot.backups import Kept
from bot.checkup import Check
from bot.child import Report
from bot.settings import BotSettings
from bot.strings import Html, text
from bot.text import clip, escape, one_line
from bot.usage import Usage, share
from index.console import size_words
from index.phrases import date_words

PAGE = 10
"""Sources in one message."""
TITLE, REASON = 120, 300
"""Units that each may take."""
STATES = ("queued", "sending", "sent", "unknown", "dead")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
NO_SUCH_COMMAND = "No such command"
"""Click's words."""


def ago(seconds: float, language: str) -> str:
    """How long something was ago."""
    for least, size, key in (
        (2 * _DAY, _DAY, "ops_days"),
        (2 * _HOUR, _HOUR, "ops_hours"),
        (2 * _MINUTE, _MINUTE, "ops_minutes"),
    ):
        if seconds >= least:
            return text(key, language, count=int(seconds // size))
    return text("ops_moment", language)


def size(count: int, language: str) -> str:
    """Bytes as people say them: "1,5 MB"."""
    words = size_words(count)
    return words if language == "en" else words.replace(".", ",")


def percent(value: float | None) -> str:
    """A part of 1; "–" of nothing."""
    return "–" if value is None else f"{value:.0%}"


def stats_text(figures: Mapping[str, Any], newest: str, usage: Usage, language: str) -> str:
    """What /stats says. `newest` is the date of the newest article."""
    sources: Mapping[str, int] = figures["sources"]
    return text(
        "stats",
        language,
        articles=figures["articles"],
        recent=figures["articles_7_days"],
        chunks=figures["chunks"],
        newest=day_words(newest, language) or "–",
        partners=figures["partners"],
        active=sources["active"],
        failing=sources["failing"],
        off=sources["off"],
        asked=usage.asked,
        by_day=" · ".join(map(str, usage.questions)),
        answered=percent(share(usage.answered, usage.asked)),
        abstained=percent(share(usage.asked - usage.answered, usage.asked)),
        bad=percent(share(usage.bad, usage.asked)),
        p50=_seconds(usage.p50, language),
        p95=_seconds(usage.p95, language),
        alerts=usage.alerts,
        chats=usage.chats,
        follows=usage.follows,
        inbox=usage.inbox,
        put_aside=usage.put_aside,
        unknowns=usage.unknowns,
        database=size(figures["database_bytes"], language),
        index=size(figures["index_bytes"], language),
        free=size(figures["free_bytes"], language),
        **{state: usage.outbox.get(state, 0) for state in STATES},
    )


def _seconds(value: float, language: str) -> str:
    """With two decimals: most answers take less than one."""
    written = f"{value:.2f}"
    return written if language == "en" else written.replace(".", ",")


def picture_text(days: Sequence[date], questions: Sequence[int], articles: Sequence[int], language: str) -> str:
    """What the picture shows, for those who cannot see it."""

    def peak(counts: Sequence[int]) -> Html:
        most = max(counts)
        if not most:
            return Html("")
        day = day_words(str(days[counts.index(most)]), language)
        return Html(" " + text("stats_peak", language, count=most, day=day))

    return text(
        "stats_picture",
        language,
        questions=sum(questions),
        questions_peak=peak(questions),
        articles=sum(articles),
        articles_peak=peak(articles),
    )


def health_text(checks: Sequence[Check], language: str) -> str:
    """A line for each check, and what to do."""
    return text("health", language, rows=Html("\n".join(_check_line(check, language) for check in checks)))


def _check_line(check: Check, language: str) -> str:
    values = dict(check.values)
    if "ago" in values:
        values["ago"] = ago(values["ago"], language)
    if "free" in values:
        values["free"] = size(values["free"], language)
    if "detail" in values:
        values["detail"] = clip(values["detail"], REASON)
    return f"{'✅' if check.ok else '⚠️'} {text(check.key, language, **values)}"


def failure_text(report: Report, language: str) -> str:
    """Why a command did not do its work."""
    if NO_SUCH_COMMAND in report.reason:
        return text("ops_missing", language)
    return text("ops_failed", language, reason=one_line(report.reason, REASON))


def added_text(report: Report, language: str) -> str:
    """What became of each address."""
    pages, failed = report.figures.get("pages", []), report.figures.get("failed", [])
    lines = [text(f"add_{page['status']}", language, title=one_line(page["title"], TITLE)) for page in pages]
    for one in failed:
        location = one_line(one["location"], TITLE)
        reason = one_line(one["reason"].removeprefix(f"{one['location']}: "), REASON)
        lines.append(text("add_failed", language, location=location, reason=reason))
    return "\n".join(lines) or failure_text(report, language)


def sources_text(sources: Sequence[Mapping[str, Any]], page: int, now: float, language: str) -> str:
    """A page of the sources, counted from 1, as `warta source list --json` tells them."""
    if not sources:
        return text("source_none", language)
    pages = -(-len(sources) // PAGE)
    page = min(max(page, 1), pages)
    rows = [
        text(
            "source_row",
            language,
            id=str(one["id"]),
            title=one_line(one["title"] or one["url"], TITLE),
            health=Html(_source_health(one, now, language)),
            articles=one["articles"],
        )
        for one in sources[(page - 1) * PAGE : page * PAGE]
    ]
    if page < pages:
        rows.append(text("source_more", language, page=str(page + 1)))
    return text("source_list", language, page=page, pages=pages, rows=Html("\n".join(rows)))


def _source_health(one: Mapping[str, Any], now: float, language: str) -> str:
    reason = one_line(one["last_error"], REASON // 2)
    if not one["active"]:
        return text("source_off", language) + (f" ({escape(reason)})" if reason else "")
    if one["failures"]:
        return text("source_failing", language, count=one["failures"], reason=reason)
    if one["last_ok_at"]:
        return text("source_well", language, ago=ago(now - one["last_ok_at"], language))
    return text("source_unread", language)


def quality_text(figures: Mapping[str, Any], language: str) -> str:
    """The figures of the saved questions, beside those of the run before."""
    before: Mapping[str, Any] = figures.get("previous") or {}
    rows = []
    for name, key in (("answer_hit@1", "hit"), ("recall@5", "recall"), ("abstained", "abstained")):
        row = text(f"quality_{key}", language, value=_figure(figures.get(name), language))
        if name in before:
            row += " " + text("quality_before", language, value=_figure(before[name], language))
        rows.append(row)
    worse = bool(figures.get("worse"))
    if worse:
        rows.append(text("quality_worse", language))
    return text(
        "quality",
        language,
        mark="⚠️" if worse else "✅",
        questions=figures.get("questions", 0),
        rows=Html("\n".join(rows)),
    )


def _figure(value: float | None, language: str) -> str:
    """A share with one decimal, or a count."""
    if value is None or isinstance(value, int):
        return "–" if value is None else str(value)
    written = f"{value:.1%}"
    return written if language == "en" else written.replace(".", ",")


def backups_text(settings: BotSettings, folder: str, kept: Kept, now: float, language: str) -> str:
    """Where backups are, and how old the newest is."""
    if not kept.newest:
        return text("backup_none", language, folder=folder)
    return text(
        "backup_kept",
        language,
        folder=folder,
        name=kept.newest,
        size=size(kept.bytes, language),
        ago=ago(now - kept.made_at, language),
        count=kept.count,
        keep=settings.backup_keep,
        at=settings.backup_at,
    )


def day_words(day: str, language: str) -> str:
    """A date in words."""
    return date_words(day, "en" if language == "en" else "id")
