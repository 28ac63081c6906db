"""No trick with an address leads inside."""

from __future__ import annotations

import pytest

from agent.fetching.addresses import AddressPolicy
from domain.errors import BlockedAddress

CLOSED = AddressPolicy()
OPENED = AddressPolicy.allowing(["127.0.0.1/32", "10.1.0.0/16"])

BLOCKED_HOSTS = """
127.0.0.1 127.1 127.0.1 0 0.0.0.0 2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001
127.0.0.1. 127.255.255.254 localhost localhost. LOCALHOST foo.localhost 10.0.0.1 172.16.0.1
172.31.255.255 192.168.0.1 169.254.169.254 100.64.0.1 100.127.255.254 192.0.0.1 192.0.0.171
192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 0.1.2.3 [::1] [::] [::127.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[::ffff:10.0.0.1] [::ffff:169.254.169.254] [::ffff:0:127.0.0.1] [::ffff:0:7f00:1]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::1] [2002:7f00:1::] [2002:a00:1::1] [2001::1]
[2001:0:7f00:1::] [2001:db8::1] [fc00::1] [fd12:3456::1] [fe80::1] [fe80::1%25eth0] [fec0::1]
[ff02::1] [100::1] [3fff::1] [5f00::1] intranet db metadata printer.local
metadata.google.internal vault.service.consul api.default.svc router.lan host.home.arpa
1.0.0.127.in-addr.arpa site.onion nothing.invalid a.0x7f 1.2.3.4.5 example.123
""".split()  # noqa: SIM905


@pytest.mark.parametrize("host", BLOCKED_HOSTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_hosts_that_lead_inside_are_blocked(scheme: str, host: str) -> None:
    with pytest.raises(BlockedAddress):
        CLOSED.check(f"{scheme}://{host}/x")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "//example.org/",
        "example.org",
        "",
        "http://",
        "http:///x",
        "http://example.org:22/",
        "http://example.org:8080/",
        "https://example.org:99999/",
        "http://user@example.org/",
        "http://user:word@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: inside",
        "http://example.org/\x00",
        "http://example.org/" + "x" * 2048,
        "http://[::1/",
        f"http://{'a' * 64}.example.org/",
        f"http://{'a.' * 130}org/",
        "http://a..example.org/",
        "http://127。0。0。1/",
        "http://①②⑦.0.0.1/",
    ],
)
def test_addresses_of_another_form_are_blocked(url: str) -> None:
    with pytest.raises(BlockedAddress):
        CLOSED.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=c#d",
        "http://example.org:80/",
        "https://en.wikipedia.org/wiki/Golden_Gate_Bridge",
        "https://bücher.example.org/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    ],
)
def test_public_addresses_are_opened(url: str) -> None:
    assert CLOSED.check(url)


@pytest.mark.parametrize(
    "host", [h.strip("[]") for h in BLOCKED_HOSTS if ":" in h or h.replace(".", "").isdigit()]
)
def test_the_last_gate_refuses_what_the_first_refuses(host: str) -> None:
    assert not CLOSED.permits(host.replace("%25", "%"))


def test_an_allowed_range_is_opened_with_any_port_and_nothing_else() -> None:
    assert OPENED.check("http://127.0.0.1:8080/")
    assert OPENED.check("http://localhost:8080/")
    assert OPENED.check("http://10.1.2.3:9000/")
    assert OPENED.permits("::ffff:127.0.0.1")
    for url in ("http://10.2.0.1/", "http://[::1]:8080/", "http://example.org:8080/"):
        with pytest.raises(BlockedAddress):
            OPENED.check(url)
