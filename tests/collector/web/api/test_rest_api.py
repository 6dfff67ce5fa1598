"""The REST API answers the questions of the contract, to the same callers, and says what it does not understand."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.protobuf import json_format

from farmsight_collector.identity.access import access
from farmsight_collector.web.api.contract import document
from farmsight_collector.web.api.questions import OPERATIONS, QUESTIONS, STREAMS
from farmsight_collector.web.application import application
from farmsight_wire.v1 import operation_pb2, query_pb2
from tests.fakes import adfs_farms
from tests.fakes.served_application import served
from tests.fakes.watched_farm import COOKIE, FARM, WatchedFarm

BEARER = {"authorization": "Bearer own-token-of-the-collector"}


def asks(client: httpx.Client, path: str, status: int = 200) -> Any:
    answer = client.get(f"/api/v1{path}", headers=BEARER)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_findings_are_those_of_the_contract(client: httpx.Client) -> None:
    found = asks(client, f"/farms/{FARM}/findings?at_least=critical")
    response = json_format.ParseDict(found, query_pb2.ListFindingsResponse())
    assert any(one.code == "store.issuing-ca-missing" and list(one.servers) == ["WAP01"] for one in response.findings)


def test_every_question_is_asked_as_of_any_instant(client: httpx.Client) -> None:
    codes = [one["code"] for one in asks(client, f"/farms/{FARM}/findings?at=2026-11-23T10:05Z")["findings"]]
    assert "store.issuing-ca-missing" not in codes
    word = asks(client, f"/farms/{FARM}/findings?at=before-first-failure&code=store.issuing-ca-missing")
    assert word["findings"] == []


def test_a_certificate_is_traced_by_a_post(client: httpx.Client) -> None:
    certificate = base64.b64encode(adfs_farms.SSL).decode()
    body = {"certificate": certificate, "paths": ["extranet"]}
    answer = client.post(f"/api/v1/farms/{FARM}/trace", headers=BEARER, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["verdict"] == "TRACE_VERDICT_FAILS"


def test_nobody_is_answered_without_a_token_or_a_session(client: httpx.Client) -> None:
    for path in ("/openapi.json", "/status", f"/farms/{FARM}/findings"):
        answer = client.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    wrong = client.get("/api/v1/status", headers={"authorization": "Bearer nonsense"})
    assert wrong.status_code == 401
    assert "token" in wrong.json()["error"]["what"]


def test_a_session_of_the_page_may_ask_and_posts_with_its_proof_alone(farm: WatchedFarm) -> None:
    site = farm.site()
    secret, _ = site.entrance.open(name="eve", role="viewer", came_by="test", address="127.0.0.1")
    app = application(site, [], access=access({}, farm.store, farm.clock))
    with served(app) as where, httpx.Client(base_url=where, cookies={COOKIE: secret}) as browser:
        assert browser.get("/api/v1/status").status_code == 200
        forged = browser.post(f"/api/v1/farms/{FARM}/trace", json={}, headers={"origin": where})
        assert forged.status_code == 403
        assert "x-farmsight-csrf" in forged.json()["error"]["what"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/farms/nowhere.example/findings", 404, "there is no farm"),
        (f"/farms/{FARM}/findings?severity=error", 400, "there is no such parameter; there is: at, at_least"),
        (f"/farms/{FARM}/findings?at_least=dreadful", 400, "one of info, warning, error, critical"),
        (f"/farms/{FARM}/findings?page_size=-1", 400, "a whole number"),
        (f"/farms/{FARM}/findings?at=soon", 400, "no instant"),
        (f"/farms/{FARM}/findings?at=2126-01-01", 400, "has not been yet"),
        (f"/farms/{FARM}/findings?at=0001-01-01", 400, "is before any collector ran"),
        (f"/farms/{FARM}/history?from=9999-01-01", 400, "from: 9999-01-01 00:00Z is after the end of the span"),
        (f"/farms/{FARM}/changes?from=9999-01-01", 400, "from: 9999-01-01 00:00Z is after the end of the span"),
        (f"/farms/{FARM}/trend?series=nonsense", 400, "series"),
        ("/nonsense", 404, "openapi.json"),
    ],
)
def test_what_is_not_understood_is_named(client: httpx.Client, path: str, status: int, says: str) -> None:
    assert says in json.dumps(asks(client, path, status)["error"])


def test_the_description_has_every_question_of_the_contract_with_one_answer(client: httpx.Client) -> None:
    described = asks(client, "/openapi.json")
    assert described == document()
    contract = query_pb2.DESCRIPTOR.services_by_name["QueryService"].methods
    assert {one.method for one in QUESTIONS} == {one.name for one in contract if not one.server_streaming}
    a_page = {"Report"}  # which the web page has, too
    assert {one.method for one in STREAMS} == {one.name for one in contract if one.server_streaming} - a_page
    changes = operation_pb2.DESCRIPTOR.services_by_name["OperationService"].methods
    assert {one.method for one in OPERATIONS} == {one.name for one in changes}
    known = described["components"]["schemas"]
    assert all(name in known for name in _references(described))


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rpartition("/")[2]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
