"""Vectors in the store: by the hash of the text they stand for and the model that made them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.database import SqliteFile
from index.errors import EmbedderError, StoreError
from index.types import Language, Vectors


@dataclass(frozen=True, slots=True)
class ChunkVectors:
    """What the embedder says of one chunk's text."""

    chunk: NDArray[np.float32]
    """Shape (dimension,)."""
    sentences: NDArray[np.float32]
    """Shape (sentences, dimension): each sentence by itself, in order."""


DROP_STEP = 200
"""Vectors that are dropped in one transaction."""


class VectorRows(SqliteFile):
    """Vectors, as float16: 768 bytes each for 384 dimensions."""

    def known_vectors(self, hashes: Iterable[str], fingerprint: str) -> set[str]:
        """Those of the hashes that have a vector of that model."""
        query = "select text_hash from vectors where fingerprint = ? and text_hash in"
        return {row[0] for row in self.select_in(query, list(dict.fromkeys(hashes)), fingerprint)}

    def put_vectors(self, vectors: Mapping[str, ChunkVectors], fingerprint: str) -> None:
        """Keep vectors by text hash.

        Raises EmbedderError for one that is not finite: it would spoil the figures of a whole language.
        """
        rows = []
        for name, v in vectors.items():
            chunk, sentences = v.chunk.astype("<f2"), v.sentences.astype("<f2")
            if not (np.isfinite(chunk).all() and np.isfinite(sentences).all()):
                raise EmbedderError(f"{fingerprint} gave a vector that is not finite; nothing of this batch was stored")
            rows.append((name, fingerprint, chunk.tobytes(), sentences.tobytes()))
        with self.transaction():
            self.connection.executemany(
                "insert or replace into vectors (text_hash, fingerprint, vector, sentences) values (?, ?, ?, ?)", rows
            )

    def sentence_vectors(self, hashes: Iterable[str], fingerprint: str) -> dict[str, Vectors]:
        """Of each known chunk text: shape (sentences, dimension)."""
        rows = self.select_in(
            "select text_hash, length(vector), sentences from vectors where fingerprint = ? and text_hash in",
            list(dict.fromkeys(hashes)),
            fingerprint,
        )
        return {name: self._rows_of(blob, size) for name, size, blob in rows}

    def vectors_of(self, hashes: Iterable[str], fingerprint: str) -> dict[str, ChunkVectors]:
        """All vectors of each known chunk text."""
        rows = self.select_in(
            "select text_hash, vector, sentences from vectors where fingerprint = ? and text_hash in",
            list(dict.fromkeys(hashes)),
            fingerprint,
        )
        if not rows:
            return {}
        size = len(rows[0][1])
        if any(len(chunk) != size or len(sentences) % (size or 1) for _, chunk, sentences in rows):
            size = 0
        # All in one go: most of what a few vectors cost is the calls.
        wide = self._rows_of(b"".join(part for _, *both in rows for part in both), size)
        found, at = {}, 0
        for name, _, sentences in rows:
            end = at + 1 + len(sentences) // size
            found[name] = ChunkVectors(wide[at], wide[at + 1 : end])
            at = end
        return found

    def chunk_vectors(
        self, fingerprint: str, ids: Sequence[int] | None = None
    ) -> Iterator[tuple[Language, list[int], Vectors]]:
        """Chunk ids and vectors of a model, language by language; of all chunks or of `ids`."""
        query = (
            "select c.language, c.id, v.vector from chunks c join vectors v"
            " on v.text_hash = c.text_hash and v.fingerprint = ?"
        )
        if ids is None:
            rows = self.read(query, [fingerprint])
        else:
            rows = self.select_in(f"{query} where c.id in", list(ids), fingerprint)
        found: dict[Language, tuple[list[int], list[bytes]]] = {}
        for language, chunk_id, blob in rows:
            numbers, blobs = found.setdefault(language, ([], []))
            numbers.append(chunk_id)
            blobs.append(blob)
        for language, (numbers, blobs) in sorted(found.items()):
            sizes = {len(blob) for blob in blobs}
            yield language, numbers, self._rows_of(b"".join(blobs), sizes.pop() if len(sizes) == 1 else 0)

    def _rows_of(self, blob: bytes, size: int) -> Vectors:
        """Vectors of `size` bytes each."""
        if size <= 0 or size % 2 or len(blob) % size:
            raise StoreError(f"{self.path} holds vectors of a wrong length; run `warta reindex --full`")
        wide: Vectors = np.frombuffer(blob, "<f2").reshape(-1, size // 2).astype(np.float32)
        # Rounding to float16 moves the length by up to 2e-4, which would be seen as a cosine above 1.
        wide /= np.maximum(np.sqrt(np.einsum("ij,ij->i", wide, wide)), 1e-12)[:, None]
        return wide

    def drop_unused_vectors(self, keep_fingerprint: str) -> int:
        """Forget vectors of other models and of texts that no chunk holds, in short transactions; give how many."""
        return self._drop(
            "(fingerprint != ? or not exists (select 1 from chunks where text_hash = vectors.text_hash))",
            keep_fingerprint,
        )

    def drop_vectors(self, fingerprint: str) -> None:
        """Forget all vectors of one name, in short transactions."""
        self._drop("fingerprint = ?", fingerprint)

    def _drop(self, condition: str, fingerprint: str) -> int:
        names = self.read(f"select text_hash, fingerprint from vectors where {condition}", [fingerprint])
        dropped = 0
        for some in self.turns(names, DROP_STEP):
            with self.transaction():
                dropped += self.connection.executemany(
                    f"delete from vectors where text_hash = ? and fingerprint = ? and {condition}",
                    [(*name, fingerprint) for name in some],
                ).rowcount
        return dropped

    def take_over_vectors(self, hashes: Sequence[str], old: str, new: str) -> list[str]:
        """Copy the vectors that these texts have under one name to another's; give the texts whose were others."""
        if old == new:
            return []
        with self.transaction():
            differing = [
                row[0]
                for row in self.select_in(
                    "select o.text_hash from vectors o left join vectors n on n.text_hash = o.text_hash"
                    " and n.fingerprint = ? where o.fingerprint = ?"
                    " and (n.vector is not o.vector or n.sentences is not o.sentences) and o.text_hash in",
                    list(dict.fromkeys(hashes)),
                    new,
                    old,
                )
            ]
            self.connection.executemany(
                "insert or replace into vectors (text_hash, fingerprint, vector, sentences)"
                " select text_hash, ?, vector, sentences from vectors where text_hash = ? and fingerprint = ?",
                [(new, name, old) for name in differing],
            )
        return differing
