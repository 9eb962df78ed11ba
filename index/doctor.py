"""Proves that the index is what the store says, and says what to run where it is not."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from index.dense import Background, DenseIndex, Moments
from index.embed import e5_model
from index.embed.checkpoints import NOT_INSTALLED, find_checkpoint, is_installed
from index.errors import ModelMissingError, WartaError
from index.ingest import META_DERIVATION
from index.passages import DERIVATION, drafts_of, passage_name
from index.pipeline import Warta
from index.snapshots import CURRENT, GENERATION, LOCK, LiveIndex, left_over
from index.store import ChunkDraft, Store

REINDEX, FULL, RESTORE = "warta reindex", "warta reindex --full", "warta restore FILE --force"
TOLERANCE = 1e-3
"""Of a vector's components: float16 keeps 3e-4 of a component near 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    name: str
    ok: bool
    detail: str
    """One line, with counts."""
    advice: str = ""
    """The command to run when it is not ok."""


def check_health(warta: Warta) -> list[Finding]:
    """Check store, full text, chunks, vectors, log, vector index and model files. The model itself is not loaded.

    Nothing is changed; other processes may work on meanwhile.
    """
    store, fingerprint, dimension = warta.store, warta.serving.fingerprint, warta.serving.dimension
    live = LiveIndex(warta.settings.index_folder, fingerprint, dimension, Background("", {}, {}))
    findings = [_attempt("database", RESTORE, lambda: _database(store))]
    findings.append(_attempt("full text", FULL, lambda: _full_text(store)))
    with store.snapshot():
        findings += [
            _attempt("model", REINDEX, lambda: _model(warta)),
            _attempt("chunks", REINDEX, lambda: _chunks(store)),
            _attempt("vectors", FULL, lambda: _vectors(store, fingerprint, dimension)),
            _attempt("change log", REINDEX, lambda: _change_log(store)),
            _attempt("vector index", REINDEX, lambda: _vector_index(store, live)),
            _attempt("snapshot", REINDEX, lambda: _snapshot(live)),
        ]
    findings.append(_attempt("files", "", lambda: _files(live)))
    if warta.settings.reranker:
        findings.append(_attempt("reranker", "check WARTA_RERANKER", lambda: _reranker(warta.settings.reranker)))
    if fingerprint == e5_model.FINGERPRINT:
        findings.append(_attempt("model files", REINDEX, lambda: _model_files(warta)))
    return findings


def _attempt(name: str, advice: str, check: Callable[[], Finding]) -> Finding:
    """A check that cannot even be made is a finding, too."""
    try:
        return check()
    except (WartaError, OSError, sqlite3.Error, ValueError) as e:
        return Finding(name, False, f"cannot be checked: {e}", advice)


def _finding(name: str, counted: str, faults: Iterable[tuple[int, str]], advice: str) -> Finding:
    """Ok when every fault's count is 0."""
    found = [f"{count:,} {what}" for count, what in faults if count]
    return Finding(name, not found, ", ".join([counted, *found]), advice if found else "")


def _database(store: Store) -> Finding:
    problems = [str(row[0]) for row in store.read("pragma integrity_check") if row[0] != "ok"]
    dangling = store.read("pragma foreign_key_check")
    size = store.read("select page_count * page_size from pragma_page_count, pragma_page_size")[0][0]
    counted = f"{store.count('articles'):,} articles, {size / 1e6:.1f} MB"
    if problems:
        counted += f" ({problems[0]})"
    faults = [(len(problems), "faults of integrity"), (len(dangling), "dangling references")]
    return _finding("database", counted, faults, RESTORE)


