"""Who may speak: agents, join tokens, recoveries; and what is noted of it."""

import threading
from datetime import timedelta

import pytest

from farmsight_collector.clock import micros
from farmsight_collector.errors import TokenError
from farmsight_collector.store import agents, audit, migrate, quarantine, recoveries, tokens
from farmsight_collector.store.engine import Store
from tests.fakes.incoming import START, enrolled

SECRET = b"s" * 32


def token(store: Store, **changed: object) -> None:
    values = {
        "token_id": "t1",
        "secret_sha256": SECRET,
        "farm": "sts.contoso.com",
        "role": "wap",
        "host_name": "WAP01",
        "expires": START + timedelta(hours=1),
        "at": START,
    }
    with store.write() as connection:
        tokens.add_token(connection, **{**values, **changed})  # type: ignore[arg-type]


def use(store: Store, secret: bytes = SECRET, after: timedelta = timedelta()) -> str:
    try:
        with store.write() as connection:
            return tokens.use_token(connection, "t1", secret, START + after).role
    except TokenError as error:
        return error.kind


def test_a_token_works_once(store: Store) -> None:
    token(store)
    assert [use(store), use(store)] == ["wap", "used"]


def test_of_many_who_use_a_token_at_once_one_succeeds(store: Store) -> None:
    token(store)
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(use(store))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["used"] * 5 + ["wap"]


def test_an_expired_or_revoked_token_is_told_only_to_who_knows_its_secret(store: Store) -> None:
    token(store)
    assert use(store, after=timedelta(hours=2)) == "expired"
    with store.write() as connection:
        assert tokens.revoke_token(connection, "t1", START)
        assert not tokens.revoke_token(connection, "t1", START)
    assert use(store) == "revoked"
    assert use(store, secret=b"x" * 32) == "unknown"


def test_an_unknown_token_is_unknown(store: Store) -> None:
    assert use(store) == "unknown"


def test_a_server_that_enrols_again_keeps_its_row_and_its_old_voice_is_revoked(store: Store) -> None:
    old, new = enrolled(store, server="WAP01"), enrolled(store, server="WAP01", role="proxy")
    with store.read() as connection:
        rows = {row.id: row for row in agents.agents(connection, "sts.contoso.com")}
        assert agents.is_revoked(connection, old.serial)
        assert not agents.is_revoked(connection, new.serial)
    assert (rows[old.id].state, rows[new.id].state) == ("revoked", "active")
    assert rows[old.id].server_id == rows[new.id].server_id
    assert rows[new.id].role == "proxy"


def test_a_renewed_identity_and_what_an_agent_told_of_itself_are_kept(store: Store) -> None:
    agent = enrolled(store)
    later = START + timedelta(days=9)
    with store.write() as connection:
        agents.set_identity(connection, agent.id, "new", later, b"n" * 32)
        seen = agents.Seen(agent_id=agent.id, at=START, version="1\0", platform="linux", clock_offset_us=-5)
        agents.mark_seen(connection, [seen])
        found = agents.agent_by_id(connection, agent.id)
        assert found is not None
        assert (found.serial, found.not_after, found.public_key_sha256) == ("new", later, b"n" * 32)
        assert (found.version, found.last_seen, found.clock_offset_us) == ("1\N{REPLACEMENT CHARACTER}", START, -5)
        assert agents.agent_by_id(connection, "nobody") is None


def test_revoking_twice_is_told(store: Store) -> None:
    agent = enrolled(store)
    with store.write() as connection:
        assert agents.revoke(connection, agent.id, START)
        assert not agents.revoke(connection, agent.id, START)
        assert agents.revoked_at(connection, agent.farm) == {agent.id: START}


def test_a_lapsed_agent_asks_until_it_is_decided_and_is_decided_once(store: Store) -> None:
    agent = enrolled(store)
    request = {"agent_id": agent.id, "csr_der": b"csr", "public_key_sha256": b"k" * 32}
    with store.write() as connection:
        first = recoveries.add_recovery(connection, **request, at=START)  # type: ignore[arg-type]
        again = recoveries.add_recovery(connection, **request, at=START + timedelta(days=1))  # type: ignore[arg-type]
        assert (first, first.state) == (again, "pending")
        decide = lambda yes: recoveries.decide_recovery(  # noqa: E731
            connection, first.id, approve=yes, by="operator", at=START
        )
        assert [decide(True), decide(False)] == [True, False]
        assert [row.state for row in recoveries.recoveries(connection)] == ["approved"]
        assert recoveries.recoveries(connection, "pending") == []


def test_poison_frames_are_kept_within_bounds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_FRAMES", 5)
    with store.write() as connection:
        for number in range(8):
            data = bytes([number]) * (quarantine.KEPT_BYTES + 9)
            quarantine.keep(connection, at=START, agent_id="a", reason="bad\0", data=data)
        kept = quarantine.frames(connection)
    assert [row.data[0] for row in kept] == [7, 6, 5, 4, 3]
    assert {(len(row.data), row.size) for row in kept} == {(quarantine.KEPT_BYTES, quarantine.KEPT_BYTES + 9)}


def test_what_is_done_is_noted_newest_first(store: Store) -> None:
    with store.write() as connection:
        for action in ("token.create", "agent.revoke"):
            audit.note(connection, at=START, actor="operator", action=action, target="t1")
        assert [row.action for row in audit.entries(connection)] == ["agent.revoke", "token.create"]
        assert micros(audit.entries(connection, limit=1)[0].at) == micros(START)


def test_a_token_with_several_uses_lets_so_many_in_and_counts_them(store: Store) -> None:
    token(store, host_name=None, uses=2)
    assert use(store) == "wap"
    with store.read() as connection:
        half = tokens.tokens(connection)[0]
    assert (half.uses, half.taken, half.used) == (2, 1, None)
    assert [use(store), use(store)] == ["wap", "used"]
    with store.read() as connection:
        assert tokens.tokens(connection)[0].used == START


def test_of_many_who_want_the_uses_of_one_token_at_once_so_many_get_them(store: Store) -> None:
    token(store, host_name=None, uses=3)
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(use(store))) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["used"] * 4 + ["wap"] * 3


def test_an_older_version_never_gives_a_use_away_twice(store: Store) -> None:
    token(store, token_id="t1")
    assert use(store) == "wap"
    token(store, token_id="t2", host_name=None, uses=3)
    with store.write() as connection:
        tokens.use_token(connection, "t2", SECRET, START)
    token(store, token_id="t3", host_name=None, uses=3)

    migrate.downgrade(store.engine, "0007")
    migrate.upgrade(store.engine)
    with store.read() as connection:
        rows = {row.token_id: row for row in tokens.tokens(connection)}
    assert rows["t1"].used == rows["t2"].used == START
    assert (rows["t3"].used, rows["t3"].uses, rows["t3"].taken) == (None, 1, 0)
