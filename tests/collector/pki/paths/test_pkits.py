"""The NIST PKITS suite, run by run: its certificates and CRLs through our builder, validator and revocation."""

from dataclasses import replace
from pathlib import Path

import pytest

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.lists import judged_by_lists
from farmsight_collector.pki.paths.pool import pool
from farmsight_collector.pki.paths.terms import CRYPTOAPI
from tests.fakes import pkits

# How many tests each of the sections 4.1 to 4.16 has.
COUNTS = (6, 8, 11, 21, 8, 17, 5, 20, 8, 14, 11, 10, 38, 35, 10, 2)


def judged(test: pkits.Test, names, lists, terms=None):
    held = pool(map(pkits.candidate, (pkits.ANCHOR, *names)))
    return judged_by_lists(pkits.candidate(test.leaf), held, map(pkits.crl, lists), pkits.AT, terms or test.terms)


def test_every_test_of_the_suite_is_listed() -> None:
    wanted = {f"4.{section}.{number}" for section, count in enumerate(COUNTS, 1) for number in range(1, count + 1)}

    assert {one.section for one in pkits.TESTS} == wanted
    assert set(pkits.EXCLUDED) <= wanted


@pytest.mark.parametrize("test", pkits.RUN, ids=lambda one: f"{one.test} {one.name}")
def test_pkits(test: pkits.Test) -> None:
    said = judged(test, test.certificates, test.crls)

    assert (said.verdict is Verdict.PASSES) is (test.expected == "valid"), said.why
    assert said.verdict is not Verdict.UNKNOWN


@pytest.mark.parametrize("test", [t for t in pkits.TESTS if t.section in pkits.EXCLUDED], ids=lambda one: one.test)
def test_what_is_excluded_is_refused_as_unreadable_and_never_passed(test: pkits.Test) -> None:
    leaf = (pkits.DATA / "certs" / f"{test.leaf}.crt").read_bytes()
    above = [(pkits.DATA / "certs" / f"{name}.crt").read_bytes() for name in test.certificates]

    assert any(isinstance(certificates.parse(one), certificates.Unparsed) for one in (leaf, *above))


@pytest.mark.parametrize("test", pkits.RUN, ids=lambda one: f"{one.test} {one.name}")
def test_the_right_chain_is_found_among_all_certificates_and_crls_of_the_suite(test: pkits.Test) -> None:
    said = judged(test, pkits.all_certificates(), pkits.all_crls())

    assert (said.verdict is Verdict.PASSES) is (test.expected == "valid"), said.why
    assert not said.stopped


# Valid by RFC 5280, and not by Windows, which takes no CRL that is indirect, for some reasons only, or by another key.
PASSED_BY_ON_WINDOWS = frozenset(
    {
        *("4.4.19", "4.5.1", "4.5.4", "4.5.6", "4.6.15", "4.6.17", "4.9.6", "4.11.7", "4.12.7", "4.12.9", "4.13.19"),
        *("4.14.18", "4.14.19", "4.14.22", "4.14.24", "4.14.25", "4.14.28", "4.14.29", "4.14.30", "4.14.33"),
    }
)


@pytest.mark.parametrize("test", pkits.RUN, ids=lambda one: f"{one.test} {one.name}")
def test_by_the_terms_of_windows_only_crls_that_it_passes_by_make_a_difference(test: pkits.Test) -> None:
    asked = test.terms
    terms = replace(
        CRYPTOAPI,
        policies=asked.policies,
        explicit_policy=asked.explicit_policy,
        inhibit_mapping=asked.inhibit_mapping,
        inhibit_any_policy=asked.inhibit_any_policy,
    )
    said = judged(test, test.certificates, test.crls, terms)
    valid = test.expected == "valid" and test.section not in PASSED_BY_ON_WINDOWS

    assert (said.verdict is Verdict.PASSES) is valid, said.why
    assert test.section not in PASSED_BY_ON_WINDOWS or said.reasons[0].code == "revocation-offline"


def test_each_exclusion_is_argued_where_people_read() -> None:
    page = (Path(__file__).parents[4] / "docs" / "path-validation.md").read_text(encoding="utf-8")

    assert all(f"**{section}," in page and why for section, why in pkits.EXCLUDED.items())
