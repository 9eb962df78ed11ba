"""The doctor notices each thing that can be wrong, and what it advises puts it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from news import article, articles, put_questions, small_engine
from sentence_models import install, put_model, uninstall

from index import chunk
from index.doctor import Finding, check_health
from index.embed import e5_model
from index.embed.engines import Engine
from index.pipeline import Warta
from index.settings import Settings
from index.snapshots import CURRENT
from index.store import Store

NAMES = ["database", "full text", "model", "chunks", "vectors", "change log", "vector index", "snapshot", "files"]


def opened(data: Path, engine: str = "fake/a") -> Warta:
    return Warta(Settings(data=data), small_engine(engine))


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    put_questions(tmp_path / "data", 12)
    with opened(tmp_path / "data") as warta:
        list(warta.ingest(articles(12)))
        yield warta


def wrong(warta: Warta) -> dict[str, Finding]:
    return {finding.name: finding for finding in check_health(warta) if not finding.ok}


def test_a_sound_index_has_no_fault(warta: Warta) -> None:
    findings = check_health(warta)
    assert [f.name for f in findings] == NAMES
    assert [f for f in findings if not f.ok or f.advice or not f.detail or "\n" in f.detail] == []
    chunks = warta.store.count("chunks")
    details = {f.name: f.detail for f in findings}
    assert details["chunks"] == f"{chunks} chunks of 12 articles"
    assert details["vector index"] == f"{chunks} vectors"
    assert details["snapshot"] == "sound"


def test_an_empty_folder_is_sound(tmp_path: Path) -> None:
    with opened(tmp_path) as warta:
        assert wrong(warta) == {}


def test_the_model_is_not_loaded(warta: Warta) -> None:
    def load(progress: object) -> None:
        raise AssertionError

    with Warta(warta.settings, Engine("fake/a", warta.engine.dimension, load)) as other:  # type: ignore[arg-type]
        assert wrong(other) == {}


def test_a_reranker_that_cannot_be_loaded(warta: Warta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put_model(tmp_path / "cross")
    (tmp_path / "nothing").mkdir()

    def finding(wanted: str) -> Finding:
        with Warta(replace(warta.settings, reranker=wanted), small_engine("fake/a")) as other:
            return next(found for found in check_health(other) if found.name == "reranker")

    install(monkeypatch)
    assert finding(str(folder)) == Finding("reranker", True, str(folder))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    assert finding("warta/not-here").detail == "warta/not-here is not downloaded yet; it is at the first question"
    broken = finding(str(tmp_path / "nothing"))
    assert (broken.ok, broken.advice) == (False, "check WARTA_RERANKER")
    assert "where no model is" in broken.detail
    uninstall(monkeypatch)
    assert "pip install" in finding(str(folder)).advice


def _drop_vector(store: Store) -> None:
    store.connection.execute("delete from vectors where text_hash = (select text_hash from chunks where id = 3)")


def _spoil_vector(store: Store) -> None:
    spoilt = np.full(warta_dimension(store), 0.3, "<f2").tobytes()
    store.connection.execute(
        "update vectors set vector = ? where text_hash = (select text_hash from chunks where id = 3)", [spoilt]
    )


def _cut_sentences(store: Store) -> None:
    store.connection.execute(
        "update vectors set sentences = substr(sentences, 129)"
        " where text_hash = (select text_hash from chunks where id = 3)"
    )


def _swap_vector(store: Store) -> None:
    """A sound vector, but not the one that the index holds."""
    store.connection.execute(
        "update vectors set vector = (select vector from vectors where text_hash = (select text_hash from chunks"
        " where id = 4)) where text_hash = (select text_hash from chunks where id = 3)"
    )


def warta_dimension(store: Store) -> int:
    return int(store.read("select length(vector) / 2 from vectors limit 1")[0][0])


def _run(*statements: str) -> Callable[[Store], None]:
    def harm(store: Store) -> None:
        for statement in statements:
            store.connection.execute(statement)

    return harm


@pytest.mark.parametrize(
    ("harm", "found", "detail", "advice"),
    [
        pytest.param(_drop_vector, "vectors", "1 chunks without a vector", "warta reindex", id="vector gone"),
        pytest.param(_spoil_vector, "vectors", "1 malformed vectors", "warta reindex --full", id="no unit"),
        pytest.param(_cut_sentences, "vectors", "1 malformed vectors", "warta reindex --full", id="sentence gone"),
        pytest.param(_swap_vector, "vector index", "1 vectors that differ", "warta reindex", id="other vector"),
        pytest.param(
            _run("delete from chunks_fts where rowid = 3"), "full text", "1 chunks without lemmas", "warta reindex",
            id="lemmas gone",
        ),
        pytest.param(
            _run("insert into chunks_fts (rowid, lemmas) values (999, 'yatim')"), "full text",
            "1 lemmas without a chunk", "warta reindex", id="lemmas left",
        ),
        pytest.param(
            _run("update chunks_fts set lemmas = 'lain' where rowid = 3"), "chunks", "1 articles due", "warta reindex",
            id="other lemmas",
        ),
        pytest.param(
            _run("update chunks_fts_content set c0 = 'lain' where id = 3"), "full text",
            "1 damaged indexes (chunks_fts)", "warta reindex --full", id="full text torn",
        ),
        pytest.param(
            _run("drop trigger articles_fts_update", "update articles set body = body || ' Lagi.' where id = 3"),
            "full text", "1 damaged indexes (articles_fts)", "warta reindex --full", id="articles' words torn",
        ),
        pytest.param(
            _run('update chunks set "start" = "start" + 1 where id = 3'), "chunks", "1 chunks that do not stand",
            "warta reindex", id="moved",
        ),
        pytest.param(
            _run("update chunks set text_hash = (select text_hash from chunks where id = 4) where id = 3"), "chunks",
            "1 chunks that do not stand", "warta reindex", id="other hash",
        ),
        pytest.param(
            _run("delete from changes where chunk_id = 3"), "change log", "1 chunks that it does not know",
            "warta reindex", id="log torn",
        ),
        pytest.param(
            _run("insert into changes (chunk_id, added) values (999, 1)"), "change log", "1 chunks that are gone",
            "warta reindex", id="log wrong",
        ),
        pytest.param(
            _run("pragma foreign_keys = off", "insert into article_keys values ('https://x.example', 999)"), "database",
            "1 dangling references", "warta restore FILE --force", id="dangling",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_found_and_mended(
    warta: Warta, harm: Callable[[Store], None], found: str, detail: str, advice: str
) -> None:
    harm(warta.store)
    finding = wrong(warta)[found]
    assert detail in finding.detail
    assert finding.advice == advice
    if advice.startswith("warta reindex"):
        warta.reindex(full=advice.endswith("--full"))
        assert wrong(warta) == {}


def test_other_rules_are_due_for_a_reindex(warta: Warta, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk, "FULL_WORDS", 50)
    monkeypatch.setattr(chunk, "TARGET_WORDS", 30)
    assert wrong(warta).keys() == {"chunks"}
    warta.reindex()
    assert wrong(warta) == {}


def test_another_model_is_named(warta: Warta) -> None:
    with opened(warta.settings.data, "fake/b") as other:
        found = wrong(other)
        assert found.keys() == {"model"}
        assert found["model"].advice == "warta reindex"
        assert found["model"].detail == (
            "the index is of fake/a, which cannot be loaded (where it came from is not noted), settings name fake/b"
        )
        other.reindex()
        assert wrong(other) == {}


def test_an_index_that_lost_a_chunk_is_found(warta: Warta) -> None:
    """Saved with sound checksums: only comparing it with the store shows it."""
    warta.live.dense.remove([3])
    warta.live.save(warta.store)
    finding = wrong(warta)["vector index"]
    assert "1 chunks missing" in finding.detail
    warta.reindex()
    assert wrong(warta) == {}


def test_a_damaged_snapshot_is_told_and_a_missing_one_is_fine(warta: Warta) -> None:
    current = warta.settings.index_folder / CURRENT
    current.write_text("generation-nowhere 00\n")
    assert wrong(warta).keys() == {"snapshot"}
    current.unlink()
    findings = {f.name: f for f in check_health(warta)}
    assert findings["snapshot"].ok
    assert findings["snapshot"].detail.startswith("none")
    assert "1 left over" in findings["files"].detail
    warta.reindex()
    assert {f.name: f.detail for f in check_health(warta)}["snapshot"] == "sound"


def test_foreign_files_are_named(warta: Warta) -> None:
    (warta.settings.index_folder / "notes.txt").write_text("mine")
    assert "notes.txt" in wrong(warta)["files"].detail


def test_the_bundled_models_files_are_looked_at(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache")
    engine = Engine(e5_model.FINGERPRINT, e5_model.DIMENSION, small_engine().load)
    with Warta(settings, engine) as warta:
        assert "not built yet" in check_health(warta)[-1].detail
        folder = settings.cache / e5_model.FOLDER
        folder.mkdir(parents=True)
        (folder / "upper.onnx").write_bytes(b"half")
        assert wrong(warta)["model files"].advice == "warta reindex"


def test_a_cache_that_cannot_be_written_into_is_told_before_somebody_asks(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    engine = Engine(e5_model.FINGERPRINT, e5_model.DIMENSION, small_engine().load)
    with Warta(Settings(data=tmp_path / "data", cache=tmp_path / "file" / "cache"), engine) as warta:
        found = wrong(warta)["model files"]
        assert str(tmp_path / "file") in found.detail
        assert "WARTA_CACHE" in found.advice


def test_it_may_look_while_another_reads_and_writes(warta: Warta) -> None:
    with Store(warta.settings.database) as other, other.snapshot():
        assert other.count("articles") == 12
        assert wrong(warta) == {}
    with opened(warta.settings.data) as second:
        list(second.ingest([article(40)]))
        assert wrong(warta) == {}
