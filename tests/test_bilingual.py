"""The same fact in Indonesian and in English: the same tokens, and found by a question in the other language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes import fake_engine

from index.features import coverage
from index.lemmas import lemmas
from index.numbers import scaled
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article, Language

PAIRS = [
    ("25 miliar", "25 billion"),
    ("Rp25 miliar", "IDR 25 billion"),
    ("Rp25 M", "Rp25 billion"),
    ("Rp1,8 T", "Rp1.8 trillion"),
    ("Rp75 jt", "75 million rupiah"),
    ("US$3 juta", "USD 3m"),
    ("US$3 miliar", "$3B"),
    ("50 juta euro", "€50 million"),
    ("5 juta pound", "£5 million"),
    ("100 yen", "¥100"),
    ("500 ribu", "500,000"),
    ("2,5 juta", "2,500,000"),
    ("1.500 miliar", "1.5 trillion"),
    ("0,5 miliar", "500 million"),
    ("1.000,5", "1,000.5"),
    ("1.250", "1,250"),
    ("dua ribu", "2,000"),
    ("40 persen", "40%"),
    ("40 persen", "40 per cent"),
    ("12,5%", "12.5 pct"),
    ("3 Oktober 2018", "October 3, 2018"),
    ("3 Oktober 2018", "3rd October 2018"),
    ("17 Agustus", "August 17th"),
    ("23 Mei 2021", "23 May 2021"),
    ("Senin", "Monday"),
    ("kuartal II 2024", "second quarter of 2024"),
    ("triwulan III 2023", "third quarter of 2023"),
    ("kuartal ke-4", "fourth quarter"),
    ("semester I 2023", "first half of 2023"),
    ("pertama", "first"),
    ("kelima", "5th"),
    ("abad ke-20", "20th century"),
    ("tiga tahun", "three years"),
    ("tujuh", "7"),
    ("Jepang", "Japan"),
    ("Yunani", "Greece"),
    ("Belgia", "Belgian"),
    ("Brasil", "Brazil"),
    ("Kanada", "Canadian"),
    ("Meksiko", "Mexico"),
    ("Swedia", "Swedish"),
    ("Norwegia", "Norway"),
    ("Polandia", "Poland"),
    ("Hungaria", "Hungary"),
    ("Ceko", "Czech"),
    ("Kroasia", "Croatia"),
    ("Ukraina", "Ukrainian"),
    ("Kamboja", "Cambodia"),
    ("Suriah", "Syria"),
    ("Irak", "Iraq"),
    ("Yordania", "Jordan"),
    ("Maroko", "Morocco"),
    ("Aljazair", "Algeria"),
    ("Palestina", "Palestine"),
    ("Selandia Baru", "New Zealand"),
    ("Afrika Selatan", "South Africa"),
    ("Korsel", "South Korea"),
    ("Korea Utara", "North Korea"),
    ("Uni Emirat Arab", "UAE"),
    ("Arab Saudi", "Saudi Arabia"),
    ("Britania Raya", "United Kingdom"),
    ("Uni Eropa", "European Union"),
    ("Perserikatan Bangsa-Bangsa", "United Nations"),
    ("Bank Dunia", "World Bank"),
    ("Asia Tenggara", "Southeast Asia"),
    ("Timur Tengah", "Middle East"),
    ("Laut China Selatan", "South China Sea"),
    ("Jawa Barat", "West Java"),
    ("Sumatera Utara", "North Sumatra"),
    ("Kalimantan", "Borneo"),
    ("Moskow", "Moscow"),
    ("Kairo", "Cairo"),
    ("Jenewa", "Geneva"),
    ("Mekkah", "Mecca"),
    ("Wina", "Vienna"),
    ("Presiden", "President"),
    ("Menteri", "Minister"),
    ("PT Telkom Indonesia (Persero) Tbk", "Telkom Indonesia"),
    ("PT Bank Central Asia Tbk", "Bank Central Asia"),
]


@pytest.mark.parametrize(("indonesian", "english"), PAIRS)
def test_a_fact_has_the_same_tokens_in_both_languages(indonesian: str, english: str) -> None:
    assert lemmas(indonesian, "id")
    assert set(lemmas(indonesian, "id")) == set(lemmas(english, "en"))


def test_a_short_form_shares_what_tells_it_apart() -> None:
    assert set(lemmas("Q2 2024", "en")) == {"q2", "2024"} < set(lemmas("kuartal kedua 2024", "id"))
    assert set(lemmas("H1 2023", "en")) == {"h1", "2023"} < set(lemmas("paruh pertama 2023", "id"))


def test_what_only_looks_alike_stays_itself() -> None:
    assert lemmas("third half", "en") != lemmas("semester I", "id")
    assert lemmas("25 m", "id") == ["25", "m"]  # metres, where no currency stands before it
    assert lemmas("Kedua tim", "id")[0] == "2"
    assert "pbb" not in lemmas("bangsa yang bersatu", "id")


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ("500 ribu", "500000"),
        ("2500000", "2d5 juta"),
        ("1500 miliar", "1d5 triliun"),
        ("0d5 miliar", "500 juta"),
        ("25 juta", "25 juta"),
        ("1d2345 triliun", "1d2345 triliun"),  # too exact for another scale
        ("1234567", "1234567"),
        ("0 juta", "0 juta"),
        ("7000 orang", "7000 orang"),
        ("ribu orang", "ribu orang"),
        ("2 3 juta", "2 3 juta"),
        ("0812345000", "0812345000"),  # begins with a 0: no amount
        ("1" + "0" * 15, "1" + "0" * 15),
        ("100000000000000", "100 triliun"),
    ],
)
def test_scales_have_one_form(tokens: str, expected: str) -> None:
    assert " ".join(scaled(tokens.split())) == expected


NEWS: tuple[tuple[str, Language, str, str], ...] = (
    ("Bank Lestari", "id", "Bank Lestari menyalurkan kredit Rp25 miliar kepada nelayan.", "Rp25 miliar"),
    ("Kapal Samudra", "en", "Samudra Lines ordered ships worth IDR 1.8 trillion from Japan.", "IDR 1.8 trillion"),
    ("Pabrik Surya", "id", "Pabrik Surya menaikkan produksi sebesar 40 persen pada triwulan III 2023.", "40 persen"),
    ("Rice Mill", "en", "The mill sold 500,000 tonnes of rice on October 3, 2018.", "500,000 tonnes"),
    ("Toko Kencana", "id", "Toko Kencana membuka gerai kelima di Yunani pada 17 Agustus 2021.", "Yunani"),
    (
        "Harbour Group",
        "en",
        "Harbour Group hired three people in New Zealand in the first half of 2023.",
        "New Zealand",
    ),
)


@pytest.fixture(scope="module")
def warta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warta]:
    data = tmp_path_factory.mktemp("bilingual")
    with Warta(Settings.from_env({"WARTA_DATA": str(data), "WARTA_ABSTAIN_BELOW": "0"}), fake_engine()) as opened:
        articles = [Article(title, body, f"/{title}.txt", language) for title, language, body, _ in NEWS]
        assert [outcome.status for outcome in opened.ingest(articles)] == ["new"] * len(NEWS)
        yield opened


@pytest.mark.parametrize(
    ("question", "holding"),
    [
        ("Who lent IDR 25 billion?", "Rp25 miliar"),
        ("Who got Rp 25bn in loans?", "Rp25 miliar"),
        ("Siapa memesan kapal senilai Rp1,8 triliun dari Jepang?", "IDR 1.8 trillion"),
        ("Siapa yang membayar Rp1,8 T?", "IDR 1.8 trillion"),
        ("What rose by 40% in the third quarter of 2023?", "40 persen"),
        ("Who grew in Q3 2023?", "40 persen"),
        ("Siapa menjual 500 ribu ton?", "500,000 tonnes"),
        ("Apa yang dijual pada 3 Oktober 2018?", "500,000 tonnes"),
        ("Who opened a fifth shop in Greece?", "Yunani"),
        ("What opened on August 17th, 2021?", "Yunani"),
        ("Siapa yang merekrut tiga orang di Selandia Baru?", "New Zealand"),
        ("Apa yang terjadi pada semester I 2023?", "New Zealand"),
    ],
)
def test_a_fact_finds_the_passage_in_the_other_language(warta: Warta, question: str, holding: str) -> None:
    found, draft = warta.draft(question)
    assert holding in warta.store.article(found.hits[0].article_id).body
    assert holding in draft.quotes[0].text
    passage = frozenset(lemmas(draft.quotes[0].text, found.hits[0].language))
    facts = {term: idf for term, idf in found.terms.items() if term[0].isdigit()}
    assert coverage(passage, facts) == float(bool(facts))
