from urllib.parse import unquote

from index.links import fragment_link

URL = "https://example.com/a?b=1"


def test_a_short_quote_stands_whole_in_the_link() -> None:
    assert fragment_link(URL, "Rp1,8 triliun & lebih") == f"{URL}#:~:text=Rp1%2C8%20triliun%20%26%20lebih"


def test_a_long_quote_gives_its_first_and_last_words() -> None:
    link = fragment_link(URL, " ".join(f"w{i}" for i in range(20)))
    directive = link.split("#:~:text=")[1]
    assert [unquote(part) for part in directive.split(",")] == ["w0 w1 w2 w3 w4", "w15 w16 w17 w18 w19"]


def test_a_quote_of_several_paragraphs_gives_parts_that_stand_within_one() -> None:
    assert fragment_link(URL, "Syarat:\n\nUsia 21\n\nNilai 80") == f"{URL}#:~:text=Syarat%3A,Nilai%2080"


def test_a_dash_is_escaped_because_it_means_something_there() -> None:
    assert fragment_link(URL, "Go-Jek") == f"{URL}#:~:text=Go%2DJek"


def test_a_fragment_of_its_own_is_kept() -> None:
    assert fragment_link("https://e.com/#top", "a") == "https://e.com/#top:~:text=a"


def test_no_url_no_link() -> None:
    assert fragment_link("", "a") == ""
