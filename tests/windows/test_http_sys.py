"""What http.sys is configured with, through the agent's own ctypes, against a httpapi.dll that says what a test wrote.

That DLL is a stand-in compiled from the platform's own headers: it proves
how we ask, size, follow pointers and decode; what a real http.sys holds it can't know.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.windows.http_sys_host import ADFS, HASH, SCOPED, URL_ACL, HttpSys, booted, bound

SERVICE: Final = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"


@pytest.fixture(scope="module")
def http_sys(wine: Path) -> Iterator[HttpSys]:
    with booted() as host:
        yield host


def places(answer: Any) -> Sequence[tuple[str, str, int]]:
    return [(one["binding_kind"].removeprefix("BINDING_KIND_"), one["host"], one["port"]) for one in answer["values"]]


def test_reservations_come_with_who_may_listen(http_sys: HttpSys) -> None:
    answer = http_sys.tells(
        "url_reservations",
        f"urlacl|https://+:49443/adfs/|D:(A;;GX;;;{SERVICE})",
        "urlacl|http://+:80/Temporary/|D:(D;;GA;;;WD)(A;;GXGW;;;S-1-5-21-1-2-3-500)",
    )

    certificate, other = answer["values"]
    assert answer["source"] == "api"
    assert certificate["url"] == "https://+:49443/adfs/"
    assert certificate["data_source"] == "AGENT_DATA_SOURCE_API"
    assert certificate["trustees"] == [
        {"sid": SERVICE, "name": "NT SERVICE\\adfssrv", "allow": True, "listen": True, "rights": "GX"}
    ]
    denied, nameless = other["trustees"]
    assert (denied["name"], denied.get("allow", False)) == ("Everyone", False)
    assert "name" not in nameless  # a SID that nobody knows
    assert (nameless["listen"], nameless["delegate"]) == (True, True)


def test_without_reservations_there_are_none(http_sys: HttpSys) -> None:
    assert http_sys.tells("url_reservations") == {"source": "api", "values": []}


def test_bindings_of_every_kind(http_sys: HttpSys) -> None:
    answer = http_sys.tells(
        "tls_bindings",
        bound("ssl", "0.0.0.0:443"),
        bound("ssl", "[2001:db8::7]:8443"),
        bound("sni", "sts.contoso.com:49443", flags=2),
        bound("sni", "Straße.contoso.com:443"),
        bound("ccs", "0.0.0.0:443", certificate=""),
        bound("scoped", "www.contoso.com:443", certificate=""),
    )

    assert answer["source"] == "api"
    assert places(answer) == [
        ("IP", "0.0.0.0", 443),
        ("IP", "2001:db8::7", 8443),
        ("SNI", "sts.contoso.com", 49443),
        ("SNI", "Straße.contoso.com", 443),
        ("CCS", "*", 443),
        ("SCOPED", "www.contoso.com", 443),
    ]
    assert [one.get("certificate_sha1", "") for one in answer["values"]] == [HASH] * 4 + ["", ""]
    assert {one["application_id"] for one in answer["values"]} == {ADFS}


def test_without_bindings_there_are_none(http_sys: HttpSys) -> None:
    assert http_sys.tells("tls_bindings") == {"source": "api", "values": []}


def test_what_a_binding_says(http_sys: HttpSys) -> None:
    answer = http_sys.tells(
        "tls_bindings",
        bound("sni", "sts.contoso.com:443", ctl_store="AdfsTrustedDevices"),
        f"sni|sts.contoso.com:49443|{HASH}|{ADFS}||65543|3600|15000|issuers|ClientAuthIssuer|66",
    )

    plain, strict = answer["values"]
    assert plain["ctl_store"] == "AdfsTrustedDevices"
    assert (plain["verify_client_revocation"], plain["usage_check"]) == (True, True)
    assert (plain["negotiate_client_certificate"], plain["disable_tls13"], plain["raw_flags"]) == (False, False, 0)
    assert "disable_session_id" not in plain  # the pretend server is a 2022, which knows no such flag
    assert (strict["ctl_store"], strict["ctl_identifier"]) == ("ClientAuthIssuer", "issuers")
    assert (strict["verify_client_revocation"], strict["cached_revocation_only"], strict["usage_check"]) == (
        False,
        True,
        False,
    )
    assert (strict["negotiate_client_certificate"], strict["disable_tls13"]) == (True, True)
    assert (strict["revocation_freshness_s"], strict["url_retrieval_timeout_ms"]) == (3600, 15000)
    assert (strict["raw_check_mode"], strict["raw_flags"]) == (65543, 66)
    assert "store" not in strict  # NULL: normalised to MY behind the host


@pytest.mark.parametrize(
    ("lines", "listed"),
    [((), []), (("iplisten|10.0.0.5", "iplisten|fe80::1"), [{"address": "10.0.0.5"}, {"address": "fe80::1"}])],
)
def test_the_listen_list(http_sys: HttpSys, lines: tuple[str, ...], listed: list[dict[str, str]]) -> None:
    assert http_sys.tells("ip_listen", *lines) == {"source": "api", "values": listed}


@pytest.mark.parametrize(
    ("lines", "set_to"),
    [
        ((), {}),
        (("timeout|1|30",), {"header-wait": 30}),
        (("timeout|0|120", "timeout|1|65535"), {"idle-connection": 120, "header-wait": 65535}),
    ],
)
def test_timeouts_that_are_set(http_sys: HttpSys, lines: tuple[str, ...], set_to: dict[str, int]) -> None:
    answer = http_sys.tells("timeouts", *lines)

    assert {one["name"]: one["seconds"] for one in answer["values"]} == set_to


def test_records_that_outgrow_their_buffer_and_one_that_vanishes(http_sys: HttpSys) -> None:
    long = f"https://+:443/{'a' * 1000}/"
    reservations = [f"urlacl|{long}{at}/|D:(A;;GX;;;NS)" for at in range(300)]

    grown = http_sys.tells("url_reservations", *reservations, f"grow|{URL_ACL}|3")
    fewer = http_sys.tells("url_reservations", *reservations, f"vanish|{URL_ACL}|100")

    assert len(grown["values"]) == 300
    assert [one["url"] for one in fewer["values"]] == [f"{long}{at}/" for at in range(1, 300)]  # the 100th is there


def test_a_kind_that_the_build_lacks_is_no_error(http_sys: HttpSys) -> None:
    answer = http_sys.tells("tls_bindings", bound("ssl", "0.0.0.0:443"), f"err|{SCOPED}|87")

    assert answer["source"] == "api"
    assert places(answer) == [("IP", "0.0.0.0", 443)]
