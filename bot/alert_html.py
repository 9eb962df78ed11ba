"""Alerts as HTML: the title, one sentence word for word, who says so, why it was sent, and who tells the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.inert import inert
from bot.records import Alert, Elsewhere
from bot.render import SourceEntry, about_line, entry_block, linked_publisher, linked_title, reader_language
from bot.strings import Html, text
from bot.text import Block, clip, escape, one_line, pack, safe_href, shown
from index.link_rows import Link
from index.links import fragment_link
from index.types import Article, Span

SENTENCE, UPDATE_SENTENCE, DIGEST_SENTENCE = 500, 300, 200
"""Units of the sentence that is shown of an alert, of an update, and of each story in a short digest."""
NAME, REASON, FACT, TITLE = 60, 80, 60, 80
"""Units that each may take; TITLE inside a question of the bot's."""
PARTNERS, REASONS, FACTS, TELLERS, DIGEST_TELLERS = 5, 4, 5, 8, 3
"""How many are shown: partners, reasons, new facts, and publishers that tell the same, also of a digest's story."""


@dataclass(frozen=True, slots=True)
class Telling:
    """A row of the outbox, and what its article says by now."""

    alert: Alert
    article: Article
    sentence: str = ""
    """From the body, word for word; "" where none is shown."""
    partners: tuple[str, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    questions: frozenset[str] = frozenset()
    """The reasons that are questions."""


def alert_message(telling: Telling, language: str) -> str:
    """One story as a message."""
    article, update = telling.article, telling.alert.kind == "update"
    title = f"<b>{_title(telling, language)}</b>"
    about = about_line(article.publisher, article.published_at, reader_language(language))
    if update:
        lines = [text("alert_update", language), _news(telling, language), title]
        lines += [_sentence(telling, UPDATE_SENTENCE), about]
    else:
        names = ", ".join(one_line(name, NAME) for name in telling.partners[:PARTNERS])
        partners = text("alert_partners", language, names=Html(inert(names))) if names else ""
        lines = [f"🔔 {title}", _sentence(telling, SENTENCE), partners, about]
    lines += [_reasons(telling, language), _tellers(telling, TELLERS, language)]
    return pack(Block(line) for line in lines if line)[0]


def digest_blocks(tellings: Sequence[Telling], language: str) -> list[Block]:
    """Several stories: a heading and a block for each."""
    heading = Block(text("alert_digest", language, count=len(tellings)))
    return [heading, *(_item(telling, language) for telling in tellings)]


def related_message(entries: Sequence[SourceEntry], language: str) -> str:
    """A list of what else there is to read."""
    blocks = [entry_block(entry, "• ", reader_language(language)) for entry in entries]
    return pack([Block(text("alert_related", language)), *blocks])[0]


def ask_prompt(titles: Sequence[str], language: str) -> str:
    """What opens the field for a question about an article."""
    title = next((one for title in titles if (one := one_line(title, TITLE))), "")
    return text("alert_ask", language, title=Html(inert(title))) if title else text("alert_ask_untitled", language)


def verbatim(article: Article, span: Span) -> str:
    """What stands there in the body; ValueError where nothing does, so that no sentence is shown that is not its."""
    if not 0 <= span.start < span.end <= len(article.body):
        raise ValueError(f"{span} is no part of a body of {len(article.body)} characters")
    return article.body[span.start : span.end]


def told_elsewhere(article: Article, copies: Sequence[Link], later: Sequence[Elsewhere]) -> tuple[Elsewhere, ...]:
    """Who else tells it, each publisher once: who printed the same text, then later reports; what is new is kept."""
    found: dict[str, Elsewhere] = {}
    for one in (*(Elsewhere(link.publisher, link.url) for link in copies), *later):
        key = (one.publisher or one.url).casefold()
        if not key or key == article.publisher.casefold() or one.url == article.url != "":
            continue
        known = found.get(key, one)
        found[key] = replace(known, news=tuple(dict.fromkeys((*known.news, *one.news))))
    return tuple(found.values())


def _title(telling: Telling, language: str) -> str:
    article = telling.article
    at_sentence = fragment_link(article.url, telling.sentence) if telling.sentence else ""
    return linked_title(article.title, safe_href(at_sentence) or article.url, reader_language(language))


def _sentence(telling: Telling, most: int) -> str:
    sentence = clip(shown(telling.sentence).strip(), most)
    return f"<blockquote>{inert(sentence)}</blockquote>" if sentence else ""


def _news(telling: Telling, language: str) -> str:
    news = _facts(telling.alert.news)
    return text("alert_news", language, news=news) if news else ""


def _facts(news: Sequence[str]) -> Html:
    return Html(inert(", ".join(filter(None, (one_line(fact, FACT) for fact in news[:FACTS])))))


def _why(telling: Telling) -> str:
    reasons = []
    for reason in telling.alert.reasons[:REASONS]:
        words = one_line(reason, REASON)
        reasons.append(f"“{words}”" if reason in telling.questions else words)
    return "; ".join(filter(None, reasons))


def _reasons(telling: Telling, language: str) -> str:
    reasons = _why(telling)
    return f"<i>{text('alert_reasons', language, reasons=reasons)}</i>" if reasons else ""


def _tellers(telling: Telling, most: int, language: str) -> str:
    names = []
    for one in telling.elsewhere[:most]:
        name, news = linked_publisher(one.publisher, one.url, reader_language(language)), _facts(one.news)
        names.append(text("alert_elsewhere_news", language, publisher=Html(name), news=news) if news else name)
    if more := len(telling.elsewhere) - most:
        names += [f"+{more}"] if more > 0 else []
    return text("alert_elsewhere", language, names=Html(", ".join(names))) if names else ""


def _item(telling: Telling, language: str) -> Block:
    article, reasons = telling.article, escape(_why(telling))
    about = about_line(article.publisher, article.published_at, reader_language(language))
    news = _news(telling, language) if telling.alert.kind == "update" else ""
    lines = (
        ("🔄 " if telling.alert.kind == "update" else "• ") + _title(telling, language),
        _sentence(telling, DIGEST_SENTENCE),
        news,
        " · ".join(filter(None, (about, f"<i>{reasons}</i>" if reasons else ""))),
        _tellers(telling, DIGEST_TELLERS, language),
    )
    return Block("\n".join(filter(None, lines)), "\n\n")
