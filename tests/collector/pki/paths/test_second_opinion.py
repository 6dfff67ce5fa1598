"""A library of others, asked about the very chains that we judged: where it says otherwise, the reason is written here.

It judges one given chain by RFC 5280 6.1 and ends at the first error; see docs/path-validation.md for why it is a
second opinion in tests and no part of the product.
"""

from datetime import datetime

import pytest
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko_certvalidator import PKIXValidationParams, ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.validate import validate_path

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki.paths.judge import Case, judged
from farmsight_collector.pki.paths.judgement import Chain
from farmsight_collector.pki.paths.pool import pool
from farmsight_collector.pki.paths.terms import RFC_5280, Terms
from tests.collector.pki.paths.test_properties import LEAVES, ROOT, pools
from tests.fakes import pkits
from tests.fakes.farms import NOW
from tests.fakes.paths import judge

# What is not about the chain alone: signatures by revoked or delegated keys, CRLs.
OF_CRLS = ("4.4.", "4.5.", "4.14.", "4.15.")
# The library takes no DSA, and leaves critical extensions of the last certificate to its caller.
NOT_ASKED = ("4.1.4", "4.16.2")


def second_opinion(chain: Chain, at: datetime, terms: Terms = RFC_5280) -> bool:
    """Tell whether the library takes the chain."""
    leaf, *between, root = [
        asn1.Certificate.load(one.certificate.parsed.public_bytes(Encoding.DER)) for one in chain.steps
    ]
    context = ValidationContext(trust_roots=[root], moment=at, allow_fetching=False, weak_hash_algos=set())
    wanted = {"any_policy" if one == "2.5.29.32.0" else one for one in terms.policies}
    parameters = PKIXValidationParams(
        user_initial_policy_set=frozenset(wanted),
        initial_policy_mapping_inhibit=terms.inhibit_mapping,
        initial_explicit_policy=terms.explicit_policy,
        initial_any_policy_inhibit=terms.inhibit_any_policy,
    )
    try:
        validate_path(context, ValidationPath(CertTrustAnchor(root), list(reversed(between)), leaf), parameters)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    "test",
    [one for one in pkits.RUN if not one.test.startswith(OF_CRLS) and one.section not in NOT_ASKED],
    ids=lambda one: one.test,
)
def test_both_judge_the_suite_alike(test: pkits.Test) -> None:
    held = pool(map(pkits.candidate, (pkits.ANCHOR, *test.certificates)))
    said = judged(Case(leaf=pkits.candidate(test.leaf), pool=held, at=pkits.AT, terms=test.terms))

    for chain in (one for one in said.chains if one.anchored and len(one.steps) > 1):
        assert second_opinion(chain, pkits.AT, test.terms) is (chain.verdict is Verdict.PASSES), chain.reasons


@settings(max_examples=60, deadline=None)
@given(held=pools, leaf=st.sampled_from(LEAVES))
def test_both_judge_chains_made_at_random_alike(held, leaf) -> None:
    said = judge(leaf, *held, roots=[ROOT], terms=RFC_5280)

    for chain in [one for one in said.chains if one.anchored][:3]:
        assert second_opinion(chain, NOW) is (chain.verdict is Verdict.PASSES), chain.reasons
