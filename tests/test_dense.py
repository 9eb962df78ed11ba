"""The vector index against plain NumPy: what FAISS finds, and by how many standard deviations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from index.dense import PRIOR_WEIGHT, Background, DenseIndex, Moments
from index.errors import VectorIndexError
from index.types import Language, Vectors

DIMENSION = 16
CHANCE = np.random.default_rng(7)


def units(count: int) -> Vectors:
    rows = CHANCE.normal(size=(count, DIMENSION)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def standardised(query: NDArray[np.float32], vectors: Vectors) -> dict[int, float]:
    """By definition: how many standard deviations each row's cosine lies above the mean of all rows' cosines."""
    cosines = vectors.astype(np.float64) @ query.astype(np.float64)
    z = (cosines - cosines.mean()) / cosines.std()
    return dict(enumerate(z.tolist()))


def filled(parts: dict[Language, Vectors]) -> DenseIndex:
    """Ids count through the languages in turn."""
    index, first = DenseIndex(DIMENSION), 0
    for language, vectors in parts.items():
        index.add(language, range(first, first + len(vectors)), vectors)
        first += len(vectors)
    return index


def test_it_finds_what_comparing_with_every_vector_finds() -> None:
    vectors = units(500)
    index = filled({"id": vectors})
    for query in units(20):
        expected = standardised(query, vectors)
        best = sorted(expected, key=lambda i: -expected[i])[:30]
        found = index.search(query, 30, ["id"])
        assert sorted(found, key=lambda i: -found[i]) == best
        np.testing.assert_allclose([found[i] for i in best], [expected[i] for i in best], atol=1e-4)


def test_each_language_is_measured_by_itself() -> None:
    one, other = units(200), units(100)
    index = filled({"id": one, "en": other})
    [query] = units(1)
    found = index.search(query, 5, index.languages)
    of_one, of_other = standardised(query, one), standardised(query, other)
    assert {i for i in found if i < 200} == set(sorted(of_one, key=lambda i: -of_one[i])[:5])
    assert {i - 200 for i in found if i >= 200} == set(sorted(of_other, key=lambda i: -of_other[i])[:5])
    for i, z in found.items():
        assert z == pytest.approx(of_one[i] if i < 200 else of_other[i - 200], abs=1e-4)
    assert index.search(query, 5, [], also=[3, 250, 999]) == pytest.approx({3: of_one[3], 250: of_other[50]}, abs=1e-4)
    assert set(index.search(query, 5, ["en", "und"])) == {i for i in found if i >= 200}


def test_three_vectors_worked_out_by_hand() -> None:
    """Cosines 1, 0.6, 0 with the first axis: mean 1.6 / 3, mean square 1.36 / 3, so z = (c - 0.5333) / 0.4109609."""
    rows = np.zeros((3, DIMENSION), np.float32)
    rows[0, 0] = 1
    rows[1, :2] = 0.6, 0.8
    rows[2, 1] = 1
    index = filled({"id": rows})
    query = rows[0]
    assert index.standard(query, "id") == pytest.approx((1.6 / 3, (1.36 / 3 - (1.6 / 3) ** 2) ** 0.5))
    assert index.search(query, 3, ["id"]) == pytest.approx({0: 1.13555, 1: 0.16222, 2: -1.29777}, abs=1e-4)


def test_a_background_counts_for_so_many_vectors() -> None:
    """A young index is measured as if PRIOR_WEIGHT vectors of the background were in it."""
    before, own = units(1000), units(40)
    prior = Moments.none(DIMENSION)
    prior.include(before)
    index = DenseIndex(DIMENSION, Background("m", {"id": prior}, {}))
    [query] = units(1)
    cosines = before.astype(np.float64) @ query
    assert index.standard(query, "id") == pytest.approx((cosines.mean(), cosines.std()), abs=1e-6)
    index.add("id", range(40), own)
    mine = own.astype(np.float64) @ query
    share = PRIOR_WEIGHT / (PRIOR_WEIGHT + 40)
    mean = share * cosines.mean() + (1 - share) * mine.mean()
    square = share * (cosines**2).mean() + (1 - share) * (mine**2).mean()
    assert index.standard(query, "id") == pytest.approx((mean, (square - mean**2) ** 0.5), abs=1e-6)
    assert index.standard(query, "en") == (0.0, 1.0)


def test_removed_vectors_are_not_found_and_do_not_count() -> None:
    vectors = units(300)
    index = filled({"id": vectors[:200], "en": vectors[200:]})
    gone = [*range(50, 150), 7, 250, 999]
    index.remove(gone)
    left = [i for i in range(200) if i not in gone]
    assert index.ids == set(left) | set(range(200, 300)) - {250}
    assert len(index) == 198
    [query] = units(1)
    expected = standardised(query, vectors[left])
    found = index.search(query, 300, ["id"])
    assert found == pytest.approx({left[row]: z for row, z in expected.items()}, abs=1e-4)
    assert index.vector(7) is None
    np.testing.assert_array_equal(index.vector(8), vectors[8])
    assert index.search(query, 5, [], also=[7, 250]) == {}


def test_moments_after_adding_and_removing_are_those_of_what_is_left() -> None:
    vectors = units(400)
    index = filled({"id": vectors})
    for start in range(0, 300, 25):
        index.remove(range(start, start + 25))
    fresh = Moments.none(DIMENSION)
    fresh.include(vectors[300:])
    moments = index.moments("id")
    assert moments is not None
    assert moments.count == fresh.count == 100
    np.testing.assert_allclose(moments.total, fresh.total, atol=1e-9)
    np.testing.assert_allclose(moments.outer, fresh.outer, atol=1e-9)
    index.remove(range(400))
    assert (len(index), index.languages) == (0, [])
    assert not moments.none(DIMENSION).outer.any()
    assert index.standard(vectors[0], "id") == (0.0, 1.0)
    index.add("id", [1], vectors[:1])
    assert index.search(vectors[0], 5, ["id"]).keys() == {1}


def test_an_id_that_comes_again_is_replaced_even_in_another_language() -> None:
    first, second = units(1), units(1)
    index = filled({"id": units(20)})
    index.add("id", [3], first)
    index.add("en", [3], second)
    assert (len(index), index.language_of(3)) == (20, "en")
    np.testing.assert_array_equal(index.vector(3), second[0])
    assert 3 not in index.search(first[0], 20, ["id"])
    moments = index.moments("id")
    assert moments is not None
    assert moments.count == 19


def test_only_what_is_allowed_is_found() -> None:
    vectors = units(300)
    index = filled({"id": vectors[:200], "en": vectors[200:]})
    [query] = units(1)
    allowed = {1, 2, 3, 50, 120, 210, 5000}
    everything = index.search(query, 5, [], also=range(300))
    assert index.search(query, 3, ["id", "en"], allowed) == pytest.approx(
        {
            **{i: everything[i] for i in sorted(allowed - {210, 5000}, key=lambda i: -everything[i])[:3]},
            210: everything[210],
        },
        abs=1e-4,
    )
    assert index.search(query, 3, ["id", "en"], set()) == {}
    assert index.search(query, 3, ["id"], {210}) == {}


def test_restored_parts_are_the_same_index() -> None:
    index = filled({"id": units(50), "en": units(30)})
    again = DenseIndex(DIMENSION)
    for language, (serialised, moments) in index.parts().items():
        again.restore(language, serialised, moments)
    [query] = units(1)
    assert again.ids == index.ids
    assert again.search(query, 10, ["id", "en"]) == index.search(query, 10, ["id", "en"])
    again.remove([0])
    assert 0 not in again.search(query, 50, ["id"])
    serialised, moments = index.parts()["id"]
    with pytest.raises(ValueError, match="16 dimensions"):
        DenseIndex(8).restore("id", serialised, moments)


def test_vectors_that_would_spoil_it_are_refused() -> None:
    index = DenseIndex(DIMENSION)
    bad = units(2)
    bad[1, 3] = np.nan
    for vectors in (bad, units(2)[:, :8], units(3)):
        with pytest.raises(VectorIndexError, match="warta reindex --full"):
            index.add("id", [1, 2], vectors)
    assert len(index) == 0
    index.add("id", [], units(0))
    assert index.languages == []
