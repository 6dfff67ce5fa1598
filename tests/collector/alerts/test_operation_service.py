"""`farmsight ack` and `maintenance` over real gRPC, who may, and the alerts of a collector that serves."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest

from farmsight_collector.cli.collector import main as administer
from farmsight_collector.cli.main import main
from farmsight_collector.config import Watching
from farmsight_collector.correlate.bells import Bells
from farmsight_collector.correlate.judgement import judge
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.bearer import BearerTokens
from farmsight_collector.rpc.operation_service import OperationServicer
from farmsight_collector.rpc.questions import questions
from farmsight_collector.store import agent_signs, audit, outbox
from farmsight_collector.store.engine import open_store
from farmsight_wire.v1 import facts_pb2, operation_pb2, operation_pb2_grpc
from tests.fakes import receivers
from tests.fakes.agents import full, service
from tests.fakes.live_collector import FARM, Running, initialise, running

SECRET = "of the webhook"


def stopped() -> facts_pb2.Fact:
    made = service("adfssrv", state=facts_pb2.SERVICE_STATE_STOPPED)
    made.service.start = facts_pb2.SERVICE_START_AUTOMATIC
    return made


@pytest.fixture(scope="module")
def hook() -> Iterator[receivers.Webhook]:
    with receivers.webhook() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory, hook: receivers.Webhook) -> Iterator[Running]:
    """STS01 whose adfssrv stopped a minute ago."""
    data = tmp_path_factory.mktemp("collector") / "data"
    initialise(data)
    (data / "hook-secret").write_text(SECRET)
    with (data / "collector.toml").open("a") as file:
        file.write(
            "\n[alerts]\nhold_error_s = 0\nhold_warning_s = 0\n\n[[alerts.channel]]\n"
            f'name = "ops"\ntype = "webhook"\nurl = "{hook.url}"\nsecret_file = "hook-secret"\n'
        )
    with running(data, judge=judge, questions=questions, watching=Watching(coalesce_ms=1)) as up:
        with up.stream(up.enrol("STS01", "adfs")) as agent:
            agent.hello()
            agent.report(full(1, stopped(), at=datetime.now(UTC) - timedelta(minutes=1)))
            agent.until_durable(1)
        until(lambda: any(b"adfs.service-stopped" in one.body for one in hook.requests))
        yield up


def ask(farm: Running, *arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([*arguments, "--data", str(farm.collector.config.data)])
    return code, out.getvalue(), err.getvalue()


def until(true) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come")


def run(farm: Running, *arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out):
        code = administer([*arguments, "--data", str(farm.collector.config.data)])
    return code, out.getvalue()


def test_a_change_on_a_server_arrives_signed_at_the_webhook(farm: Running, hook: receivers.Webhook) -> None:
    told = next(one.json for one in hook.requests if b"adfs.service-stopped" in one.body)
    alert = next(one for one in told["alerts"] if one["code"] == "adfs.service-stopped")
    assert (alert["servers"], alert["state"]) == (["STS01"], "open")
    code, shown = run(farm, "alerts", "list")
    assert code == 0
    assert "200 OK: thank you" in shown
    code, shown = run(farm, "alerts", "list", "--json")
    assert SECRET not in shown
    assert json.loads(shown)["channels"] == [{"name": "ops", "type": "webhook", "target": hook.url}]


def test_a_finding_is_acknowledged_by_its_code_listed_and_taken_back(farm: Running) -> None:
    code, shown, _ = ask(farm, "ack", "adfs.service-stopped", "--for", "4h", "--note", "patching")
    assert code == 0
    assert "quiet until" in shown
    code, shown, _ = ask(farm, "ack", "--list", "--json")
    (one,) = json.loads(shown)["acknowledgements"]
    assert one["note"] == "patching"
    assert one["by"].endswith("(token: admin)")
    assert ask(farm, "ack", one["finding"][:8], "--withdraw")[0] == 0
    assert "nothing is acknowledged" in ask(farm, "ack", "--list")[1]
    assert "withdrawn" in ask(farm, "ack", "--list", "--all")[1]
    with farm.collector.store.read() as connection:
        actions = [row.action for row in audit.entries(connection) if row.action.startswith("ack")]
    assert actions == ["acknowledgement.withdraw", "acknowledgement.add"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("ack",), "say which finding"),
        (("ack", "adfs.service-stopped"), "either --for SPAN or --until TIME"),
        (("ack", "adfs.service-stopped", "--for", "soon"), "'soon' is no span"),
        (("ack", "adfs.service-stopped", "--for", "31d"), "at most 30 days"),
        (("ack", "ffffffffffffffff", "--for", "1h"), "no finding ffffffffffffffff is open"),
        (("ack", "f", "--for", "1h"), "at least 4 characters"),
        (("maintenance", "end"), "say which window"),
        (("maintenance", "end", "77"), "no maintenance window 77"),
        (("maintenance", "add", "--server", "WAP77", "--for", "1h"), "no server 'WAP77'"),
    ],
)
def test_what_cannot_be_meant_is_said(farm: Running, arguments: tuple[str, ...], says: str) -> None:
    code, _, error = ask(farm, *arguments)
    assert code == 2
    assert says in error


def test_a_maintenance_window_is_added_listed_and_ended(farm: Running) -> None:
    code, shown, _ = ask(farm, "maintenance", "add", "--server", "sts01", "--for", "2h", "--note", "patches", "--json")
    assert code == 0
    window = json.loads(shown)
    assert (window["servers"], window["note"]) == (["STS01"], "patches")
    assert "STS01" in ask(farm, "maintenance", "list")[1]
    assert ask(farm, "maintenance", "end", str(window["number"]))[0] == 0
    assert "no maintenance" in ask(farm, "maintenance", "list")[1]
    assert "patches" in ask(farm, "maintenance", "list", "--all")[1]


def test_the_channels_are_tried_from_the_command_line(farm: Running, hook: receivers.Webhook) -> None:
    assert run(farm, "alerts", "test", "ops")[0] == 0
    assert "test" in [one.json["event"] for one in hook.requests]
    hook.answers.append((500, {}, b"broken"))
    code, shown = run(farm, "alerts", "test")
    assert code == 1
    assert "500 Internal Server Error: broken" in shown


def test_a_dead_letter_is_listed_and_put_back_from_the_command_line(farm: Running, hook: receivers.Webhook) -> None:
    store = farm.collector.store
    with store.read() as connection:
        (row, *_) = outbox.messages(connection, FARM)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alert_deliveries SET state = 'dead'")
    _, shown = run(farm, "alerts", "list", "--dead")
    assert row.id in shown
    count = len(hook.requests)
    assert run(farm, "alerts", "again", row.id, "ops")[0] == 0
    until(lambda: len(hook.requests) > count)
    assert hook.requests[-1].headers["idempotency-key"] == row.id


async def test_a_viewer_may_look_and_not_touch(tmp_path: Path) -> None:
    from farmsight_collector.clock import SystemClock

    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    bearer = BearerTokens({"viewer-token": "viewer", "operator-token": "operator"}, Metrics())
    server = grpc.aio.server()
    operation_pb2_grpc.add_OperationServiceServicer_to_server(
        OperationServicer(store, SystemClock(), bearer, Bells()), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = operation_pb2_grpc.OperationServiceStub(channel)

        async def status(call, request, token: str) -> grpc.StatusCode:
            try:
                await call(request, metadata=(("authorization", f"Bearer {token}"),))
            except grpc.aio.AioRpcError as error:
                return error.code()
            return grpc.StatusCode.OK

        end = operation_pb2.EndMaintenanceRequest(id=1)
        assert await status(stub.ListMaintenance, operation_pb2.ListMaintenanceRequest(), "viewer-token") == (
            grpc.StatusCode.OK
        )
        assert await status(stub.EndMaintenance, end, "viewer-token") == grpc.StatusCode.PERMISSION_DENIED
        assert await status(stub.EndMaintenance, end, "operator-token") == grpc.StatusCode.NOT_FOUND
        assert await status(stub.EndMaintenance, end, "nobody's") == grpc.StatusCode.UNAUTHENTICATED
        for name in ("Acknowledge", "WithdrawAcknowledgement", "AddMaintenance"):
            request = getattr(operation_pb2, f"{name}Request")()
            assert await status(getattr(stub, name), request, "viewer-token") == grpc.StatusCode.PERMISSION_DENIED
            assert await status(getattr(stub, name), request, "operator-token") in (
                grpc.StatusCode.INVALID_ARGUMENT,
                grpc.StatusCode.NOT_FOUND,
            )
    await server.stop(None)
    store.close()


def test_an_agents_word_counts_as_a_sign_and_it_says_how_often_one_comes(farm: Running) -> None:
    identity = farm.enrol("STS02", "adfs")
    with farm.stream(identity) as agent:
        before = datetime.now(UTC)
        agent.hello()
        agent.report(full(1, stopped()))
        agent.until_durable(1)
        signs = farm.collector.sessions.signs(before - timedelta(seconds=1))
        assert identity.agent_id in [agent_id for _, agent_id in signs]
    with farm.collector.store.read() as connection:
        assert agent_signs.signs(connection, 1)["STS02"].check_in == timedelta(seconds=60), "the agent did not say"
