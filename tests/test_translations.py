import pytest

from index.lemmas import lemmas
from index.translations import TRANSLATED, WORDS, Likeness, likeness, stands, translations


@pytest.mark.parametrize(
    ("one", "other"),
    [("mitra", "partner"), ("pendiri", "founder"), ("akuisisi", "acquire"), ("saham", "share"), ("utang", "debt")],
)
def test_words_of_one_meaning_are_found_from_both_languages(one: str, other: str) -> None:
    [ours], [theirs] = lemmas(one, "id"), lemmas(other, "en")
    assert theirs in translations(ours)
    assert ours in translations(theirs)


def test_a_name_has_no_translation() -> None:
    assert translations("alibaba") == frozenset()


def test_every_line_has_words_of_both_languages() -> None:
    lines = [line for line in WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) > 1_000
    for line in lines:
        indonesian, colon, english = line.partition(":")
        assert colon, line
        assert lemmas(indonesian, "id"), line
        assert lemmas(english, "en"), line


def test_a_term_stands_in_its_own_form_or_in_translation() -> None:
    words = frozenset(lemmas("The founder left", "en"))
    [founder] = lemmas("pendiri", "id")
    assert stands("founder", words) == 1.0
    assert stands(founder, words) == TRANSLATED
    assert stands("saham", words) == 0.0


def test_likeness_is_the_share_of_common_trigrams() -> None:
    # ^men men end ndi dir iri rik ika kan an$ and ^pen pen end ndi dir iri ri$: 4 in common of 10 and 7.
    assert likeness("mendirikan", "pendiri") == pytest.approx(0.9 * 2 * 4 / 17)
    assert likeness("bank", "bangku") == 0.0  # ^ba and ban: 2 * 2 / 10, below the least
    assert likeness("bmw", "bmx") == 0.0  # too short to be alike by anything but chance


def test_the_best_match_of_a_term_counts() -> None:
    like = Likeness(["kolaborasi"], ["kolaboratif", "mitra", "kolaborasi"])
    assert like.best("kolaborasi", frozenset({"kolaborasi", "kolaboratif"})) == 1.0
    # ^ko kol ola lab abo bor ora in common of 10 and 11 trigrams, and 7 of them.
    assert like.best("kolaborasi", frozenset({"kolaboratif"})) == pytest.approx(0.9 * 2 * 7 / 21)
    assert like.best("kolaborasi", frozenset({"lain"})) == 0.0
