"""Over HTTP, too, operators say what they take care of, and programs hear what happens: by a token alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from google.protobuf import json_format

from farmsight_collector.correlate.watcher import Told
from farmsight_collector.identity.access import access
from farmsight_collector.identity.people import make_token
from farmsight_collector.queries import watch
from farmsight_collector.store import audit, people
from farmsight_collector.store.findings import FindingChange, findings_as_of
from farmsight_collector.web.application import application
from farmsight_wire.v1 import query_pb2
from tests.fakes.served_application import served
from tests.fakes.watched_farm import COOKIE, FARM, WatchedFarm

HERE = f"/api/v1/farms/{FARM}"


@pytest.fixture
def finding(farm: WatchedFarm) -> str:
    with farm.store.read() as connection:
        rows = findings_as_of(connection, FARM, farm.clock.at)
    return next(row.id for row in rows if row.code == "store.issuing-ca-missing")


def until(farm: WatchedFarm, **span: float) -> str:
    return f"{farm.clock.at + timedelta(**span):%Y-%m-%dT%H:%M:%SZ}"


def test_an_operator_acknowledges_and_takes_it_back(
    farm: WatchedFarm, client: httpx.Client, operator: dict[str, str], finding: str
) -> None:
    body = {"finding": finding, "until": until(farm, hours=2), "note": "on it", "by": "anna"}
    answer = client.post(f"{HERE}/acknowledgements", headers=operator, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["acknowledgement"]["by"] == "anna (token: operator)"

    listed = client.get(f"{HERE}/acknowledgements", headers=operator).json()["acknowledgements"]
    assert [(one["finding"], one["note"]) for one in listed] == [(finding, "on it")]
    with farm.store.read() as connection:
        assert audit.entries(connection)[0].action == "acknowledgement.add"

    gone = client.post(f"{HERE}/acknowledgements/withdraw", headers=operator, json={"finding": finding})
    assert gone.status_code == 200, gone.text
    assert client.get(f"{HERE}/acknowledgements", headers=operator).json()["acknowledgements"] == []


def test_maintenance_begins_and_ends_and_is_of_the_farm_that_the_address_names(
    farm: WatchedFarm, client: httpx.Client, operator: dict[str, str]
) -> None:
    body = {"servers": ["WAP01"], "ends": until(farm, hours=1), "note": "updates"}
    made = client.post(f"{HERE}/maintenance", headers=operator, json=body)
    assert made.status_code == 200, made.text
    window = made.json()["window"]

    assert window["servers"] == ["WAP01"]
    listed = client.get("/api/v1/maintenance", headers=operator).json()["windows"]
    assert window["id"] in [one["id"] for one in listed]
    elsewhere = "/api/v1/farms/elsewhere.example/maintenance/end"
    assert client.post(elsewhere, headers=operator, json={"id": window["id"]}).status_code == 404
    assert client.post(f"{HERE}/maintenance/end", headers=operator, json={"id": window["id"]}).status_code == 200
    assert client.post(f"{HERE}/maintenance/end", headers=operator, json={"id": window["id"]}).status_code == 404


CHANGES = ("acknowledgements", "acknowledgements/withdraw", "maintenance", "maintenance/end")


@pytest.mark.parametrize("path", CHANGES)
def test_a_viewer_changes_nothing(client: httpx.Client, bearer: dict[str, str], path: str) -> None:
    answer = client.post(f"{HERE}/{path}", headers=bearer, json={})
    assert answer.status_code == 403
    assert "this takes the role operator" in answer.json()["error"]["what"]


@pytest.mark.parametrize("path", CHANGES)
def test_nothing_is_changed_by_a_session_not_even_an_admins_with_its_proof(farm: WatchedFarm, path: str) -> None:
    site = farm.site()
    secret, _ = site.entrance.open(name="eve", role="admin", came_by="test", address="127.0.0.1")
    with (
        served(application(site, [], access=access({}, farm.store, farm.clock))) as where,
        httpx.Client(base_url=where, cookies={COOKIE: secret}) as browser,
    ):
        answer = browser.post(f"{HERE}/{path}", json={}, headers={"origin": where})
        assert answer.status_code == 403
        assert "takes a token" in answer.json()["error"]["what"]
        assert browser.get(f"{HERE}/acknowledgements").status_code == 200, "though it may read"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 400, "at least 4 characters"),
        ({"finding": "0" * 16, "until": "2026-11-23T11:00:00Z"}, 404, "no finding"),
        ({"finding": "0" * 16, "until": "soon"}, 400, "the body"),
        ({"finding": "0" * 16, "farm": "elsewhere.example"}, 400, "the farm stands in the path"),
        ({"finding": "0" * 16, "until": "2126-11-23T11:00:00Z"}, 400, "at most 30 days"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named(
    client: httpx.Client, operator: dict[str, str], body: dict[str, str], status: int, says: str
) -> None:
    answer = client.post(f"{HERE}/acknowledgements", headers=operator, json=body)
    assert (answer.status_code, says in answer.text) == (status, True), answer.text


def test_everything_is_exported_a_line_each(client: httpx.Client, bearer: dict[str, str]) -> None:
    for what in ("facts", "findings"):
        answer = client.get(f"{HERE}/export?what={what}", headers=bearer)
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        found = [json_format.Parse(line, query_pb2.ExportResponse()) for line in answer.text.splitlines()]
        assert found
        assert {one.WhichOneof("item") for one in found} == {what.removesuffix("s")}
    before = client.get(f"{HERE}/export?what=findings&at=2026-11-23T10:05Z", headers=bearer)
    assert "store.issuing-ca-missing" not in before.text
    assert client.get(f"{HERE}/export?what=everything", headers=bearer).status_code == 400


class Listening:
    """An application whose watcher a test tells what happens, on the application's own loop."""

    def __init__(self, farm: WatchedFarm, who: Any) -> None:
        self.farm = farm
        self.site = farm.site()
        self.application = application(self.site, [], access=who)

    def tell(self, finding: str) -> None:
        with self.farm.store.read() as connection:
            row = next(one for one in findings_as_of(connection, FARM, self.farm.clock.at) if one.id == finding)
        told = Told(farm=FARM, at=self.farm.clock.at, change=FindingChange(kind="changed", finding=row))
        self.site.watcher.tell(told)


