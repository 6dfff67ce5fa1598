"""Which way a fetch on a pretend server goes: static proxies, and scripts good and hostile, run by Wine's WinHTTP."""

import json
from collections.abc import Iterator

import pytest

from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer
from farmsight_lab.servers.cdp import CdpServer
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import ROOT, crl_der
from tests.windows import proxy_host
from tests.windows.bed.wine_host import WineHost
from tests.windows.proxy_host import routes

MEDIA_TYPE = "application/x-ns-proxy-autoconfig"
NONE, WINHTTP, WININET, PAC = (
    facts_pb2.PROXY_SOURCE_NONE,
    facts_pb2.PROXY_SOURCE_WINHTTP,
    facts_pb2.PROXY_SOURCE_WININET,
    facts_pb2.PROXY_SOURCE_PAC,
)
_FETCH = """
import json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.clock import SystemClock
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.run import retrieve_all
from farmsight_agent.retrieve.target import Target
targets = [Target(purpose=1, url=url) for url in sys.argv[1:]]
for fact, _ in retrieve_all(targets, Limits(timeout_s=5.0), SystemClock(), lambda data: b"", {}, platforms=()):
    print(json.dumps(MessageToDict(fact.retrieval, preserving_proto_field_name=True)), flush=True)
"""


def script(body: str) -> Answer:
    text = f"function FindProxyForURL(url, host) {{ {body} }}"
    return Answer(body=text.encode(), content_type=MEDIA_TYPE)


@pytest.fixture(scope="module")
def host(shared_windows: WineHost) -> WineHost:
    return shared_windows


@pytest.fixture
def server(host: WineHost) -> Iterator[CdpServer]:
    with CdpServer() as made:
        yield made
    proxy_host.of_account(host, 1)
    proxy_host.of_machine(host, "")


def going(host: WineHost, *urls: str) -> list[tuple[list[str], int]]:
    return [(one["ways"], one["by"]) for one in routes(host, *urls)]


@pytest.mark.usefixtures("server")
def test_static_proxies_in_the_order_of_windows(host: WineHost) -> None:
    urls = ("http://pki.contoso.com/a", "https://sts.fabrikam.com/a", "http://intranet/a")

    proxy_host.of_account(host, 1)
    assert going(host, *urls) == [(["direct"], NONE)] * 3
    proxy_host.of_account(host, 3, "http=u:1;https=v:2", "<local>;*.contoso.com")
    assert going(host, *urls) == [(["direct"], WININET), (["v:2"], WININET), (["direct"], WININET)]
    proxy_host.of_machine(host, "m:3", "sts.*")
    assert going(host, *urls) == [(["m:3"], WINHTTP), (["direct"], WINHTTP), (["m:3"], WINHTTP)]


def test_a_script_decides_for_each_host(host: WineHost, server: CdpServer) -> None:
    server.put("/proxy.pac", script('return dnsDomainIs(host, ".contoso.com") ? "DIRECT" : "PROXY p:3128";'))
    proxy_host.of_account(host, 5, pac_url=server.url("/proxy.pac"))

    urls = ("http://pki.contoso.com/a", "http://pki.fabrikam.com/a")

    assert going(host, *urls) == [(["direct"], PAC), (["p:3128"], PAC)]
    server.put("/proxy.pac", script('return "PROXY q:1";'))
    assert going(host, *urls) == [(["q:1"], PAC)] * 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(script("return nothing.at.all;"), "gave no answer", id="fails"),
        pytest.param(answers.html_page(), "gave no answer", id="page"),
        pytest.param(answers.not_found(), "could not be fetched", id="absent"),
        pytest.param(answers.http_status(500), "could not be fetched", id="server error"),
        pytest.param(Answer(body=b"/" * (100 << 20), content_type=MEDIA_TYPE), "", id="100 MB"),
    ],
)
def test_a_script_that_is_none_is_remarked_and_the_way_is_direct(
    host: WineHost, server: CdpServer, answer: Answer, said: str
) -> None:
    server.put("/proxy.pac", answer)
    proxy_host.of_account(host, 5, pac_url=server.url("/proxy.pac"))

    (told,) = routes(host, "http://pki.contoso.com/a")

    assert (told["ways"], told["by"]) == (["direct"], NONE)
    assert len(told["remarks"]) == 1
    assert told["remarks"][0].startswith(f"the proxy script {server.url('/proxy.pac')} {said}")
    assert told["took_s"] < 15


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(script("while (true) {}"), id="endless"),
        pytest.param(Answer(body=b"x", first_byte_delay_s=60, content_type=MEDIA_TYPE), id="slow"),
    ],
)
def test_a_script_without_an_end_is_left_and_ended(host: WineHost, server: CdpServer, answer: Answer) -> None:
    server.put("/proxy.pac", answer)
    proxy_host.of_account(host, 7, "u:1", "", server.url("/proxy.pac"))

    first, second = routes(host, "http://pki.contoso.com/a", "http://pki.fabrikam.com/a")

    assert (first["ways"], first["by"]) == (["u:1"], WININET)  # the next setting of the account
    assert first["remarks"] == [f"the proxy script {server.url('/proxy.pac')} did not answer within 10 s"]
    assert 9 < first["took_s"] < 20
    assert second["took_s"] < 1  # nobody waits for it twice
    assert not [line for line in host.processes().values() if "asked_aside" in line]


def test_a_script_without_an_end_ends_with_the_process_that_asked(host: WineHost, server: CdpServer) -> None:
    server.put("/proxy.pac", script("while (true) {}"))
    proxy_host.of_account(host, 5, pac_url=server.url("/proxy.pac"))

    host.code(_GONE)

    host.wait_for(
        "no process that runs the script",
        lambda: not [line for line in host.processes().values() if "asked_aside" in line],
        within_s=10,
    )


_GONE = """
import os, threading, time
from farmsight_agent.retrieve import proxy, url
chooser = proxy.of_this_process()
threading.Thread(target=chooser.choose, args=(url.parse("http://pki.contoso.com/a"),), daemon=True).start()
time.sleep(3)
os._exit(0)
"""


def test_a_crl_comes_through_the_proxy_that_a_script_names(host: WineHost, server: CdpServer) -> None:
    host_name, port = server.address
    server.put("/proxy.pac", script(f'return host == "pki.invalid" ? "PROXY {host_name}:{port}" : "DIRECT";'))
    server.put("/root.crl", answers.crl(crl_der(ROOT)))
    proxy_host.of_account(host, 5, pac_url=server.url("/proxy.pac"))

    through, past = map(
        json.loads, host.code(_FETCH, "http://pki.invalid/root.crl", server.url("/root.crl")).splitlines()
    )

    assert (through["outcome"], through["proxy"]) == ("RETRIEVAL_OUTCOME_OK", f"{host_name}:{port}")
    assert (past["outcome"], past.get("proxy")) == ("RETRIEVAL_OUTCOME_OK", None)
    assert through["proxy_chosen_by"] == past["proxy_chosen_by"] == "PROXY_SOURCE_PAC"
    assert "http://pki.invalid/root.crl" in [asked.target for asked in server.requests]
