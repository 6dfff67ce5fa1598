"""chain.revocation-offline."""

import pytest

from farmsight_collector.rules.chain.revocation_offline import RULE
from farmsight_collector.rules.engine import evaluate
from tests.fakes.farms import farm, server
from tests.fakes.field import ISSUING, PUBLIC, PUBLIC_ROOT, ROOT, SSL, USER, Folder, verdict
from tests.fakes.pki import binding


def found(*facts, role: str = "wap", **covered):
    said = evaluate(farm(server("WAP01", role, *facts, **covered)), [RULE])
    return [(f.subject, f.servers, f.contexts, f.severity.word) for f in said.findings]


@pytest.mark.parametrize(
    "told",
    [{"revocation_error": "0x80092013"}, {"errors": {USER: 0x1000040}}, {"errors": {USER: 0x40}}],
    ids=["the code", "both bits", "unknown"],
)
def test_a_status_that_was_not_learned(told: dict[str, object]) -> None:
    assert found(verdict(USER, ISSUING, ROOT, **told)) == [(USER.subject, ("WAP01",), ("system",), "critical")]


def test_the_element_that_carries_the_bits_is_named() -> None:
    said = found(verdict(USER, ISSUING, ROOT, errors={ISSUING: 0x1000040}))

    assert [f[0] for f in said] == [ISSUING.subject]


def test_a_check_that_passed_is_silent() -> None:
    assert found(verdict(USER, ISSUING, ROOT)) == []


def test_a_certificate_without_any_source_is_an_entry_of_its_own() -> None:
    one = verdict(ISSUING, ROOT, ca=True, policies=(), revocation_error="0x80092012")
    (finding,) = evaluate(farm(server("WAP01", "wap", one)), [RULE]).findings

    assert finding.catalogue == ("CRL-15",)


@pytest.mark.parametrize("context", ["caller", "adfs-service"])
def test_an_account_that_validates_nothing_there_is_a_warning(context: str) -> None:
    said = found(verdict(USER, ISSUING, ROOT, context=context, revocation_error="0x80092013"))

    assert said == [(USER.subject, ("WAP01",), (context,), "warning")]


def test_where_bindings_do_not_check_it_is_a_warning() -> None:
    off = binding(verify_client_revocation=False)

    assert [f[3] for f in found(verdict(USER, ISSUING, ROOT, revocation_error="0x80092013"), off)] == ["warning"]


def test_the_servers_own_certificate_is_only_worth_knowing() -> None:
    bound = binding(host_port="0.0.0.0:443", certificate_sha1=SSL.sha1)

    assert [f[3] for f in found(verdict(SSL, PUBLIC, PUBLIC_ROOT, revocation_error="0x80092013"), bound)] == ["info"]


def test_a_verdict_that_is_not_known_is_not_a_good_one() -> None:
    said = evaluate(farm(server("WAP01", "wap", unknown=[("chain-verdicts", "", "system")])), [RULE])

    assert said.findings == ()
    assert [(u.verdict.server, u.verdict.context) for u in said.unknown] == [("WAP01", "system")]


def test_exactly_the_server_and_account_that_could_not() -> None:
    said = verdict(USER, ISSUING, ROOT, context="network-service", revocation_error="0x80092013")

    (one,) = evaluate(Folder().put("WAP02", said).farm(), [RULE]).findings
    assert (one.servers, one.contexts) == (("WAP02",), ("network-service",))
