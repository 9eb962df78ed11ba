"""A first look: sample news, a few questions, and a chat about them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.adding import add_paths
from index.chat import chat
from index.console import safe_line, show_answer
from index.errors import WartaError
from index.progress import Bars

if TYPE_CHECKING:
    from index.pipeline import Warta

SAMPLES = Path(__file__).with_name("samples") / "articles.jsonl"
FOLDER = "demo"
"""Below the data folder, so that the samples never mix with real news."""
QUESTIONS = (
    "Kapan BMW dan Alibaba menandatangani MoU?",
    "Who represents Singapore in the disaster risk agreement with Indonesia?",
    "Berapa batas harga resmi beras medium di Jawa?",
    "How much did the Astra group invest in Go-Jek?",  # told in Indonesian only
    "Which hydrogen SUV will Toyota launch?",  # told nowhere
)


def demo(warta: Warta, bars: Bars, *, as_json: bool = False) -> None:
    """Add the samples, answer the questions, and begin a chat where there is a terminal.

    Raises WartaError when a sample cannot be added.
    """
    added = add_paths(warta, [str(SAMPLES)], bars)
    if not added.complete:
        raise WartaError(f"{SAMPLES} cannot be read as a whole; install warta-mitra again")
    if not as_json:
        click.echo(f"Sample news in {safe_line(str(warta.settings.data))}: {added.summary()}\n")
    for question in QUESTIONS:
        if not as_json:
            click.secho(f"› {question}", bold=True)
        show_answer(warta.ask(question), as_json=as_json)
        if not as_json:
            click.echo()
    if as_json:
        return
    click.echo('Next: `warta add PATH` adds your own articles, `warta ask "QUESTION"` asks about them.')
    if sys.stdin.isatty() and sys.stdout.isatty():
        chat(warta)
