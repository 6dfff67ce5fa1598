"""CryptoAPI asked for CRLs and certificates on a pretend server, beside our own fetches from the same CDP."""

import base64
import hashlib
import json
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from farmsight_lab.servers import answers
from farmsight_lab.servers.bulk import bulk_crl
from farmsight_lab.servers.cdp import CdpServer
from tests.fakes.farms import NOW
from tests.fakes.pki import ISSUING, ROOT, crl_der
from tests.windows.bed.wine_host import WineHost

CRL, AIA, OCSP = 1, 3, 4
# Wine knows no other failure of HTTP: which one it was is told by real Windows alone.
WINE_FAILURE = "0x80092009"
_FETCH = """
import json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.run import retrieve_all
from farmsight_agent.retrieve.target import Target
import psutil
targets = [Target(purpose=purpose, url=url) for purpose, url in json.loads(sys.argv[1])]
limits = Limits(timeout_s=float(sys.argv[2]))
for fact, _ in retrieve_all(targets, limits, SystemClock(), lambda data: b"", {}, deadline_s=100.0):
    print(json.dumps(MessageToDict(fact.retrieval, preserving_proto_field_name=True)), flush=True)
print(json.dumps(psutil.Process().memory_info().peak_wset >> 20))
"""

_FLAGS = """
import ctypes, sys
from farmsight_agent.hosts.windows.api import cryptnet
def refuse(url, kind, flags, *_):
    print(flags)
    ctypes.set_last_error(2)
cryptnet._retrieve = refuse
limits = cryptnet.Limits(timeout_ms=1000, max_bytes=1000, login=bool(sys.argv[1]))
for ask in (cryptnet.crl, lambda *a, **k: cryptnet.crl(*a, **k, large=True), cryptnet.certificates):
    try:
        ask("http://pki.contoso.com/a", limits, cached=False)
    except cryptnet.CryptnetError as error:
        assert error.code == "0x80070002"
"""


@pytest.fixture
def server() -> Iterator[CdpServer]:
    with CdpServer() as made:
        made.put("/root.crl", answers.crl(crl_der(ROOT)))
        yield made


@pytest.fixture
def host(shared_windows: WineHost) -> WineHost:
    shared_windows.forget_revocation()
    return shared_windows


def fetched(host: WineHost, *targets: tuple[int, str], timeout_s: float = 5.0) -> list[dict]:
    return measured(host, *targets, timeout_s=timeout_s)[:-1]


def measured(host: WineHost, *targets: tuple[int, str], timeout_s: float = 5.0) -> list:
    return [json.loads(line) for line in host.code(_FETCH, json.dumps(targets), str(timeout_s)).splitlines()]


def test_both_get_the_same_crl(host: WineHost, server: CdpServer) -> None:
    (told,) = fetched(host, (CRL, server.url("/root.crl")))

    assert told["outcome"] == "RETRIEVAL_OUTCOME_OK"
    assert told["platform_wire"]["ok"]
    assert told["platform_wire"]["body_sha256"] == told["body_sha256"]
    assert told["platform_wire"]["size"] == told["size"]
    assert len([one for one in server.requests if one.target == "/root.crl"]) == 2


def test_both_get_the_issuers_certificate(host: WineHost, server: CdpServer) -> None:
    server.put("/root.crt", answers.certificate(ROOT.der))

    (told,) = fetched(host, (AIA, server.url("/root.crt")))

    assert told["platform_wire"]["ok"]
    assert told["platform_wire"]["body_sha256"] == told["body_sha256"]


def test_neither_gets_what_is_not_there(host: WineHost, server: CdpServer) -> None:
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{kept.getsockname()[1]}/root.crl"
        told = fetched(host, (CRL, server.url("/gone.crl")), (CRL, refused))

    assert [one["outcome"] for one in told] == ["RETRIEVAL_OUTCOME_HTTP_STATUS", "RETRIEVAL_OUTCOME_REFUSED"]
    assert [one["platform_wire"]["error"] for one in told] == [WINE_FAILURE] * 2
    assert not any(one["platform_wire"].get("ok") for one in told)


