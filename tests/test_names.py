"""What partners are called, and where an article names them."""

from dataclasses import replace
from pathlib import Path

import pytest
from news import article as made_up
from stage import opened

from index.errors import NamesError, SettingsError
from index.names import NameBook, NameFinder, partners_of, read_names
from index.types import Article

BOOK = NameBook({"BMW": ["BMW Group", "Bayerische Motoren Werke"], "Grab": [], "Go-Jek": ["Gojek"]})


def article(body: str, title: str = "", partners: tuple[str, ...] = ()) -> Article:
    return Article(title, body, "/a.txt", "id", partners=partners)


def places(name: str, body: str, book: NameBook = BOOK) -> list[str]:
    """The words of a body that name somebody."""
    spans = NameFinder([name], book).found(article(body)).get(name, ())
    return [body[span.start : span.end] for span in spans if span]


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "partners.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_of_names(tmp_path: Path) -> None:
    text = "# Mitra\n\nBMW = BMW Group,  Bayerische Motoren  Werke, # Jerman\nGrab\nGo-Jek=Gojek\r\nbmw = Bimmer\n"
    book = read_names(written(tmp_path, text))
    assert book.names == ("BMW", "Grab", "Go-Jek")
    assert book.spellings("bmw GROUP") == ("BMW", "BMW Group", "Bayerische Motoren Werke", "Bimmer")
    assert [book.canonical(name) for name in ("bimmer", "gojek", "go jek", " Toko  Ali ")] == [
        "BMW", "Go-Jek", "Go-Jek", "Toko Ali",
    ]  # fmt: skip
    assert [book.known(name) for name in ("GRAB", "Grab Food", "")] == [True, False, False]
    assert book.spellings("Toko  Ali") == ("Toko Ali",)


def test_an_alias_with_a_line_of_its_own_is_the_same_partner(tmp_path: Path) -> None:
    book = read_names(written(tmp_path, "BMW = Mini\nMini = Mini Cooper"))
    assert (book.names, book.canonical("mini cooper")) == (("BMW",), "BMW")


def test_no_file_is_an_empty_book(tmp_path: Path) -> None:
    assert read_names(tmp_path / "partners.txt").names == ()


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert read_names(written(tmp_path, "\ufeffBMW".encode())).names == ("BMW",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Grab\n= BMW Group", "line 2: '= BMW Group' names no partner"),
        ("BMW, Grab", "line 1: 'BMW, Grab' names no partner"),
        ("BMW = Group\nGrab = group", "line 2: 'group' is written for 'BMW' already"),
        ('"BMW"', "is no name"),
        ("BMW = +1", "is no name"),
        ("B" * 81, "is no name"),
        (b"Grab\nBMW = \xff", "line 2: it is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named_with_its_line(tmp_path: Path, text: str | bytes, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(NamesError) as caught:
        read_names(path)
    assert isinstance(caught.value, SettingsError)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(NamesError, match="cannot be read"):
        read_names(tmp_path)


def test_tags_are_known_as_they_are_written_with_a_capital() -> None:
    book = BOOK.with_tags(["alibaba", "Alibaba", "ALIBABA", "bmw  group", "Bank  Mandiri", 'x"y', "Telkom, PT", ""])
    assert book.names == ("BMW", "Grab", "Go-Jek", "Alibaba", "Bank Mandiri")
    assert book.canonical("alibaba") == "Alibaba"
    assert book.canonical("bmw group") == "BMW"
    assert BOOK.canonical("alibaba") == "alibaba"


@pytest.mark.parametrize(
    ("name", "body", "found"),
    [
        ("Grab", "Kata Grab, Grabfood dan grab berbeda; GRAB sama. Grab's!", ["Grab", "GRAB", "Grab"]),
        ("BMW", "BMW adalah Bayerische Motoren Werke; bmw", ["BMW", "Bayerische Motoren Werke"]),
        ("Go-Jek", "Go-Jek, Go Jek, Gojek, go-jek, Go–Jek. Go. Jek", ["Go-Jek", "Go Jek", "Gojek", "Go–Jek"]),
        ("Tiket.com", "Tiket.com dan tiket.com. Tiket. Com mahal", ["Tiket.com"]),
        ("blu", "Layanan blu dan Blu, bukan blue.", ["blu", "Blu"]),
        ("3M", "3M, 3m dan 13M", ["3M", "3m"]),
        ("AT&T", "AT&T, AT & T", ["AT&T", "AT & T"]),
        ("Sinar Mas", "Sinar, Mas. Sinar\n\nMas (Sinar) Mas Sinar Mas", ["Sinar Mas"]),
        ("Nestlé", "Nestle dan NESTLÉ", ["Nestle", "NESTLÉ"]),
        ("Grab", "", []),
    ],
)
def test_whole_words_in_any_spelling(name: str, body: str, found: list[str]) -> None:
    assert places(name, body) == found


def test_many_names_at_once_with_their_places() -> None:
    names = NameFinder(["Bank Mandiri", "Mandiri", "Grab", "OVO"], NameBook())
    found = names.found(article("Bank Mandiri menggandeng Grab.", "Grab dan Mandiri", ("ovo", "Lain")))
    body = {name: [(s.start, s.end) if s else None for s in spans] for name, spans in found.items()}
    assert body == {"Grab": [None, (25, 29)], "Mandiri": [None, (5, 12)], "Bank Mandiri": [(0, 12)], "OVO": []}


def test_a_name_is_looked_for_as_the_book_spells_it_by_now() -> None:
    assert places("grab", "saya grab kursi di Grab", NameBook()) == ["grab", "Grab"]
    assert places("grab", "saya grab kursi di Grab") == ["Grab"]


def test_the_partners_of_an_article() -> None:
    one = article("Gojek menggandeng Bayerische Motoren Werke.", "Grab", ("bmw group", "Toko  Ali", "GRAB"))
    assert partners_of(one, BOOK) == ("BMW", "Toko Ali", "Grab", "Go-Jek")


def test_the_names_of_a_data_folder(tmp_path: Path) -> None:
    with opened(tmp_path) as warta:
        tags = (("bmw", "Alibaba"), ("alibaba",), ("ALIBABA", "Toko Ali"), ("ALIBABA",))
        list(warta.ingest([replace(made_up(number), partners=names) for number, names in enumerate(tags)]))
        assert sorted(warta.names.names) == ["ALIBABA", "Toko Ali", "bmw"]
        written(tmp_path, "BMW = BMW Group")
        assert warta.names.names == ("BMW", "ALIBABA", "Toko Ali")
        assert warta.names.canonical("bmw group") == "BMW"
