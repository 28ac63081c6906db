"""The rules for addresses that Limner opens: for a URL, and for the machine behind it.

The deny list goes beyond :attr:`ipaddress.IPv4Address.is_global`, which says True for several
ranges that lead back inside: translated, tunnelled and mapped IPv4, site-local and multicast.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from yarl import URL

from domain.errors import BlockedAddress
from domain.translation.messages import gettext

MAX_URL_CHARS = 2048
PORTS = frozenset({80, 443})
PRIVATE_SUFFIXES = (
    ".local",
    ".localhost",
    ".internal",
    ".intranet",
    ".lan",
    ".corp",
    ".home.arpa",
    ".arpa",
    ".onion",
    ".invalid",
    ".consul",
    ".svc",
)
_DENIED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
        "ff00::/8",
    )
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The rules; ``allowed`` opens otherwise refused ranges, and any port in them. ``own`` are the
    origins (``http://searxng:8080``) of services that the operator runs, wherever they lie."""

    allowed: tuple[Network, ...] = field(default=())
    own: frozenset[URL] = field(default=frozenset())

    @classmethod
    def allowing(cls, networks: Sequence[str]) -> AddressPolicy:
        """Rules that open these ranges, such as ``127.0.0.1/32``."""
        return cls(tuple(ipaddress.ip_network(network) for network in networks))

    def owning(self, addresses: Sequence[str]) -> AddressPolicy:
        """The same rules beside these services of the operator's."""
        return replace(self, own=frozenset(URL(address).origin() for address in addresses))

    def owns(self, url: URL) -> bool:
        """Whether that is one of the operator's services."""
        return bool(self.own) and url.origin() in self.own

    def permits(self, host: str) -> bool:
        """Whether a machine with that literal address may be connected to."""
        address = _literal(host)
        return address is not None and (self._opened(address) or _public(address))

    def check(self, url: str) -> URL:
        """The address, parsed, if Limner may try it.

        Raises:
            BlockedAddress: It may not; the message says why.
        """

        def blocked(why: str) -> BlockedAddress:
            return BlockedAddress(url, why)

        if len(url) > MAX_URL_CHARS:
            raise blocked(gettext("it's longer than 2,048 characters"))
        if any(ord(c) <= 32 or c == "\\" or 127 <= ord(c) < 160 for c in url):
            raise blocked(gettext("it contains spaces, control characters or backslashes"))
        try:
            parsed = URL(url)
            port = parsed.port
        except ValueError as error:
            raise blocked(gettext("it isn't an address")) from error
        if parsed.scheme not in ("http", "https"):
            raise blocked(gettext("only http and https addresses are opened"))
        if parsed.user is not None or parsed.password is not None:
            raise blocked(gettext("it contains a user name"))
        host = (parsed.raw_host or "").rstrip(".").lower()
        if not host:
            raise blocked(gettext("it has no host name"))
        if self.owns(parsed):
            return parsed
        literal = _literal(host)
        if literal is not None and self._opened(literal):
            return parsed
        if host == "localhost" and self._opened(ipaddress.IPv4Address("127.0.0.1")):
            return parsed
        if port not in PORTS:
            raise blocked(gettext("only ports 80 and 443 are opened"))
        if literal is not None:
            if not _public(literal):
                raise blocked(gettext("it leads to a private network"))
            return parsed
        trouble = _trouble_with_name(host)
        if trouble is not None:
            raise blocked(trouble)
        return parsed

    def _opened(self, address: Address) -> bool:
        return any(address in network for network in self.allowed)


def _trouble_with_name(host: str) -> str | None:
    last = host.rsplit(".", 1)[-1]
    if len(host) > 253 or any(not 0 < len(label) < 64 for label in host.split(".")):
        return gettext("its host name isn't valid")
    if ":" in host or "%" in host:
        return gettext("its host name isn't valid")
    if "." not in host or host.endswith(PRIVATE_SUFFIXES):
        return gettext("it leads to a private network")
    if last[:1].isdigit() or last.startswith("0x"):
        return gettext("its host is an obfuscated number")
    return None


def _literal(host: str) -> Address | None:
    """The address that a host literally is; None for names and for scoped addresses."""
    if "%" in host:
        return None
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def _public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in n for n in _DENIED if n.version == address.version)