def test_a_page_is_no_crl_for_either(host: WineHost, server: CdpServer) -> None:
    server.put("/root.crl", answers.html_page())

    (told,) = fetched(host, (CRL, server.url("/root.crl")))

    assert told["outcome"] == "RETRIEVAL_OUTCOME_BAD_BODY"
    assert told["platform_wire"]["error"] == WINE_FAILURE


def test_a_slow_one_ends_at_the_limit_and_the_next_one_does_not_suffer(host: WineHost, server: CdpServer) -> None:
    server.put("/slow.crl", answers.slow(crl_der(ROOT), first_byte_s=30))
    urls = [server.url(path) for path in ("/slow.crl", "/root.crl", "/slow.crl?2", "/root.crl?2")]

    told = fetched(host, *((CRL, url) for url in urls), timeout_s=2.0)

    slow = told[0]["platform_wire"]
    # HRESULT_FROM_WIN32(ERROR_TIMEOUT); Wine may meet a file of its cache that is still open (ERROR_SHARING_VIOLATION).
    assert slow["error"] in {"0x800705b4", "0x80070020"}
    assert slow["took"] not in {"DURATION_CLASS_UNDER_1_S", "DURATION_CLASS_OVER_20_S"}  # it waited, and not to the end
    # Under Wine the call after a timed-out one fails at once in the same process.
    assert told[1]["platform_wire"].get("ok")


def test_what_the_account_has_cached_is_told_beside_what_comes_over_the_wire(host: WineHost, server: CdpServer) -> None:
    url = server.url("/root.crl")

    (first,) = fetched(host, (CRL, url))
    host.code(_CACHE, url)
    server.put("/root.crl", answers.not_found())
    (second,) = fetched(host, (CRL, url))

    assert first["platform_cache"]["error"] == "0x80070002"  # HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)
    assert second["platform_cache"]["ok"]
    assert second["platform_cache"]["body_sha256"] == first["body_sha256"]
    assert second["platform_wire"]["error"] == WINE_FAILURE


_CACHE = """
import ctypes, sys
made = ctypes.c_void_p()
ask = ctypes.WinDLL("cryptnet").CryptRetrieveObjectByUrlW
assert ask(ctypes.c_wchar_p(sys.argv[1]), ctypes.c_void_p(2), 0, 5000, ctypes.byref(made), None, None, None, None)
"""


@pytest.mark.parametrize(("login", "flag"), [(False, 0x20000), (True, 0)])
def test_windows_logs_on_nowhere_unless_it_may(host: WineHost, *, login: bool, flag: int) -> None:
    """A certificate can name any host, and who logs on there can be passed on to others."""
    flags = host.code(_FLAGS, "login" if login else "").split()

    assert [int(one) & 0x20000 for one in flags] == [flag] * 3


def test_ocsp_is_left_to_us(host: WineHost, server: CdpServer) -> None:
    told = fetched(host, (OCSP, server.url("/ocsp")))

    assert told
    assert not any("platform_wire" in one or "platform_cache" in one for one in told)


def test_a_large_crl_is_compared_within_the_memory_of_the_agent(host: WineHost, server: CdpServer) -> None:
    der = bulk_crl(ISSUING.certificate, ISSUING.key, entries=560_000, this_update=NOW, next_update=NOW + timedelta(7))
    server.put("/large.crl", answers.crl(der))

    told, peak = measured(host, (CRL, server.url("/large.crl")), timeout_s=30.0)

    assert told["platform_wire"]["ok"]
    assert told["platform_wire"]["size"] == str(len(der))
    assert told["platform_wire"]["body_sha256"] == base64.b64encode(hashlib.sha256(der).digest()).decode()
    assert peak < 120
