"""Page → Article: title, body, date, publisher and the rest, whatever the page is written in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from index.clean import Cleaned, clean
from index.dates import is_future, read_date
from index.decode import damage, decode, parse_json, tidy
from index.errors import ExtractError
from index.plaintext import Draft, read_markdown, split_paragraphs, split_title, title_from
from index.publishers import publisher_at
from index.types import Article, Language, Page
from index.webpage import read_html, same_article_url

MEDIA_TYPES = ("text/plain", "text/markdown", "text/html", "application/json")
MAX_TITLE = 300
"""Characters; a longer "title" is a paragraph that somebody put in the wrong field."""

_KEYS = {
    "id": ("id",),
    "title": ("title",),
    "text": ("text", "body", "content"),
    "language": ("lang", "language"),
    "publisher": ("publisher", "source_name", "site_name"),
    "byline": ("byline", "author"),
    "date": ("date", "published_at", "published"),
    "url": ("url", "link"),
}
"""What a record or front matter may call a field, best name first. Other keys are ignored."""
_PARTNER_KEYS = ("partners", "tags")
_NUMBERS = ("id", "date")
_LANGUAGES: Mapping[str, Language] = {"id": "id", "in": "id", "en": "en"}


def extract(page: Page, *, now: datetime) -> Article:
    """Make an article of a page. Fields that the page states win over those read from its text.

    `now` (with its zone) decides which dates lie in the future: those are left out, flagged "future-date".
    Other flags: "encoding", "nul", "broken-bytes" (see decode.py), "bad-date", "bad-url": stated, but not usable.
    Raises ExtractError where there is no article text, saying why.
    """
    media_type = page.media_type.partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        raise ExtractError(f"{page.location}: cannot read {page.media_type!r}; give one of {known}")
    decoded = decode(page.content, html=media_type == "text/html")
    flags = set(decoded.flags) | ({"nul"} if "\0" in decoded.text else set())
    if media_type == "application/json":
        draft = _read_record(decoded.text, page.location, flags)
    elif not decoded.text.strip("\0\ufeff \t\r\n"):
        raise ExtractError(f"{page.location}: the page is empty; nothing was stored")
    elif media_type == "text/html":
        draft = _read_page(tidy(decoded.text), page.location)
    elif media_type == "text/markdown":
        draft = read_markdown(tidy(decoded.text))
        partners = _partners(draft.fields, page.location)
        draft = Draft(draft.title, draft.paragraphs, _known_fields(draft.fields, page.location), partners)
    else:
        title, paragraphs = split_title(split_paragraphs(tidy(decoded.text)))
        draft = Draft(title, tuple(paragraphs))
    flags.update(damage("\n".join((draft.title, *draft.paragraphs))))
    return _assemble(draft, page.location, flags, now)


def _assemble(draft: Draft, location: str, flags: set[str], now: datetime) -> Article:
    fields = {key: tidy(value).replace("\n", " ") for key, value in draft.fields.items()}
    title = " ".join(tidy(draft.title).split())
    paragraphs = tidy("\n".join(draft.paragraphs)).split("\n")
    if paragraphs and paragraphs[0].casefold() == title.casefold():
        del paragraphs[0]
    cleaned = clean("\n".join(paragraphs))
    if not any(char.isalpha() for char in cleaned.body):
        what = "only boilerplate" if cleaned.removed else "only a title" if title else "no words"
        raise ExtractError(f"{location}: no article text ({what} was found); nothing was stored")
    title = title or title_from(cleaned.body)
    url = _url(fields, location, flags)
    return Article(
        title=title if len(title) <= MAX_TITLE else title_from(title),
        body=cleaned.body,
        location=location,
        language=_language(fields, cleaned.body),
        publisher=fields.get("publisher") or cleaned.publisher or publisher_at(url),
        byline=fields.get("byline") or cleaned.byline,
        place=cleaned.place,
        published_at=_published_at(fields, cleaned, flags, now),
        url=url,
        partners=draft.partners,
        flags=tuple(sorted(flags)),
    )


def _read_page(html: str, location: str) -> Draft:
    draft = read_html(html, location)
    if not draft.paragraphs:
        raise ExtractError(f"{location}: no article was found on the page; give one article's page, not an index")
    # The text names a writer more often than the metadata do, which name the company.
    byline = clean("\n".join(draft.paragraphs)).byline or draft.fields.get("byline", "")
    url = same_article_url(draft.fields.get("url", ""), location)
    return Draft(draft.title, draft.paragraphs, {**draft.fields, "byline": byline, "url": url})


def _read_record(text: str, location: str, flags: set[str]) -> Draft:
    try:
        record = parse_json(text)
    except ValueError as e:
        raise ExtractError(f"{location}: not valid JSON ({e}); correct the file") from e
    if not isinstance(record, dict):
        raise ExtractError(f'{location}: a record must be an object like {{"title": …, "text": …}}; correct the file')
    fields = _known_fields(record, location)
    body = fields.pop("text", "")
    if not body.strip():
        raise ExtractError(f"{location}: no article text (the record has none of text, body, content); add one")
    # An escaped NUL shows only here, after parsing and before tidying.
    flags.update(damage(body))
    return Draft(fields.pop("title", ""), tuple(split_paragraphs(tidy(body))), fields, _partners(record, location))


def _known_fields(record: Mapping[str, object], location: str) -> dict[str, str]:
    fields = {}
    for field, keys in _KEYS.items():
        for key in keys:
            value = record.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and field in _NUMBERS:
                value = str(value)
            if not isinstance(value, str | None):
                raise ExtractError(f"{location}: the key {key!r} must be a string, not {_kind(value)}; correct it")
            if value and value.strip():
                fields[field] = value
                break
    return fields


def _partners(record: Mapping[str, object], location: str) -> tuple[str, ...]:
    for key in _PARTNER_KEYS:
        value = record.get(key)
        if isinstance(value, str):
            value = value.strip("[] ").split(",")
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            names = (" ".join(tidy(item).split()).strip("\"' ") for item in value)
            return tuple({name.casefold(): name for name in names if name}.values())
        if value is not None:
            what = f"must be a list of strings or one string with commas, not {_kind(value)}"
            raise ExtractError(f"{location}: the key {key!r} {what}; correct it")
    return ()


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value), "a number")


def _language(fields: Mapping[str, str], body: str) -> Language:
    stated = _LANGUAGES.get(fields.get("language", "").strip().lower().replace("_", "-").partition("-")[0])
    if stated:
        return stated
    # Loaded here: langdetect reads its profiles on import, and a corpus that states its languages needs none of them.
    from index.language import detect

    return detect(body)


def _published_at(fields: Mapping[str, str], cleaned: Cleaned, flags: set[str], now: datetime) -> str:
    for source in (fields.get("date", ""), cleaned.published_at):
        found = read_date(source)
        if found and not is_future(found, now=now):
            return found
        if source:
            flags.add("future-date" if found else "bad-date")
    return ""


def _url(fields: Mapping[str, str], location: str, flags: set[str]) -> str:
    stated = fields.get("url", "").strip().replace(" ", "%20")
    for url in (stated, location):
        if _is_web_address(url):
            return url
    if stated:
        flags.add("bad-url")
    return ""


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(char.isspace() for char in url)
