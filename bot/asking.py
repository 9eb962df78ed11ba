"""From a question in Telegram to an answer that can be sent: what it inherits, its language, where it is looked up."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.addressing import Sender
from bot.records import GivenAnswer, Origin, Place, new_token
from bot.services import Services
from bot.text import clip, units
from index.conversation import MAX_NAMES, Turn, names_in, topic_of, turn_after
from index.language import detect
from index.pipeline import Warta
from index.types import Answer, Article, Citation, Filters, Language

_LOG = logging.getLogger(__name__)
FOLLOW_UP_S = 600.0
"""For so long a short question belongs to the one before it. A reply belongs to what it replies to, however old."""
FURTHER = 10
NEAR = 0.5
"""Share of the best passage's score that a further source must have. Over the samples, what lies between a third and a
half of it is about something else."""
TOPIC_UNITS = 80


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reply is about: an answer, an alert or several."""

    names: tuple[str, ...] = ()
    """What a question leaves unsaid."""
    articles: tuple[int, ...] = ()
    """Ids of those that are looked at first."""
    words: str = ""
    """What they are called by, case-folded: a question that names something else is not about them."""
    text: str = ""
    """What they say, in which a name must stand as the question writes it: "Dana" is not "dana"."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question, and all that its answer depends on."""

    question: str
    place: Place
    sender: Sender
    message_id: int
    origin: Origin
    arrived: float
    """Seconds since 1970 when the bot got it."""
    language: str
    """For where the question's words do not tell theirs."""
    about: Subject | None = None
    """What the question replies to."""


async def answer_to(services: Services, inquiry: Inquiry) -> GivenAnswer:
    """Answer, from the articles that the question is about, or else from all.

    Raises WartaError.
    """
    known = await services.names()
    earlier = inquiry.about or await _before(services, inquiry)
    topic = topic_of(inquiry.question, Turn(earlier.names), known) if earlier is not None else ""
    near, near_topic = _replied(inquiry, topic, known)
    language: Language = "en" if detect(inquiry.question, "en" if inquiry.language == "en" else "id") == "en" else "id"

    def work(warta: Warta) -> tuple[Answer, str]:
        if near:
            answer = warta.ask(inquiry.question, language, Filters(articles=near), near_topic)
            if answer.answerable:
                return answer, near_topic
        return warta.ask(inquiry.question, language, None, topic), topic

    answer, topic = await services.desk.news(work)
    found = given(answer, inquiry, topic, known, services.now())
    services.metrics.answered(found.answerable, found.seconds)
    _LOG.info("%s within %.2f s", "answered" if found.answerable else "abstained", found.seconds)
    return found


async def _before(services: Services, inquiry: Inquiry) -> GivenAnswer | None:
    """The same person's question just before, in the same place; nobody inherits what another one asked."""
    person = inquiry.sender.id
    if not person or inquiry.origin == "inline":
        return None
    since = services.now() - FOLLOW_UP_S
    return await services.desk.records(lambda r: r.answers.latest(inquiry.place, person, since))


def _replied(inquiry: Inquiry, topic: str, known: frozenset[str]) -> tuple[tuple[int, ...], str]:
    """The articles that a reply asks about, and its topic there; none where it names something else.

    A question may be long enough to stand alone: under an answer it is first of all about its article.
    """
    about = inquiry.about
    if about is None or not about.articles:
        return (), ""
    if not topic:
        named = names_in(inquiry.question, known)
        if not all(name.casefold() in about.words or _holds(about.text, name) for name in named):
            return (), ""
        topic = "" if named else ", ".join(about.names)
    return about.articles, topic


def _holds(text: str, name: str) -> bool:
    return bool(re.search(rf"\b{re.escape(name)}\b", text))


def about_answer(answer: GivenAnswer) -> Subject:
    """What a reply to an answer is about; an abstention has no article to be looked at."""
    names = answer.names or _by_titles(answer.citations[:1])
    if not answer.answerable:
        return Subject(names)
    called = [word for one in answer.citations for word in (one.title, *one.partners)]
    words = " ".join([answer.question, answer.topic, *names, *called]).casefold()
    return Subject(names, tuple(dict.fromkeys(one.article_id for one in answer.citations)), words)


def about_articles(articles: Mapping[int, Article], partners: Sequence[str]) -> Subject:
    """What a reply to an alert or a digest is about, whose articles name `partners`.

    Under a digest nothing may be left unsaid: nobody can tell which of its stories is meant.
    """
    names = tuple(partners[:MAX_NAMES]) or _by_titles([*articles.values()])
    called = [word for one in articles.values() for word in (one.title, *one.partners)]
    return Subject(
        names if len(articles) == 1 else (),
        tuple(articles),
        " ".join([*partners, *called]).casefold(),
        "\n".join(one.body for one in articles.values()),
    )


def _by_titles(told: Sequence[Article | Citation]) -> tuple[str, ...]:
    """What articles that name no partner are about. A comma would make two names of one."""
    return tuple(filter(None, (clip(one.title.replace(",", ""), TOPIC_UNITS) for one in told)))


def given(answer: Answer, inquiry: Inquiry, topic: str, known: frozenset[str], now: float) -> GivenAnswer:
    """The answer as it will be remembered."""
    partners = answer.citations[0].partners if answer.answerable and answer.citations else ()
    turn = turn_after(inquiry.question, topic, partners, known)
    cited = {citation.article_id for citation in answer.citations}
    least = NEAR * max((hit.score for hit in answer.hits), default=0.0)
    further = [i for i in dict.fromkeys(hit.article_id for hit in answer.hits if hit.score >= least) if i not in cited]
    return GivenAnswer(
        token=new_token(),
        place=inquiry.place,
        user_id=inquiry.sender.id,
        question_id=inquiry.message_id,
        origin=inquiry.origin,
        question=inquiry.question,
        topic=topic,
        names=_apart(turn.names),
        language=answer.language,
        answerable=answer.answerable,
        confidence=answer.confidence,
        notice=answer.notice,
        quotes=answer.quotes,
        citations=answer.citations,
        further=tuple(further[:FURTHER]),
        created_at=now,
        seconds=max(now - inquiry.arrived, 0.0),
        lead=answer.lead,
    )


def _apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without those that stand in another of them: "BMW" in "BMW Group Region China"."""
    return tuple(name for name in names if not any(name != other and f" {name} " in f" {other} " for other in names))


def given_again(
    answer: GivenAnswer, place: Place, user_id: int, message_id: int, origin: Origin, now: float
) -> GivenAnswer:
    """The same answer, shown in another place: it is asked about, judged and followed there by itself."""
    return replace(
        answer, token=new_token(), place=place, user_id=user_id, question_id=message_id, origin=origin, created_at=now
    )


def is_only_names(question: str, known: frozenset[str]) -> bool:
    """Whether nothing but names was said: "BMW" wants to see what there is about it."""
    named = " ".join(names_in(question, known))
    return bool(named) and re.findall(r"\w+", question) == re.findall(r"\w+", named)


def too_long(question: str, most: int) -> bool:
    """Whether a question is longer than what is read of it."""
    return units(question) > most
