"""An evaluation set on disk: articles, questions, and which article answers which question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from index.decode import parse_json, tidy
from index.errors import EvaluationError, ExtractError
from index.extract import extract
from index.types import Article, Page

SHUFFLE_KEY = b"warta-eval-1"
"""Seed of the order that `limit` cuts; another one makes figures of limited runs incomparable."""

_ARTICLE_KEYS = ("title", "text", "lang", "date", "url", "publisher", "partners")


@dataclass(frozen=True, slots=True)
class Document:
    """A line of corpus.jsonl."""

    id: str
    article: Article
    checksum: str
    """Of the line as the set has it, before extraction: what is made of it is part of what is measured."""


@dataclass(frozen=True, slots=True)
class Query:
    """A line of queries.jsonl with its lines of qrels.tsv."""

    id: str
    text: str
    lang: str
    """As the set says; "und" unknown."""
    answers: tuple[str, ...]
    """Any of them is right."""
    answerable: bool
    relevant: frozenset[str]
    """Ids of the documents that answer it; empty where it is not answerable."""
    kind: str = ""
    """What the set calls this kind of question; "" where it says nothing."""


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Articles and questions to be asked about them."""

    documents: tuple[Document, ...]
    queries: tuple[Query, ...]

    @property
    def checksum(self) -> str:
        """Names the articles, in whatever order they stand: figures over other ones are not comparable."""
        lines = sorted(f"{document.id}\t{document.checksum}" for document in self.documents)
        return blake2b("\n".join(lines).encode("utf-8", "replace"), digest_size=8).hexdigest()


def read_set(
    folder: Path, *, corpus: Sequence[Path] = (), limit: int | None = None, queries: str = "queries.jsonl"
) -> EvalSet:
    """Read a set: the articles of `folder` (if it has some) and of the `corpus` folders, the questions of `folder`.

    Articles pass through the same extraction as `warta add`. "queries-x.jsonl" goes with "qrels-x.tsv", which may be
    missing when no question is answerable; its lines for unanswerable questions are ignored. `limit` takes the first
    so many questions in an order that depends on nothing but their ids, so every run asks the same ones and a smaller
    limit asks a part of a larger one's. Articles are never limited.
    Raises EvaluationError, naming file and line, for what is missing or malformed.
    """
    if limit is not None and limit < 1:
        raise EvaluationError(f"the limit must be at least 1, not {limit}")
    if not folder.is_dir():
        raise EvaluationError(f"{folder}: no such folder; name the folder of an evaluation set")
    documents = _read_documents(_corpus_files(folder, corpus))
    chosen = _read_queries(folder, queries, {document.id for document in documents})
    if limit is not None:
        chosen.sort(key=lambda query: blake2b(query.id.encode("utf-8", "replace"), key=SHUFFLE_KEY).digest())
        del chosen[limit:]
    return EvalSet(documents, tuple(chosen))


def _corpus_files(folder: Path, others: Sequence[Path]) -> list[Path]:
    own = folder / "corpus.jsonl"
    if not own.is_file() and not others:
        raise EvaluationError(f"{own} is missing; name the folder whose articles are to be searched: --corpus DIR")
    files = ([own] if own.is_file() else []) + [other / own.name for other in others]
    return list({file.resolve(): file for file in files}.values())


def _read_documents(files: Sequence[Path]) -> tuple[Document, ...]:
    documents: dict[str, Document] = {}
    urls: set[str] = set()
    for file in files:
        for where, record in _records(file):
            name = _text(record, "id", where)
            if name in documents:
                raise EvaluationError(f"{where}: the id {name!r} was used before; give every article its own")
            article = _article(record, f"{file}#{name}", where)
            if article.url in urls:
                # Passages of one page may share its address, and an index takes one address for one article.
                article = replace(article, url="")
            urls.add(article.url)
            documents[name] = Document(name, article, _checksum(record))
    if not documents:
        raise EvaluationError(f"{', '.join(map(str, files))}: no articles; an evaluation needs at least one")
    return tuple(documents.values())


def _checksum(record: Mapping[str, object]) -> str:
    kept = {key: record[key] for key in _ARTICLE_KEYS if record.get(key) is not None}
    return blake2b(json.dumps(kept, sort_keys=True).encode(), digest_size=8).hexdigest()


