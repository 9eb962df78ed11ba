"""`warta source …`, `warta sync`, `warta add URL` and `warta eval-extract`, as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from newsroom import Newsroom, words_of
from web import Clock, Internet, Reply, Site, html, redirect

from index.errors import EmbedderError, SettingsError, StoreBusyError
from index.following import health, next_look, span_words
from index.reading import fetcher_for
from index.settings import Settings
from index.sources.book import SourceBook
from index.sources.fetch import Fetcher, FetchSettings, PermanentFetchError
from index.sources.schedule import DAY
from index.sync import LOCK
from index.syncing import keep_on
from tests.commands import RunCommand, runner
from tests.fakes import fake_engine
from tests.test_schedule import NOW, SOURCE

ROOT = "http://berita.example"
REPO = Path(__file__).resolve().parent.parent


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def room(site: Site) -> Newsroom:
    return Newsroom(site, ROOT)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def warta(data: Path, site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    """Runs a command on the test's data folder, in the test's internet, with the fake engine in the model's place."""
    internet, clock = Internet({"berita.example": site}), Clock()

    def door(settings: Settings, sleep: object = None) -> Fetcher:
        return Fetcher(FetchSettings(), resolver=internet.resolve, now=clock.now, sleep=clock.sleep, network=internet)

    for module in ("index.reading", "index.syncing"):
        monkeypatch.setattr(f"{module}.fetcher_for", door)
    return runner(data, fake_engine(), monkeypatch, capsys)


@pytest.fixture
def followed(warta: RunCommand, room: Newsroom) -> RunCommand:
    room.article(1)
    room.article(2)
    room.feed("/rss", [room.item(2), room.item(1)], title="Kabar Contoh")
    assert warta("source", "add", f"{ROOT}/rss").code == 0
    return warta


# source


def test_add_a_feed(warta: RunCommand, room: Newsroom) -> None:
    room.feed("/rss", [room.item(1)], title="Kabar Contoh")
    added = warta("source", "add", f"{ROOT}/rss")
    said = f"source 1, feed: Kabar Contoh ({ROOT}/rss), 1 items now; looked at every 10 minutes by `warta sync`\n"
    assert added == (0, said, "")
    again = warta("source", "add", f"{ROOT}/rss", "--json")
    assert again.json["said"] == f"{ROOT}/rss is followed already, as source 1"


def test_add_a_home_page_follows_its_feed(warta: RunCommand, site: Site, room: Newsroom) -> None:
    room.feed("/rss", [room.item(1)])
    room.feed("/comments/feed", [room.item(2)])
    link = '<link rel="alternate" type="application/rss+xml" href="{}">'
    links = "".join(f'<a href="{room.path(n)}">{room.title(n)}</a>' for n in (1, 2, 3))
    heads = "".join(link.format(path) for path in ("/comments/feed", "/dead", "/rss"))
    site.put("/", html(f"<html><head>{heads}</head><body>{links}</body></html>"))
    added = warta("source", "add", f"{ROOT}/")
    assert added.out.startswith(
        f"{ROOT}/ names this feed, which is followed instead: source 1, feed: Kabar ({ROOT}/rss)"
    )
    as_page = warta("source", "add", f"{ROOT}/", "--kind", "page", "--every", "45", "--json").json
    assert (as_page["kind"], as_page["every_minutes"]) == ("page", 45.0)


def test_add_stores_the_place_it_moved_to(warta: RunCommand, site: Site, room: Newsroom) -> None:
    site.put("/old", redirect("/rss", 301))
    room.feed("/rss", [room.item(1)])
    added = warta("source", "add", f"{ROOT}/old", "--json").json
    assert added["url"] == f"{ROOT}/rss"
    assert "instead" not in added["said"]


def test_add_tells_each_failure_and_goes_on(warta: RunCommand, room: Newsroom) -> None:
    room.feed("/rss", [room.item(1)])
    added = warta("source", "add", f"{ROOT}/none", "file:///etc/passwd", "http://127.0.0.1/", f"{ROOT}/rss")
    assert added.code == 1
    assert [line.split(" ")[0] for line in added.err.splitlines()] == [
        f"{ROOT}/none:", "file:///etc/passwd:", "127.0.0.1",
    ]  # fmt: skip
    assert added.out.startswith("source 1")


def test_a_feeds_title_cannot_move_the_cursor(warta: RunCommand, site: Site, room: Newsroom) -> None:
    room.feed("/rss", [room.item(1)], title="&#x9b;2JKabar&#x202e;")
    assert "Kabar" in warta("source", "add", f"{ROOT}/rss").out
    shown = warta("source", "list").out
    assert not {"\x9b", "\u202e", "\x1b"} & set(shown)


def test_add_switches_a_dead_one_on(followed: RunCommand, data: Path) -> None:
    with SourceBook(data / "warta.db") as book:
        book.update(1, active=False, failures=20, failing_since=1.0, last_error="410 Gone")
    assert json.loads(followed("source", "list", "--json").out)["sources"][0]["next"] == "never"
    assert followed("source", "add", f"{ROOT}/rss", "--publisher", "Contoh").out == (
        f"{ROOT}/rss is switched on again, as source 1\n"
    )
    [one] = followed("source", "list", "--json").json["sources"]
    assert (one["active"], one["failures"], one["next"], one["publisher"]) == (True, 0, "now", "Contoh")


