from __future__ import annotations

from collections.abc import Callable

import pytest
from growth import LINEAR_ENOUGH, growth
from web import Clock

from index.sources.failures import PermanentFetchError, TransientFetchError
from index.sources.robots import AGENT, DAY, MAX_BYTES, RETRY, Robots, parsed_rules

SITE = "http://berita.example"
RULES = b"""\
User-agent: *
Disallow: /admin/
Disallow: /*?cetak=
Allow: /admin/siaran-pers
Crawl-delay: 7

User-agent: GPTBot
Disallow: /
"""
Said = tuple[int, bytes] | Exception


class Server:
    """What a site says for its robots.txt, in turn; its last answer for ever."""

    def __init__(self, *said: Said) -> None:
        self.said = list(said)
        self.asked: list[str] = []

    def __call__(self, url: str) -> tuple[int, bytes]:
        self.asked.append(url)
        answer = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def robots_of(*said: Said, max_delay: float = 30.0) -> tuple[Robots, Server, Clock]:
    server, clock = Server(*said), Clock()
    return Robots(server, clock.now, max_delay), server, clock


def test_rules_are_kept() -> None:
    robots, server, _ = robots_of((200, RULES))
    for path in ("/", "/berita/1", "/admin", "/admin/siaran-pers/1"):
        assert robots.check(SITE + path) == 7.0
    for path in ("/admin/x", "/berita/1?cetak=1", "/%61dmin/x"):
        with pytest.raises(PermanentFetchError, match=r"robots\.txt does not let WartaMitra read"):
            robots.check(SITE + path)
    assert server.asked == [f"{SITE}/robots.txt"]
    assert robots.check(f"{SITE}/robots.txt") == 0.0


def test_every_origin_has_its_own() -> None:
    robots, server, _ = robots_of((404, b""))
    for url in (SITE, "https://berita.example", "http://berita.example:8080", "http://www.berita.example"):
        robots.check(f"{url}/a?b")
        robots.check(f"{url}/c")
    assert server.asked == [
        "http://berita.example/robots.txt", "https://berita.example/robots.txt",
        "http://berita.example:8080/robots.txt", "http://www.berita.example/robots.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (b"", True),
        (b"User-agent: wartamitra\nDisallow: /", False),
        (b"User-agent: WartaMitra/2.0\nDisallow: /", False),
        (b"\xef\xbb\xbfUser-agent: *\nDisallow: /", False),
        (b"User-agent: *\r\nDisallow: /\r\n", False),
        (b"user-agent *\ndisallow /", False),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: WartaMitra\nAllow: /", True),
        (b"User-agent: WartaMitra\nUser-agent: GPTBot\nDisallow: /", False),
        (b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow:", True),
        (b"User-agent: WartaMitraPlus\nDisallow: /", True),
        (b"User-agent: Warta\nDisallow: /", True),
        (b"User-agent: another\nDisallow: /", True),
        (b"<html><body>Disallow: /</body></html>", True),
        (b"\xff\xfe\x00 rubbish \x00\nUser-agent: *\nDisallow: /", False),
    ],
)
def test_who_is_meant(text: bytes, allowed: bool) -> None:
    assert parsed_rules(text).can_fetch(f"{SITE}/berita/1", AGENT) is allowed


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410])
def test_no_robots_txt_allows_all(status: int) -> None:
    robots, server, clock = robots_of((status, RULES))
    assert robots.check(f"{SITE}/admin/x") == 0.0
    clock.time += DAY - 1
    robots.check(f"{SITE}/admin/x")
    assert len(server.asked) == 1


def test_asked_again_after_a_day() -> None:
    robots, server, clock = robots_of((404, b""), (200, b"User-agent: *\nDisallow: /"))
    robots.check(f"{SITE}/a")
    clock.time += DAY
    with pytest.raises(PermanentFetchError):
        robots.check(f"{SITE}/a")
    assert len(server.asked) == 2


def test_unreachable_disallows_for_a_while() -> None:
    robots, server, clock = robots_of(TransientFetchError("503", status=503), (404, b""))
    for waited in (0.0, RETRY - 1):
        clock.time = 1_000.0 + waited
        with pytest.raises(TransientFetchError, match=r"robots\.txt cannot be read now") as caught:
            robots.check(f"{SITE}/a")
        assert caught.value.retry_after == RETRY - waited
    assert len(server.asked) == 1
    clock.time += 1
    assert robots.check(f"{SITE}/a") == 0.0


def test_a_longer_wait_is_kept() -> None:
    robots, _, _ = robots_of(TransientFetchError("429", status=429, retry_after=4_000.0))
    with pytest.raises(TransientFetchError) as caught:
        robots.check(f"{SITE}/a")
    assert caught.value.retry_after == 4_000.0


def test_old_rules_go_on_where_new_ones_cannot_be_had() -> None:
    robots, server, clock = robots_of((200, RULES), TransientFetchError("timeout"))
    robots.check(f"{SITE}/a")
    clock.time += DAY
    assert robots.check(f"{SITE}/a") == 7.0
    with pytest.raises(PermanentFetchError):
        robots.check(f"{SITE}/admin/x")
    clock.time += RETRY
    robots.check(f"{SITE}/a")
    assert len(server.asked) == 3


def test_a_refused_address_is_not_taken_for_no_robots_txt() -> None:
    robots, _, _ = robots_of(PermanentFetchError("leads to 10.0.0.1"))
    with pytest.raises(PermanentFetchError, match=r"leads to 10\.0\.0\.1"):
        robots.check(f"{SITE}/a")
    robots, _, _ = robots_of(PermanentFetchError("redirects in a circle", status=302))
    assert robots.check(f"{SITE}/a") == 0.0


@pytest.mark.parametrize(
    ("delay", "kept"),
    [(b"3", 3.0), (b"0.5", 0.5), (b"86400", 30.0), (b"inf", 0.0), (b"-5", 0.0), (b"nan", 0.0), (b"x", 0.0)],
)
def test_crawl_delay_up_to_a_maximum(delay: bytes, kept: float) -> None:
    robots, _, _ = robots_of((200, b"User-agent: *\nCrawl-delay: " + delay))
    assert robots.check(f"{SITE}/a") == kept


@pytest.mark.parametrize(
    "of_size",
    [
        # As many names as rules: each rule would be kept once for each name.
        lambda n: b"".join(b"User-agent: %d\n" % i for i in range(n // 28)) + b"Disallow: /a\n" * (n // 26),
        lambda n: b"User-agent: *\n" + b"Disallow: /%d*a\n" * (n // 16),
        lambda n: b"User-agent: *\nDisallow: /" + b"*a" * (n // 2) + b"$",
        lambda n: b"User-agent: *\n" * (n // 14),
        lambda n: b"User-agent:" + b" " * n + b"\n",
        lambda n: b" " * n,
        lambda n: b"user agent" * (n // 10),
    ],
)
def test_hostile_files_cost_what_their_size_costs(of_size: Callable[[int], bytes]) -> None:
    url = f"{SITE}/" + "a" * 2_000

    def work(size: int) -> None:
        parsed_rules(of_size(size)).can_fetch(url, AGENT)

    assert growth(work, MAX_BYTES // 4) < LINEAR_ENOUGH


def test_what_is_beyond_the_cap_is_ignored() -> None:
    text = b"User-agent: *\n" + b"#" * MAX_BYTES + b"\nDisallow: /"
    assert parsed_rules(text).can_fetch(f"{SITE}/a", AGENT)
