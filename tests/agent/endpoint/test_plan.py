"""Which endpoints are looked at."""

from types import SimpleNamespace

import pytest

from farmsight_agent.config import Config, EndpointConfig
from farmsight_agent.contexts.runner import ContextRunner
from farmsight_agent.endpoint.plan import plan
from farmsight_agent.endpoint.target import CERTIFICATE_TRANSPORT, METADATA, PROBE
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import NotApplicableError, UnavailableError
from farmsight_agent.probes import tls_endpoints
from farmsight_lab.servers.tls import Behaviour, TlsListener
from farmsight_wire.v1 import facts_pb2


class FarmHost:
    """A host of which only the farm's configuration is looked at."""

    def __init__(self, *, service: str = "", client_port: int = 0, bindings=(), addresses=()) -> None:
        self._service, self._client_port = service, client_port
        self._bindings, self._addresses = bindings, addresses

    def adfs(self, part):
        raise NotApplicableError("no-adfs")

    def wap(self, part):
        if not self._service:
            raise UnavailableError("not-collected")
        value = facts_pb2.WapConfiguration(federation_service_name=self._service, tls_client_port=self._client_port)
        return Seen(values=(value,), source="fake")

    def tls_bindings(self):
        values = (
            facts_pb2.TlsBinding(binding_kind=facts_pb2.BINDING_KIND_SNI, host=host, port=port)
            for host, port in self._bindings
        )
        return Seen(values=tuple(values), source="fake")

    def identity(self, names):
        return Seen(values=(facts_pb2.HostIdentity(addresses=self._addresses),), source="fake")

    def recorded(self, probe):
        raise NotApplicableError("live")


def pairs(host: FarmHost, **settings: object) -> list[tuple[str, int, str]]:
    return [(one.name, one.port, one.path) for one in plan(host, Config(**settings))]


def test_a_wap_looks_at_what_its_configuration_names():
    assert pairs(FarmHost(service="STS.contoso.com", client_port=50443)) == [
        ("sts.contoso.com", 443, METADATA),
        ("sts.contoso.com", 50443, CERTIFICATE_TRANSPORT),
        ("certauth.sts.contoso.com", 443, CERTIFICATE_TRANSPORT),
        ("sts.contoso.com", 80, PROBE),
    ]


def test_bindings_by_name_are_looked_at_too():
    host = FarmHost(
        service="sts.contoso.com", bindings=[("sts.contoso.com", 49443), ("localhost", 443), ("app.contoso.com", 443)]
    )

    named = [(name, port) for name, port, _ in pairs(host)]

    assert ("app.contoso.com", 443) in named
    assert ("localhost", 443) not in named
    assert named.count(("sts.contoso.com", 49443)) == 1


def test_what_is_configured_goes_first():
    assert pairs(FarmHost(service="x"), endpoints=EndpointConfig(names=("a",), ports=(443, 444))) == [
        ("a", 443, METADATA),
        ("a", 444, CERTIFICATE_TRANSPORT),
    ]


def test_names_that_are_none_are_left_out():
    """Evidence may hold anything; a name never breaks a request apart."""
    names = ("bücher.example", "a..b", "x\r\nEvil: 1", "", "sts.contoso.com.")

    found = {name for name, _, _ in pairs(FarmHost(), endpoints=EndpointConfig(names=names))}

    assert found == {"xn--bcher-kva.example", "sts.contoso.com"}


def test_without_any_name_it_is_unknown():
    with pytest.raises(UnavailableError):
        plan(FarmHost(), Config())


def test_only_addresses_of_this_machine_are_its_own():
    """An evidence folder may speak of another machine's addresses."""
    host = FarmHost(service="x", addresses=["127.0.0.1", "192.0.2.77"])

    assert plan(host, Config(role="wap"))[0].own_addresses == ("127.0.0.1",)
    assert plan(host, Config(role="vantage"))[0].own_addresses == ()


def tools(host: FarmHost, **settings: object) -> SimpleNamespace:
    blobs = SimpleNamespace(keep=lambda data: kept.append(bytes(data)))
    return SimpleNamespace(
        host=host, config=Config(**settings), contexts=ContextRunner(blobs, blob_limit=1 << 20), blobs=blobs
    )


kept: list[bytes] = []


def test_the_probe_yields_every_endpoint_and_keeps_the_chain(pki):
    with TlsListener(Behaviour(certificate=pki.chain, key=pki.key)) as listener:
        settings = EndpointConfig(names=("sts.test",), ports=(443, 49443), wait_s=0.3, timeout_s=1.0)
        to = {"sts.test:443": "{}:{}".format(*listener.address), "sts.test:49443": "255.255.255.255:1"}
        (part,) = tls_endpoints.PROBE.collect(tools(FarmHost(), endpoints=settings, connect_to=to))

    assert [fact.tls_endpoint.tcp for fact in part.facts] == [
        facts_pb2.TCP_OUTCOME_CONNECTED,
        facts_pb2.TCP_OUTCOME_UNREACHABLE,
    ]
    assert pki.server.der in kept
    assert part.facts[0].tls_endpoint.http_status == 404


def test_a_probe_that_is_off_does_not_apply():
    with pytest.raises(NotApplicableError):
        list(tls_endpoints.PROBE.collect(tools(FarmHost(), endpoints=EndpointConfig(enabled=False))))
