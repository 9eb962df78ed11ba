"""Stored articles against what is followed, and what else is told of them."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import ModelMismatchError
from index.ingest import check_model
from index.interests import Interest
from index.lexical import LexicalSearch
from index.matching import Matched, Matcher
from index.names import NameBook
from index.pipeline import Warta
from index.seen import Seen, seen
from index.standing import StandingQuestions, standing
from index.store import State
from index.types import Article

CHANGES = 200
"""Changes of chunks after which the questions are weighed anew against what the index holds."""
RELATED = 3.5
"""Standard deviations above what the article's first passage scores anyway, from which another one is related: over
news-dev and the samples, what lies below is about something else."""
_NEAREST = 10
"""Chunks of each language that are looked at for one related article: some are of the same article or story."""


class Watch:
    """Matches articles with interests. For the thread that its Warta belongs to."""

    def __init__(self, warta: Warta, interests: Sequence[Interest], book: NameBook) -> None:
        """Nothing is embedded before the first `match`."""
        self._warta, self._interests, self._book = warta, interests, book
        self._texts = [one.question for one in interests if one.kind == "question"]
        self._matcher: Matcher | None = None
        self._state: State | None = None

    def match(self, article_ids: Sequence[int]) -> dict[int, tuple[Seen, list[Matched]]]:
        """What each article meets; of those that are gone or have no vectors yet, nothing is said.

        Raises ModelMismatchError while the store's vectors are of another model, StoreError, EmbedderError.
        """
        store, served = self._warta.store, self._warta.serving
        matcher = self._current()
        found = {one.id: (one, matcher.matches(one)) for one in seen(store, article_ids, served.fingerprint)}
        check_model(store, served.fingerprint)  # else what was asked for had no vectors of that name any more
        return found

    def _current(self) -> Matcher:
        state = self._warta.store.state()
        if self._matcher is None or (self._texts and self._is_old(state)):
            questions = self._questions() if self._texts else None
            self._matcher, self._state = Matcher(self._interests, self._book, questions), state
        return self._matcher

    def _is_old(self, state: State) -> bool:
        before = self._state
        if before is None or state.last - before.last > CHANGES:
            return True
        return state != before and self._warta.store.mark(before.last) != before.mark  # a reindex changes the past

    def _questions(self) -> StandingQuestions:
        warta = self._warta
        served = warta.serving
        if served.engine.missing:
            raise ModelMismatchError(warta.mismatch)
        texts = [standing(text, served.query_vector) for text in self._texts]
        with served.live.current(warta.store) as held:
            if held is None:  # another model's since the questions were embedded
                check_model(warta.store, served.fingerprint)
            dense, words = (held.dense, held.words) if held else (served.live.dense, None)
            return StandingQuestions(texts, dense, LexicalSearch(warta.store, words).idf)


def related(warta: Warta, article_id: int, limit: int) -> list[tuple[int, Article]]:
    """Other articles to read with one: the latest of its story first, then the nearest, one of each other story.

    Raises StoreError.
    """
    store, served = warta.store, warta.serving
    with served.live.current(store) as held:
        story = store.story_of(article_id)
        lead = store.lead_vector(article_id, served.fingerprint)
        found = [i for i in reversed(store.articles_of_story(story)) if i != article_id] if story is not None else []
        if held is not None and lead is not None and len(found) < limit:
            near = held.dense.search(lead, _NEAREST * limit, held.dense.languages)
            articles = store.articles_of(near)
            # Of a model without a background, deviations of a young index mean nothing.
            least = RELATED if held.dense.background.passages else float("-inf")
            closest = [i for i in sorted(near, key=lambda i: -near[i]) if near[i] >= least]
            ranked = dict.fromkeys(articles[i] for i in closest if i in articles)
            stories = store.stories_of(ranked)
            told = {story}
            for number in ranked:
                of = stories.get(number)
                if number != article_id and (of is None or of not in told):
                    told.add(of)
                    found.append(number)
        articles_found = store.articles(found[:limit])
    return [(number, articles_found[number]) for number in found[:limit] if number in articles_found]
