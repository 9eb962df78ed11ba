"""The command line, with an embedder whose meaning can be read off the words: output, errors and exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index import __version__
from index.console import json_line, rows_of, safe_line, safe_text, show_answer, size_words
from index.errors import EmbedderError, StoreError
from index.eval_system import WartaSystem
from index.pipeline import Warta
from index.settings import Settings
from index.types import Answer, Citation, Quote
from tests.commands import RunCommand, runner
from tests.fakes import fake_engine

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "index" / "samples" / "articles.jsonl"
GRAB: dict[str, Any] = {
    "id": "grab",
    "title": "Grab dan PT KAI Membuka GrabVenue",
    "text": "Grab membuka GrabVenue di 49 stasiun kereta.\n\nManaging Director Grab Indonesia Ridzki Kramadibrata "
    "menyatakan kemitraan itu menghemat waktu.",
    "lang": "id",
    "publisher": "DailySocial",
    "date": "2017-12-23",
    "url": "https://example.com/grab",
    "partners": ["Grab", "PT KAI"],
}
LUNA: dict[str, Any] = {
    "id": "luna",
    "title": "Luna G8 Assembled by PT ETI",
    "text": "The Luna G8 phone is made in Semarang by PT ETI.\n\nFoxconn made the Luna V in November 2016.",
    "lang": "en",
    "publisher": "CNN Indonesia",
    "date": "2017-12-17",
    "url": "https://example.com/luna",
    "partners": ["Luna", "PT ETI"],
}
QUESTION = "GrabVenue ada di berapa stasiun kereta?"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def warta(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    """Run a command on the test's data folder, with the fake engine in the model's place."""
    return runner(data, fake_engine(), monkeypatch, capsys)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for record in (GRAB, LUNA):
        (folder / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


@pytest.fixture
def filled(warta: RunCommand, files: Path) -> RunCommand:
    assert warta("add", str(files)).code == 0
    return warta


# Options and errors


def test_version_and_help(warta: RunCommand) -> None:
    assert warta("--version") == (0, f"warta {__version__}\n", "")
    shown = warta("--help")
    assert shown.code == 0
    assert "add" in shown.out
    assert warta("ask", "--help").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["--nonsense"],
        ["add"],
        ["ask"],
        ["ask", "  "],
        ["ask", "Kapan?", "--lang", "fr"],
        ["ask", "Kapan?", "--since", "2022", "--until", "2021-05"],
        ["eval", "somewhere", "--limit", "0"],
    ],
)
def test_wrong_use_is_exit_2(warta: RunCommand, data: Path, arguments: list[str]) -> None:
    ran = warta(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert not data.exists()


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("date", ["kemarin", "2021-13", "2021-02-30", "", "20210"])
def test_a_wrong_date_names_its_option(warta: RunCommand, option: str, date: str) -> None:
    ran = warta("ask", "Kapan?", option, date)
    assert ran.code == 2
    assert f"'{option}'" in ran.err
    assert "2021-05-23" in ran.err


def test_an_unknown_setting_is_named(warta: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARTA_TRHEADS", "2")
    ran = warta("stats")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("warta: WARTA_TRHEADS ")
    assert ran.err.count("\n") == 1


def test_errors_are_one_line_and_debug_shows_where(filled: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Answer:
        raise EmbedderError("the model\nis gone\x1b[31m; build it again")

    monkeypatch.setattr(Warta, "ask", broken)
    assert filled("ask", QUESTION) == (1, "", "warta: the model is gone[31m; build it again\n")
    with pytest.raises(EmbedderError):
        filled("--debug", "ask", QUESTION)


def test_an_unforeseen_error_is_one_line_too(filled: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Answer] = {}
    monkeypatch.setattr(Warta, "ask", lambda *_, **__: nothing["nothing"])
    ran = filled("ask", QUESTION)
    assert ran.code == 1
    assert ran.err == "warta: KeyError: 'nothing'; this is a mistake in warta, `warta --debug` shows where\n"


def test_an_interruption_is_130(filled: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(Warta, "ask", interrupted)
    ran = filled("ask", QUESTION)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.startswith("warta: stopped")


def test_a_closed_pipe_is_quiet(filled: RunCommand, data: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "index", "stats", "--data", str(data)],
            cwd=ROOT,
            stdout=closed,
            stderr=subprocess.PIPE,
        )
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_the_data_folder_may_be_named_before_and_after_the_command(filled: RunCommand, tmp_path: Path) -> None:
    other = str(tmp_path / "other")
    assert filled("stats", "--json").json["articles"] == 2
    assert filled("stats", "--json", "--data", other).json["articles"] == 0
    assert filled("--data", other, "stats", "--json").json["articles"] == 0
    assert filled("--data", "nowhere", "stats", "--json", "--data", other).json["articles"] == 0


# add


def test_add_counts_and_says_each_failure(warta: RunCommand, files: Path) -> None:
    (files / "broken.json").write_text("{", encoding="utf-8")
    ran = warta("add", str(files))
    assert ran.code == 1
    assert ran.out == "2 new, 0 changed, 0 unchanged, 0 duplicates, 1 failed\n"
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"{files}/broken.json: not valid JSON")
    (files / "broken.json").unlink()
    (files / "luna.json").write_text(json.dumps(LUNA | {"text": LUNA["text"] + " It is black."}), encoding="utf-8")
    again = warta("add", str(files), "-v")
    assert again == (
        0,
        "0 new, 1 changed, 1 unchanged, 0 duplicates, 0 failed\n",
        f"changed: Luna G8 Assembled by PT ETI ({files}/luna.json#luna)\n",
    )


def test_add_as_json(warta: RunCommand, files: Path) -> None:
    (files / "empty.txt").write_text("", encoding="utf-8")
    ran = warta("add", str(files), "--json")
    assert ran.code == 1
    record = ran.json
    assert list(record) == [
        "new",
        "changed",
        "unchanged",
        "duplicate",
        "failed",
        "pages",
        "articles_per_s",
        "chunks_per_s",
    ]
    assert (record["new"], record["changed"], record["unchanged"], record["duplicate"]) == (2, 0, 0, 0)
    assert [failure["reason"] for failure in record["failed"]] == [
        f"{files}/empty.txt: the file is empty; nothing was read"
    ]
    assert record["articles_per_s"] > 0


def test_adding_nothing_is_an_error(warta: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    for path in ("bare", "absent.txt"):
        ran = warta("add", str(tmp_path / path))
        assert ran.code == 1
        assert ran.err.count("\n") == 1


# ask


def test_ask_prints_the_answer_and_nothing_else(filled: RunCommand, data: Path) -> None:
    ran = filled("ask", QUESTION)
    with Warta(settings_of(data), fake_engine()) as opened:
        assert ran == (0, opened.ask(QUESTION).text + "\n", "")
    assert "49 stasiun" in ran.out
    assert "DailySocial" in ran.out


def settings_of(data: Path) -> Settings:
    return Settings.from_env({}, data)


def test_ask_as_json_keeps_the_contract(filled: RunCommand) -> None:
    ran = filled("ask", QUESTION, "--json")
    assert ran.code == 0
    assert ran.out.count("\n") == 1
    record = ran.json
    assert list(record) == [
        "question", "language", "answerable", "confidence", "answer", "quotes", "citations", "hits", "timings_ms",
    ]  # fmt: skip
    assert (record["question"], record["language"], record["answerable"]) == (QUESTION, "id", True)
    assert record["quotes"][0] == {
        "n": 1,
        "text": "Grab membuka GrabVenue di 49 stasiun kereta.",
        "article_id": 1,
        "start": 0,
        "end": 44,
    }
    assert record["citations"] == [
        {
            "n": 1,
            "article_id": 1,
            "title": GRAB["title"],
            "publisher": "DailySocial",
            "published_at": "2017-12-23",
            "url": GRAB["url"],
            "link": record["citations"][0]["link"],
            "partners": ["Grab", "PT KAI"],
        }
    ]
    assert record["citations"][0]["link"].startswith("https://example.com/grab#:~:text=Grab%20membuka")
    assert set(record["hits"][0]) == {"article_id", "chunk_id", "score"}
    assert record["timings_ms"]["total"] > 0


def test_abstaining_is_exit_3_and_offers_the_nearest_articles(filled: RunCommand) -> None:
    question = "Which hydrogen SUV will Toyota launch?"
    ran = filled("ask", question)
    assert ran.code == 3
    assert ran.out.startswith("Sorry, I could not find")
    record = filled("ask", question, "--json").json
    assert (record["answerable"], record["quotes"]) == (False, [])
    assert record["citations"]


def test_the_language_of_the_answer_may_be_chosen(filled: RunCommand) -> None:
    assert filled("ask", QUESTION, "--lang", "en").out.startswith("According to DailySocial")
    assert filled("ask", QUESTION).out.startswith("Menurut DailySocial")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], {"grab", "luna"}),
        (["--partner", "pt kai"], {"grab"}),
        (["--publisher", "cnn indonesia"], {"luna"}),
        (["--since", "2017-12-20"], {"grab"}),
        (["--since", "20 Desember 2017"], {"grab"}),
        (["--until", "17 December 2017"], {"luna"}),
        (["--since", "2017", "--until", "2017-12"], {"grab", "luna"}),
        (["--until", "2016"], set()),
        (["--written-in", "id"], {"grab"}),
        (["--written-in", "en"], {"luna"}),
    ],
)
def test_filters(filled: RunCommand, filters: list[str], found: set[str]) -> None:
    record = filled("ask", "stasiun Luna", "--json", *filters).json
    names = {1: "grab", 2: "luna"}
    assert {names[hit["article_id"]] for hit in record["hits"]} == found


@pytest.mark.parametrize(
    ("question", "words"),
    [("Siapa CEO BMW?", "belum ada berita"), ("Who is the CEO of BMW?", "no news is stored")],
)
def test_asking_an_empty_index_says_what_to_do(warta: RunCommand, data: Path, question: str, words: str) -> None:
    absent = warta("ask", question)
    assert (absent.code, absent.out) == (1, "")
    assert words in absent.err
    assert "`warta demo`" in absent.err
    assert "`warta add " in absent.err
    assert absent.err.count("\n") == 1
    assert not data.exists()
    warta("stats")  # makes the folder
    assert warta("ask", question) == absent
    assert warta("chat").code == 1


def test_a_question_of_broken_bytes(filled: RunCommand) -> None:
    assert filled("ask", os.fsdecode(b"stasiun \xff\x00 Grab"), "--json").code in (0, 3)


def test_another_models_vectors_are_noticed(filled: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: fake_engine("fake/other"))
    ran = filled("ask", QUESTION)
    assert "fake/other" in ran.err
    assert filled("ask", QUESTION, "--json").json["notice"]


# What articles may not do to a terminal

HOSTILE = "[red]\x1b]0;owned\x07 \x9b31m[/] \u202etxt.exe\u2069 \u200bnol\U000e0041 👩‍👩‍👧 ok"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def hostile_answer() -> Answer:
    quote = Quote(1, HOSTILE, 1, 0, len(HOSTILE), "id")
    citation = Citation(1, 1, HOSTILE, "", "", "https://example.com/", "https://example.com/#" + "a" * 200)
    text = f"Kata mereka:\n“{HOSTILE}” [1]\n\nSumber:\n[1] {HOSTILE}\n    {citation.link}"
    return Answer("?", "id", True, 0.9, text, (quote,), (citation,), notice=HOSTILE)


def test_nothing_of_an_article_reaches_the_terminal_as_a_command(
    hostile_answer: Answer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    show_answer(hostile_answer)
    shown = capsys.readouterr()
    clean = "[red]]0;owned 31m[/] txt.exe nol 👩‍👩‍👧 ok"
    assert shown.err == f"{clean}\n"
    assert shown.out.count(clean) == 2
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show_answer(replace(hostile_answer, notice=""))
    coloured = screen.getvalue()
    assert "\x1b[1;36m[1]" in coloured
    assert "[red]" in coloured
    assert hostile_answer.citations[0].link in coloured  # in one piece, wider than the terminal
    for bad in ("\x1b]", "\x07", "\x9b", "\u202e", "\u2069", "\u200b"):
        assert bad not in coloured


def test_json_escapes_what_a_terminal_would_obey_and_loses_nothing() -> None:
    line = json_line({"text": HOSTILE + "\u2028\ud800 Rp1,8 triliun – “é”"})
    assert all(bad not in line for bad in "\x1b\x07\x9b\u202e\u2069\u200b\u2028\ud800")
    assert "Rp1,8 triliun – “é”" in line
    assert json.loads(line)["text"] == HOSTILE + "\u2028\ud800 Rp1,8 triliun – “é”"


def test_safe_text_keeps_lines_and_safe_line_does_not() -> None:
    assert safe_text("a\tb\r\nc\u2028d") == "a\tb\nc\nd"
    assert safe_line("a\tb\r\nc\u2028d") == "a b c d"


def test_tables_name_what_is_nested() -> None:
    record = {"queries": 3, "refusal": {"auroc": 0.51234}, "index_bytes": 1_500_000, "newest": "", "due": False}
    assert rows_of(record) == [
        ("queries", "3"),
        ("refusal auroc", "0.512"),
        ("index", "1.5 MB"),
        ("newest", "–"),
        ("due", "no"),
    ]
    assert [size_words(n) for n in (0, 999, 1000, 2_345_678_901, 10**13)] == [
        "0 bytes", "999 bytes", "1.0 kB", "2.3 GB", "10000.0 GB",
    ]  # fmt: skip


# chat and demo


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_chat_follows_up_and_forgets(filled: RunCommand, typed: Callable[[str], None]) -> None:
    typed(
        f"{QUESTION}\n\nSiapa managing directornya?\n/help\n/new\n"
        "Siapa managing directornya?\n/nonsense\n/quit\nLuna?\n"
    )
    ran = filled("chat")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("Tentang GrabVenue.\n") == 1
    assert ran.out.index("49 stasiun") < ran.out.index("Tentang GrabVenue.") < ran.out.index("/quit   ")
    assert "Luna" not in ran.out.split("/help menyebut")[1]


def test_chat_answers_courtesy_with_courtesy(filled: RunCommand, typed: Callable[[str], None]) -> None:
    typed(f"halo\nhi\n{QUESTION}\nterima kasih!\nSiapa managing directornya?\nWhere is the Luna G8 phone made?\nok\n")
    out = filled("chat").out
    greetings = [
        "Halo! Silakan tulis pertanyaan Anda tentang berita yang tersimpan.",
        "Hello! Just write your question about the stored news.",
    ]
    assert out.startswith("\n\n".join(greetings))
    assert out.count("Tentang GrabVenue.\n") == 1  # thanks change no topic
    assert out.endswith("\n\nYou are welcome.\n\n")
    assert out.count("Sama-sama.\n") == 1
    typed("halo\n")
    assert filled("chat", "--lang", "en").out == f"{greetings[1]}\n\n"
    typed("halo\n")
    assert len(filled("chat", "--json").out.splitlines()) == 1


def test_chat_as_json_is_a_line_an_answer(filled: RunCommand, typed: Callable[[str], None]) -> None:
    typed(f"{QUESTION}\n/new\nWhere is the Luna G8 phone made?\n")
    records = [json.loads(line) for line in filled("chat", "--json").out.splitlines()]
    assert [record["language"] for record in records] == ["id", "en"]
    assert "Semarang" in records[1]["answer"]


def test_an_error_does_not_end_a_chat(
    filled: RunCommand, typed: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Warta.ask

    def sometimes(self: Warta, question: str, *rest: Any, **named: Any) -> Answer:
        if question == "rusak":
            raise StoreError("the database is away; bring it back")
        return ask(self, question, *rest, **named)

    monkeypatch.setattr(Warta, "ask", sometimes)
    typed(f"rusak\n{QUESTION}\n")
    ran = filled("chat")
    assert ran.code == 0
    assert ran.err == "warta: the database is away; bring it back\n"
    assert "49 stasiun" in ran.out


def test_demo_keeps_to_its_own_folder_and_can_be_repeated(warta: RunCommand, data: Path) -> None:
    first, second = warta("demo"), warta("demo", "--json")
    assert (first.code, first.err, second.code) == (0, "", 0)
    assert first.out.count("\n› ") == 5
    assert "`warta add PATH`" in first.out
    assert len(second.out.splitlines()) == 5
    assert warta("stats", "--json").json["articles"] == 0
    assert warta("stats", "--json", "--data", str(data / "demo")).json["articles"] == 30


# reindex, stats, eval


@pytest.fixture
def niceness(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the command asked of the system; the tests themselves stay as nice as they are."""
    asked: list[int] = []
    monkeypatch.setattr("os.nice", asked.append)
    return asked


