"""No text makes a reader fail in a way of its own, or slow."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    urlacl,
    winhttp,
)
from farmsight_agent.hosts.evidence.netsh.forms import FORMS
from farmsight_agent.outcome import NotObservedError
from tests.fakes import netsh

READERS = (urlacl, sslcert, iplisten, servicestate, winhttp, advproxy, excluded_ports)
PIECES = [
    *" \t\n\r:-()[]{};,*?\"'DASGX019abf/\\.",
    "\uff1a", "\u00a0", "\ufffd", "\ufeff", "\u3042",
    "https://", "http://+:80/", "SDDL: D:(A;;GA;;;WD)", "a.b:443", "ab" * 20, netsh.ADFS, "0123456789ABCDEF",
    ": 2.0\n", "-----", "\n-----\n", "Current WinHTTP proxy settings:\n", '{"SslCertificateBindings": [',
    '"Proxy": "x"',
    "AutoDetect: True", "    ", "9" * 5000, "C:\\>netsh http show urlacl url=x\n", "  80  90\n", "10.0.0.5", "::1",
]  # fmt: skip
SHAPED = st.lists(st.sampled_from(PIECES), max_size=80).map("".join)
LISTINGS = [
    netsh.urlacl(netsh.GERMAN),
    netsh.sslcert(netsh.FRENCH, "2016"),
    netsh.servicestate(netsh.JAPANESE),
    netsh.winhttp(netsh.CHINESE, "proxy:8080", "*.contoso.com"),
    netsh.iplisten(netsh.RUSSIAN, "10.0.0.5"),
    netsh.excluded_ports(netsh.SPANISH, (80, 90, True)),
]
LINES = sorted({line for body in LISTINGS for line in body.split("\r\n")})
SHUFFLED = st.lists(st.sampled_from(LINES), max_size=60).map("\n".join)


def text(body):
    return Text(name="WAP01_x.txt", text=body)


@given(st.one_of(st.text(max_size=200), SHAPED, SHUFFLED))
def test_no_text_makes_a_reader_fail_in_any_other_way(body):
    """Either facts that can travel, each with its line, or a reason with one."""
    for reader in READERS:
        try:
            found = reader.parse(text(body))
        except NotObservedError as error:
            assert error.source.startswith("evidence:WAP01_x.txt")  # noqa: PT017
            continue
        assert len(found.values) == len(found.lines)
        for value in found.values:
            value.SerializeToString()


@given(st.one_of(st.text(max_size=200), SHAPED, SHUFFLED))
def test_no_text_makes_a_likeness_fail(body):
    for form in FORMS:
        form.likeness(text(body))


@given(st.sampled_from(["2012 R2", "2016", "2022"]), st.sets(st.integers(0, 200), max_size=4))
def test_a_row_that_got_lost_never_gives_its_value_to_another(layout, dropped):
    body = netsh.sslcert(netsh.GERMAN, layout)
    whole = {(one.host, one.port): one for one in sslcert.parse(text(body)).values}
    damaged = "\r\n".join(line for number, line in enumerate(body.split("\r\n")) if number not in dropped)
    try:
        found = sslcert.parse(text(damaged)).values
    except NotObservedError:
        return
    for one in found:
        of_whole = whole[(one.host, one.port)]
        assert one.ctl_store == of_whole.ctl_store
        for name in ("usage_check", "negotiate_client_certificate", "reject", "disable_tls13", "disable_legacy_tls"):
            assert not one.HasField(name) or getattr(one, name) == getattr(of_whole, name)


@given(st.sampled_from(LISTINGS), st.data())
def test_a_listing_with_lines_lost_never_gains_any(body, data):
    """Lines that got lost may take bindings and reservations with them, and bring none."""
    lines = body.split("\r\n")
    dropped = data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=4))
    damaged = "\r\n".join(line for number, line in enumerate(lines) if number not in dropped)
    for reader, key in ((urlacl, "url"), (sslcert, "host"), (servicestate, "url")):
        try:
            found = {getattr(one, key) for one in reader.parse(text(damaged)).values}
            whole = {getattr(one, key) for one in reader.parse(text(body)).values}
        except NotObservedError:
            continue
        assert found <= whole


HOSTILE = {
    "no-end-of-line": "x",
    "blanks": " ",
    "free-colons": ": ",
    "urls-without-blanks": ":http://",
    "empty-lines": "\n",
    "lines-of-one-letter": "x\n",
    "lines-of-a-number": "1\n",
    "indented-lines": "    x\n",
    "rows": "x : y\n",
    "rows-without-a-value": "x:\n",
    "wide-letters": "\u3042\n",
    "headings": "x\n-----\n",
    "names-of-bindings": "  a : 1.1.1.1:1\n  b : \n  c : {}\n",
    "open-descriptors": " a : http://x:1/\n SDDL: D:(A\n",
    "brackets": "(\n",
    "prompts": "C:\\a>\n",
    "queues": "a : b\nc : 2.0\n",
    "groups": "a : 0123456789ABCDEF\n",
    "settings": "WinHTTP:\n\n  x : y\n",
    "objects": "{}\n",
    "ranges": "----- -----\n80 90\n",
}
BEGINNINGS = {
    "": "",
    "binding": "IP:port : 1.1.1.1:1\nh : \na : {}\n",
    "descriptor": "a : http://x:1/\n SDDL: D:(A;;",
    "queue": "a : b\nc : 1.0\nd:\n",
    "proxy": "WinHTTP:\n\n  a : b\n",
    "object": '{"AutoDetect": "',
}


def taken(body):
    """Return the processor time of all readers together."""
    began = time.process_time()
    for reader in READERS:
        try:
            reader.parse(text(body))
        except NotObservedError:
            continue
    return time.process_time() - began


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_text_made_to_be_slow_takes_no_more_than_its_share(kind, beginning):
    """Four times the text may take four times as long; sixteen times would be the square."""
    few, many = (BEGINNINGS[beginning] + HOSTILE[kind] * (size // len(HOSTILE[kind])) for size in (12_000, 48_000))

    # What else the process does (its garbage, the other tests') is not the reader's: the best of three counts.
    assert any(taken(many) < 12 * max(taken(few), 0.1) for _ in range(3))


@pytest.mark.timeout(60)
def test_a_large_listing_is_read_in_seconds():
    body = netsh.urlacl(netsh.ENGLISH, [(f"http://+:80/{n}/", netsh.RESERVATIONS[0][1]) for n in range(4000)])

    assert len(urlacl.parse(text(body)).values) == 4000
