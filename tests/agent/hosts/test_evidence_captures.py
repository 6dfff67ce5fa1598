"""Real captures, in several languages and with their real flaws, read as a person would read them."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.netsh import sslcert as netsh_sslcert
from farmsight_agent.hosts.evidence.netsh import urlacl as netsh_urlacl
from farmsight_agent.hosts.evidence.netsh import winhttp
from farmsight_agent.outcome import FailedError, NotObservedError

_spec = importlib.util.spec_from_file_location("golden", Path(__file__).with_name("golden.py"))
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


def text(body, name="WAP01_x.txt"):
    return Text(name=name, text=body, encoding="utf-8")


@pytest.mark.parametrize("path", golden.captures(), ids=lambda path: path.stem)
def test_a_capture_says_what_it_says(path):
    assert golden.seen(path) == json.loads(golden.expectation(path).read_text())


RESERVATION = """
URL-Reservierungen:
-------------------

    Reservierte URL         : HTTPS://+:49443/ADFS/
        Benutzer: CONTOSO\\svc
            Abhören: Ja
            SDDL: D:(A;;GX;;;S-1-5-21-1-2-3-1104)(D;;GA
;;;WD)
"""


def test_a_wrapped_descriptor_in_german_is_joined_and_its_deny_entry_is_kept():
    """A console wraps long lines; the entry behind the break is a refusal."""
    [found] = netsh_urlacl.parse(text(RESERVATION)).values

    assert found.url == "HTTPS://+:49443/ADFS/"
    assert [(t.sid, t.allow, t.listen, t.delegate) for t in found.trustees] == [
        ("S-1-5-21-1-2-3-1104", True, True, False),
        ("S-1-1-0", False, True, True),
    ]


def test_an_account_that_only_the_listing_can_name_is_named_by_it():
    body = RESERVATION.replace("(D;;GA\n;;;WD)", "")
    [found] = netsh_urlacl.parse(text(body)).values

    assert found.trustees[0].name == "CONTOSO\\svc"


def test_a_listing_without_reservations_is_an_answer_and_another_text_is_not():
    assert netsh_urlacl.parse(text("\nURL Reservations:\n-----------------\n\n")).values == ()
    assert netsh_sslcert.parse(text("\nSSL-Bindungen:\n-----------------\n\n")).values == ()
    for parse in (netsh_urlacl.parse, netsh_sslcert.parse, winhttp.parse):
        with pytest.raises(FailedError, match="not-understood"):
            parse(text("Zugriff verweigert\n"))
        with pytest.raises(FailedError, match="not-understood"):
            parse(text(""))


def binding(key, *, usage="Aktiviert", mapper="Deaktiviert", negotiate="Aktiviert", more=""):
    rows = [key, "ab" * 20, "{5d89a20c-beab-4389-9447-324788eb944a}", "(null)", usage, mapper, usage, "10", "20"]
    rows += ["(null)", "ADFSTRUSTEDDEVICES", mapper, negotiate]
    return "\n".join(f"    Feld {n:<25}: {row}" for n, row in enumerate(rows)) + f"\n{more}\n"


def test_words_for_yes_and_no_are_learnt_from_a_german_listing():
    body = binding("[::]:443", more="    QUIC deaktivieren     : Deaktiviert") + binding("certauth.sts.contoso.com:443")
    first, second = netsh_sslcert.parse(text(body)).values

    assert (first.host, first.port, first.disable_quic) == ("::", 443, False)
    assert (second.host, second.negotiate_client_certificate, second.ds_mapper) == (
        "certauth.sts.contoso.com",
        True,
        False,
    )
    assert (second.revocation_freshness_s, second.url_retrieval_timeout_ms) == (10, 20)


def test_words_that_contradict_each_other_leave_the_flags_unknown():
    """When yes and no are the same word in a language nobody knows, nothing is guessed."""
    [found] = netsh_sslcert.parse(text(binding("a.b:443", usage="Ja", mapper="Ja", negotiate="Ja"))).values

    assert not found.HasField("negotiate_client_certificate")


def test_a_central_certificate_store_binding_is_known_by_its_port():
    [found] = netsh_sslcert.parse(text(binding("443").replace("ab" * 20, "(null)"))).values

    assert (found.host, found.port, found.binding_kind) == ("*", 443, 3)


def test_a_listing_cut_off_in_the_middle_is_unknown_with_the_line():
    body = binding("a.b:443") + "\n".join(binding("c.d:443").splitlines()[:6])
    with pytest.raises(FailedError) as caught:
        netsh_sslcert.parse(text(body))

    assert (caught.value.reason, caught.value.source) == ("truncated", "evidence:WAP01_x.txt:15")


def test_a_proxy_with_a_bypass_list_in_japanese():
    body = "\n現在の WinHTTP プロキシ設定:\n\n    プロキシ サーバー:  proxy:8080\n"
    body += "    バイパス一覧     :  *.contoso.com;<local>\n"
    [found] = winhttp.parse(text(body)).values

    assert (found.proxy, list(found.bypass), found.direct) == ("proxy:8080", ["*.contoso.com", "<local>"], False)


@pytest.mark.parametrize(
    "body",
    [
        "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\n",
        "Reserved URL : https://+:443/adfs/\n\nProxy:\n\nThe command failed.\n",
        "Settings:\n\n    one thing\n    another thing\n",
    ],
)
def test_a_text_of_another_kind_does_not_say_that_the_way_is_direct(body):
    with pytest.raises(FailedError, match="not-understood"):
        winhttp.parse(text(body))


PIECES = [
    *" \t\n:-()[]{};DASGX019abf/\\.",
    "\uff1a",
    "\u00a0",
    "https://",
    "SDDL: D:(A;;GA;;;WD)",
    "a.b:443",
    "ab" * 20,
]
SHAPED = st.lists(st.sampled_from(PIECES), max_size=120).map("".join)


@given(st.one_of(st.text(max_size=300), SHAPED))
def test_no_text_makes_a_reader_fail_in_any_other_way(body):
    """Either facts, or a reason."""
    for parse in (netsh_urlacl.parse, netsh_sslcert.parse, winhttp.parse):
        try:
            for value in parse(text(body)).values:
                value.SerializeToString()
        except NotObservedError:
            pass


@given(st.binary(max_size=400))
def test_any_bytes_decode_to_text_that_can_travel(data):
    decoded, _encoding = decode(data)

    assert "\0" not in decoded
    decoded.encode("utf-8")


GERMAN = "Zertifikatssperrüberprüfung für Größe und Überprüfung müssen geändert werden"
JAPANESE = "現在の WinHTTP プロキシ設定: 直接アクセス (プロキシ サーバーなし)。"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"),
        (GERMAN, "cp850"), (GERMAN, "cp437"), (GERMAN, "cp1252"),
        (JAPANESE, "cp932"), (JAPANESE, "utf-8"), (JAPANESE, "utf-16"),
        ("Paramètres : activé ; désactivé ; à côté", "cp850"),
        ("Paramètres\u00a0: activé ; désactivé ; à côté", "cp1252"),
    ],
)  # fmt: skip
def test_the_encoding_of_a_console_is_found(body, encoding):
    assert decode(body.encode(encoding))[0] == body


def test_a_utf_8_capture_cut_inside_a_character_is_still_utf_8():
    assert decode("Überprüfü".encode()[:-1]) == ("Überprüf", "utf-8")


HOSTILE = {
    "empty-lines": "\n" * 300_000,
    "free-colons": ": " * 150_000,
    "urls": ": http://" * 40_000,
    "open-descriptor": "a: http://x/\n SDDL: D:(" + "(A" * 100_000,
    "wrapped-without-end": "x: http://x/\n D:(A\n" + "y\n" * 100_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.timeout(10)
def test_a_listing_made_to_be_slow_is_not_slow(kind):
    for parse in (netsh_urlacl.parse, netsh_sslcert.parse, winhttp.parse):
        with pytest.raises(FailedError):
            parse(text(HOSTILE[kind]))
