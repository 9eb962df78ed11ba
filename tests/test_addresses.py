from __future__ import annotations

import random
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from index.errors import SettingsError
from index.sources.addresses import MAX_ADDRESSES, Guard, normal_url, refusal, resolve
from index.sources.failures import PermanentFetchError, TransientFetchError

PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "203.0.112.255", "100.63.255.255", "100.128.0.1", "172.15.0.1"]
PUBLIC += [
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2400:cb00::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "223.255.255.255",
]
NOT_PUBLIC = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1",
    "2002:7f00:1::", "2002:0808:0808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "2400:cb00::5efe:10.0.0.1", "2400:cb00::200:5efe:127.0.0.1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address: str) -> None:
    assert refusal(address)


def test_nothing_passes_that_the_standard_library_calls_local() -> None:
    """An independent opinion on random addresses, half of them near the borders of the special ones."""
    chance = random.Random(22)
    special = [ip_address(address.partition("%")[0]) for address in NOT_PUBLIC[:-2]]
    for _ in range(20_000):
        near = int(chance.choice(special)) + chance.randint(-300, 300)
        numbers = [chance.getrandbits(32), max(near, 0) & 0xFFFF_FFFF]
        tried: list[IPv4Address | IPv6Address] = [IPv4Address(number) for number in numbers]
        tried.append(IPv6Address(max(near, 0)))
        for ip in tried:
            local = (
                ip.is_private
                or ip.is_loopback
                or ip.is_link_local
                or ip.is_multicast
                or ip.is_reserved
                or ip.is_unspecified
            )
            inside = isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip in _NAT64)
            if local and not inside:
                assert refusal(str(ip)), ip


class _Nat64:
    def __contains__(self, ip: object) -> bool:
        return isinstance(ip, IPv6Address) and str(ip).startswith("64:ff9b::")


_NAT64 = _Nat64()


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTP://Berita.Example:80/a?b=c#d", "http://berita.example/a?b=c"),
        (" https://berita.example ", "https://berita.example/"),
        ("https://berita.example.:443/", "https://berita.example/"),
        ("http://berita.example:8080/x", "http://berita.example:8080/x"),
        ("http://bücher.example/é", "http://xn--bcher-kva.example/%C3%A9"),
        ("http://berita.example/a%2Fb%20c?q=%26", "http://berita.example/a%2Fb%20c?q=%26"),
        ("http://berita.example?x", "http://berita.example/?x"),
        ("http://[2400:CB00:0::1]/", "http://[2400:cb00::1]/"),
        ("http://8.8.8.8./", "http://8.8.8.8/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://a_b.example/", "http://a_b.example/"),
    ],
)
def test_one_spelling(url: str, normal: str) -> None:
    assert normal_url(url) == normal
    assert normal_url(normal) == normal


@pytest.mark.parametrize(
    "url",
    [
        "", "berita.example/a", "//berita.example/a", "file:///etc/passwd", "ftp://berita.example/", "gopher://a/_x",
        "data:text/html,x", "javascript:alert(1)", "http:berita.example", "http:///a", "http://", "https://.",
        "http://a:b@berita.example/", "http://a@berita.example/", "http://berita.example\\@127.0.0.1/",
        "http://127.0.0.1\\.berita.example/", "http://berita example/", "http://berita.example:99999/",
        "http://berita.example:0/", "http://berita.example:x/", "http://a..b/", "http://-a.example/", "http://exa%6dple/",
        "http://2130706433/", "http://0x7f000001/", "http://017700000001/", "http://0177.0.0.1/", "http://127.1/",
        "http://0x7f.0.0.1/", "http://127.0.0.0x1/", "http://127.0.0.256/", "http://1.2.3.4.5/", "http://0/",
        "http://①②⑦.0.0.1/", "http://１２７.0.0.1/", "http://[::1%25eth0]/", "http://[fe80::1%eth0]/", "http://[::1/",
        "http://[v1.x]/", "http://berita.example/a\nb", "http://berita.example/\x00", f"http://{'a' * 64}.example/",
        "http://berita.example/" + "a" * 5_000, "http://" + "a." * 130 + "example/",
    ],
)  # fmt: skip
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(PermanentFetchError):
        normal_url(url)


