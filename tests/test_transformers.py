"""Models of sentence-transformers: what their files tell, how they are asked, and what is said where they fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import WordEmbedder
from huggingface_hub.errors import LocalEntryNotFoundError
from sentence_models import DIMENSION, PROMPTS, Library, install, put_model, uninstall

from index.background import kept_background, make_background
from index.embed.checkpoints import MAX_TOKENS, Prompts, dimension_of, find_checkpoint, prompts_of
from index.embed.engines import engine_of, named_by, reranker_of
from index.embed.transformers import Hardware, SentenceEmbedder
from index.errors import EmbedderError, ModelMissingError, SettingsError
from index.settings import Settings
from index.types import Embedder, silent


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    return install(monkeypatch)


def of(folder: Path, **values: Any) -> Settings:
    return Settings(embedder=f"sentence-transformers:{folder}", **values)


def loaded(folder: Path, **values: Any) -> Embedder:
    return engine_of(of(folder, **values)).load(silent)


# What the files tell


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("model", PROMPTS, Prompts("Tanya: ", "Isi: ")),
        ("model", {"query": "Q: ", "passage": "P: "}, Prompts("Q: ", "P: ")),
        ("model", {"query": "", "document": ""}, Prompts("", "")),
        ("model", {}, Prompts("", "")),
        ("multilingual-e5-base", {}, Prompts("query: ", "passage: ")),
        ("multilingual-e5-base", {"query": "Q: "}, Prompts("Q: ", "")),
        ("e5-instruct", {}, Prompts("Instruct: Given a question, retrieve passages that answer it\nQuery: ", "")),
        ("base5-model", {}, Prompts("", "")),
    ],
    ids=["own", "passage", "empty", "none", "e5", "e5-with-own", "instruct", "not-e5"],
)  # fmt: skip
def test_prompts(tmp_path: Path, name: str, prompts: dict[str, str], expected: Prompts) -> None:
    checkpoint = find_checkpoint(str(put_model(tmp_path / name, prompts=prompts)), "WARTA_EMBEDDER")
    assert prompts_of(checkpoint) == expected


def test_a_default_prompt_stands_before_both(tmp_path: Path) -> None:
    folder = put_model(tmp_path / "model", prompts={"retrieval": "R: "}, default_prompt_name="retrieval")
    assert prompts_of(find_checkpoint(str(folder), "WARTA_EMBEDDER")) == Prompts("R: ", "R: ")


def test_dimension(tmp_path: Path) -> None:
    folder = put_model(tmp_path / "model", dimension=48)
    checkpoint = find_checkpoint(str(folder), "WARTA_EMBEDDER")
    assert dimension_of(checkpoint) == 48
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 48, "out_features": 16}')
    (folder / "modules.json").write_text('[{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]')
    assert dimension_of(checkpoint) == 16
    (folder / "config_sentence_transformers.json").write_text('{"truncate_dim": 12}')
    assert dimension_of(checkpoint) == 12
    for name in ("modules.json", "config_sentence_transformers.json"):
        (folder / name).unlink()
    assert dimension_of(checkpoint) == 8  # of a plain transformer, whose tokens' mean is taken
    (folder / "config.json").write_text("{}")
    with pytest.raises(ModelMissingError, match="does not tell the dimension"):
        dimension_of(checkpoint)
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelMissingError, match="cannot be read"):
        dimension_of(checkpoint)


def test_what_gives_other_vectors_has_another_fingerprint(tmp_path: Path) -> None:
    def fingerprint(place: str, **values: Any) -> str:
        return named_by(of(put_model(tmp_path / place / "model", **values)))

    first = fingerprint("a")
    assert first.startswith("sentence-transformers/model/")
    assert first.endswith(f"/{DIMENSION}")
    assert fingerprint("b") == first  # wherever it lies
    others = [fingerprint("c", weights="2"), fingerprint("d", prompts=PROMPTS), fingerprint("e", dimension=32)]
    assert len({first, *others}) == 4


def test_files_that_are_not_read_do_not_count(tmp_path: Path) -> None:
    folder = put_model(tmp_path / "model")
    before = named_by(of(folder))
    (folder / "onnx").mkdir()
    for name in ("README.md", "onnx/model.onnx", ".gitattributes"):
        (folder / name).write_text("more")
    assert named_by(of(folder)) == before
    (folder / "model.safetensors").write_text("other weights")
    assert named_by(of(folder)) != before


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    for embedder, said in (
        ("e5", "neither bundled nor sentence-transformers:ID_OR_PATH"),
        ("sentence-transformers:", "neither bundled nor"),
        (f"sentence-transformers:{tmp_path}/none", "neither a folder nor the id of a model"),
        (f"sentence-transformers:{tmp_path}", "neither modules.json nor config.json"),
    ):
        with pytest.raises(SettingsError, match=said):
            engine_of(Settings(embedder=embedder))


# From the hub


def put_hub(cache: Path, commit: str, weights: str = "1", *, whole: bool = True) -> None:
    """As huggingface_hub keeps what it downloaded, `commit` the newest."""
    model = cache / "models--warta--kecil"
    folder = put_model(model / "snapshots" / commit, weights=weights)
    if not whole:
        (folder / "model.safetensors").unlink()
    (model / "refs").mkdir(exist_ok=True)
    (model / "refs" / "main").write_text(commit)


def test_a_model_of_the_hub_is_known_by_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    first, second = "1" * 40, "2" * 40
    settings = Settings(embedder="sentence-transformers:warta/kecil")
    with pytest.raises(ModelMissingError, match="not downloaded yet"):
        engine_of(settings)
    assert named_by(settings) == settings.embedder
    put_hub(tmp_path, first)
    engine = engine_of(settings)
    assert engine.spec == f"sentence-transformers:warta/kecil@{first}"
    assert engine.fingerprint.startswith("sentence-transformers/kecil/")
    put_hub(tmp_path, second, "2")
    assert engine_of(settings).fingerprint != engine.fingerprint
    assert engine_of(settings, engine.spec).fingerprint == engine.fingerprint  # what an index was made with stays


def test_half_a_download_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    put_hub(tmp_path, "1" * 40, whole=False)
    with pytest.raises(ModelMissingError, match="not downloaded yet"):
        engine_of(Settings(embedder="sentence-transformers:warta/kecil"))


def test_what_cannot_be_downloaded_is_said_in_one_line(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelMissingError, match="warta/kecil, which cannot be downloaded") as caught:
        engine_of(Settings(embedder="sentence-transformers:warta/kecil"), fetch=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("setting", ["WARTA_EMBEDDER", "WARTA_RERANKER"])
def test_nothing_is_downloaded_that_cannot_be_used(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uninstall(monkeypatch)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    asked: list[bool] = []

    def download(name: str, *, local_files_only: bool, **_: object) -> str:
        asked.append(local_files_only)
        raise LocalEntryNotFoundError("nothing is there")

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    settings = Settings(embedder="sentence-transformers:warta/kecil", reranker="warta/kecil")
    with pytest.raises(ModelMissingError) as caught:
        engine_of(settings, fetch=True) if setting == "WARTA_EMBEDDER" else reranker_of(settings)
    missing = "sentence-transformers is not installed: pip install 'warta-mitra[transformers]'"
    assert str(caught.value) == f"{setting} names warta/kecil, but {missing}"
    assert asked == [True]


# How it is asked


def test_texts_and_questions_have_their_prompts(tmp_path: Path, library: Library) -> None:
    embedder = loaded(put_model(tmp_path / "model", prompts=PROMPTS), batch_size=7, device="cuda:1")
    vectors = embedder.embed_passages(["bank dan toko", ""])
    assert np.allclose(vectors, WordEmbedder(dimension=DIMENSION).embed_passages(["bank dan toko", ""]))
    assert (vectors.dtype, np.allclose(np.linalg.norm(vectors, axis=1), 1)) == (np.float32, True)
    assert embedder.embed_query("toko").shape == (DIMENSION,)
    assert embedder.embed_passages([]).shape == (0, DIMENSION)
    told = [(kind, texts, options["prompt"], options["batch_size"]) for kind, texts, options in library.calls]
    assert told == [("document", ["bank dan toko", ""], "Isi: ", 7), ("query", ["toko"], "Tanya: ", 7)]
    assert library.loaded == [(str(tmp_path / "model"), {"device": "cuda:1", "local_files_only": True})]


def test_without_prompts_none_of_the_librarys_choice_is_taken(tmp_path: Path, library: Library) -> None:
    loaded(put_model(tmp_path / "model")).embed_query("toko")
    assert [options["prompt"] for _, _, options in library.calls] == [""]


def test_auto_leaves_the_device_to_the_library(tmp_path: Path, library: Library) -> None:
    loaded(put_model(tmp_path / "model"))
    assert library.loaded[0][1]["device"] is None


@pytest.mark.parametrize(("own", "taken"), [(None, MAX_TOKENS), (256, 256), (8192, MAX_TOKENS)])
def test_long_texts_are_cut(tmp_path: Path, library: Library, own: int | None, taken: int) -> None:
    folder = put_model(tmp_path / "model")
    (folder / "modules.json").write_text(json.dumps([{"path": "", "most": own}, {"path": "1_Pooling"}]))
    embedder = SentenceEmbedder(find_checkpoint(str(folder), "WARTA_EMBEDDER"), Hardware())
    assert embedder._model.max_seq_length == taken


def test_a_model_that_gives_something_else_is_refused(tmp_path: Path, library: Library) -> None:
    folder = put_model(tmp_path / "model", truncate_dim=16)
    with pytest.raises(EmbedderError, match=r"gave vectors of shape \(1, 64\)"):
        loaded(folder).embed_query("toko")


# What can go wrong


def test_without_the_extra_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uninstall(monkeypatch)
    engine = engine_of(of(put_model(tmp_path / "model")))
    assert engine.missing == "sentence-transformers is not installed: pip install 'warta-mitra[transformers]'"
    with pytest.raises(EmbedderError, match=r"pip install 'warta-mitra\[transformers\]'"):
        engine.load(silent)


def test_a_broken_model_is_one_line(tmp_path: Path, library: Library) -> None:
    folder = put_model(tmp_path / "model", weights="broken")
    with pytest.raises(EmbedderError) as caught:
        loaded(folder)
    assert str(caught.value) == f"{folder} cannot be loaded (these are no weights); check the model and WARTA_DEVICE"


def test_too_little_memory_names_the_setting(tmp_path: Path, library: Library) -> None:
    embedder = loaded(put_model(tmp_path / "model"))
    library.fails = RuntimeError("CUDA out of memory. Tried to allocate 20 GiB\nmore")
    with pytest.raises(EmbedderError, match=r"CUDA out of memory.*WARTA_BATCH_SIZE") as caught:
        embedder.embed_query("toko")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("device", ["GPU", "cuda:", "/dev/nvidia0"])
def test_a_device_that_cannot_be(device: str) -> None:
    with pytest.raises(SettingsError, match="WARTA_DEVICE"):
        Settings.from_env({"WARTA_DEVICE": device})


def test_a_model_with_several_figures_a_pair_is_no_reranker(tmp_path: Path, library: Library) -> None:
    folder = put_model(tmp_path / "model")
    (folder / "config.json").write_text('{"labels": 3}')
    with pytest.raises(EmbedderError, match="gives 3 figures a pair"):
        reranker_of(Settings(reranker=str(folder)))


# What its questions score anyway


def test_the_background_is_that_of_the_samples_and_kept(tmp_path: Path) -> None:
    embedder = WordEmbedder("fake/x", DIMENSION)
    made = make_background(embedder, tmp_path)
    kept = kept_background("fake/x", tmp_path)
    assert kept is not None
    query = embedder.embed_query("Apa yang dibuka bank itu?")
    for kind in ("passages", "sentences"):
        of_made, of_kept = getattr(made, kind), getattr(kept, kind)
        assert of_made["und"].count == of_made["id"].count + of_made["en"].count
        for language in ("id", "en", "und"):
            mean, deviation = of_made[language].standard(query, None, 0)
            assert of_kept[language].standard(query, None, 0) == (mean, deviation)
            assert 0.75 <= mean <= 1  # two texts without a common word have 0.75
            assert deviation > 0.005
    assert made.sentences["id"].count > made.passages["id"].count > 10


def test_a_background_that_cannot_be_kept_or_read_is_made_again(tmp_path: Path) -> None:
    assert kept_background("fake/x", tmp_path) is None
    embedder = WordEmbedder("fake/x", DIMENSION)
    (tmp_path / "file").write_text("")
    assert make_background(embedder, tmp_path / "file").passages["id"].count > 0
    make_background(embedder, tmp_path)
    [file] = (tmp_path / "backgrounds").iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert kept_background("fake/x", tmp_path) is None
    shutil.rmtree(file.parent)
    assert kept_background("fake/x", tmp_path) is None
