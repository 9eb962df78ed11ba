"""What an administrator orders, done by the real commands in processes of their own, on a small data folder."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from bot_api import BotApi
from stage import BMW, GRAB, TIKET, asked, at_work, opened, play
from test_operating import RINI, rini_in

from index.embed.engines import engine_of
from index.quality import FILE
from index.settings import Settings

pytestmark = pytest.mark.slow


def test_backup_and_quality_by_the_real_commands(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARTA_CACHE", str(model_cache))
    monkeypatch.setenv("WARTA_ABSTAIN_BELOW", "0")
    data, folder = tmp_path / "data", tmp_path / "backups"
    engine = engine_of(Settings.from_env({"WARTA_DATA": str(data), "WARTA_CACHE": str(model_cache)}))
    with opened(data, engine, WARTA_CACHE=str(model_cache)) as warta:
        list(warta.ingest([BMW, GRAB, TIKET]))
    questions = [
        {"text": "Siapa CEO Tiket.com?", "answers": ["George Hendrata"], "article": TIKET.url},
        {"text": "Who is the chief executive of Grab?", "answers": ["Budi"], "article": GRAB.url},  # not so
    ]
    (data / FILE).write_text("\n".join(map(json.dumps, questions)))

    async def scene() -> None:
        with BotApi() as api:
            chat, rini = rini_in(api)

            async def ended(order: str) -> str:
                begun = await asked(api, chat, rini, order)
                assert begun["text"].startswith("⏳")
                await api.until(lambda: not api.sent(chat)[-1]["text"].startswith("⏳"), timeout=50)
                return str(api.sent(chat)[-1]["text"])

            async with at_work(api, data, engine=engine, admins=(RINI,), backup_dir=str(folder), backup_keep=1):
                # One of two is right; the source of each is the only article about it.
                assert (await ended("/quality")).split("\n") == [
                    "✅ Mutu jawaban (2 pertanyaan)", "Jawaban pertama benar: 50,0%",
                    "Sumbernya di antara lima teratas: 100,0%", "Tidak dijawab: 0",
                ]  # fmt: skip
                assert "Jawaban pertama benar: 50,0% (sebelumnya 50,0%)" in await ended("/quality")
                made = await ended("/backup now")
                [kept] = folder.iterdir()
                assert made.startswith(f"✅ Cadangan selesai dan sudah diperiksa: {kept}, ")
                assert zipfile.is_zipfile(kept)
                assert f"Terbaru: {kept.name}" in (await asked(api, chat, rini, "/backup"))["text"]
                shutil.rmtree(folder)
                folder.write_text("a file stands where the folder was")
                assert (await ended("/backup now")).startswith("⚠️ Tidak berhasil: ")

    play(scene())
