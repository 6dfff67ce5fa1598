"""Chains as the servers' own engines saw them."""

import pytest

from farmsight_collector.pki import verdicts
from farmsight_collector.report.chains import chains
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact, farm, server

LEAF, ISSUING, ROOT = "1" * 40, "2" * 40, "3" * 40
NAMES = {LEAF: "CN=Alice", ISSUING: "CN=Issuing CA", ROOT: "CN=Root CA"}


def verdict(*sha1s: str, context: str = "system", key: str = LEAF, **fields) -> facts_pb2.Fact:
    above = (*sha1s[1:], ROOT)
    elements = [
        facts_pb2.ChainElement(
            certificate=facts_pb2.CertificateSummary(sha1=own, subject=NAMES[own], issuer=NAMES[issuer])
        )
        for own, issuer in zip(sha1s, above, strict=True)
    ]
    return fact(facts_pb2.ChainVerdict(elements=elements, **fields), key, context)


CHECKED = {"revocation_checked": facts_pb2.TRISTATE_YES}


def cell(**fields) -> tuple[str, str]:
    (row,) = chains(farm(server("WAP01", "wap", verdict(LEAF, ISSUING, ROOT, **fields)))).rows
    return row.cells[0].state, row.cells[0].text


def test_a_chain_that_is_whole_here_and_broken_there_differs_and_names_what_is_missing() -> None:
    broken = verdict(LEAF, error_status=verdicts.PARTIAL_CHAIN, chain_error="0x800b010a")
    broken.chain_verdict.elements[0].certificate.issuer = NAMES[ISSUING]
    made = farm(
        server("WAP01", "wap", verdict(LEAF, ISSUING, ROOT, **CHECKED)),
        server("WAP02", "wap", broken),
    )

    (row,) = chains(made).rows

    assert row.differs
    assert (row.subject, row.issuers) == ("CN=Alice", ("CN=Issuing CA", "CN=Root CA"))
    assert [(c.state, c.text) for c in row.cells] == [
        ("ok", "whole; revocation checked"),
        ("bad", "incomplete: CN=Issuing CA is not found (0x800b010a)"),
    ]


@pytest.mark.parametrize(
    ("fields", "state", "text"),
    [
        (CHECKED, "ok", "whole; revocation checked"),
        ({"revocation_checked": facts_pb2.TRISTATE_NO}, "unknown", "whole; revocation not checked"),
        ({}, "unknown", "whole; whether revocation was checked is not shown"),
        ({"revocation_error": "0x80092013"}, "bad", "revocation server offline (0x80092013)"),
        ({"chain_error": "0x800b0109"}, "bad", "its root is not trusted (0x800b0109)"),
        ({"chain_error": "0x8badf00d"}, "bad", "refused (0x8badf00d)"),
        ({"error_status": 0x1000040, **CHECKED}, "bad", "revocation server offline"),
        ({"error_status": 0x40000000}, "bad", "error status 0x40000000"),
        ({"error_status": 0x5}, "bad", "revoked, not within its validity"),
    ],
)
def test_what_the_engine_said_is_told_in_words_and_what_it_did_not_say_is_not_known(
    fields: dict[str, object], state: str, text: str
) -> None:
    assert cell(**fields) == (state, text)


def test_an_account_whose_output_was_not_understood_is_a_column_of_not_known() -> None:
    torn = server("WAP02", "wap", unknown=[("chain-verdicts", "", "system")])
    made = chains(farm(server("WAP01", "wap", verdict(LEAF, ISSUING, ROOT, **CHECKED)), torn))

    assert [(one.server, one.context) for one in made.columns] == [("WAP01", "system"), ("WAP02", "system")]
    assert [one.state for one in made.rows[0].cells] == ["ok", "unknown"]


def test_a_servers_own_certificate_is_marked_and_comes_after_those_of_users() -> None:
    binding = fact(facts_pb2.TlsBinding(host="sts", port=443, certificate_sha1=ISSUING), "sts:443")
    own, users = verdict(ISSUING, ROOT, key=ISSUING, **CHECKED), verdict(LEAF, ROOT, **CHECKED)

    rows = chains(farm(server("WAP01", "wap", own, users, binding))).rows

    assert [(row.subject, row.of_server) for row in rows] == [("CN=Alice", False), ("CN=Issuing CA", True)]
