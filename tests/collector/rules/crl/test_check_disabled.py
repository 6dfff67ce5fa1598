"""crl.check-disabled."""

from farmsight_collector.rules.crl.check_disabled import RULE
from tests.fakes.pki import World, binding, found, untold


def test_the_server_that_does_not_check_is_named() -> None:
    world = World().put("WAP01", binding(verify_client_revocation=False))

    assert found(RULE, world) == [("0.0.0.0:49443", ("WAP01",), (), "warning")]


def test_other_ports_and_sources_that_do_not_show_it_are_silent() -> None:
    other = binding(host_port="0.0.0.0:443", verify_client_revocation=False, negotiate_client_certificate=False)
    unseen = binding()
    unseen.tls_binding.ClearField("verify_client_revocation")

    assert found(RULE, World().put("WAP01", other, unseen)) == []


def test_unknown_bindings_can_not_tell() -> None:
    assert ("WAP01", None) in untold(RULE, World().blinded("WAP01", "http-sys", "tls-binding"))
