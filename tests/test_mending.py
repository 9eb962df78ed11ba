"""`warta doctor --fix`: what the doctor advises is done, and no article is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from news import articles, put_questions, small_engine

from index import candidate
from index.doctor import check_health
from index.mending import mend
from index.pipeline import Warta
from index.rebuild import LOCK
from index.settings import Settings
from index.snapshots import CURRENT


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    put_questions(tmp_path, 12)
    with Warta(Settings(data=tmp_path), small_engine()) as opened:
        list(opened.ingest(articles(12)))
        mend(opened)
        yield opened


def run(*statements: str) -> Callable[[Warta], None]:
    def harm(warta: Warta) -> None:
        for statement in statements:
            warta.store.connection.execute(statement)

    return harm


def spoil_snapshot(warta: Warta) -> None:
    (warta.settings.index_folder / CURRENT).write_text("generation-nowhere 00\n")


def interrupt_trial(warta: Warta) -> None:
    making = warta.settings.data / candidate.FOLDER / candidate.MAKING
    making.mkdir(parents=True)
    (making / "warta.db").write_text("half")


def interrupt_snapshot(warta: Warta) -> None:
    (warta.settings.index_folder / "making-x").mkdir()


@pytest.mark.parametrize(
    ("harm", "did"),
    [
        pytest.param(
            run("delete from vectors where text_hash = (select text_hash from chunks where id = 3)"),
            ["reindexed 12 articles: 1 passages embedded"], id="vector gone",
        ),
        pytest.param(
            run("update vectors set sentences = zeroblob(length(sentences))"),
            ["reindexed 12 articles"], id="vectors malformed",
        ),
        pytest.param(
            run("update chunks_fts_content set c0 = 'lain' where id = 3"),
            ["built the full-text indexes anew", "reindexed 12 articles"], id="full text torn",
        ),
        pytest.param(
            run("pragma foreign_keys = off", "insert into arrivals (article_id, arrived_at) values (999, '')"),
            ["dropped 1 arrivals of articles that are gone"], id="arrival of nothing",
        ),
        pytest.param(spoil_snapshot, ["wrote the snapshot anew"], id="snapshot damaged"),
        pytest.param(interrupt_trial, ["removed 1 files and folders"], id="trial interrupted"),
        pytest.param(interrupt_snapshot, ["removed 1 files and folders"], id="snapshot interrupted"),
        pytest.param(run("delete from changes where chunk_id = 3"), ["reindexed 12 articles"], id="log torn"),
    ],
)  # fmt: skip
def test_each_fault_is_mended(warta: Warta, harm: Callable[[Warta], None], did: list[str]) -> None:
    harm(warta)
    told = [line for line in mend(warta) if not line.endswith("log into it")]
    assert [line[: len(start)] for line, start in zip(told, did, strict=True)] == did
    assert [f for f in check_health(warta) if not f.ok] == []
    assert warta.store.count("articles") == 12
    assert not (warta.settings.data / candidate.FOLDER).exists()
    assert mend(warta) == []


def test_the_log_is_taken_into_the_database(tmp_path: Path) -> None:
    with Warta(Settings(data=tmp_path), small_engine()) as warta:
        list(warta.ingest(articles(12)))
        [told] = mend(warta)
        assert told.endswith("of the database's log into it")
        assert (tmp_path / "warta.db-wal").stat().st_size == 0


def test_what_cannot_be_mended_is_left(warta: Warta) -> None:
    warta.store.connection.execute("pragma foreign_keys = off")
    warta.store.connection.execute("insert into article_keys values ('https://x.example', 999)")
    mend(warta)
    assert [f.name for f in check_health(warta) if not f.ok] == ["database"]


def test_what_a_running_reindex_makes_is_not_left_over(warta: Warta) -> None:
    interrupt_trial(warta)
    run("delete from changes where chunk_id = 3")(warta)
    with FileLock(warta.settings.data / LOCK):
        [told] = [line for line in mend(warta) if "log into" not in line]
        assert told.startswith(f"not done: another reindex of {warta.settings.data} is running")
        assert (warta.settings.data / candidate.FOLDER / candidate.MAKING).exists()
    mend(warta)
    assert not (warta.settings.data / candidate.FOLDER).exists()