def test_list(warta: RunCommand, followed: RunCommand, site: Site, room: Newsroom) -> None:
    site.put(room.path(2), Reply(404))
    followed("sync")
    [one] = followed("source", "list", "--json").json["sources"]
    assert (one["health"], one["articles"], one["failed"]) == ("well, read a moment ago", 1, 1)
    assert one["next"] in ("in 10 minutes", "in 9 minutes")
    assert "404" in one["last_failure"]["reason"]
    shown = followed("source", "list").out.splitlines()
    assert shown[0] == f"1 feed: Kabar Contoh {ROOT}/rss"
    assert shown[1].startswith("  well, read a moment ago; articles: 1, failed: 1; next look in ")
    assert shown[2].startswith(f"  last failure: {room.url(2)}: the server answers 404")


def test_list_of_nothing(warta: RunCommand) -> None:
    assert warta("source", "list").out == "no source is followed yet: add one with `warta source add URL`\n"


def test_remove(followed: RunCommand) -> None:
    assert followed("source", "remove", "7").err == (
        "warta: 7: no such source; `warta source list` tells their numbers and addresses\n"
    )
    assert followed("source", "remove", "1").out == f"{ROOT}/rss is not followed any more; its articles stay\n"
    assert followed("source", "list", "--json").json == {"sources": []}
    assert followed("source", "remove", f"{ROOT}/rss").code == 1


def test_lists_go_out_and_come_back(followed: RunCommand, tmp_path: Path) -> None:
    file = tmp_path / "a.opml"
    assert followed("source", "export", str(file)).out == f"1 source in {file}\n"
    assert followed("source", "import", str(file)).out == "0 sources added, 1 known already, 0 failed\n"
    followed("source", "remove", "1")
    text = file.read_text(encoding="utf-8").replace("</body>", '<outline xmlUrl="file:///etc/passwd"/></body>')
    file.write_text(text, encoding="utf-8")
    done = followed("source", "import", str(file), "--json")
    assert (done.code, done.json["added"], len(done.json["failed"])) == (1, 1, 1)
    assert "only http:// and https://" in done.err
    [one] = followed("source", "list", "--json").json["sources"]
    assert (one["url"], one["title"]) == (f"{ROOT}/rss", "Kabar Contoh")
    assert sorted(os.listdir(tmp_path)) == ["a.opml", "data"]


def test_lists_that_are_none(warta: RunCommand, tmp_path: Path) -> None:
    assert "no such file" in warta("source", "import", str(tmp_path / "none")).err.lower()
    assert warta("source", "export", str(tmp_path / "no" / "a.opml")).code == 1


# sync


def test_sync(followed: RunCommand) -> None:
    assert followed("sync") == (0, "1 source: 2 new, 0 changed, 0 unchanged, 0 duplicates, 0 failed\n", "")
    assert followed("sync").out.startswith("nothing is due; the next source is in ")
    again = followed("sync", "--all", "--json")
    assert (again.code, again.json["sources"], again.json["new"], again.json["failed"]) == (0, 1, 0, [])
    assert followed("sync", "1").code == followed("sync", f"{ROOT}/rss").code == 0
    assert followed("ask", "Siapa meresmikan gudang di kota Contoh1?").code in (0, 3)


def test_sync_tells_what_is_broken_and_does_the_rest(followed: RunCommand, site: Site, room: Newsroom) -> None:
    room.feed("/b", [room.item(1)])
    followed("source", "add", f"{ROOT}/b")
    site.put("/b", Reply(500))
    site.put(room.path(2), Reply(404))
    ran = followed("sync")
    assert ran.code == 0
    assert ran.out == "2 sources (1 not readable): 1 new, 0 changed, 0 unchanged, 0 duplicates, 1 failed\n"
    assert sorted(line.partition(": ")[0] for line in ran.err.splitlines()) == sorted([f"{ROOT}/b", room.url(2)])


def test_sync_that_can_do_nothing(warta: RunCommand, followed: RunCommand, site: Site, data: Path) -> None:
    site.put("/rss", Reply(500))
    assert followed("sync").code == 1
    assert followed("sync", "9").code == 1
    with FileLock(data / LOCK):
        second = followed("sync", "--all")
    assert (second.code, second.err) == (
        1, f"warta: another sync of {data} is running; it brings the news, wait for it to finish\n",
    )  # fmt: skip


def test_sync_without_sources(warta: RunCommand) -> None:
    assert warta("sync") == (1, "", "warta: no source is followed yet; add one with `warta source add URL`\n")


def test_going_on() -> None:
    begun: list[float] = []
    waits: list[float] = []
    clock = Clock()

    def work() -> None:
        begun.append(clock.now())
        clock.pass_(20 if len(begun) == 1 else 700)
        if len(begun) == 2:
            raise StoreBusyError("busy")

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        clock.pass_(seconds)
        return len(begun) == 3

    keep_on(work, 300.0, wait, clock.now)
    assert [at - begun[0] for at in begun] == [0, 300, 1001]
    assert waits == [280, 1, 1]  # what takes longer than the pause has a second to be interrupted in