def damaged_full_text(store: Store) -> list[str]:
    """The full-text indexes that are not what the tables say; nobody can write meanwhile."""
    broken = []
    for table in ("chunks_fts", "articles_fts"):
        try:
            with store.transaction():  # FTS5 takes the command as an insertion; it changes nothing
                store.connection.execute(f"insert into {table} ({table}, rank) values ('integrity-check', 1)")
        except WartaError as e:
            if not isinstance(e.__cause__, sqlite3.DatabaseError) or isinstance(e.__cause__, sqlite3.OperationalError):
                raise
            broken.append(table)
    return broken


def _full_text(store: Store) -> Finding:
    broken = damaged_full_text(store)
    with store.snapshot():
        missing = store.read("select count(*) from (select id from chunks except select rowid from chunks_fts)")
        orphans = store.read("select count(*) from (select rowid from chunks_fts except select id from chunks)")
        counted = f"lemmas of {store.count('chunks'):,} chunks, words of {store.count('articles'):,} articles"
    faults = [
        (len(broken), f"damaged indexes ({', '.join(broken)})"),
        (int(missing[0][0]), "chunks without lemmas"),
        (int(orphans[0][0]), "lemmas without a chunk"),
    ]
    return _finding("full text", counted, faults, FULL if broken else REINDEX)


def _model(warta: Warta) -> Finding:
    served = warta.serving
    if (other := warta.other_model) is not None:
        why = f", which cannot be loaded ({served.engine.missing})" if served.engine.missing else ""
        return Finding("model", False, f"the index is of {other[0]}{why}, settings name {other[1]}", REINDEX)
    if served.engine.missing:
        return Finding("model", False, f"{served.fingerprint} cannot be loaded", served.engine.missing)
    return Finding("model", True, served.fingerprint)


def _chunks(store: Store) -> Finding:
    due = torn = total = 0
    ids = store.article_ids()
    for article_id in ids:
        article, stored = store.article(article_id), store.drafts_stored(article_id)
        total += len(stored)
        due += drafts_of(article)[0] != stored
        torn += sum(not _stands_in(article.body, chunk) for chunk in stored)
    other = store.meta(META_DERIVATION) not in ("", DERIVATION)
    faults = [
        (due, "articles due for a reindex" + (" by newer rules" if other else "")),
        (torn, "chunks that do not stand in their article"),
    ]
    return _finding("chunks", f"{total:,} chunks of {len(ids):,} articles", faults, REINDEX)


def _stands_in(body: str, chunk: ChunkDraft) -> bool:
    spans = chunk.sentences
    if not spans or not 0 <= chunk.span.start == spans[0].start < spans[-1].end == chunk.span.end <= len(body):
        return False
    return passage_name([body[s.start : s.end] for s in spans]) == chunk.text_hash


def _vectors(store: Store, fingerprint: str, dimension: int) -> Finding:
    query = (
        "select c.sentences, v.vector, v.sentences from chunks c left join vectors v"
        " on v.text_hash = c.text_hash and v.fingerprint = ?"
    )
    missing = malformed = total = 0
    for sentences, vector, of_sentences in store.read(query, [fingerprint]):
        total += 1
        if vector is None:
            missing += 1
            continue
        expected = (dimension * 2, len(json.loads(sentences)) * dimension * 2)
        if (len(vector), len(of_sentences)) != expected or not _all_units(vector + of_sentences, dimension):
            malformed += 1
    faults = [(missing, f"chunks without a vector of {fingerprint}"), (malformed, "malformed vectors")]
    return _finding("vectors", f"{total:,} chunks", faults, FULL if malformed else REINDEX)


def _all_units(blob: bytes, dimension: int) -> bool:
    """Whether these are vectors of length 1, but for what float16 takes away."""
    lengths = np.linalg.norm(np.frombuffer(blob, "<f2").reshape(-1, dimension).astype(np.float32), axis=1)
    return bool(np.isfinite(lengths).all() and (np.abs(lengths - 1) < 0.01).all())


