"""The farm as a graph and as text."""

from datetime import UTC, datetime

import pytest

from farmsight_collector.rules.engine import evaluate
from farmsight_collector.topology import diagrams, text
from farmsight_collector.topology.build import build
from farmsight_collector.topology.graph import Graph, Layer
from farmsight_collector.topology.message import from_message, to_message
from farmsight_wire.v1 import facts_pb2, query_pb2
from tests.fakes.farms import FARM, fact, farm, server

URL = "http://pki.contoso.com/ca1.crl"
PATH = "/adfs/services/trust/2005/certificatetransport"


def retrieval(outcome: facts_pb2.RetrievalOutcome.ValueType, context: str) -> facts_pb2.Fact:
    value = facts_pb2.Retrieval(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url=URL, outcome=outcome)
    return fact(value, f"crl {URL}", context)


def host(address: str) -> facts_pb2.Fact:
    return fact(facts_pb2.HostIdentity(computer_name="X", addresses=[address]), "X")


def endpoint(address: str, *, waits: bool) -> facts_pb2.Fact:
    value = facts_pb2.TlsEndpoint(
        name=FARM,
        port=49443,
        path=PATH,
        address=address,
        tcp=facts_pb2.TCP_OUTCOME_CONNECTED if waits else facts_pb2.TCP_OUTCOME_REFUSED,
        waits_as_it_should=waits,
    )
    return fact(value, f"{FARM}:49443{PATH}@{address}")


def graph_of(*facts_of_wap: facts_pb2.Fact) -> Graph:
    sts = server("STS01", "adfs", host("10.0.0.1"))
    made = farm(sts, server("WAP01", "wap", host("10.0.1.1"), *facts_of_wap))
    return build(made, evaluate(made, ()))


def test_a_crl_that_one_context_cannot_fetch_is_an_edge_in_error_beside_one_that_is_ok() -> None:
    graph = graph_of(
        retrieval(facts_pb2.RETRIEVAL_OUTCOME_OK, "system"),
        retrieval(facts_pb2.RETRIEVAL_OUTCOME_REFUSED, "network-service"),
    )

    edges = {edge.context: edge.state for edge in graph.out_of("server:WAP01", "fetches-crl")}

    assert edges == {"system": "ok", "network-service": "error"}
    assert graph.node("host:pki.contoso.com").state == "warning"


@pytest.mark.parametrize(
    "outcome",
    [
        facts_pb2.RETRIEVAL_OUTCOME_UNKNOWN,
        facts_pb2.RETRIEVAL_OUTCOME_NOT_POSSIBLE_HERE,
        facts_pb2.RETRIEVAL_OUTCOME_DIRECTORY_RESULT,  # by a reader without a login
    ],
)
def test_what_was_not_tried_is_neither_ok_nor_in_error(outcome: facts_pb2.RetrievalOutcome.ValueType) -> None:
    graph = graph_of(retrieval(outcome, "system"))

    assert [edge.state for edge in graph.out_of("server:WAP01", "fetches-crl")] == ["unknown"]
    assert graph.node("host:pki.contoso.com").state == "unknown"


def test_the_way_in_is_ok_only_where_the_certificate_endpoint_was_seen_to_wait() -> None:
    def state(*facts: facts_pb2.Fact) -> str:
        return graph_of(*facts).out_of(f"vip:{FARM}", "signs-in")[0].state

    assert state(endpoint("10.0.1.1", waits=True)) == "ok"
    assert state(endpoint("10.0.1.1", waits=False)) == "error"
    assert state() == "unknown"
    assert state(endpoint("10.9.9.9", waits=True)) == "unknown"  # seen elsewhere, not here


def test_a_wap_that_reached_an_adfs_node_is_joined_to_it() -> None:
    edges = graph_of(endpoint("10.0.0.1", waits=True)).out_of("server:WAP01", "proxies")

    assert [(edge.target, edge.state) for edge in edges] == [("server:STS01", "ok")]


def test_the_graph_survives_the_wire() -> None:
    graph = graph_of(retrieval(facts_pb2.RETRIEVAL_OUTCOME_OK, "system"))
    response = query_pb2.GetTopologyResponse()

    to_message(graph, response)

    assert from_message(query_pb2.GetTopologyResponse.FromString(response.SerializeToString())) == graph


def test_layers_stand_from_the_user_to_the_hosts() -> None:
    layers = [node.layer for node in graph_of(retrieval(facts_pb2.RETRIEVAL_OUTCOME_OK, "system")).nodes]

    assert layers == sorted(layers)
    assert layers[0] is Layer.CLIENT
    assert layers[-1] is Layer.HOST


def test_the_tree_names_every_server_and_what_it_fetches() -> None:
    drawn = text.tree(graph_of(retrieval(facts_pb2.RETRIEVAL_OUTCOME_REFUSED, "network-service")))

    assert "WAP01 (wap)" in drawn
    assert "STS01 (adfs)" in drawn
    assert "pki.contoso.com: network-service CRL 0 of 1" in drawn


