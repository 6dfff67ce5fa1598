"""The whole way: what a pretend AD FS server holds, as a real collector knows it from the service that runs there.

Each look has its twin: everything on the server is changed, the service runs
again, and the collector knows the other values. Services, stores, registry
and network are Wine's own; http.sys and the cmdlets are stand-ins that say
what a test wrote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from farmsight_lab.servers import answers
from farmsight_lab.servers.cdp import CdpServer
from farmsight_wire.v1 import facts_pb2
from tests.agent.hosts.windows.test_cmdlets import NODE, printed
from tests.fakes.live_collector import Running
from tests.fakes.pki import Made
from tests.windows.bed import prefix
from tests.windows.bed.seeds import Entry
from tests.windows.bed.wine_host import WineHost
from tests.windows.farm_node import Node, Pki
from tests.windows.http_sys_host import bound
from tests.windows.member import Known, Member, enrol

CERTIFICATE_AUTHENTICATION = "https://+:49443/adfs/"
ADFS_SID = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"
RESERVED = f"urlacl|{CERTIFICATE_AUTHENTICATION}|D:(A;;GX;;;{ADFS_SID})"
BOUND = bound("sni", "sts.contoso.com:49443", ctl_store="ClientAuthIssuer")
AS_ADFS = "adfs-service"


@pytest.fixture(scope="module")
def pki() -> Iterator[Pki]:
    with CdpServer() as cdp:
        made = Pki(cdp=cdp)
        made.publish()
        yield made


@pytest.fixture(scope="module")
def node(wine: Path, pki: Pki) -> Iterator[Node]:
    host = WineHost(prefix.clone())
    made = Node(host=host)
    made.prepare(RESERVED, BOUND, cmdlets=printed(NODE))
    try:
        with host:
            made.hold(
                Entry(store="ROOT", der=pki.root.der, friendly_name="Contoso's root"),
                Entry(store="CA", der=pki.issuing.der),
                Entry(store="CA", der=pki.crl, kind="CRLs"),
            )
            made.install("adfssrv")
            yield made
    finally:
        host.remove()


@dataclass(frozen=True, kw_only=True)
class Twin:
    """What the collector knew of the server as it was made, and after everything in it was changed."""

    before: Known
    after: Known
    member: Member


@pytest.fixture(scope="module")
def stray(pki: Pki) -> Made:
    return Pki(cdp=pki.cdp, name="Stray").root


@pytest.fixture(scope="module")
def twin(node: Node, collector: Running, pki: Pki, stray: Made) -> Twin:
    member = enrol(node.host, collector)
    member.configure("check_in_s = 1\n[endpoints]\nenabled = false")
    node.host.agent("service", "install")
    member.serve_once()
    before = member.known()
    node.hold(Entry(store="CA", der=stray.der))
    node.configured(BOUND)
    node.printed(printed(NODE | {"Get-AdfsProperties": NODE["Get-AdfsProperties"] | {"TlsClientPort": 443}}))
    node.install("appproxysvc", r"NT AUTHORITY\NetworkService")
    node.stop("appproxysvc")
    pki.cdp.put("/root.crl", answers.not_found())
    member.serve_once()
    return Twin(before=before, after=member.known(), member=member)


def test_stores_seeded_through_cryptoapi(twin: Twin, pki: Pki, stray: Made) -> None:
    held = twin.before.values("store-certificate")

    assert held[f"ROOT/{pki.root.sha1}"].friendly_name == "Contoso's root"
    assert held[f"CA/{pki.issuing.sha1}"].certificate.subject == pki.issuing.subject
    assert f"CA/{pki.root.sha1}" not in held
    (crl,) = [one for key, one in twin.before.values("store-crl").items() if key.startswith("CA/")]
    assert crl.crl.issuer == pki.root.subject

    assert twin.after.values("store-certificate").keys() - held.keys() == {f"CA/{stray.sha1}"}


def test_reservations_and_bindings_through_the_agents_own_calls(twin: Twin) -> None:
    (reserved,) = twin.before.values("url-reservation").values()
    (tls,) = twin.before.values("tls-binding").values()

    assert [one.sid for one in reserved.trustees] == [ADFS_SID]
    assert (tls.host, tls.port, tls.ctl_store) == ("sts.contoso.com", 49443, "ClientAuthIssuer")
    assert twin.after.values("url-reservation") == {}
    assert twin.after.coverage("http-sys", "url-reservation").outcome == "observed"
    assert len(twin.after.values("tls-binding")) == 1


def test_services_of_the_service_manager(twin: Twin) -> None:
    assert twin.before.values("service")["adfssrv"].state == facts_pb2.SERVICE_STATE_RUNNING
    assert "appproxysvc" not in twin.before.values("service")

    assert twin.after.values("service")["appproxysvc"].state == facts_pb2.SERVICE_STATE_STOPPED


def test_cmdlets_through_powershells_json(twin: Twin) -> None:
    (before,), (after,) = (known.values("adfs-properties").values() for known in (twin.before, twin.after))

    assert (before.host_name, before.tls_client_port) == ("sts.contoso.com", 49443)
    assert (after.host_name, after.tls_client_port) == ("sts.contoso.com", 443)


def test_retrievals_of_a_child_as_the_account_of_adfs(twin: Twin, pki: Pki) -> None:
    fetched = twin.before.facts("retrieval", AS_ADFS)[f"crl {pki.crl_url}"]

    assert fetched.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_OK
    assert fetched.value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert fetched.fact.asked_by.sid.startswith("S-1-5-21-")
    assert fetched.fact.asked_by.token_source == facts_pb2.TOKEN_SOURCE_OWN_PROCESS

    assert fetched.value.platform_wire.ok  # CryptoAPI's own fetch of the same CRL
    assert fetched.value.platform_wire.body_sha256 == fetched.value.body_sha256
    assert twin.member.blob(fetched.value.body_sha256) == pki.crl

    gone = twin.after.values("retrieval", AS_ADFS)[f"crl {pki.crl_url}"]
    assert gone.outcome != facts_pb2.RETRIEVAL_OUTCOME_OK
    assert gone.http_status == 404
    assert not gone.platform_wire.ok
    assert gone.platform_wire.error


def test_what_wine_can_not_be_is_unknown_with_its_reason(twin: Twin) -> None:
    """Every process is one user there: a context that none of them is must not be claimed."""
    run = twin.before.coverage("retrievals", context="network-service")

    assert run.outcome in {"unavailable", "denied", "failed"}
    assert run.reason
    assert twin.before.values("retrieval", "network-service") == {}