def _change_log(store: Store) -> Finding:
    replayed, there = set(store.changes_since(0).added), {row[0] for row in store.read("select id from chunks")}
    faults = [
        (len(there - replayed), "chunks that it does not know"),
        (len(replayed - there), "chunks that are gone"),
    ]
    return _finding("change log", f"{store.last_change():,} changes", faults, REINDEX)


def _vector_index(store: Store, live: LiveIndex) -> Finding:
    """What a process that starts now would search: snapshot and changes."""
    live.refresh(store)
    if live.seq < 0:
        return Finding("vector index", False, "not in use: the vectors are of another model", REINDEX)
    there = {int(row[0]) for row in store.read("select id from chunks")}
    wrong, moved = _compared(live.dense, store, live.fingerprint)
    faults = [
        (len(there - live.dense.ids), "chunks missing"),
        (len(live.dense.ids - there), "chunks too many"),
        (wrong, "vectors that differ from the store's"),
        (moved, "languages with wrong moments"),
    ]
    return _finding("vector index", f"{len(live.dense):,} vectors", faults, REINDEX)


def _compared(dense: DenseIndex, store: Store, fingerprint: str) -> tuple[int, int]:
    """Vectors, and languages' moments, that are not what the store gives."""
    wrong = moved = 0
    for language, ids, vectors in store.chunk_vectors(fingerprint):
        expected = Moments.none(dense.dimension)
        expected.include(vectors)
        moments = dense.moments(language)
        same = moments is not None and np.allclose(moments.outer, expected.outer, atol=TOLERANCE * len(ids))
        moved += not (same and moments is not None and moments.count == expected.count)
        for chunk_id, vector in zip(ids, vectors, strict=True):
            held = dense.vector(chunk_id)
            wrong += held is not None and not np.allclose(held, vector, atol=TOLERANCE)
    return wrong, moved


def _snapshot(live: LiveIndex) -> Finding:
    if live.damage:
        return Finding("snapshot", False, live.damage, REINDEX)
    if live.seq < 0:
        return Finding("snapshot", True, "not in use: the vectors are of another model")
    if not (live.folder / CURRENT).exists():
        return Finding("snapshot", True, "none: the vector index is built from the store at each start")
    return Finding("snapshot", True, "sound" if live.from_snapshot else "out of date: the store is used instead")


def _files(live: LiveIndex) -> Finding:
    if not live.folder.exists():
        return Finding("files", True, "no index folder yet")
    spare = left_over(live.folder)
    ours = (CURRENT, LOCK, *(path.name for path in spare))
    foreign = [
        p.name for p in sorted(live.folder.iterdir()) if p.name not in ours and not p.name.startswith(GENERATION)
    ]
    if foreign:
        return Finding("files", False, f"{len(foreign):,} files that are not ours: {foreign[0]}", f"ls {live.folder}")
    left = f"{len(spare):,} left over by an interrupted run; the next snapshot removes them" if spare else "none stray"
    return Finding("files", True, left)


def _reranker(wanted: str) -> Finding:
    if not is_installed():
        return Finding("reranker", False, wanted, NOT_INSTALLED)
    try:
        return Finding("reranker", True, find_checkpoint(wanted, "WARTA_RERANKER").spec)
    except ModelMissingError:
        return Finding("reranker", True, f"{wanted} is not downloaded yet; it is at the first question")


def _model_files(warta: Warta) -> Finding:
    folder = warta.settings.cache / e5_model.FOLDER
    if not folder.exists():
        above = next(path for path in (folder.parent, *folder.parents) if path.exists())
        if not (above.is_dir() and os.access(above, os.W_OK)):
            told = f"not built yet, and it cannot be: {above} is not to be written into"
            return Finding("model files", False, told, "set WARTA_CACHE to another folder")
        return Finding("model files", True, f"not built yet; it is at first use, in {folder}")
    if e5_model.is_sound(folder):
        return Finding("model files", True, str(folder))
    return Finding("model files", False, f"{folder} is damaged; it is built anew when it is next loaded", REINDEX)