def heard(lines: Iterator[str]) -> dict[str, Any]:
    """Return the next line that says something."""
    return next(json.loads(line) for line in lines if line.strip())


def test_what_happens_is_heard_as_it_happens(farm: WatchedFarm, bearer: dict[str, str], finding: str) -> None:
    listening = Listening(farm, access({bearer["authorization"].split()[1]: "viewer"}, farm.store, farm.clock))
    with (
        served(listening.application) as where,
        httpx.Client(base_url=where, headers=bearer, timeout=20) as client,
        client.stream("GET", f"{HERE}/watch?snapshot_first=true") as stream,
    ):
        lines = stream.iter_lines()
        first = []
        while (event := heard(lines))["event"] != "WATCH_EVENT_SYNCED":
            first.append(event["finding"]["code"])
        assert "store.issuing-ca-missing" in first
        listening.tell(finding)
        assert heard(lines)["event"] == "WATCH_EVENT_CHANGED"


def test_whoever_accepts_events_gets_events(farm: WatchedFarm, bearer: dict[str, str]) -> None:
    listening = Listening(farm, access({bearer["authorization"].split()[1]: "viewer"}, farm.store, farm.clock))
    asked = {**bearer, "accept": "text/event-stream"}
    with (
        served(listening.application) as where,
        httpx.Client(base_url=where, headers=asked, timeout=20) as client,
        client.stream("GET", f"{HERE}/watch?snapshot_first=1") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert "event: synced" in stream.iter_lines()


def test_a_token_that_is_revoked_hears_no_more(farm: WatchedFarm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.05)
    made = {"kind": people.API, "name": "monitoring", "role": "viewer", "life": timedelta(days=1)}
    token, row = make_token(farm.store, **made, at=farm.clock.at, actor="test")
    listening = Listening(farm, access({}, farm.store, farm.clock))
    with (
        served(listening.application) as where,
        httpx.Client(base_url=where, headers={"authorization": f"Bearer {token}"}, timeout=20) as client,
        client.stream("GET", f"{HERE}/watch") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "", "that nothing happened is said, too"
        with farm.store.write() as connection:
            assert people.revoke(connection, row.token_id, farm.clock.at)
        farm.clock.at += timedelta(seconds=11)  # a token that was found is remembered for a moment
        assert heard(lines)["error"]["status"] == 401
        assert all(not line for line in lines), "and that was the end"


def test_only_so_many_listen_at_once(
    farm: WatchedFarm, bearer: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(farm, "config", replace(farm.config, web=replace(farm.config.web, live_pages=1)))
    listening = Listening(farm, access({bearer["authorization"].split()[1]: "viewer"}, farm.store, farm.clock))
    with (
        served(listening.application) as where,
        httpx.Client(base_url=where, headers=bearer, timeout=20) as client,
        client.stream("GET", f"{HERE}/watch?snapshot_first=1") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines)
        with client.stream("GET", f"{HERE}/watch") as second:
            assert second.status_code == 503
