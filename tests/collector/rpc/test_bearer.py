"""Who may ask the query port: the collector's own token, and those that were made for programs."""

from datetime import UTC, datetime, timedelta

import pytest

from farmsight_collector.errors import IdentityError
from farmsight_collector.identity.access import access
from farmsight_collector.identity.people import make_token
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc.bearer import BearerTokens
from farmsight_collector.store import people
from farmsight_collector.store.engine import Store, open_store
from tests.fakes.reports import SetClock

OWN = "the-collectors-own-token"


@pytest.fixture
def store():
    made = open_store("sqlite://")
    yield made
    made.close()


@pytest.fixture
def clock():
    return SetClock(datetime.now(UTC))


@pytest.fixture
def bearer(store, clock):
    return BearerTokens({}, Metrics(), access({OWN: "admin"}, store, clock))


def made(store: Store, clock, role: str, kind: str = people.API, life: timedelta = timedelta(days=1)):
    return make_token(store, kind=kind, name="grafana", role=role, life=life, at=clock.now(), actor="test")


def showing(token: str):
    return (("authorization", f"Bearer {token}"),)


def test_the_collectors_own_token_may_do_everything(bearer) -> None:
    assert bearer.role_of(showing(OWN)) == "admin"


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_a_token_for_programs_has_the_role_and_the_name_that_it_was_made_with(bearer, store, clock, role) -> None:
    text, _ = made(store, clock, role)

    caller = bearer.caller_of(showing(text))

    assert (caller.name, caller.role) == ("grafana", role)


def test_a_one_time_token_of_the_page_is_none_for_programs(bearer, store, clock) -> None:
    text, _ = made(store, clock, "admin", people.SIGN_IN)

    with pytest.raises(IdentityError):
        bearer.role_of(showing(text))


def test_a_revoked_token_is_let_in_for_a_few_seconds_at_most(bearer, store, clock) -> None:
    text, token = made(store, clock, "viewer")
    assert bearer.role_of(showing(text)) == "viewer"
    with store.write() as connection:
        people.revoke(connection, token.token_id, clock.now())

    clock.seconds += 11

    with pytest.raises(IdentityError):
        bearer.role_of(showing(text))


def test_a_token_ends_when_it_expires(bearer, store, clock) -> None:
    text, _ = made(store, clock, "viewer", life=timedelta(hours=1))
    clock.at += timedelta(hours=2)

    with pytest.raises(IdentityError):
        bearer.role_of(showing(text))


@pytest.mark.parametrize(
    "metadata",
    [
        (),
        (("authorization", "Bearer "),),
        (("authorization", "Basic abc"),),
        (("authorization", f"Bearer {OWN}"), ("authorization", f"Bearer {OWN}")),
        (("authorization", "Bearer fsw1." + "x" * 10_000),),
        (("authorization", f"Bearer {OWN}\ud800"),),
    ],
)
def test_everything_else_is_refused(bearer, metadata) -> None:
    with pytest.raises(IdentityError):
        bearer.role_of(metadata)
