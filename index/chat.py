"""Questions and answers in a loop, with follow-ups."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from index.browse import single_word_partners
from index.console import say, show_answer
from index.conversation import Turn, topic_of, turn_after
from index.courtesy import courtesy_in, courtesy_language
from index.errors import WartaError
from index.llm import in_words, writer_of
from index.phrases import phrase

if TYPE_CHECKING:
    from index.pipeline import Warta
    from index.types import Language

PROMPT = "› "
GREETING = "Tanya apa saja tentang berita yang tersimpan. Ask about the stored news. /help · /quit"
HELP = """\
/new    lupakan yang dibicarakan / forget what was talked about
/quit   keluar / leave (Ctrl-D)
/help   ini / this
Pertanyaan lanjutan boleh pendek: "Siapa CEO-nya?"  Follow-ups may be short: "Who is its CEO?\""""
FORGOTTEN = "Lembaran baru. / A fresh start."
UNKNOWN = "/help menyebut perintah yang ada. / /help lists the commands."


def chat(warta: Warta, language: Language | None = None, *, as_json: bool = False) -> None:
    """Ask until /quit or the end of the input; an error in one question does not end it."""
    talking = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    if talking:
        click.echo(GREETING)
    known = single_word_partners(warta.store)
    earlier: Turn | None = None
    spoken: Language = "id"
    writer = writer_of(warta.settings)
    for line in _lines(talking):
        if line.startswith("/"):
            if line in ("/quit", "/exit"):
                return
            if line == "/new":
                earlier = None
            if not as_json:
                click.echo({"/new": FORGOTTEN, "/help": HELP}.get(line, UNKNOWN))
            continue
        # A script that reads JSON is owed an answer a line.
        if not as_json and (courtesy := courtesy_in(line)):
            click.echo(f"{phrase(courtesy, language or courtesy_language(line, spoken))}\n")
            continue
        topic = topic_of(line, earlier, known)
        try:
            answer = warta.ask(line, language, topic=topic)
            answer = in_words(writer, answer, topic) if writer else answer
        except WartaError as e:
            say(f"warta: {e}")
            continue
        spoken = answer.language
        show_answer(answer, as_json=as_json)
        if not as_json:
            click.echo()
        cited = answer.citations[0].partners if answer.answerable and answer.citations else ()
        earlier = turn_after(line, topic, cited, known)


def _lines(talking: bool) -> Iterator[str]:
    if talking:
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  # editing and history at the prompt; not in every build of Python
    while True:
        try:
            line = input(PROMPT) if talking else sys.stdin.readline()
        except EOFError:
            click.echo()
            return
        if not talking and not line:
            return
        # A terminal hands on bytes that are no UTF-8 as lone surrogates, which cannot be stored or printed.
        if line := line.encode("utf-8", "replace").decode().strip():
            yield line
