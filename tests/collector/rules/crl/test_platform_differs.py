"""crl.platform-differs."""

import pytest

from farmsight_collector.rules.crl.platform_differs import RULE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.pki import URL, World, found, judged, retrieval, untold


def wire(**fields: object) -> facts_pb2.PlatformAnswer:
    return facts_pb2.PlatformAnswer(**fields)  # type: ignore[arg-type]


def test_what_windows_alone_cannot_fetch_is_a_warning_for_that_account() -> None:
    failed = retrieval(context="network-service", platform_wire=wire(error="0x80072ee2"))
    passed = retrieval(context="system", platform_wire=wire(ok=True))
    world = World().put("WAP01", failed, passed)

    assert found(RULE, world) == [(URL, ("WAP01",), ("network-service",), "warning")]
    assert "0x80072ee2" in judged(RULE, world).findings[0].title


def test_every_server_and_account_is_named() -> None:
    world = World()
    for name in ("WAP01", "WAP02"):
        for context in ("system", "network-service"):
            world.put(name, retrieval(context=context, platform_wire=wire(error="0x80072efd")))

    assert found(RULE, world) == [(URL, ("WAP01", "WAP02"), ("network-service", "system"), "warning")]


def test_what_windows_alone_can_fetch_is_worth_knowing() -> None:
    world = World().put("WAP01", retrieval(outcome="PROXY_AUTHENTICATION", platform_wire=wire(ok=True)))

    assert found(RULE, world) == [(URL, ("WAP01",), ("system",), "info")]
    assert "log on to the proxy" in judged(RULE, world).findings[0].why


@pytest.mark.parametrize(
    "fact",
    [
        retrieval(platform_wire=wire(ok=True)),
        retrieval(outcome="REFUSED", platform_wire=wire(error="0x80072efd")),
        retrieval(),  # nobody asked: not a Windows server
        retrieval(platform_wire=wire(ok=True), platform_cache=wire(error="0x80070002")),
    ],
)
def test_the_same_end_for_both_is_no_difference(fact: facts_pb2.Fact) -> None:
    assert found(RULE, World().put("WAP01", fact)) == []
    assert untold(RULE, World().put("WAP01", fact)) == []


@pytest.mark.parametrize("answer", [wire(detail="the time for the whole run was over"), wire()])
def test_where_windows_was_not_asked_nothing_is_known(answer: facts_pb2.PlatformAnswer) -> None:
    world = World().put("WAP01", retrieval(platform_wire=answer))

    assert found(RULE, world) == []
    assert untold(RULE, world) == [("WAP01", "system")]


def test_unknown_retrievals_clear_nothing() -> None:
    assert ("WAP02", "system") in untold(RULE, World().blinded("WAP02", "retrievals", "", "system"))
