"""Where http.sys refuses to be asked: what the registry keeps counts, then what netsh prints, and the source says so.

netsh is a stand-in that prints recorded bytes, in several languages and their consoles' code pages.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fakes import netsh
from tests.windows.bed.compile import library, program
from tests.windows.bed.wine_host import PYTHON, WineHost
from tests.windows.http_sys_host import (
    ADFS,
    EDITOR,
    HASH,
    INITIALIZE,
    IP_LISTEN,
    NETSH,
    PARAMETERS,
    SNI,
    SSL,
    URL_ACL,
    HttpSys,
    booted,
    bound,
)

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "evidence"
# D:(A;;GX;;;WD), as a real machine keeps it.
EVERYONE: Final = (
    "hex:01,00,04,80,00,00,00,00,00,00,00,00,00,00,00,00,14,00,00,00,02,00,1c,00,01,00,00,00,"
    "00,00,14,00,00,00,00,20,01,01,00,00,00,00,00,01,00,00,00,00"
)
CERTIFICATE: Final = "hex:" + ",".join(HASH[at : at + 2] for at in range(0, 40, 2))
DENIED: Final = {
    "url_reservations": f"err|{URL_ACL}|5",
    "tls_bindings": f"err|{SSL}|5",
    "ip_listen": f"err|{IP_LISTEN}|5",
}
STATE_OF_HTTP: Final = """
import win32service as s
manager = s.OpenSCManager(None, None, s.SC_MANAGER_CONNECT)
print(s.QueryServiceStatus(s.OpenService(manager, "HTTP", s.SERVICE_QUERY_STATUS))[1])
"""
PAGES: Final = {"de": "cp850", "fr": "cp850", "es": "cp850", "pt": "cp850", "ru": "cp866", "ja": "cp932", "zh": "gbk"}


@pytest.fixture(scope="module")
def http_sys(wine: Path) -> Iterator[HttpSys]:
    with booted() as host:
        yield host


def test_the_registry_answers_for_reservations(http_sys: HttpSys) -> None:
    http_sys.keeps(UrlAclInfo=f'"https://+:49443/adfs/"={EVERYONE}')

    answer = http_sys.tells("url_reservations", DENIED["url_reservations"])
    other = http_sys.tells("url_reservations", "urlacl|https://+:443/adfs/|D:(A;;GX;;;NS)")

    assert answer["source"] == "registry (api: access-denied)"
    [held] = answer["values"]
    assert (held["url"], held["sddl"], held["data_source"]) == (
        "https://+:49443/adfs/",
        "D:(A;;GX;;;WD)",
        "AGENT_DATA_SOURCE_REGISTRY",
    )
    assert held["trustees"][0]["name"] == "Everyone"
    assert [one["url"] for one in other["values"]] == ["https://+:443/adfs/"]  # asked, http.sys is what counts


def test_windows_reads_such_a_descriptor_as_we_do(http_sys: HttpSys) -> None:
    for sddl in ("D:(A;;GX;;;WD)", "D:(D;;GA;;;BU)(A;;GXGW;;;NS)", "D:P(A;;GX;;;S-1-5-80-1-2-3-4-5)"):
        assert http_sys.descriptor(sddl) == (sddl, sddl)


def test_the_registry_answers_for_bindings(http_sys: HttpSys) -> None:
    http_sys.keeps(
        SslBindingInfo=f'[.\\0.0.0.0:443]\n"SslCertHash"={CERTIFICATE}\n"SslCertStoreName"="MY"',
        SslSniBindingInfo="[.\\{1f7e3a52-0000-0000-0000-000000000000}]\n"
        f'"HostnamePort"="sts.contoso.com:49443"\n"SslCertHash"={CERTIFICATE}\n"AppId"="{ADFS}"\n'
        '"DefaultFlags"=dword:00000002\n"DefaultSslCertCheckMode"=dword:00000001\n',
        SslCcsBindingInfo="[.\\443]",
    )

    answer = http_sys.tells("tls_bindings", DENIED["tls_bindings"])

    assert answer["source"] == "registry (api: access-denied)"
    assert [(one["host"], one["port"]) for one in answer["values"]] == [
        ("0.0.0.0", 443),
        ("sts.contoso.com", 49443),
        ("*", 443),
    ]
    named = answer["values"][1]
    assert (named["certificate_sha1"], named["application_id"]) == (HASH, ADFS)
    assert (named["negotiate_client_certificate"], named["verify_client_revocation"]) == (True, False)


def test_a_question_refused_though_every_build_knows_it_is_no_sign_that_there_is_none(http_sys: HttpSys) -> None:
    http_sys.keeps()

    answer = http_sys.tells("tls_bindings", bound("ssl", "0.0.0.0:443"), f"err|{SNI}|87")

    assert answer == {"source": "registry (api: unknown-kind)", "values": []}


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", []), ('"ListenOnlyList"=hex(7):31,00,30,00,2e,00,30,00,2e,00,30,00,2e,00,35,00,00,00,00,00', ["10.0.0.5"])],
)
def test_the_registry_answers_for_the_listen_list(http_sys: HttpSys, value: str, expected: list[str]) -> None:
    http_sys.keeps(Values=value)

    answer = http_sys.tells("ip_listen", DENIED["ip_listen"])

    assert answer["source"] == "registry (api: access-denied)"
    assert [one["address"] for one in answer["values"]] == expected


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_netsh_answers_last_in_any_language(http_sys: HttpSys, language: netsh.Language) -> None:
    http_sys.forgets()
    page = PAGES.get(language.code, "cp437")
    http_sys.prints(netsh.urlacl(language).encode(page, "replace"), command="http show urlacl")

    answer = http_sys.tells("url_reservations", DENIED["url_reservations"])

    assert answer["source"] == "netsh (api: access-denied; registry: key-missing)"
    assert [one["url"] for one in answer["values"]] == [url for url, _entries in netsh.RESERVATIONS]
    assert {one["data_source"] for one in answer["values"]} == {"AGENT_DATA_SOURCE_COMMAND_TEXT"}


@pytest.mark.parametrize("vector", ["netsh_urlacl_it_onlyt", "netsh_urlacl_en_seed_49443"])
def test_recorded_reservations(http_sys: HttpSys, vector: str) -> None:
    http_sys.forgets()
    http_sys.prints((VECTORS / f"{vector}.txt").read_bytes())

    answer = http_sys.tells("url_reservations", DENIED["url_reservations"])

    assert answer["source"].startswith("netsh (")
    assert answer["values"]


@pytest.mark.parametrize(("language", "layout"), [(netsh.GERMAN, "2022"), (netsh.JAPANESE, "2016")], ids=["de", "ja"])
def test_bindings_of_a_translated_netsh(http_sys: HttpSys, language: netsh.Language, layout: str) -> None:
    http_sys.forgets()
    http_sys.prints(
        netsh.sslcert(language, layout).encode(PAGES[language.code], "replace"), command="http show sslcert"
    )

    answer = http_sys.tells("tls_bindings", DENIED["tls_bindings"])

    assert answer["source"] == "netsh (api: access-denied; registry: key-missing)"
    asked = {f"{one['host']}:{one['port']}": one["negotiate_client_certificate"] for one in answer["values"]}
    assert asked == {
        "sts.contoso.com:443": False,
        "sts.contoso.com:49443": True,
        "localhost:443": False,
        "0.0.0.0:443": False,
        ":::443": False,
    }


@pytest.mark.parametrize("addresses", [(), ("10.0.0.5", "::1")])
def test_the_listen_list_that_netsh_prints(http_sys: HttpSys, addresses: tuple[str, ...]) -> None:
    http_sys.forgets()
    http_sys.prints(netsh.iplisten(netsh.FRENCH, *addresses).encode("cp850", "replace"))

    answer = http_sys.tells("ip_listen", DENIED["ip_listen"])

    assert [one["address"] for one in answer["values"]] == list(addresses)


def test_where_nothing_answers_the_refusal_is_what_counts(http_sys: HttpSys) -> None:
    http_sys.forgets()
    http_sys.prints(b"The requested operation requires elevation (Run as administrator).\r\n", exit_code=1)

    answer = http_sys.tells("url_reservations", f"err|{INITIALIZE}|5")

    assert (answer["error"], answer["reason"]) == ("DeniedError", "access-denied")
    assert "registry: key-missing" in answer["detail"]
    assert "netsh: netsh-failed" in answer["detail"]
    assert "requires elevation" in answer["detail"]


def test_timeouts_have_no_other_source(http_sys: HttpSys) -> None:
    answer = http_sys.tells("timeouts", f"err|{INITIALIZE}|5")

    assert (answer["error"], answer["reason"]) == ("DeniedError", "access-denied")


def test_registered_urls_are_those_that_netsh_prints(http_sys: HttpSys) -> None:
    http_sys.prints(
        netsh.servicestate(netsh.GERMAN).encode("cp850"), command="http show servicestate view=requestq verbose=yes"
    )

    answer = http_sys.tells("url_registrations")

    assert answer["source"] == "netsh"
    assert {one["url"]: one.get("process_ids", []) for one in answer["values"]} == {
        "https://+:49443/ADFS/": [2688],
        "https://+:443/ADFS/": [2688],
        "http://10.0.0.5:80/": [],
    }


def test_a_netsh_that_says_nothing_of_urls_is_not_taken_for_none(http_sys: HttpSys) -> None:
    http_sys.prints(b"")

    answer = http_sys.tells("url_registrations")

    assert (answer["error"], answer["reason"]) == ("FailedError", "not-understood")


def test_a_netsh_that_never_ends_is_left(http_sys: HttpSys) -> None:
    http_sys.prints(b"", delay_ms=30_000)

    answer = http_sys.tells("url_registrations")

    assert (answer["error"], answer["reason"]) == ("TimedOutError", "netsh-too-slow")


ASKS_NETSH = """
import os, threading, time
from farmsight_agent.hosts.windows.programs import netsh
threading.Thread(target=lambda: netsh._run(("http", "show", "urlacl")), daemon=True).start()
time.sleep(3)
os._exit(0)
"""


def test_a_netsh_that_never_ends_ends_with_the_agent(new_windows: Callable[[], WineHost]) -> None:
    host = new_windows()
    host.stand_in(NETSH, "0 | 60000 | - | - | *\n")
    with host:
        agent = host.spawn(PYTHON, "-c", ASKS_NETSH)
        host.wait_for("netsh", lambda: "netsh" in " ".join(host.processes().values()), within_s=20)
        agent.communicate(timeout=30)
        host.wait_for("no netsh", lambda: "netsh" not in " ".join(host.processes().values()), within_s=10)


def test_a_netsh_that_prints_without_end_costs_no_memory(new_windows: Callable[[], WineHost]) -> None:
    host = new_windows()
    host.put_file(NETSH, program("endless.c"))
    with host:
        reason, peak = host.code(ASKS_ENDLESS).split()

    assert reason == "too-large"
    assert int(peak) < 150


ASKS_ENDLESS = """
import psutil
from farmsight_agent.hosts.windows.programs import netsh
from farmsight_agent.outcome import FailedError
try:
    netsh._run(("http", "show", "urlacl"))
