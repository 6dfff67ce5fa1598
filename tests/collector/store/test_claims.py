"""Claims of replicas: one holder at a time, whatever happens to it, and no writing by right of what was lost."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from farmsight_collector.errors import StoreBusyError
from farmsight_collector.store import claims, notices, schema
from farmsight_collector.store.claims import Replica
from farmsight_collector.store.engine import Store, open_store

FARM = "farm:sts.contoso.com"
A, B = (Replica(id=name, name=name, version="1") for name in ("a", "b"))


@pytest.fixture
def database(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()


def lives(store: Store, replica: Replica, seconds: float = 60) -> None:
    with store.write() as connection:
        claims.renew(connection, replica, seconds)


def takes(store: Store, replica: Replica, name: str = FARM) -> bool:
    with store.write() as connection:
        return claims.take(connection, replica.id, [name]) == [name]


def generation(store: Store) -> int:
    with store.read() as connection:
        return claims.claims(connection)[FARM].generation


def test_a_claim_is_one_replicas_until_that_one_is_dead_or_gives_it_up(database: Store) -> None:
    lives(database, A)
    lives(database, B)
    assert takes(database, A)
    assert not takes(database, B)
    assert not takes(database, A), "it is held already"

    with database.write() as connection:
        claims.release(connection, B.id, [FARM])
    assert not takes(database, B), "what is another's can't be given up"

    with database.write() as connection:
        claims.release(connection, A.id, [FARM])
    assert takes(database, B)

    with database.write() as connection:
        claims.leave(connection, B.id)
    assert takes(database, A)
    assert generation(database) == 3


def test_a_replica_that_gave_no_sign_for_its_lease_is_dead_by_the_databases_clock(database: Store) -> None:
    lives(database, A, 0.2)
    lives(database, B)
    assert takes(database, A)
    time.sleep(0.3)
    with database.read() as connection:
        assert [one.id for one in claims.living(connection)] == ["b"]
    assert takes(database, B)


def test_what_nobody_took_meanwhile_is_still_its_own_when_it_comes_back(database: Store) -> None:
    lives(database, A, 0.1)
    assert takes(database, A)
    time.sleep(0.2)
    with database.write() as connection:
        assert claims.renew(connection, A, 60), "it was dead just before"
        assert claims.prove(connection, A.id, FARM, 1)


def test_of_many_that_want_a_claim_at_once_one_gets_it(database: Store) -> None:
    replicas = [Replica(id=f"r{n}", name="", version="") for n in range(8)]
    for one in replicas:
        lives(database, one)
    for _ in range(5):
        gate, got = threading.Barrier(len(replicas)), []

        def want(one: Replica, gate: threading.Barrier = gate, got: list[str] = got) -> None:
            gate.wait()
            if takes(database, one):
                got.append(one.id)

        in_threads([lambda one=one: want(one) for one in replicas])
        assert len(got) == 1
        with database.write() as connection:
            claims.release(connection, got[0], [FARM])


def test_a_replica_that_lost_its_claim_can_not_prove_it(database: Store) -> None:
    lives(database, A, 0.1)
    lives(database, B)
    assert takes(database, A)
    before = generation(database)
    time.sleep(0.2)
    assert takes(database, B)
    with database.write() as connection:
        assert not claims.prove(connection, A.id, FARM, before)

    # Even where it has it again: what it worked out before is of another holding.
    with database.write() as connection:
        claims.leave(connection, B.id)
    lives(database, A)
    assert takes(database, A)
    with database.write() as connection:
        assert not claims.prove(connection, A.id, FARM, before)
        assert claims.prove(connection, A.id, FARM, before + 2)


def test_who_writes_by_right_of_a_claim_keeps_it_until_the_commit(database: Store) -> None:
    lives(database, A, 0.2)
    lives(database, B)
    assert takes(database, A)
    with database.write() as connection:
        assert claims.prove(connection, A.id, FARM, 1)
        time.sleep(0.3)
        began = time.monotonic()
        assert not takes(database, B), "its lease is over, and it is just writing"
        assert time.monotonic() - began < 1, "others do not wait for it"
        claims.note_change(connection, FARM)
    assert takes(database, B)


def test_a_process_that_stands_still_within_a_transaction_loses_it_and_what_it_locked(
    database: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "farmsight_collector.store.engine._BOUND_STANDING_STILL", "SET LOCAL idle_in_transaction_session_timeout = 200"
    )
    lives(database, A, 0.1)
    lives(database, B)
    assert takes(database, A)

    def stand_still() -> None:
        with database.write() as connection:
            assert claims.prove(connection, A.id, FARM, 1)
            time.sleep(0.5)  # as under SIGSTOP
            assert takes(database, B)
            connection.execute(schema.audit.insert().values(at=1, actor="", action="", target="", detail=""))

    with pytest.raises(StoreBusyError):
        stand_still()
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.audit)) == 0


def test_notices_come_with_the_commit_and_not_without_it(database: Store) -> None:
    heard: list[str] = []
    raw = database.engine.raw_connection()
    listening = raw.driver_connection
    assert listening is not None
    listening.autocommit = True
    listening.execute(f"LISTEN {notices.CHANNEL}")
    with database.write() as connection:
        notices.tell(connection, "changed", "sts.contoso.com", sender="me")
    with database.engine.connect() as connection:
        notices.tell(connection, "changed", "sts.fabrikam.com")
        connection.rollback()
    heard = [one.payload for one in listening.notifies(timeout=0.5)]
    raw.invalidate()
    assert [notices.read(one) for one in heard] == [notices.Notice("changed", "me", "sts.contoso.com")]


@pytest.mark.parametrize("payload", ["", "changed", "changed x", "burn me down", "changed\tx y"])
def test_notices_of_other_versions_are_passed_over(payload: str) -> None:
    assert notices.read(payload) is None


def in_threads(calls: list[Callable[[], object]]) -> None:
    errors: list[BaseException] = []

    def guarded(call: Callable[[], object]) -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors[0]
