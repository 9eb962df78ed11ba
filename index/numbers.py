"""Numbers as tokens: one form however they are written, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

SCALES = {"ribu": 3, "juta": 6, "miliar": 9, "triliun": 12}
"""Tokens and their powers of ten."""
MAX_DIGITS = 64
_PLAIN = re.compile(r"\d{1,15}(?:d\d{1,9})?", re.ASCII)
_LONG = 7
"""Digits from which a round number is written with a scale."""
_FINEST = 3
"""Digits behind the comma of a number with a scale."""


def number_tokens(text: str, decimal_mark: str) -> list[str]:
    """One token for a number: "1.000,5" and "1,000.5" give "1000d5", "20.15" and "20:15" "20d15".

    `decimal_mark` decides what "1,250" is: a fraction where it is the comma, else a thousand.
    What is no number, such as the date 23.05.2021, gives the numbers in it.
    """
    groups = re.split(r"[.,:]", text)
    marks = re.sub(r"\d", "", text)
    if not marks:
        return [text[:MAX_DIGITS]]
    single = len(set(marks)) == 1
    grouped = 1 <= len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:-1])
    thousands = single and grouped and len(groups[-1]) == 3 and ":" not in marks
    if thousands and (len(marks) > 1 or marks != decimal_mark or groups[-1] == "000"):
        return ["".join(groups)[:MAX_DIGITS]]
    if len(marks) == 1 or (grouped and len(set(marks[:-1])) == 1 and not single):
        whole, fraction = "".join(groups[:-1]).lstrip("0") or "0", groups[-1].rstrip("0")
        return [(f"{whole}d{fraction}" if fraction else whole)[:MAX_DIGITS]]
    return [group.lstrip("0")[:MAX_DIGITS] or "0" for group in groups]


def scaled(tokens: Iterable[str]) -> Iterator[str]:
    """The tokens, with numbers and the scales behind them in one form.

    "500 ribu" gives "500000", "2500000" "2d5 juta", "1500 miliar" "1d5 triliun", "0d5 miliar" "500 juta".
    """
    held = ""
    for token in tokens:
        if held:
            if token in SCALES:
                yield from _written(held, SCALES[token]) or (held, token)
                held = ""
                continue
            yield from _alone(held)
            held = ""
        if token[0].isdigit() and _PLAIN.fullmatch(token):
            held = token
        else:
            yield token
    if held:
        yield from _alone(held)


def _alone(token: str) -> Iterable[str]:
    round_one = len(token) >= _LONG and token.endswith("000") and token[0] != "0"
    return (_written(token, 0) if round_one else ()) or (token,)


def _written(token: str, power: int) -> tuple[str, ...]:
    """The value of a number times ten to a power; () where it is too exact or too large to be written with a scale."""
    whole, _, fraction = token.partition("d")
    power -= len(fraction)
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return ()
    while digits.endswith("0"):
        digits, power = digits[:-1], power + 1
    size = len(digits) + power  # digits before the comma
    if size <= SCALES["juta"]:
        return (digits + "0" * power,) if power >= 0 else ()
    name, scale = max(((n, s) for n, s in SCALES.items() if s < size), key=lambda pair: pair[1])
    behind = max(scale - power, 0)
    if behind > _FINEST or (name == "triliun" and size - scale > 6):
        return ()
    digits += "0" * max(power - scale, 0)
    whole, fraction = digits[: len(digits) - behind], digits[len(digits) - behind :]
    return (f"{whole}d{fraction}" if fraction else whole, name)