except FailedError as error:
    print(error.reason, psutil.Process().memory_info().peak_wset >> 20)
"""


def test_the_probe_reports_each_part_with_its_source(http_sys: HttpSys) -> None:
    http_sys.keeps(SslSniBindingInfo=f'[.\\STS.contoso.com:443]\n"SslCertHash"={CERTIFICATE}')
    http_sys.prints(netsh.servicestate(netsh.ENGLISH).encode())

    parts = http_sys.reports("urlacl|HTTPS://+:443/adfs/|D:(A;;GX;;;NS)", "timeout|0|120", DENIED["tls_bindings"])

    assert parts == {
        "url-reservation": ["api", ["https://+:443/adfs/"]],
        "tls-binding": ["registry (api: access-denied)", ["sts.contoso.com:443"]],
        "ip-listen": ["api", []],
        "url-registration": ["netsh", ["https://+:49443/ADFS/", "https://+:443/ADFS/", "http://10.0.0.5:80/"]],
        "http-timeout": ["api", ["idle-connection"]],
    }


def stopped(host: WineHost) -> HttpSys:
    """Boot a host whose HTTP service is there, and does not run."""
    host.put_file(r"C:\windows\system32\httpapi.dll", library("httpapi.c", "ws2_32"))
    host.override("httpapi")
    host.registry(f'{EDITOR}[{PARAMETERS[: PARAMETERS.rindex(chr(92))]}]\n"Start"=dword:00000003\n')
    host.settle()
    host.start()
    return HttpSys(host)


def test_a_stopped_http_service_is_reported_not_started(new_windows: Callable[[], WineHost]) -> None:
    """HttpInitialize would start it: an agent that mends what it is to report would hide it."""
    host = new_windows()
    http_sys = stopped(host)
    http_sys.keeps(UrlAclInfo=f'"https://+:49443/adfs/"={EVERYONE}')

    answer = http_sys.tells("url_reservations", "urlacl|https://+:443/adfs/|D:(A;;GX;;;NS)")

    assert answer["source"] == "registry (api: service-stopped)"
    assert [one["url"] for one in answer["values"]] == ["https://+:49443/adfs/"]
    assert host.code(STATE_OF_HTTP).strip() == "1", "still stopped"


def test_a_stopped_http_service_is_not_started_by_netsh_either(new_windows: Callable[[], WineHost]) -> None:
    """`netsh http` calls HttpInitialize before it says anything."""
    http_sys = stopped(new_windows())
    http_sys.forgets()
    http_sys.prints(netsh.servicestate(netsh.ENGLISH).encode())

    for function in ("url_registrations", "url_reservations", "tls_bindings", "ip_listen"):
        answer = http_sys.tells(function)
        assert (answer.get("error"), answer.get("reason")) == ("UnavailableError", "service-stopped"), function
    assert http_sys.calls() == []