def test_reindex_tells_what_it_did(filled: RunCommand, niceness: list[int]) -> None:
    record = filled("reindex", "--json").json
    assert record.pop("seconds") >= 0
    assert record.pop("bytes_before") > 0
    assert record.pop("bytes_after") > 0
    assert record == {
        "articles": 2,
        "chunks": 2,
        "embedded": 0,
        "reused": 2,
        "swapped": True,
        "reason": "",
        "new_model": "",
    }
    assert filled("reindex", "--full").out == "2 articles, 2 passages: 2 embedded, 0 reused\n"
    assert niceness == [10, 10]


def test_reindex_says_that_another_model_took_over(
    filled: RunCommand, niceness: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: fake_engine("fake/other"))
    assert filled("reindex").out == ("2 articles, 2 passages: 2 embedded, 0 reused; the model is now fake/other\n")


def test_a_reindex_that_was_not_used_is_an_error(
    filled: RunCommand, niceness: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.candidate._broken", lambda *_: "vectors: none")
    ran = filled("reindex", "--full", "--json")
    assert (ran.code, ran.json["swapped"]) == (1, False)
    assert ran.err.startswith("warta: the new index is broken: vectors: none; the copy is kept in ")
    assert ran.err.endswith("; answers go on from the old index\n")


def test_quality_compares_with_the_last_time(filled: RunCommand, data: Path) -> None:
    sampled = filled("quality", "--json").json
    assert (sampled["questions"], sampled["answer_hit@1"], sampled["recall@5"]) == (2, None, 1.0)
    asked = {"text": QUESTION, "answers": ["49 stasiun"], "article": GRAB["url"]}
    (data / "quality.jsonl").write_text(json.dumps(asked))
    first = filled("quality", "--json").json
    assert (first["questions"], first["answer_hit@1"], first["recall@5"], first["worse"]) == (1, 1.0, 1.0, False)
    assert first.pop("previous") == {name: sampled[name] for name in first if name in sampled and name != "worse"}
    second = filled("quality", "--json").json
    assert second["previous"] == {name: first[name] for name in first if name != "worse"}
    assert "answer hit@1" in filled("quality").out
    (data / "quality.jsonl").write_text("[]")
    ran = filled("quality")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "quality.jsonl:1" in ran.err


def test_quality_of_nothing(warta: RunCommand, data: Path) -> None:
    ran = warta("quality")
    assert (ran.code, ran.out) == (1, "")
    assert "no news is stored" in ran.err
    assert not data.exists()


def test_the_doctor_says_what_it_mended(filled: RunCommand, data: Path) -> None:
    (data / "index" / "CURRENT").write_text("nonsense")
    ran = filled("doctor", "--json")
    assert (ran.code, ran.json["ok"], "mended" in ran.json) == (1, False, False)
    assert "wrote the snapshot anew" in filled("doctor", "--fix").out
    record = filled("doctor", "--fix", "--json").json
    assert (record["ok"], record["mended"]) == (True, [])


def test_stats(filled: RunCommand, data: Path) -> None:
    record = filled("stats", "--json").json
    assert record.pop("database_bytes") >= (data / "warta.db").stat().st_size
    assert record.pop("index_bytes") > 0
    assert record.pop("free_bytes") > 0
    assert record == {
        "articles": 2,
        "articles_7_days": 2,
        "chunks": 2,
        "by_language": {"en": 1, "id": 1},
        "by_publisher": {"CNN Indonesia": 1, "DailySocial": 1},
        "partners": 4,
        "sources": {"active": 0, "failing": 0, "off": 0},
        "oldest": "2017-12-17",
        "newest": "2017-12-23",
        "vectors": 2,
        "model": "fake/words",
        "settings_model": "fake/words",
        "due_for_reindex": False,
    }
    assert "by publisher CNN Indonesia" in filled("stats").out


def test_stats_say_when_a_reindex_is_due(filled: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: fake_engine("fake/other"))
    assert filled("stats", "--json").json["due_for_reindex"] is True
    said = " ".join(filled("stats").out.split())
    assert "index is of fake/words, settings name fake/other: warta reindex" in said


def test_stats_of_nothing(warta: RunCommand) -> None:
    record = warta("stats", "--json").json
    assert (record["articles"], record["oldest"], record["due_for_reindex"]) == (0, "", False)
    assert warta("stats").code == 0


def test_eval_runs_apart_and_prints_the_figures(warta: RunCommand, data: Path) -> None:
    folder = ROOT / "tests" / "eval" / "partner-news"
    ran = warta("eval", str(folder), "--limit", "8", "--json")
    assert ran.code == 0
    record = ran.json
    assert record["queries"] == 8
    assert record["recall@10"] > 0.7
    assert set(record["refusal"]) == {"auroc", "precision", "recall", "f1"}
    assert not data.exists()
    shown = warta("eval", str(folder), "--limit", "8").out
    assert f"{record['mrr@10']:.3f}" in shown


def test_eval_knows_the_partners_of_the_set(warta: RunCommand, tmp_path: Path) -> None:
    texts = {"a": "KlikACC menggandeng bank.", "b": "Di pusat kota, sebuah toko menggandeng siapa saja."}
    for name, rows in (
        ("corpus", [{"id": key, "title": "", "text": text, "lang": "id"} for key, text in texts.items()]),
        ("queries", [{"id": "q", "text": "Siapa menggandeng Toko Pusat?", "lang": "id", "answerable": True}]),
    ):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("q\ta\n", encoding="utf-8")
    assert warta("eval", str(tmp_path), "--json").json["recall@1"] == 0
    (tmp_path / "partners.txt").write_text("KlikACC = Toko Pusat\n", encoding="utf-8")
    assert warta("eval", str(tmp_path), "--json").json["recall@1"] == 1


def test_eval_says_what_is_missing(warta: RunCommand, tmp_path: Path) -> None:
    ran = warta("eval", str(tmp_path / "nowhere"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1


def test_the_adapter_decides_as_ask_does(filled: RunCommand, data: Path) -> None:
    with Warta(settings_of(data), fake_engine()) as opened:
        system = WartaSystem(opened)
        for question in (QUESTION, "Which hydrogen SUV will Toyota launch?"):
            trial, answer = system.try_question(question, None), opened.ask(question)
            assert (trial.answerable, trial.confidence) == (answer.answerable, answer.confidence)
            assert trial.hits == answer.hits
        assert system.chunk_count() == 2
