"""Servers side by side."""

import pytest

from farmsight_collector.errors import InvalidRequestError
from farmsight_collector.queries import compare
from farmsight_wire.v1 import facts_pb2, query_pb2
from tests.fakes.farms import fact, farm, server

URL = "https://+:49443/adfs/"


def service(state: facts_pb2.ServiceState.ValueType, process: int) -> facts_pb2.Fact:
    return fact(facts_pb2.Service(name="adfssrv", state=state, process_id=process), "adfssrv")


def reservation() -> facts_pb2.Fact:
    return fact(facts_pb2.UrlReservation(url=URL, sddl="D:(A;;GA;;;WD)"), URL)


def rows(answer: query_pb2.CompareResponse) -> dict[str, list[tuple[str, bool]]]:
    return {row.key: [(value.state, value.odd) for value in row.values] for row in answer.facts}


RESERVED = ("http-sys", "url-reservation", None)


def test_the_one_wap_without_the_reservation_is_the_odd_one() -> None:
    made = farm(
        server("WAP01", "wap", reservation()),
        server("WAP02", "wap", observed=[RESERVED]),
        server("WAP03", "wap", reservation()),
    )

    answer = compare.answer(made, query_pb2.CompareRequest(role="wap", only_differences=True))

    assert rows(answer) == {URL: [("present", False), ("absent", True), ("present", False)]}


def test_a_server_that_could_not_be_asked_is_not_different() -> None:
    made = farm(server("WAP01", "wap", reservation()), server("WAP02", "wap", unknown=[RESERVED]))

    shown = compare.answer(made, query_pb2.CompareRequest(role="wap"))
    differences = compare.answer(made, query_pb2.CompareRequest(role="wap", only_differences=True))

    assert rows(shown) == {URL: [("present", False), ("unknown", False)]}
    assert rows(differences) == {}


def test_process_numbers_differ_by_nature_and_are_not_compared() -> None:
    running, stopped = facts_pb2.SERVICE_STATE_RUNNING, facts_pb2.SERVICE_STATE_STOPPED
    alike = farm(server("STS01", "adfs", service(running, 11)), server("STS02", "adfs", service(running, 22)))
    apart = farm(server("STS01", "adfs", service(running, 11)), server("STS02", "adfs", service(stopped, 0)))
    request = query_pb2.CompareRequest(role="adfs", only_differences=True)

    assert not compare.answer(alike, request).facts
    assert [row.key for row in compare.answer(apart, request).facts] == ["adfssrv"]


SHA1 = "52ab1f9360d32f50069337291e69b19ec33e5a3e"


def stored(**fields) -> facts_pb2.Fact:
    shown = facts_pb2.CertificateSummary(sha1=SHA1, **fields.pop("certificate", {}))
    return fact(facts_pb2.StoreCertificate(store="CA", certificate=shown, **fields), f"CA/{SHA1}")


LISTED = stored(origin=facts_pb2.STORE_ORIGIN_UNKNOWN, certificate={"subject": "CN=Contoso Issuing CA 1"})
EXPORTED = stored(
    origin=facts_pb2.STORE_ORIGIN_ENTERPRISE,
    certificate={"subject": "CN=Contoso Issuing CA 1,O=Contoso", "blob_sha256": b"\1" * 32, "public_key_bits": 2048},
)
DIFFERENCES = query_pb2.CompareRequest(only_differences=True)


def test_a_certificate_known_from_a_listing_here_and_from_an_export_there_is_the_same() -> None:
    made = farm(server("WAP01", "wap", LISTED), server("WAP02", "wap", EXPORTED), server("WAP03", "wap", EXPORTED))

    assert not compare.answer(made, DIFFERENCES).facts


def test_a_certificate_put_there_by_hand_where_others_have_it_by_policy_is_different() -> None:
    by_hand = stored(origin=facts_pb2.STORE_ORIGIN_REGISTRY)
    made = farm(server("WAP01", "wap", by_hand), server("WAP02", "wap", EXPORTED), server("WAP03", "wap", EXPORTED))

    (row,) = compare.answer(made, DIFFERENCES).facts

    assert [value.odd for value in row.values] == [True, False, False]


def test_a_flag_that_one_source_does_not_show_is_no_difference_and_the_others_are_still_compared() -> None:
    def bound(**flags) -> facts_pb2.Fact:
        return fact(facts_pb2.TlsBinding(host="sts", port=443, **flags), "sts:443")

    shown = bound(reject=False, negotiate_client_certificate=True)
    alike = farm(server("WAP01", "wap", shown), server("WAP02", "wap", bound(negotiate_client_certificate=True)))
    apart = farm(server("WAP01", "wap", shown), server("WAP02", "wap", bound(negotiate_client_certificate=False)))

    assert not compare.answer(alike, DIFFERENCES).facts
    assert [row.key for row in compare.answer(apart, DIFFERENCES).facts] == ["sts:443"]


def test_what_windows_translates_is_no_difference_between_a_german_and_an_english_server() -> None:
    def reserved(name: str) -> facts_pb2.Fact:
        who = facts_pb2.Trustee(sid="S-1-5-20", name=name, allow=True, listen=True)
        return fact(facts_pb2.UrlReservation(url=URL, sddl="D:(A;;GX;;;NS)", trustees=[who]), URL)

    def running(display: str, account: str) -> facts_pb2.Fact:
        made = facts_pb2.Service(name="appproxysvc", display_name=display, account_sid="S-1-5-20", account_name=account)
        return fact(made, "appproxysvc")

    english = [reserved("NT AUTHORITY\\NETWORK SERVICE"), running("Web Application Proxy", "NetworkService")]
    german = [reserved("NT-AUTORITÄT\\NETZWERKDIENST"), running("Webanwendungsproxy", "NETZWERKDIENST")]
    made = farm(server("WAP01", "wap", *english), server("WAP02", "wap", *german))

    assert not compare.answer(made, DIFFERENCES).facts


def test_a_node_that_is_not_asked_for_the_farms_configuration_does_not_lack_it() -> None:
    properties = fact(facts_pb2.AdfsProperties(host_name="sts.contoso.com"), "-")
    secondary = server("STS02", "adfs", not_applicable=[("adfs", "properties", None)])
    made = farm(server("STS01", "adfs", properties), secondary)

    assert not compare.answer(made, DIFFERENCES).facts
    (row,) = compare.answer(made, query_pb2.CompareRequest(kind="adfs-properties")).facts
    assert [value.state for value in row.values] == ["present", "not applicable"]


def test_servers_are_named_without_regard_to_case_and_unknown_names_are_refused() -> None:
    made = farm(server("WAP01", "wap", reservation()))

    assert compare.answer(made, query_pb2.CompareRequest(servers=["wap01"])).servers == ["WAP01"]
    with pytest.raises(InvalidRequestError, match="WAP09"):
        compare.answer(made, query_pb2.CompareRequest(servers=["WAP09"]))
    with pytest.raises(InvalidRequestError, match="no-such"):
        compare.answer(made, query_pb2.CompareRequest(kind="no-such"))
