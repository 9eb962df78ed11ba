"""What is followed, the alert settings and previews as messages: HTML for Telegram."""

from __future__ import annotations

from collections.abc import Sequence

from bot.follow_keyboards import PAGE_SIZE, pages_of
from bot.follow_words import ZONES
from bot.records import AlertSettings, Follow, Place
from bot.render import about_line, linked_title, reader_language
from bot.strings import Html, label, text
from bot.text import Block, escape, fitting, one_line, pack
from index.interests import Interest
from index.phrases import date_words, phrase
from index.types import Article

PATTERN = 200
"""Units of a pattern; none is longer."""
MOST_TITLES = (5, 3, 1)
"""Titles that a preview shows of each interest: as many as the message holds of all."""


def described(interest: Interest, language: str) -> str:
    """What it finds, in words: "berita yang menyebut BMW dan Alibaba"."""
    if interest.kind == "question":
        return label("follow_what_question", language, question=interest.question)
    if interest.kind == "partner":
        return label("follow_what_partner", language, names=joined(interest.names, language))
    words = joined([f"“{one}”" for one in interest.must], language)
    what = label("follow_what_keywords", language, words=words)
    if not interest.must_not:
        return what
    without = ", ".join(f"“{one}”" for one in interest.must_not)
    return label("follow_what_without", language, what=what, words=without)


def joined(names: Sequence[str], language: str) -> str:
    """ "BMW, Grab dan Alibaba"."""
    last = f" {phrase('and', reader_language(language))} "
    return last.join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def command_for(interest: Interest) -> str:
    """What to write to follow it again."""
    return f"/follow{'?' if interest.kind == 'question' else ''} {interest.pattern}"


def following_message(follows: Sequence[Follow], page: int | None, here: Place, name: str, language: str) -> str:
    """A page of what a chat follows; None for all of it, as far as it fits.

    `here`: where it will be read; `name`: of the chat where that is another, or "".
    """
    key = "following_title_of" if name else "following_title"
    begin = (page or 0) * PAGE_SIZE
    end = len(follows) if page is None else begin + PAGE_SIZE
    topics = any(follow.place.thread_id for follow in follows)
    blocks = [Block(text(key, language, name=name, count=len(follows)))]
    for number, follow in enumerate(follows[begin:end], begin + 1):
        marks = [text(f"following_{follow.interest.kind}", language)]
        marks += [_topic(follow.place, here, language)] if topics else []
        marks += [text("following_paused", language)] if follow.paused else []
        pattern = escape(one_line(follow.interest.pattern, PATTERN))
        blocks.append(
            Block(f"{number}. <b>{pattern}</b> ({', '.join(marks)})", "\n\n" if number == begin + 1 else "\n")
        )
    if page is not None and pages_of(follows) > 1:
        pages = text("following_page", language, page=page + 1, pages=pages_of(follows))
        blocks.append(Block(f"<i>{pages}</i>", "\n\n"))
    return pack(blocks)[0]


def _topic(place: Place, here: Place, language: str) -> str:
    if place == here:
        return text("following_topic", language)
    if not place.thread_id:
        return text("following_topic_general", language)
    return _topic_link(place, text("following_topic_other", language))


def _topic_link(place: Place, words: str) -> str:
    """A link to a topic; only supergroups have them, and their ids begin with -100 in the Bot API."""
    return f'<a href="https://t.me/c/{str(place.chat_id).removeprefix("-100")}/{place.thread_id}">{words}</a>'


def settings_message(settings: AlertSettings, name: str, spoken: str, language: str) -> str:
    """How a chat wants its alerts. `name`: of the chat where it is read in another, or ""; `spoken`: its language."""
    key = "alerts_title_of" if name else "alerts_title"
    at = clock_words(settings.at, language)
    weekday = label("alerts_weekdays", language).split()[settings.weekday]
    quiet = text("alerts_quiet_none", language)
    if settings.quiet_from:
        begins, ends = clock_words(settings.quiet_from, language), clock_words(settings.quiet_to, language)
        quiet = text("alerts_quiet", language, begins=begins, ends=ends)
    lines = text(
        "alerts_set",
        language,
        mode=Html(text(f"alerts_{settings.mode}", language, at=at, weekday=weekday)),
        sound=Html(text("alerts_sound_off" if settings.silent else "alerts_sound_on", language)),
        quiet=Html(quiet),
        cap=settings.cap,
        updates=Html(text("alerts_updates_on" if settings.updates else "alerts_updates_off", language)),
        zone=zone_words(settings.time_zone),
    )
    lines += "\n• " + text(f"alerts_language_{spoken}", language)
    if settings.thread_id is not None:
        place = Place(settings.chat_id, settings.thread_id)
        number = text("alerts_topic_number", language, number=str(place.thread_id))
        topic = _topic_link(place, number) if place.thread_id else text("following_topic_general", language)
        lines += "\n• " + text("alerts_topic", language, topic=Html(topic))
    return f"{text(key, language, name=name)}\n{lines}"


def settings_help(topics: bool, language: str) -> str:
    """How the settings are changed. `topics`: whether the chat has such."""
    forms = text("alerts_forms", language)
    if topics:
        forms += f"\n{text('alerts_forms_topic', language)}"
    return text("alerts_how", language, forms=Html(forms))


def clock_words(at: str, language: str) -> str:
    """ "08:00", in Indonesian "08.00"."""
    return at if language == "en" else at.replace(":", ".")


def zone_words(name: str) -> str:
    """ "WITA" for Asia/Makassar; other zones by their own names."""
    return next((short.upper() for short, zone in ZONES.items() if zone == name), name)


def preview_message(
    found: Sequence[tuple[Interest, Sequence[Article]]], since: str, language: str, *, longest: bool = False
) -> str:
    """The newest of what each interest finds, as many as one message holds.

    `since`: the first day, in ISO 8601. `longest`: nobody can look back further.
    """
    day = date_words(since, reader_language(language))
    if not any(articles for _, articles in found):
        patterns = joined([f"“{one_line(interest.pattern, PATTERN)}”" for interest, _ in found], language)
        return text("preview_none_month" if longest else "preview_none", language, day=day, patterns=patterns)
    title = Block(text("preview_title", language, day=day))
    for most in (*MOST_TITLES, 0):
        blocks = [title, *(block for one in found if one[1] for block in _found(*one, most, language))]
        nothing = [one_line(interest.pattern, PATTERN) for interest, articles in found if not articles]
        if nothing:
            blocks.append(Block(text("preview_none_of", language, patterns=", ".join(nothing)), "\n\n"))
        if fitting(blocks) == len(blocks):
            break
    return pack(blocks)[0]


def _found(interest: Interest, articles: Sequence[Article], most: int, language: str) -> list[Block]:
    pattern = one_line(interest.pattern, PATTERN)
    head = Block(text("preview_count", language, pattern=pattern, count=len(articles)), "\n\n" if most else "\n")
    reader = reader_language(language)
    titles = [
        " – ".join(
            filter(
                None, (linked_title(one.title, one.url, reader), about_line(one.publisher, one.published_at, reader))
            )
        )
        for one in articles[:most]
    ]
    return [head, *(Block(f"• {line}") for line in titles)]
