"""Which addresses may be connected to: public ones, and what a person has allowed.

A name says nothing: every address that it stands for is judged, and the connection goes to one of those that were
judged, so that a second answer of the name server cannot lead anywhere else (DNS rebinding).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from index.errors import SettingsError
from index.sources.failures import PermanentFetchError, TransientFetchError, shown

Resolver = Callable[[str, int], Sequence[str]]
"""Host name and port → addresses, the best first. Raises OSError where the name cannot be resolved."""

PORTS = frozenset({80, 443, 8080, 8443})
"""Where web servers stand. Others could be made to speak: a URL is enough to send lines to a mail server or Redis."""
MAX_URL = 4_000
MAX_ADDRESSES = 64
"""Of one name; a longer list is no web server's."""

_PORTS = ", ".join(map(str, sorted(PORTS)))
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# IANA's special-purpose registries (RFC 6890 and its updates) plus multicast. Written out because what
# ipaddress.is_global says has changed between patch releases of one Python.
_NOT_PUBLIC_4 = tuple(
    (IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's private address"),
        ("127.0.0.0/8", "this machine itself"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.88.99.0/24", "a reserved address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "an address for benchmarks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    (IPv6Network(network), what)
    for network, what in (
        ("::/128", "an unspecified address"),
        ("::1/128", "this machine itself"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a private address"),
        ("ff00::/8", "a multicast address"),
        ("2001::/23", "a reserved or Teredo address"),
        ("2001:db8::/32", "an address for documentation"),
        # 6to4 carries an IPv4 address; it was given up in 2015 (RFC 7526), and no news stands there.
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "an address for documentation"),
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
"""Networks without IPv4 reach all of it through here, so the address inside decides."""
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def normal_url(url: str) -> str:
    """The one spelling of an http or https URL: host in lower case and ASCII (IDNA), no default port, no fragment.

    Raises PermanentFetchError for anything else: other schemes, a user name, a host that is none, or an IPv4 address
    in a spelling (decimal, octal, hexadecimal, shortened) that serves only to hide it.
    """
    url = url.strip()
    if len(url) > MAX_URL:
        raise PermanentFetchError(f"{shown(url)}: longer than {MAX_URL:,} characters; give the address of one page")
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as e:
        raise PermanentFetchError(f"{shown(url)}: not a valid address; check how it is written") from e
    if parsed.scheme not in ("http", "https"):
        raise PermanentFetchError(f"{shown(url)}: only http:// and https:// are fetched; give a web address")
    if parsed.userinfo:
        raise PermanentFetchError(f"{shown(url)}: holds a user name or password; give the address without it")
    host = _normal_host(parsed.raw_host.decode("ascii"), url)
    try:
        port = parsed.port if parsed.port and 0 < parsed.port < 65536 else None
        if parsed.port != port:
            raise ValueError("no such port")
        return str(parsed.copy_with(host=host, port=port, fragment=None, raw_path=parsed.raw_path))
    except (httpx.InvalidURL, ValueError) as e:
        raise PermanentFetchError(f"{shown(url)}: not a valid address; check how it is written") from e


def _normal_host(host: str, url: str) -> str:
    if ":" in host:
        try:
            return str(IPv6Address(host.replace("%", ":%")))  # no zones: a web address has none
        except ValueError as e:
            raise PermanentFetchError(f"{shown(url)}: {host} is no IPv6 address; check how it is written") from e
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise PermanentFetchError(f"{shown(url)}: {host or 'nothing'!r} is no host name; check how it is written")
    # The rule of browsers: a host whose last label is a number is an IPv4 address, in one of many spellings.
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(host))
        except ValueError as e:
            raise PermanentFetchError(f"{shown(url)}: {host} hides an address; write it as four numbers") from e
    return host


def refusal(address: str) -> str:
    """Why an address may not be connected to, as a noun, or "" where it is public.

    An IPv4 address that travels inside an IPv6 one is judged by itself.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return "no address"
    if isinstance(ip, IPv4Address):
        return next((what for network, what in _NOT_PUBLIC_4 if ip in network), "")
    if ip in _MAPPED or ip in _NAT64:
        return refusal(str(_last_32_bits(ip)))
    if (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP and refusal(str(_last_32_bits(ip))):
        return "a tunnel to a private address"
    what = next((what for network, what in _NOT_PUBLIC_6 if ip in network), "")
    return what or ("" if ip in _PUBLIC_6 else "a reserved address")


def _last_32_bits(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFF_FFFF)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, from the system. Raises OSError where there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as e:
        raise OSError(f"{host} is no host name") from e
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard:
    """Gives the addresses of a host that may be connected to."""

    def __init__(self, allow: Sequence[str] = (), resolver: Resolver = resolve) -> None:
        """`allow` names what is not public and yet wanted, with any port: networks ("10.20.0.0/16"), addresses,
        hosts ("news.intranet") or domains (".intranet"). Raises SettingsError for anything else.
        """
        self._resolver = resolver
        self._networks: list[IPv4Network | IPv6Network] = []
        self._hosts: set[str] = set()
        self._domains: tuple[str, ...] = ()
        for entry in allow:
            self._allow(entry.strip().lower())

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ip_network(entry, strict=False))
            return
        except ValueError:
            name = entry.removeprefix(".").removesuffix(".")
        labels = name.split(".")
        if not all(_LABEL.fullmatch(label) for label in labels) or _NUMBER.fullmatch(labels[-1]):
            raise SettingsError(f"{entry!r} cannot be allowed; give a network like 10.20.0.0/16 or a host name")
        if entry.startswith("."):
            self._domains = (*self._domains, f".{name}")
        else:
            self._hosts.add(name)

    def addresses(self, host: str, port: int) -> list[str]:
        """What to connect to for a host as normal_url writes it, the best first.

        Raises PermanentFetchError where even one of its addresses is not public: an honest name has no such address,
        and picking the others would leave the choice to whoever answers for the name. Raises TransientFetchError
        where the name cannot be resolved now.
        """
        name = host.lower().removesuffix(".")
        vouched = name in self._hosts or name.endswith(self._domains)
        if not vouched and (name == "localhost" or name.endswith((".localhost", ".localdomain"))):
            raise PermanentFetchError(f"{host} is this machine itself and is not fetched; {_ALLOWING}")
        found = self._resolved(name, port)
        strange = [address for address in found if not self._networked(address)]
        if vouched:
            return found
        for address in strange:
            if why := refusal(address):
                what = f"is {why}" if name == address else f"leads to {address}, {why},"
                raise PermanentFetchError(f"{host} {what} and is not fetched; {_ALLOWING}")
        if strange and port not in PORTS:
            raise PermanentFetchError(f"{host}:{port} is not where web servers stand ({_PORTS}); {_ALLOWING}")
        return found

    def _resolved(self, host: str, port: int) -> list[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            found = list(self._resolver(host, port))
        except OSError as e:
            why = e.strerror or "no answer"
            raise TransientFetchError(f"{host}: the name cannot be resolved ({why}); check it, or try later") from e
        if not found:
            raise TransientFetchError(f"{host}: the name has no address; check it, or try later")
        if len(found) > MAX_ADDRESSES:
            raise PermanentFetchError(f"{host}: the name has {len(found)} addresses, which no web server has")
        return found

    def _networked(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
        return any(each in network for network in self._networks for each in (ip, mapped) if each is not None)


_ALLOWING = "if it is meant, allow the host or its network with WARTA_FETCH_ALLOW"