def test_messages_keep_secrets() -> None:
    for url in (
        "ftp://ani:rahasia@a.example/?token=rahasia",
        "http://ani:rahasia@[::x/",
        "http://a:rahasia@b.example/",
    ):
        with pytest.raises(PermanentFetchError) as caught:
            normal_url(url)
        assert "rahasia" not in str(caught.value)


class Names:
    def __init__(self, *addresses: str) -> None:
        self.given = list(addresses)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.given


def test_every_address_of_a_name_is_judged() -> None:
    assert Guard(resolver=Names("8.8.8.8", "2400:cb00::1")).addresses("a.example", 443) == ["8.8.8.8", "2400:cb00::1"]
    with pytest.raises(PermanentFetchError, match=r"a\.example leads to 10\.0\.0\.1, a private address"):
        Guard(resolver=Names("8.8.8.8", "10.0.0.1")).addresses("a.example", 443)
    with pytest.raises(PermanentFetchError, match=r"^10\.0\.0\.1 is a private address and is not fetched; if it is"):
        Guard(resolver=Names("10.0.0.1")).addresses("10.0.0.1", 443)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain"])
def test_localhost_is_refused_by_name(host: str) -> None:
    names = Names("8.8.8.8")
    with pytest.raises(PermanentFetchError, match="this machine"):
        Guard(resolver=names).addresses(host, 80)
    assert names.asked == []


def test_only_the_ports_of_web_servers() -> None:
    guard = Guard(resolver=Names("8.8.8.8"))
    assert [guard.addresses("a.example", port) for port in (80, 443, 8080, 8443)] == [["8.8.8.8"]] * 4
    for port in (22, 25, 6379, 8000):
        with pytest.raises(PermanentFetchError, match="not where web servers stand"):
            guard.addresses("a.example", port)


@pytest.mark.parametrize(
    ("allow", "host", "address", "passes"),
    [
        ("10.20.0.0/16", "berita.intranet", "10.20.3.4", True),
        ("10.20.0.0/16", "berita.intranet", "10.21.3.4", False),
        ("10.20.0.0/16", "berita.intranet", "::ffff:10.20.3.4", True),
        ("10.20.3.4", "10.20.3.4", "", True),
        ("fd00::/8", "berita.intranet", "fd12::1", True),
        ("berita.intranet", "berita.intranet", "10.20.3.4", True),
        ("Berita.Intranet.", "berita.intranet", "10.20.3.4", True),
        ("berita.intranet", "www.berita.intranet", "10.20.3.4", False),
        ("berita.intranet", "xberita.intranet", "10.20.3.4", False),
        (".intranet", "berita.intranet", "10.20.3.4", True),
        (".intranet", "beritaintranet", "10.20.3.4", False),
        ("localhost", "localhost", "127.0.0.1", True),
    ],
)
def test_what_a_person_allows(allow: str, host: str, address: str, passes: bool) -> None:
    guard = Guard((allow,), Names(address))
    if passes:
        assert guard.addresses(host, 8_000) == [address or host]
    else:
        with pytest.raises(PermanentFetchError, match="allow"):
            guard.addresses(host, 80)


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.0/33", "http://a.example", "a b", "*.example", "2130706433x/8", "10.0.0"]
)
def test_what_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(SettingsError, match="cannot be allowed"):
        Guard((entry,))


def test_a_name_that_is_not_known_now_may_be_later() -> None:
    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolver in (fails, Names()):
        with pytest.raises(TransientFetchError, match=r"a\.example"):
            Guard(resolver=resolver).addresses("a.example", 80)
    with pytest.raises(PermanentFetchError, match="addresses"):
        Guard(resolver=Names(*["8.8.8.8"] * (MAX_ADDRESSES + 1))).addresses("a.example", 80)


def test_the_system_knows_addresses() -> None:
    assert resolve("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(OSError, match="no host name"):
        resolve("a" * 64 + ".example", 80)
