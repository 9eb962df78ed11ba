"""Options that several commands share, and what they lead to: settings and an opened data folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.console import safe_line
from index.errors import StoreError
from index.progress import Bars

if TYPE_CHECKING:
    from index.pipeline import Warta
    from index.settings import Settings

NOTHING_STORED = {
    "id": "belum ada berita di {data}: tambahkan dengan `warta add BERKAS`, atau coba `warta demo`",
    "en": "no news is stored in {data} yet: add some with `warta add PATH`, or try `warta demo`",
}


@dataclass
class Call:
    """What the options before and after the command's name say."""

    data: Path | None = None
    debug: bool = False

    def settings(self, subfolder: str = "") -> Settings:
        """The environment's settings; `subfolder` moves the data folder down."""
        from dataclasses import replace

        from index.settings import Settings

        settings = Settings.from_env(os.environ, self.data)
        return replace(settings, data=settings.data / subfolder)

    @contextlib.contextmanager
    def opened(self, settings: Settings | None = None) -> Iterator[tuple[Warta, Bars]]:
        """The data folder, and bars that show what takes long; the bars are gone when an error leaves."""
        from index.pipeline import Warta

        with Bars() as bars, Warta(settings or self.settings(), progress=bars) as warta:
            yield warta, bars


def _store_data(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.ensure_object(Call).data = value


def store_debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    """The callback of --debug."""
    context.ensure_object(Call).debug = value


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    expose_value=False,
    callback=_store_data,
    help="Data folder. [default: WARTA_DATA, or ./data]",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def date_option(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    """The callback of an option that takes a date: ISO with reduced precision, or any form that articles have."""
    from index.dates import range_of, read_date

    if value is None:
        return ""
    with contextlib.suppress(ValueError):
        range_of(value)
        return value
    if found := read_date(value):
        return found
    raise click.BadParameter(
        f"{safe_line(value)!r} is not a date; write 2021, 2021-05, 2021-05-23 or '23 Mei 2021'", context, parameter
    )


def nothing_stored(settings: Settings, language: str) -> StoreError:
    """What is said where there is no news to work on."""
    return StoreError(NOTHING_STORED["en" if language == "en" else "id"].format(data=settings.data))