def test_hostile_names_stay_text_in_every_drawing() -> None:
    subject = 'CN="><script>alert(1)</script>\x1b[31m\n"]; x'
    stored = facts_pb2.StoreCertificate(
        store="CA",
        origin=facts_pb2.STORE_ORIGIN_REGISTRY,
        certificate=facts_pb2.CertificateSummary(sha1="ab" * 20, subject=subject, is_ca=facts_pb2.TRISTATE_YES),
    )
    graph = graph_of(fact(stored, f"CA/{'ab' * 20}"))

    assert "\x1b" not in text.tree(graph)
    assert "<script>" not in diagrams.mermaid(graph)
    assert '"]; x' not in diagrams.dot(graph).replace('\\"', "")


def test_a_url_that_does_not_parse_is_no_place_on_the_map() -> None:
    value = facts_pb2.Retrieval(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url="http://[::1", outcome=1)

    graph = graph_of(fact(value, "crl http://[::1", "system"))

    assert not [node for node in graph.nodes if node.kind == "host"]


def test_a_circle_of_cross_certificates_is_drawn_once_and_ends() -> None:
    def ca(sha1: str, ski: str, aki: str) -> facts_pb2.Fact:
        summary = facts_pb2.CertificateSummary(
            sha1=sha1, subject=f"CN={ski}", subject_key_identifier=ski, authority_key_identifier=aki
        )
        value = facts_pb2.StoreCertificate(store="CA", origin=facts_pb2.STORE_ORIGIN_REGISTRY, certificate=summary)
        return fact(value, f"CA/{sha1}")

    graph = graph_of(ca("01", "root", "root"), ca("02", "a", "b"), ca("03", "b", "a"), ca("04", "leaf", "root"))

    assert "leaf" in text.tree(graph)


def test_the_dates_of_a_graph_do_not_matter() -> None:
    made = farm(server("STS01", "adfs"), at=datetime(1970, 1, 1, tzinfo=UTC))

    assert build(made, evaluate(made, ())).node("server:STS01").state == "unknown"


def test_what_was_seen_keeps_its_place_as_stale_when_nothing_is_heard_any_more() -> None:
    seen = retrieval(facts_pb2.RETRIEVAL_OUTCOME_OK, "system")
    sts = server("STS01", "adfs", host("10.0.0.1"))
    made = farm(sts, server("WAP01", "wap", host("10.0.1.1"), endpoint("10.0.0.1", waits=True), seen, stale=True))
    graph = build(made, evaluate(made, ()))

    (fetch,) = graph.out_of("server:WAP01", "fetches-crl")
    assert (graph.node("server:WAP01").state, fetch.state) == ("stale", "stale")
    assert fetch.detail == "not seen since 2026-11-23 10:00Z"
    assert fetch.latency_ms == 0
    assert [one.state for one in graph.out_of("server:WAP01", "proxies")] == ["stale"]
    assert graph.node("host:pki.contoso.com").state == "stale"


def test_a_node_that_fell_silent_is_not_taken_for_a_balancer() -> None:
    made = farm(
        server("STS01", "adfs", host("10.0.0.1"), stale=True),
        server("WAP01", "wap", host("10.0.1.1"), endpoint("10.0.0.1", waits=True)),
    )

    graph = build(made, evaluate(made, ()))

    assert [one.id for one in graph.nodes if one.kind == "vip"] == [f"vip:{FARM}"]
    assert [one.target for one in graph.out_of("server:WAP01", "proxies")] == ["server:STS01"]


def test_an_address_behind_the_proxies_that_no_server_has_is_a_balancer() -> None:
    graph = graph_of(endpoint("10.0.9.9", waits=True))

    assert graph.node("vip:10.0.9.9").layer is Layer.ADFS
    assert [(one.target, one.state) for one in graph.out_of("server:WAP01", "proxies")] == [("vip:10.0.9.9", "ok")]
    assert [(one.target, one.state) for one in graph.out_of("vip:10.0.9.9")] == [("server:STS01", "unknown")]


def test_a_vantage_point_stands_with_the_clients_and_proves_the_way_in() -> None:
    outside = server("OUT01", "vantage", endpoint("203.0.113.7", waits=True))
    made = farm(server("WAP01", "wap"), outside)
    graph = build(made, evaluate(made, ()))

    assert graph.node("server:OUT01").layer is Layer.CLIENT
    assert [(one.kind, one.state) for one in graph.out_of("server:OUT01")] == [("looks-at", "ok")]
    assert [one.state for one in graph.out_of("clients")] == ["ok"]


def test_each_url_of_a_host_can_be_shown_by_itself() -> None:
    wap = server("WAP01", "wap", retrieval(facts_pb2.RETRIEVAL_OUTCOME_OK, "system"))
    made = farm(wap)
    graph = build(made, evaluate(made, ()), apart={"host:pki.contoso.com"})

    assert graph.node(f"url:{URL}").label == "ca1.crl"
    assert [one.target for one in graph.out_of("server:WAP01", "fetches-crl")] == [f"url:{URL}"]


def test_ldap_without_a_host_is_the_domains_directory() -> None:
    url = "ldap:///CN=CA,CN=CDP,DC=contoso?certificateRevocationList"
    value = facts_pb2.Retrieval(purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, url=url, outcome=1)
    graph = graph_of(fact(value, f"crl {url}", "system"))

    assert graph.node("host:directory").label == "directory (LDAP)"
