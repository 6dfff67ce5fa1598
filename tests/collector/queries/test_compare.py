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


def test_servers_are_named_without_regard_to_case_and_unknown_names_are_refused() -> None:
    made = farm(server("WAP01", "wap", reservation()))

    assert compare.answer(made, query_pb2.CompareRequest(servers=["wap01"])).servers == ["WAP01"]
    with pytest.raises(InvalidRequestError, match="WAP09"):
        compare.answer(made, query_pb2.CompareRequest(servers=["WAP09"]))
    with pytest.raises(InvalidRequestError, match="no-such"):
        compare.answer(made, query_pb2.CompareRequest(kind="no-such"))
