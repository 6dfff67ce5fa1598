"""The farm as of an instant, as the store holds it."""

import hashlib
from datetime import timedelta

from farmsight_collector.clock import from_timestamp
from farmsight_collector.ingest.apply import apply_check_in, apply_reports
from farmsight_collector.model.build import farm_as_of, farms
from farmsight_collector.model.diff import difference
from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.store import agents, blobs
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store
from farmsight_wire.v1 import facts_pb2, telemetry_pb2
from farmsight_wire.v1.digests import probe_digest
from tests.fakes.incoming import START, delta, enrolled, full, incoming, state_digest, unknown

FARM = "sts.contoso.com"
HOUR = timedelta(hours=1)


def send(store: Store, agent: AgentRow, *reports: telemetry_pb2.ProbeReport) -> None:
    with store.write() as connection:
        apply_reports(connection, [incoming(agent, r, from_timestamp(r.started)) for r in reports])


def view(store: Store, after: timedelta) -> Farm:
    with store.read() as connection:
        return farm_as_of(connection, FARM, START + after)


def numbers(farm: Farm, server: str = "WAP01") -> dict[str, int]:
    held = farm.server(server).facts.get("schannel-setting", ())
    return {one.key: one.value.number for one in held}


def test_each_instant_shows_what_was_so_then(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(
        store,
        agent,
        full(1, {"A": 1, "B": 1}, START),
        delta(2, {"A": 1, "B": 1}, {"A": 2}, START + HOUR),
    )
    assert numbers(view(store, -HOUR)) == {}
    assert numbers(view(store, timedelta())) == {"A": 1, "B": 1}
    assert numbers(view(store, HOUR - timedelta(microseconds=1))) == {"A": 1, "B": 1}
    assert numbers(view(store, HOUR)) == {"A": 2}
    (held,) = view(store, HOUR).server("WAP01").facts["schannel-setting"]
    assert (held.began, held.context, held.server) == (START + HOUR, None, "WAP01")


def test_a_server_that_nothing_is_known_of_is_there_and_unknown(store: Store) -> None:
    enrolled(store, server="WAP01")
    answer = view(store, HOUR).server("WAP01").ask("schannel-setting")
    assert answer.knowledge is Knowledge.UNKNOWN


def test_silence_makes_unknown_after_two_missed_runs_and_the_grace(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1}))
    last = timedelta(seconds=2 * 900 + 90)
    for after, known in ((last, Knowledge.KNOWN), (last + timedelta(seconds=1), Knowledge.UNKNOWN)):
        assert view(store, after).server("WAP01").ask("schannel-setting").knowledge is known


def test_a_check_in_puts_silence_off_without_a_fact_being_read_anew(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1}))
    before = view(store, HOUR)
    same = probe_digest([("", facts_pb2.CONTEXT_UNSPECIFIED, state_digest({"A": 1}))])
    frame = telemetry_pb2.CheckIn(ran=[telemetry_pb2.ProbeRun(probe="schannel", digest=same)])
    with store.write() as connection:
        assert apply_check_in(connection, agent, frame, START + HOUR) == ()
    after = view(store, HOUR)
    assert before.server("WAP01").ask("schannel-setting").knowledge is Knowledge.UNKNOWN
    assert after.server("WAP01").need("schannel-setting") is not None
    assert after.server("WAP01").facts["schannel-setting"] is before.server("WAP01").facts["schannel-setting"]
    assert after.server("WAP01").last_seen == START + HOUR


def test_a_run_that_was_denied_is_unknown_and_ends_no_fact(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1}), unknown(2, at=START + HOUR), full(3, {"A": 1}, START + 2 * HOUR))
    answer = view(store, HOUR).server("WAP01").ask("schannel-setting")
    assert (answer.knowledge, answer.reason) == (Knowledge.UNKNOWN, "denied: access-denied")
    assert difference(view(store, timedelta()), view(store, HOUR)).ended == ()
    (held,) = view(store, 2 * HOUR).server("WAP01").need("schannel-setting")
    assert held.began == START


def test_history_that_comes_late_is_seen_though_the_past_was_looked_at_before(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1}), full(3, {"A": 3}, START + 2 * HOUR))
    assert numbers(view(store, HOUR)) == {"A": 1}
    send(store, agent, full(2, {"A": 3}, START + HOUR))
    assert numbers(view(store, HOUR)) == {"A": 3}
    (held,) = view(store, 2 * HOUR).server("WAP01").facts["schannel-setting"]
    assert held.began == START + HOUR


def test_the_difference_of_two_instants_names_what_began_and_ended(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1, "B": 1, "C": 1}), full(2, {"A": 2, "C": 1, "D": 1}, START + HOUR))
    changed = difference(view(store, timedelta()), view(store, HOUR))
    assert [(held.key, held.value.number) for held in changed.began] == [("A", 2), ("D", 1)]
    assert [(held.key, held.value.number) for held in changed.ended] == [("A", 1), ("B", 1)]


def test_a_server_whose_agent_was_revoked_leaves_the_picture_from_then_on(store: Store) -> None:
    agent = enrolled(store, server="WAP01")
    send(store, agent, full(1, {"A": 1}))
    with store.write() as connection:
        agents.revoke(connection, agent.id, START + HOUR)
    assert [server.name for server in view(store, 2 * HOUR).servers] == []
    assert [server.name for server in view(store, timedelta()).servers] == ["WAP01"]
    enrolled(store, server="WAP01", role="proxy")
    (server,) = view(store, timedelta(minutes=5)).servers
    assert (server.role, numbers(view(store, timedelta(minutes=5)))) == ("proxy", {"A": 1})


def test_farms_do_not_see_each_other(store: Store) -> None:
    send(store, enrolled(store, server="WAP01"), full(1, {"A": 1}))
    send(store, enrolled(store, server="WAP01", farm="fs.fabrikam.com"), full(1, {"A": 2}))
    assert numbers(view(store, timedelta())) == {"A": 1}
    with store.read() as connection:
        assert farms(connection) == ["fs.fabrikam.com", "sts.contoso.com"]
        assert farm_as_of(connection, "no.such.farm", START).servers == ()


def test_blobs_are_read_while_the_connection_is_open_and_after(store: Store) -> None:
    enrolled(store, server="WAP01")
    data = [b"one", b"two"]
    with store.write() as connection:
        for each in data:
            blobs.put(connection, hashlib.sha256(each).digest(), each, START)
    with store.read() as connection:
        farm = farm_as_of(connection, FARM, START)
        assert farm.blob(hashlib.sha256(data[0]).digest()) == data[0]
    assert farm.blob(hashlib.sha256(data[1]).digest()) == data[1]
    assert farm.blob(b"?" * 32) is None
