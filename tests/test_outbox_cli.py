"""`warta outbox …` and `warta alerts …`, as a person types them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from stage import GRAB, NEWS, opened

from bot import cli
from bot.chats import BotStore
from bot.follows import Follows
from bot.outbox import MOST_LOST, Outbox
from bot.outbox_cli import _first_day
from bot.records import UNWANTED, AlertState, Place
from bot.restored import RESTORED
from index.interests import interest_of
from tests.commands import RunCommand, runner
from tests.fakes import fake_engine

ROOT = Path(__file__).resolve().parent.parent
REDAKSI, SARI = -100123, 7
DAY = 86_400.0


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def warta(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    assert cli.warta.name == "warta"
    return runner(data, fake_engine(), monkeypatch, capsys)


@pytest.fixture
def box(data: Path) -> Iterator[Outbox]:
    """Five alerts: 1 sent, 2 dead, 3 waiting, 4 with an unknown outcome, all to a group; 5 waiting, of a person."""
    with opened(data) as warta:
        list(warta.ingest([*NEWS]))
    with BotStore(data / "warta.db") as store:
        store.see_chat(REDAKSI, "supergroup", "Redaksi\x1b[31m <b>")
        box, now = Outbox(store), time.time() - DAY
        for number, article in enumerate((1, 2, 3, 99), 1):
            assert box.enqueue("alert", Place(REDAKSI), number, article, ["BMW"], [1], now)
        assert box.enqueue("alert", Place(SARI), 1, 1, ["BMW"], [2], now)
        rows = {row.id: row for row in box.rows()}
        for number in (1, 4):
            assert box.take([rows[number]], now)
        box.sent([rows[1]], 70, now)
        for _ in range(MOST_LOST):
            box.lost([rows[4]], 0.0, now, "ReadTimeout")
            box.take([rows[4]], now)
        box.dead([rows[2]], now, "Bad Request: wrong\nfile")
        yield box


def states(box: Outbox) -> dict[int, AlertState]:
    return {row.id: row.state for row in box.rows()}


def test_an_empty_outbox(warta: RunCommand) -> None:
    ran = warta("outbox", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "queued: 0, sending: 0, sent: 0, unknown: 0, dead: 0; sends with an unknown outcome: 0\n"


def test_the_list_says_how_each_is_and_counts(warta: RunCommand, box: Outbox) -> None:
    ran = warta("outbox", "list")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "5 alert for chat 7: queued, attempts: 0, made 1 day ago",
        f"  {NEWS[0].title}",
        "4 alert for Redaksi[31m <b> (-100123): unknown, attempts: 4, unknown outcomes: 4, made 1 day ago",
        "  article 99, which is gone or has no title",
        "  ReadTimeout",
        "3 alert for Redaksi[31m <b> (-100123): queued, attempts: 0, made 1 day ago",
        f"  {NEWS[2].title}",
        "2 alert for Redaksi[31m <b> (-100123): dead, attempts: 0, made 1 day ago",
        f"  {GRAB.title}",
        "  Bad Request: wrong file",
        "1 alert for Redaksi[31m <b> (-100123): sent, attempts: 1, made 1 day ago",
        f"  {NEWS[0].title}",
        "queued: 2, sending: 0, sent: 1, unknown: 1, dead: 1; sends with an unknown outcome: 4",
    ]


def test_the_list_as_json_of_one_state_or_chat(warta: RunCommand, box: Outbox) -> None:
    ran = warta("outbox", "list", "--state", "unknown", "--json")
    [row] = ran.json["alerts"]
    assert (row["id"], row["chat_id"], row["chat"], row["state"]) == (4, REDAKSI, "Redaksi\x1b[31m <b>", "unknown")
    assert (row["attempts"], row["unknowns"], row["detail"], row["title"]) == (4, 4, "ReadTimeout", "")
    assert row["age_s"] in range(86_400, 86_500)
    assert ran.json["counts"] == {"queued": 2, "sending": 0, "sent": 1, "unknown": 1, "dead": 1}
    assert ran.json["unknown_outcomes"] == 4
    assert len(ran.out.splitlines()) == 1
    listed = warta("outbox", "list", "--chat", str(REDAKSI), "--limit", "2", "--json").json["alerts"]
    assert [row["id"] for row in listed] == [4, 3]


def test_those_that_were_named_are_sent_again(warta: RunCommand, box: Outbox) -> None:
    ran = warta("outbox", "retry", "2", "4")
    assert (ran.code, ran.out, ran.err) == (0, "2 alerts retried\n", "")
    assert states(box) == {1: "sent", 2: "queued", 3: "queued", 4: "queued", 5: "queued"}
    # The count of unknown outcomes is never taken back.
    assert warta("outbox", "list", "--json").json["unknown_outcomes"] == 4


def test_all_dead_ones_are_sent_again_but_for_those_that_were_dropped(warta: RunCommand, box: Outbox) -> None:
    assert warta("outbox", "drop", "3").out == "1 alert dropped\n"
    assert warta("outbox", "retry", "--dead").out == "1 alert retried\n"
    assert states(box) == {1: "sent", 2: "queued", 3: "dead", 4: "unknown", 5: "queued"}
    assert warta("outbox", "retry", "--unknown", "--json").json == {"retried": 1, "left": []}
    assert states(box)[4] == "queued"
    assert warta("outbox", "retry", "3").code == 0
    assert states(box)[3] == "queued"


def test_what_waited_in_a_backup_is_sent_only_when_it_is_named(warta: RunCommand, box: Outbox) -> None:
    box.dead([row for row in box.rows() if row.id == 3], 0.0, RESTORED)
    assert warta("outbox", "retry", "--dead").out == "1 alert retried\n"
    assert states(box)[3] == "dead"
    assert warta("outbox", "retry", "3").code == 0
    assert states(box)[3] == "queued"


def test_what_was_muted_while_it_waited_stays_so(warta: RunCommand, box: Outbox) -> None:
    box.dead([row for row in box.rows() if row.id == 3], 0.0, UNWANTED)
    assert warta("outbox", "retry", "--dead").out == "1 alert retried\n"
    assert states(box)[3] == "dead"


def test_what_was_sent_or_is_not_there_is_left(warta: RunCommand, box: Outbox) -> None:
    before = states(box)
    ran = warta("outbox", "retry", "1", "3", "77", "2")
    assert (ran.code, ran.out) == (1, "1 alert retried\n")
    assert [line.partition(" ")[0] for line in ran.err.splitlines()] == ["1", "3", "77"]
    assert states(box) == before | {2: "queued"}
    ran = warta("outbox", "drop", "1", "5", "--json")
    assert (ran.code, ran.json) == (1, {"dropped": 1, "left": [1]})
    assert states(box)[1] == "sent"


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry"], ["drop"], ["retry", "x"], ["drop", "0"], ["list", "--state", "lost"], ["list", "--limit", "0"],
        ["list", "--chat", "Redaksi"],
    ],
)  # fmt: skip
def test_wrong_use_is_exit_2(warta: RunCommand, box: Outbox, arguments: list[str]) -> None:
    before = states(box)
    assert warta("outbox", *arguments).code == 2
    assert states(box) == before


def test_help_is_there_at_once(tmp_path: Path) -> None:
    code = "import sys\nfrom bot.cli import warta\nfrom index.cli import run\nrun(['outbox', 'list', '--help'])\n"
    code += "print({'telegram', 'numpy', 'sqlite_utils', 'httpx', 'rich'} & {*sys.modules})"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert ran.stdout.startswith("Usage: warta outbox list")
    assert ran.stdout.endswith("\nset()\n"), ran.stdout + ran.stderr


# warta alerts preview


@pytest.fixture
def follows(data: Path) -> Iterator[Follows]:
    """A group that follows BMW, Grab in one of its topics, and BMW there again; Sari has muted Tiket.com."""
    with opened(data) as warta:
        list(warta.ingest([*NEWS]))
    with BotStore(data / "warta.db") as store:
        store.see_chat(REDAKSI, "supergroup", "Redaksi")
        follows = Follows(store)
        for place, pattern in ((Place(REDAKSI), "BMW"), (Place(REDAKSI, 5), "bmw"), (Place(REDAKSI, 5), "Grab")):
            assert follows.add(place, interest_of("partner", pattern), 1, 0.0)
        assert follows.add(Place(SARI), interest_of("partner", "Tiket.com"), 1, 0.0)
        follows.pause(4, True)
        yield follows


def test_what_each_chat_would_have_got(warta: RunCommand, follows: Follows) -> None:
    ran = warta("alerts", "preview", "--since", "2020-10")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Redaksi (-100123)",
        "  BMW: 1 since 2020-10-01",
        f"    2020-10-21 · ANTARA · {NEWS[0].title}",
        "  Grab: 0 since 2020-10-01",
    ]
    follows.pause(4, False)
    [group, sari] = warta("alerts", "preview", "--since", "2019", "--json").json["chats"]
    assert (group["chat_id"], group["chat"], sari["chat_id"], sari["chat"]) == (REDAKSI, "Redaksi", SARI, "")
    assert [[story["url"] for story in one["stories"]] for one in group["follows"]] == [[NEWS[0].url], [GRAB.url]]
    alone = warta("alerts", "preview", "--since", "2019", "--chat", str(SARI), "--json").json
    assert alone == {"since": "2019-01-01", "chats": [sari]}


def test_what_words_would_find(warta: RunCommand, follows: Follows) -> None:
    ran = warta("alerts", "preview", "--since", "2019", "--follow", "Grab, kantor +nikel")
    assert ran.out.splitlines() == [
        "Grab: 1 since 2019-01-01",
        f"  2019-07-29 · {GRAB.publisher} · {GRAB.title}",
        "kantor +nikel: 0 since 2019-01-01",
    ]
    [chat] = warta("alerts", "preview", "--follow", "Grab", "--json").json["chats"]
    assert chat["follows"] == [{"kind": "partner", "follow": "Grab", "stories": []}]


def test_nothing_is_followed(warta: RunCommand, follows: Follows) -> None:
    ran = warta("alerts", "preview", "--chat", "5")
    assert (ran.code, ran.out.startswith("nothing is followed")) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [["--since", "gestern"], ["--since", "7x"], ["--since", "2021-13"], ["--follow", "-nikel"], ["--follow", "dan"]],
)
def test_a_wrong_preview_is_exit_2(warta: RunCommand, follows: Follows, arguments: list[str]) -> None:
    ran = warta("alerts", "preview", *arguments)
    assert ran.code == 2
    assert arguments[0] in ran.err


def test_a_span_is_days_or_weeks_back() -> None:
    now = datetime(2021, 5, 23, 1, tzinfo=UTC)
    spans = {"7d": date(2021, 5, 16), "2W": date(2021, 5, 9), " 0d ": date(2021, 5, 23), "2020-02": date(2020, 2, 1)}
    assert {words: _first_day(words, now) for words in spans} == spans