def _article(record: Mapping[str, object], location: str, where: str) -> Article:
    text, title = _text(record, "text", where), _text(record, "title", where, optional=True)
    for key in ("lang", "date", "url", "publisher"):
        _text(record, key, where, optional=True)
    if record.get("partners") is not None:
        _strings(record, "partners", where)
    kept = {key: record[key] for key in _ARTICLE_KEYS if record.get(key) is not None}
    page = Page(location, json.dumps(kept).encode(), "application/json")
    try:
        return extract(page, now=datetime.now(UTC))
    except ExtractError:
        # Nothing but figures, or what looks like boilerplate; the set still counts it as a document.
        return Article(title=title, body=tidy(text), location=location)


def _read_queries(folder: Path, name: str, documents: set[str]) -> list[Query]:
    if Path(name).name != name or not (name.startswith("queries") and name.endswith(".jsonl")):
        raise EvaluationError(f"a file of questions is called queries.jsonl or queries-SOMETHING.jsonl, not {name!r}")
    qrels = folder / f"qrels{name.removeprefix('queries').removesuffix('.jsonl')}.tsv"
    found: dict[str, tuple[str, Query]] = {}
    for where, record in _records(folder / name):
        query = _query(record, where)
        if query.id in found:
            raise EvaluationError(f"{where}: the id {query.id!r} was used before; give every question its own")
        found[query.id] = where, query
    if not found:
        raise EvaluationError(f"{folder / name}: no questions; an evaluation needs at least one")
    relevant: dict[str, set[str]] = {query_id: set() for query_id in found}
    needed = any(query.answerable for _, query in found.values())
    for where, line in _lines(qrels) if needed or qrels.exists() else ():
        columns = line.split("\t")
        if len(columns) != 2:
            raise EvaluationError(f"{where}: a line is a question's id, one tab and an article's id; correct the file")
        query_id, document_id = (column.strip() for column in columns)
        if query_id not in found:
            raise EvaluationError(f"{where}: there is no question {query_id!r}; correct the file")
        if document_id not in documents:
            hint = "correct the file, or name its folder: --corpus DIR"
            raise EvaluationError(f"{where}: there is no article {document_id!r}; {hint}")
        relevant[query_id].add(document_id)
    for where, query in found.values():
        if query.answerable and not relevant[query.id]:
            raise EvaluationError(f"{where}: {query.id!r} is answerable, but {qrels.name} names no article for it")
    return [replace(q, relevant=frozenset(relevant[q.id] if q.answerable else ())) for _, q in found.values()]


def _query(record: Mapping[str, object], where: str) -> Query:
    answerable = record.get("answerable")
    if not isinstance(answerable, bool):
        raise EvaluationError(f'{where}: "answerable" must be true or false; correct the file')
    answers = _strings(record, "answers", where) if record.get("answers") is not None else ()
    return Query(
        id=_text(record, "id", where),
        text=_text(record, "text", where),
        lang=_text(record, "lang", where, optional=True) or "und",
        # Bodies are tidied too: a left-to-right mark in an answer would be found in none of them.
        answers=tuple(tidy(answer) for answer in answers),
        answerable=answerable,
        relevant=frozenset(),
        kind=kind if isinstance(kind := record.get("kind"), str) else "",
    )


def _text(record: Mapping[str, object], key: str, where: str, *, optional: bool = False) -> str:
    value = record.get(key)
    if optional and value is None:
        return ""
    if not isinstance(value, str) or not (optional or tidy(value)):
        raise EvaluationError(f'{where}: "{key}" must be a text{"" if optional else ", not empty"}; correct the file')
    return value


def _strings(record: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = record.get(key)
    # A blank answer would stand in every quote.
    if not isinstance(value, list) or not all(isinstance(item, str) and tidy(item) for item in value):
        raise EvaluationError(f'{where}: "{key}" must be a list of texts, none empty; correct the file')
    return tuple(value)


def _records(file: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    for where, line in _lines(file):
        try:
            record = parse_json(line)
        except ValueError as e:
            raise EvaluationError(f"{where}: not valid JSON ({e}); correct the file") from e
        if not isinstance(record, dict):
            raise EvaluationError(f'{where}: a line must be an object like {{"id": …, "text": …}}; correct the file')
        yield where, record


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Each line that is not blank, with "file:line" before it."""
    try:
        content = file.read_bytes()
    except OSError as e:
        raise EvaluationError(f"{file}: cannot be read ({e.strerror}); see the README for the files of a set") from e
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        where = f"{file}:{number}"
        try:
            text = line.decode("utf-8").rstrip("\r")
        except UnicodeDecodeError as e:
            raise EvaluationError(f"{where}: not UTF-8; save the file in that encoding") from e
        if text.strip():
            yield where, text
