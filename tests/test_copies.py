"""Which texts are one article, how they are found, and what becomes of the others' addresses and of earlier texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import WordEmbedder
from news import DIMENSION, article, articles, copy_of

from index import copies
from index.copies import bands_of, is_copy
from index.errors import StoreError
from index.ingest import ingest
from index.store import Store
from index.types import Article

FAKE = WordEmbedder("fake/a", DIMENSION)
QUAKE = (
    "Gempa bermagnitudo 5,2 mengguncang wilayah Kabupaten Lombok Utara, Nusa Tenggara Barat, pada Senin pagi pukul "
    "06.12 WIB. Badan Meteorologi, Klimatologi, dan Geofisika menyatakan pusat gempa berada di laut pada jarak "
    "24 kilometer timur laut Lombok Utara dengan kedalaman 10 kilometer.\n\n"
    "Gempa itu tidak berpotensi tsunami. Warga diimbau tetap tenang dan tidak terpengaruh kabar yang tidak dapat "
    "dipertanggungjawabkan kebenarannya. Hingga kini belum ada laporan kerusakan bangunan maupun korban akibat "
    "guncangan tersebut, kata petugas yang dihubungi dari Jakarta."
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


def add(store: Store, *some: Article) -> list[str]:
    return [outcome.status for outcome in ingest(store, FAKE, some)]


def first(body: str = QUAKE) -> Article:
    return Article("Gempa Lombok", body, "a.html", "id", "ANTARA", published_at="2021-05-24", url="https://antara.id/1")


def reprint(body: str) -> Article:
    return Article("Lombok gempa", body, "k.html", "id", "Kompas", published_at="2021-05-24", url="https://kompas.id/9")


SAME = {
    "typo": QUAKE.replace("kerusakan", "kerusakn").replace("Utara,", "Utra,"),
    "baca juga": QUAKE.replace("\n\n", "\n\nBaca juga: Gunung Agung meletus, 1.200 orang mengungsi\n\n"),
    "suffix": f"LOMBOK, KOMPAS.com - {QUAKE}\n\n(ant/kid)\n\nPewarta: Ani Budi Editor: Cici COPYRIGHT © ANTARA 2021",
    "two datelines": f"JAKARTA, KOMPAS.com - Jakarta (ANTARA) - {QUAKE}",
    "shortened": QUAKE.removesuffix(", kata petugas yang dihubungi dari Jakarta.").rsplit(". ", 1)[0] + ".",
    "other words": QUAKE.replace("menyatakan", "mengatakan").replace("kebenarannya", "isinya"),
    "other breaks": QUAKE.replace("\n\n", " "),
}
OTHER = {
    "another magnitude": QUAKE.replace("5,2", "6,1"),
    "another place": QUAKE.replace("Lombok", "Bengkulu"),
    "another depth": QUAKE.replace("10 kilometer", "60 kilometer"),
    "a new figure": f"{QUAKE} Namun 14 rumah retak.",
    "much more": f"{QUAKE}\n\n" + " ".join(f"Kalimat {n * 'o'} menambah hal lain." for n in range(1, 6)),
    "another text": article(1, paragraphs=6).body,
    "short": QUAKE[:120],
}  # fmt: skip


@pytest.mark.parametrize("body", SAME.values(), ids=SAME)
def test_a_copy_says_nothing_else(store: Store, body: str) -> None:
    assert is_copy(QUAKE, body)
    assert not set(bands_of(QUAKE)).isdisjoint(bands_of(body))
    assert add(store, first(), reprint(body)) in (["new", "duplicate"],)
    [link] = store.links_of([1])[1]
    assert (link.publisher, link.url, link.published_at, link.location, link.title) == (
        "Kompas", "https://kompas.id/9", "2021-05-24", "k.html", "Lombok gempa",
    )  # fmt: skip
    assert store.article(1) == first()


@pytest.mark.parametrize("body", OTHER.values(), ids=OTHER)
def test_another_number_or_name_is_another_article(store: Store, body: str) -> None:
    assert not is_copy(QUAKE, body)
    assert add(store, first(), reprint(body)) == ["new", "new"]
    assert store.links_of([1, 2]) == {}


def test_texts_share_bands_as_often_as_they_share_runs_of_words() -> None:
    """1 - (1 - s⁴)³² for a share s of common shingles; two different texts of the same words share none."""
    assert len(bands_of(QUAKE)) == copies.BANDS
    assert bands_of(QUAKE) == bands_of(QUAKE.upper())
    assert set(bands_of(article(1).body)).isdisjoint(bands_of(article(3).body))
    assert bands_of("kata " * (copies.SHORTEST - 1)) == []


def test_bands_do_not_depend_on_the_process_or_the_machine() -> None:
    assert bands_of(QUAKE)[:2] == [-1317583639233843893, 3570419268860065326]


def test_a_longer_or_corrected_text_at_the_same_address_is_an_update(store: Store) -> None:
    longer = replace(first(), body=f"{QUAKE} Warga sempat berlarian keluar rumah.")
    assert add(store, first(), longer, replace(longer, body=SAME["typo"])) == ["new", "changed", "changed"]
    assert store.count("articles") == 1
    assert store.links_of([1]) == {}


def test_a_copy_is_known_again_without_being_compared(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = reprint(SAME["suffix"])
    add(store, first(), copy)
    monkeypatch.setattr("index.ingest.is_copy", lambda *_: pytest.fail("compared again"))
    [again] = ingest(store, FAKE, [copy])
    assert (again.status, again.article_id) == ("duplicate", 1)
    assert len(store.links_of([1])[1]) == 1


def test_a_copy_that_becomes_a_text_of_its_own_is_an_article(store: Store) -> None:
    add(store, first(), reprint(SAME["typo"]))
    own = reprint(f"{SAME['typo']} Namun 14 rumah retak.")
    assert add(store, own) == ["new"]
    assert store.links_of([1]) == {}
    assert store.article(2) == own
    assert store.count("copies") == 0


def test_copies_outlive_the_process_and_go_with_their_article(tmp_path: Path) -> None:
    with Store(tmp_path / "warta.db") as store:
        add(store, first())
    with Store(tmp_path / "warta.db") as store:
        assert add(store, reprint(SAME["baca juga"])) == ["duplicate"]
        store.remove_article(1)
        assert (store.count("copies"), store.count("copy_bands"), store.count("article_keys")) == (0, 0, 0)


def test_a_year_later_it_is_another_article(store: Store) -> None:
    assert add(store, first(), replace(reprint(SAME["typo"]), published_at="2022-05-24")) == ["new", "new"]
    assert add(store, replace(reprint(SAME["typo"]), url="https://a.id/3", published_at="2021")) == ["duplicate"]


def test_an_exact_copy_is_linked_as_well(store: Store) -> None:
    one = article(1)
    assert add(store, one, replace(copy_of(one), publisher="Tempo")) == ["new", "duplicate"]
    assert [link.publisher for link in store.links_of([1])[1]] == ["Tempo"]


def test_no_two_of_the_made_up_articles_are_copies(store: Store) -> None:
    assert set(add(store, *articles(40))) == {"new"}


def test_an_old_database_is_brought_up_to_date(store: Store) -> None:
    add(store, first())
    for query in ("delete from copy_bands", "delete from tellings", "delete from meta where name = 'copies'"):
        store.connection.execute(query)
    assert add(store, reprint(SAME["typo"])) == ["duplicate"]
    assert store.story_of(1) is not None


# History


def test_what_was_cited_can_be_read_after_an_update(store: Store) -> None:
    second = replace(first(), body=OTHER["another magnitude"])
    add(store, first(), replace(first(), byline="Ani"), second, replace(second, title="Gempa besar"))
    assert [(r.revision, r.title, r.body) for r in store.history(1)] == [
        (2, "Gempa Lombok", QUAKE), (3, "Gempa Lombok", second.body), (4, "Gempa besar", second.body),
    ]  # fmt: skip
    assert [store.revision(1, n).body for n in (1, 2, 3, 4)] == [QUAKE, QUAKE, second.body, second.body]
    for wrong in (0, 5):
        with pytest.raises(StoreError, match="no revision"):
            store.revision(1, wrong)
    old = store.revision_holding(1, "bermagnitudo 5,2")
    assert old is not None
    assert old.revision == 2
    now = store.revision_holding(1, "Badan Meteorologi")
    assert now is not None
    assert now.revision == 4
    assert store.revision_holding(1, "tidak pernah ditulis") is None
    store.remove_article(1)
    assert store.count("revisions") == 0
