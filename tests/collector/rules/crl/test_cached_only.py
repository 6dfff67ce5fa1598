"""crl.cached-only."""

from farmsight_collector.rules.crl.cached_only import RULE
from tests.fakes.pki import World, binding, found, judged, untold


def test_the_server_that_uses_its_cache_only_is_named() -> None:
    world = World().put("STS02", binding(cached_revocation_only=True))

    assert found(RULE, world) == [("0.0.0.0:49443", ("STS02",), (), "error")]
    assert "verifyrevocationwithcachedclientcertonly=disable" in judged(RULE, world).findings[0].remedy[0].command


def test_unknown_bindings_can_not_tell() -> None:
    assert ("WAP01", None) in untold(RULE, World().blinded("WAP01", "http-sys", "tls-binding"))


def test_a_binding_that_users_do_not_meet_may_use_the_cache() -> None:
    world = World().put("STS02", binding(host_port="0.0.0.0:8443", cached_revocation_only=True))

    assert found(RULE, world) == []
    assert untold(RULE, world) == []


def test_a_source_that_does_not_show_the_flag_leaves_it_open() -> None:
    shown = binding()
    shown.tls_binding.ClearField("cached_revocation_only")

    assert untold(RULE, World().put("STS02", shown)) == [("STS02", None)]
