"""network.proxy-only-of-user."""

import pytest

from farmsight_collector.rules.network.proxy_only_of_user import RULE
from tests.fakes.pki import URL, World, found, proxy, retrieval, untold

PROXY = "proxy.contoso.com:8080"


def farm(*, outcome: str = "CONNECT_TIMED_OUT", bypass: tuple[str, ...] = (), fetched: bool = True) -> World:
    """Return a farm where SYSTEM on WAP01 gets no connection, and the administrator's profile has a proxy."""
    world = World().put("WAP01", retrieval(URL, "system", outcome=outcome))
    world.put("WAP01", proxy("caller", "wininet", proxy=PROXY, bypass=bypass))
    if fetched:
        world.put("WAP01", retrieval(URL, "caller", proxy=PROXY))
    return world


def test_the_account_without_the_administrators_proxy_is_named() -> None:
    assert found(RULE, farm()) == [(PROXY, ("WAP01",), ("system",), "error")]


def test_that_the_administrators_own_fetch_would_work_is_believed_and_not_proven_without_it() -> None:
    assert found(RULE, farm(fetched=False)) == [(PROXY, ("WAP01",), ("system",), "warning")]


def test_an_account_that_has_a_proxy_fails_for_another_reason() -> None:
    assert found(RULE, farm().put("WAP01", proxy("system", proxy="other:8080"))) == []
    assert found(RULE, farm().put("WAP01", proxy("system", "wininet", auto_detect=True))) == []


def test_a_directory_is_asked_through_no_proxy() -> None:
    ldap = retrieval("ldap://dc1.contoso.com/CN=Root?certificateRevocationList", outcome="CONNECT_TIMED_OUT")

    assert found(RULE, farm(outcome="OK").put("WAP01", ldap)) == []


@pytest.mark.parametrize("outcome", ["OK", "HTTP_STATUS", "TIMED_OUT"])
def test_an_account_that_got_through_by_itself_needs_none(outcome: str) -> None:
    assert found(RULE, farm(outcome=outcome)) == []
    assert untold(RULE, farm(outcome=outcome)) == []


def test_hosts_that_the_administrators_proxy_is_not_used_for_are_no_proof() -> None:
    assert found(RULE, farm(bypass=("*.contoso.com",))) == []


def test_a_profile_without_a_proxy_is_no_difference() -> None:
    world = farm().put("WAP01", proxy("caller", "wininet"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_without_anybodys_profile_it_can_not_be_told() -> None:
    world = World().put("WAP01", retrieval(URL, "system", outcome="REFUSED"))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", "caller")]


def test_settings_of_the_account_that_are_not_known_leave_it_open() -> None:
    world = farm().blinded("WAP01", "proxy-settings", "", "system")

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", "system")]
