"""Whatever a tenant answers, each part has an outcome, and the ingest takes every report."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.entra.resources import RESOURCES
from farmsight_collector.ingest.checked import checked
from farmsight_collector.offline.reading import tenant_reports

PARTS = {"authorities", "domains", "pki-store", "certificate-policy", "rollouts"}
WORDS = (
    "value", "error", "code", "message", "id", "state", "certificateAuthorities", "certificate", "isRootAuthority",
    "certificateRevocationListUrl", "certificateAuthorityType", "thumbprint", "displayName", "authenticationType",
    "issuerUri", "signingCertificate", "promptLoginBehavior", "certificateUserBindings", "priority", "includeTargets",
    "crlValidationConfiguration", "feature", "isEnabled", "appliesTo",
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "a", "root", "Federated", "enabled", "certificateBasedAuthentication", "MIIB", "\0", "\ud800", "x" * 5000]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | TEXTS, inner, max_size=6),
    max_leaves=25,
)


def reports(document: str) -> dict[str, Any]:
    made, held = tenant_reports(
        document, at=datetime(2026, 11, 23, tzinfo=UTC), took_s=1.0, cadence_s=900, source="graph"
    )
    assert {one.part for one in made} == PARTS
    for one in made:
        checked(one)
    assert all(len(digest) == 32 for digest in held)
    return {one.part: one for one in made}


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([one.name for one in RESOURCES]), VALUES))
def test_any_answers_are_reported(answers: dict[str, Any]) -> None:
    reports(json.dumps(answers))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_reported(text: str) -> None:
    reports(text)


def test_names_longer_than_a_key_may_be_cost_nothing_else() -> None:
    answers = {
        "domains": {"value": [{"id": "d" * 5000, "authenticationType": "Managed"}]},
        "featureRolloutPolicies": {
            "value": [{"id": "r" * 5000, "feature": "certificateBasedAuthentication", "isEnabled": True}]
        },
    }
    made = reports(json.dumps(answers))
    assert made["domains"].fact_count == 1
    assert made["rollouts"].fact_count == 1
