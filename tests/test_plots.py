"""The picture of /stats: its scale, and bars as high as they should be."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.plots import ABOVE, BELOW, COLOURS, LEFT, PANEL, RIGHT, WIDTH, Panel, bars, scale_of
from bot.strings import text

DAYS = [date(2026, 1, 20) + timedelta(number) for number in range(30)]
MONTHS = text("bot_plot_months", "id").split()
ROOT = Path(__file__).resolve().parent.parent


def drawn(*panels: list[int]) -> Image.Image:
    png = bars(DAYS, [Panel("Artikel baru per hari", counts) for counts in panels], MONTHS)
    return Image.open(io.BytesIO(png)).convert("RGB")


def height_of(image: Image.Image, panel: int, day: int) -> int:
    """Pixels of a day's bar that have the panel's colour, along its middle."""
    x = round(LEFT + (WIDTH - LEFT - RIGHT) / len(DAYS) * (day + 0.5))
    colour = tuple(bytes.fromhex(COLOURS[panel][1:]))
    return sum(image.getpixel((x, y)) == colour for y in range(panel * PANEL, (panel + 1) * PANEL))


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4, 6]), (9, [0, 5, 10]),
        (37, [0, 10, 20, 30, 40]), (99, [0, 50, 100]), (180, [0, 50, 100, 150, 200]), (2_700, [0, 1000, 2000, 3000]),
        (100_000, [0, 50_000, 100_000]),
    ],
)  # fmt: skip
def test_the_scale_has_few_round_steps_and_holds_the_highest_bar(most: int, scale: list[int]) -> None:
    assert scale_of(most) == scale


def test_a_bar_is_as_high_as_its_count() -> None:
    counts = [0] * 30
    counts[3], counts[10], counts[29] = 40, 20, 1
    image = drawn(counts, [0] * 29 + [5])
    full = PANEL - ABOVE - BELOW
    assert image.size == (WIDTH, 2 * PANEL)
    # Of a scale up to 40; a pixel at the foot belongs to the base line.
    assert height_of(image, 0, 3) == pytest.approx(full, abs=2)
    assert height_of(image, 0, 10) == pytest.approx(full / 2, abs=2)
    assert height_of(image, 0, 29) == pytest.approx(full / 40, abs=2)
    assert height_of(image, 0, 4) == 0
    # Of a scale up to 6.
    assert height_of(image, 1, 29) == pytest.approx(full * 5 / 6, abs=2)


def test_one_among_thousands_can_still_be_seen() -> None:
    assert height_of(drawn([1] + [9_000] * 29), 0, 0) >= 1


def test_the_titles_and_days_are_drawn() -> None:
    image = drawn([1] * 30)
    above = image.crop((0, 0, WIDTH, ABOVE - 6)).getcolors()
    below = image.crop((0, PANEL - BELOW + 4, WIDTH, PANEL)).getcolors()
    assert above is not None
    assert len(above) > 1
    assert below is not None
    assert len(below) > 1


def test_pillow_is_loaded_only_for_a_picture() -> None:
    code = "import json, sys, bot.handlers.operating; print(json.dumps([m for m in sys.modules if m == 'PIL']))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == []
