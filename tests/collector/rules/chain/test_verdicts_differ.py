"""chain.verdicts-differ."""

import pytest

from farmsight_collector.pki import verdicts as bits
from farmsight_collector.rules.chain.verdicts_differ import RULE
from farmsight_collector.rules.engine import evaluate
from farmsight_wire.v1 import facts_pb2
from tests.fakes.field import CA_CRL, ISSUING, ROOT, USER, Folder, tried, verdict


def found(folder: Folder) -> list[tuple[str, tuple[str, ...], tuple[str, ...], str, tuple[str, ...]]]:
    said = evaluate(folder.farm(), [RULE])
    return [(f.subject, f.servers, f.contexts, f.severity.word, f.catalogue) for f in said.findings]


def test_a_root_that_is_trusted_and_in_no_store() -> None:
    folder = Folder().unlist("WAP01", "ROOT", ROOT)

    accounts = ("network-service", "system")
    assert found(folder) == [(ROOT.subject, ("WAP01",), accounts, "warning", ("STORE-01",))]


def test_a_root_that_is_in_the_store_and_not_trusted() -> None:
    folder = Folder().put("STS01", verdict(USER, ISSUING, ROOT, errors={ROOT: bits.UNTRUSTED_ROOT}))

    assert found(folder) == [(ROOT.subject, ("STS01",), ("system",), "warning", ("STORE-10",))]


def test_an_issuer_that_is_in_the_store_and_not_found() -> None:
    """Another server's engine proves who issued the certificate."""
    folder = Folder().put("STS02", verdict(USER, error_status=bits.PARTIAL_CHAIN))

    assert found(folder) == [(ISSUING.subject, ("STS02",), ("system",), "warning", ("STORE-03",))]


def test_a_check_that_passes_without_a_crl_that_comes() -> None:
    folder = Folder().put("WAP02", tried(CA_CRL, USER, context="network-service", outcome="TIMED_OUT"))

    assert found(folder) == [(USER.subject, ("WAP02",), ("network-service",), "info", ("CRL-23",))]


def test_verdicts_that_fit_are_silent() -> None:
    assert found(Folder()) == []


@pytest.mark.parametrize("engine", [facts_pb2.TRISTATE_NO, facts_pb2.TRISTATE_UNKNOWN])
def test_a_users_engine_trusts_other_roots_than_the_machine(engine: facts_pb2.Tristate.ValueType) -> None:
    folder = Folder(roles={"WAP01": "wap"}, verified=False).unlist("WAP01", "ROOT", ROOT)
    folder.put("WAP01", verdict(USER, ISSUING, ROOT, machine_engine=engine))

    assert found(folder) == []


def test_a_store_that_is_not_known_contradicts_nobody() -> None:
    folder = Folder().without("WAP01", "store-certificate")

    assert found(folder) == []
    assert {one.verdict.server for one in evaluate(folder.farm(), [RULE]).unknown} == {"WAP01"}


def test_a_dead_url_with_a_check_that_failed_too_is_no_contradiction() -> None:
    folder = Folder().put("WAP02", tried(CA_CRL, USER, outcome="TIMED_OUT"))
    for one in (verdict(USER, ISSUING, ROOT, errors={USER: 0x1000040}, revocation_error="0x80092013"),):
        folder.put("WAP02", one)

    assert found(folder) == []
