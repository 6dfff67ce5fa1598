"""chain.server-refuses."""

import pytest

from farmsight_collector.pki import verdicts as bits
from farmsight_collector.rules.chain.server_refuses import RULE
from farmsight_collector.rules.engine import evaluate
from tests.fakes.farms import farm, server
from tests.fakes.field import ISSUING, PUBLIC, PUBLIC_ROOT, ROOT, SSL, USER, Folder, Listed, verdict
from tests.fakes.pki import binding

ROOT_REFUSED = f"{ROOT.subject} (is not a trusted root)"


def found(*facts, name: str = "WAP01", role: str = "wap", **covered):
    said = evaluate(farm(server(name, role, *facts, **covered)), [RULE])
    return [(f.subject, f.servers, f.contexts, f.severity.word, f.catalogue) for f in said.findings]


@pytest.mark.parametrize(
    ("culprit", "bit", "meaning", "entry"),
    [
        (ROOT, bits.UNTRUSTED_ROOT, "is not a trusted root", "STORE-01"),
        (ISSUING, bits.NOT_TIME_VALID, "is not within its validity", "STORE-06"),
        (ISSUING, bits.REVOKED, "is revoked", "CRL-34"),
        (ISSUING, bits.EXPLICIT_DISTRUST, "is explicitly distrusted", "STORE-07"),
        (ISSUING, bits.NOT_SIGNATURE_VALID, "has a signature that does not verify", "STORE-08"),
        (ISSUING, bits.INVALID_BASIC_CONSTRAINTS, "breaks the basic constraints", "CHAIN-03"),
        (ISSUING, bits.NOT_VALID_FOR_USAGE, "is not good for the usage that was asked for", "CHAIN-05"),
    ],
)
def test_each_bit_is_said_in_words_of_the_certificate_that_carries_it(
    culprit: Listed, bit: int, meaning: str, entry: str
) -> None:
    said = found(verdict(USER, ISSUING, ROOT, errors={culprit: bit}))

    assert said == [(f"{culprit.subject} ({meaning})", ("WAP01",), ("system",), "critical", (entry,))]


def test_a_chain_that_ends_early_names_the_issuer_that_is_not_found() -> None:
    said = found(verdict(USER, error_status=bits.PARTIAL_CHAIN))

    assert said == [(f"{ISSUING.subject} (is not found)", ("WAP01",), ("system",), "critical", ("STORE-03",))]


@pytest.mark.parametrize("code", ["0x800b0109"])
def test_a_code_stands_for_the_bit_where_no_bits_are_shown(code: str) -> None:
    assert [f[0] for f in found(verdict(USER, ISSUING, ROOT, chain_error=code))] == [ROOT_REFUSED]


def test_a_users_own_certificate_that_is_over_concerns_one_user() -> None:
    said = found(verdict(USER, ISSUING, ROOT, errors={USER: bits.NOT_TIME_VALID}))

    assert [(f[3], f[4]) for f in said] == [("error", ("USER-07",))]


def test_a_chain_without_errors_is_silent() -> None:
    assert found(verdict(USER, ISSUING, ROOT)) == []


def test_a_revocation_status_that_is_not_known_is_another_finding() -> None:
    assert found(verdict(USER, ISSUING, ROOT, errors={USER: 0x1000040}, revocation_error="0x80092013")) == []


def test_the_servers_own_certificate_is_only_worth_knowing() -> None:
    bound = binding(host_port="0.0.0.0:443", certificate_sha1=SSL.sha1)
    said = found(verdict(SSL, PUBLIC, PUBLIC_ROOT, errors={PUBLIC_ROOT: bits.UNTRUSTED_ROOT}), bound)

    assert [f[3] for f in said] == ["info"]


def test_an_account_that_validates_nothing_weighs_less() -> None:
    said = found(verdict(USER, ISSUING, ROOT, context="caller", errors={ROOT: bits.UNTRUSTED_ROOT}))

    assert said == [(ROOT_REFUSED, ("WAP01",), ("caller",), "error", ("STORE-01",))]


def test_what_is_not_known_of_one_account_does_not_hide_another() -> None:
    one = verdict(USER, ISSUING, ROOT, errors={ROOT: bits.UNTRUSTED_ROOT})
    unknown = [("chain-verdicts", "", "network-service")]
    said = evaluate(farm(server("WAP01", "wap", one, unknown=unknown)), [RULE])

    assert [f.subject for f in said.findings] == [ROOT_REFUSED]
    assert [(u.verdict.server, u.verdict.context) for u in said.unknown] == [("WAP01", "network-service")]


def test_exactly_the_servers_and_accounts_that_say_so() -> None:
    folder = Folder()
    folder.put("STS02", verdict(USER, ISSUING, ROOT, context="adfs-service", errors={ROOT: bits.UNTRUSTED_ROOT}))
    folder.put("WAP02", verdict(USER, ISSUING, ROOT, errors={ROOT: bits.UNTRUSTED_ROOT}))

    (one,) = evaluate(folder.farm(), [RULE]).findings
    assert (one.servers, one.contexts) == (("STS02", "WAP02"), ("adfs-service", "system"))
