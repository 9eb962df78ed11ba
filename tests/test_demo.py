"""The first look that anybody takes: all of its questions but the last are answered, as the sample news have it."""

from __future__ import annotations

from pathlib import Path

from index.demo import QUESTIONS, SAMPLES
from index.pipeline import Warta
from index.settings import Settings

ANSWERS = ("Pada Oktober 2020", "Eric Yap", "Rp9.450", "US$ 150 juta", "")


def test_the_questions_of_the_demo_are_answered_but_the_last(tmp_path: Path, model_cache: Path) -> None:
    with Warta(Settings(data=tmp_path, cache=model_cache, threads=1)) as warta:
        assert {outcome.status for outcome in warta.add([str(SAMPLES)])} == {"new"}
        answers = [warta.ask(question) for question in QUESTIONS]
    assert [answer.answerable for answer in answers] == [True, True, True, True, False]
    for answer, told in zip(answers, ANSWERS, strict=True):
        assert told in (answer.quotes[0].text if answer.quotes else ""), answer.question