def test_going_on_ends_where_it_has_no_sense() -> None:
    def broken() -> None:
        raise EmbedderError("no model")

    with pytest.raises(EmbedderError):
        keep_on(broken, 300.0, lambda seconds: False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_every_runs_until_it_is_told_to_stop(room: Newsroom, site: Site, tmp_path: Path, number: int) -> None:
    room.feed("/rss", [])
    with SourceBook(tmp_path / "warta.db") as book:
        book.add(f"{site.url}/rss", "feed", now=0.0, every=600.0)
    env = {**os.environ, "WARTA_FETCH_ALLOW": "127.0.0.1", "WARTA_CONTACT_URL": "https://warta.example/tentang"}
    path = os.pathsep.join(filter(None, [str(REPO), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "index", "sync", "--every", "5", "--data", str(tmp_path)]
    with subprocess.Popen(
        command, env={**env, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1 source: 0 new, 0 changed, 0 unchanged, 0 duplicates, 0 failed\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "warta: stopped; what was stored before stays\n")
    assert site.asked[-1].headers["user-agent"].endswith("(+https://warta.example/tentang)")


# add, eval-extract


def test_add_a_page(warta: RunCommand, room: Newsroom) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)])
    assert warta("add", room.url(1)).out == "1 new, 0 changed, 0 unchanged, 0 duplicates, 0 failed\n"
    assert warta("add", room.url(1)).out == "0 new, 0 changed, 1 unchanged, 0 duplicates, 0 failed\n"
    room.feed("/rss", [room.item(1)])
    refused = warta("add", f"{ROOT}/rss", "http://[::1]/", "ftp://berita.example/a")
    assert refused.code == 1
    lines = refused.err.splitlines()
    assert lines[0] == f"{ROOT}/rss: a feed or sitemap and not an article; follow it with `warta source add`"
    assert "this machine itself" in lines[1]
    assert "only http:// and https://" in lines[2]


def test_add_a_pdf(warta: RunCommand, site: Site) -> None:
    pytest.importorskip("pypdf")
    from test_pdf import pdf_of

    site.put("/a.pdf", Reply(200, {"Content-Type": "application/pdf"}, pdf_of(["Laporan Contoh", *words_of(1)])))
    assert warta("add", f"{ROOT}/a.pdf").out.startswith("1 new")


def test_eval_extract(warta: RunCommand, room: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_text(room.page(1), encoding="utf-8")
    gold = {"file": "a", "kind": "article", "url": room.url(1), "title": room.title(1), "date": "2026-11-20",
            "text": "\n\n".join(words_of(1))}  # fmt: skip
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold), encoding="utf-8")
    expected = {"articles": 1, "title_exact": 1.0, "date_day": 1.0, "body_f1_mean": 1.0, "body_f1_min": 1.0,
                "links_recall": None}  # fmt: skip
    assert warta("eval-extract", str(tmp_path), "--json").json == expected
    assert "title exact" in warta("eval-extract", str(tmp_path)).out
    assert warta("eval-extract", str(tmp_path / "files")).code == 1


# Words and settings


def test_health_in_words() -> None:
    assert health(SOURCE, NOW) == "not read yet"
    assert health(replace(SOURCE, last_ok_at=NOW - 7200), NOW) == "well, read 2 hours ago"
    failing = replace(SOURCE, failures=3, failing_since=NOW - 2 * DAY, last_error="500")
    assert health(failing, NOW) == "failed 3 times in 2 days: 500"
    assert health(replace(failing, failures=1), NOW) == "failed 2 days ago: 500"
    assert health(replace(failing, active=False), NOW) == "off: 500"
    assert next_look(replace(SOURCE, next_fetch=NOW + 61), NOW) == "in 1 minute"
    assert [span_words(seconds) for seconds in (0, 59, 60, 3600, 90_000)] == [
        "a moment", "a moment", "1 minute", "1 hour", "1 day",
    ]  # fmt: skip


def test_settings_reach_the_door() -> None:
    with fetcher_for(Settings.from_env({})) as fetcher, pytest.raises(PermanentFetchError, match="private"):
        fetcher.get("http://10.1.2.3/")
    settings = Settings.from_env({"WARTA_FETCH_ALLOW": " 10.20.0.0/16, berita.intranet,,.kantor "})
    assert settings.fetch_allow == ("10.20.0.0/16", "berita.intranet", ".kantor")
    for name, value in (("FETCH_ALLOW", "http://a"), ("CONTACT_URL", "warta.example"), ("CONTACT_URL", "https://a b")):
        with pytest.raises(SettingsError, match=f"WARTA_{name}"):
            Settings.from_env({f"WARTA_{name}": value})
    with pytest.raises(SettingsError, match=r"WARTA_FETCH_ALLOW: '10\.0\.0\.999'"):
        fetcher_for(Settings.from_env({"WARTA_FETCH_ALLOW": "10.0.0.999"}))
