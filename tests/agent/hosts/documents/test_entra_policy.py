"""The tenant's own certificate sign-in in entra.json, each part with an outcome of its own."""

import json
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.outcome import DeniedError, FailedError, NotApplicableError, UnavailableError
from farmsight_wire.v1 import facts_pb2 as pb

DENIED = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}
POLICY = {
    "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
    "id": "X509Certificate",
    "state": "enabled",
    "certificateUserBindings": [
        {"x509CertificateField": "RFC822Name", "userProperty": "userPrincipalName", "priority": 2},
        {"x509CertificateField": "PrincipalName", "userProperty": "onPremisesUserPrincipalName", "priority": 1},
    ],
    "crlValidationConfiguration": {
        "state": "enabled",
        "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": ["AB" * 20],
    },
    "includeTargets": [{"targetType": "group", "id": "all_users"}],
    "excludeTargets": [{"targetType": "group", "id": "g1"}],
}
CLASSIC = {"value": [{"certificateAuthorities": []}]}


def tenant(tmp_path: Path, **answers: object) -> EvidenceHost:
    """Return the host of a folder with these answers."""
    (tmp_path / "entra.json").write_text(json.dumps(answers))
    return EvidenceHost(tmp_path, "STS01")


def test_the_policy_is_read_with_its_bindings_in_their_order(tmp_path: Path):
    [policy] = tenant(tmp_path, x509Certificate=POLICY).entra("certificate-policy").values

    assert policy.enabled == pb.TRISTATE_YES
    assert [one.certificate_field for one in policy.user_bindings] == ["PrincipalName", "RFC822Name"]
    assert policy.crl_validation_required == pb.TRISTATE_YES
    assert list(policy.crl_exempt_key_identifiers) == ["ab" * 20]
    assert (list(policy.included), list(policy.excluded)) == (["all_users"], ["g1"])
    assert policy.issuer_hints == pb.TRISTATE_UNSPECIFIED  # not said


def test_a_bare_answer_is_known_by_its_properties(tmp_path: Path):
    (tmp_path / "policy.json").write_text(json.dumps(POLICY))
    assert len(EvidenceHost(tmp_path, "STS01").entra("certificate-policy").values) == 1


def test_a_store_that_is_denied_leaves_the_classic_list_known(tmp_path: Path):
    host = tenant(tmp_path, certificateBasedAuthConfiguration=CLASSIC, certificateBasedAuthConfigurations=DENIED)

    assert host.entra("authorities").values == ()
    with pytest.raises(DeniedError):
        host.entra("pki-store")


def test_an_empty_store_is_another_thing_than_one_that_nobody_looked_into(tmp_path: Path):
    host = tenant(tmp_path, certificateBasedAuthConfigurations={"value": []})
    assert [one.authorities for one in host.entra("pki-store").values] == [0]
    with pytest.raises(UnavailableError):
        host.entra("rollouts")


def test_only_rollouts_of_certificate_sign_in_are_told(tmp_path: Path):
    rows = [
        {"id": "r1", "feature": "certificateBasedAuthentication", "isEnabled": True, "appliesTo": [{"id": "g"}]},
        {"id": "r2", "feature": "passwordHashSync", "isEnabled": True},
    ]
    [one] = tenant(tmp_path, featureRolloutPolicies={"value": rows}).entra("rollouts").values
    assert (one.id, one.enabled, list(one.applies_to)) == ("r1", pb.TRISTATE_YES, ["g"])


@pytest.mark.parametrize("state", [None, "", {}, 7.5])
def test_a_policy_without_its_state_is_not_understood(tmp_path: Path, state: object):
    with pytest.raises(FailedError):
        tenant(tmp_path, x509Certificate={**POLICY, "state": state}).entra("certificate-policy")


@pytest.mark.parametrize(
    "odd", [{"certificateUserBindings": 5}, {"crlValidationConfiguration": []}, {"includeTargets": "x"}]
)
def test_odd_properties_are_not_said(tmp_path: Path, odd: object):
    [policy] = tenant(tmp_path, x509Certificate={**POLICY, **odd}).entra("certificate-policy").values  # type: ignore[dict-item]
    assert policy.enabled == pb.TRISTATE_YES


def test_without_a_file_nothing_of_it_applies(tmp_path: Path):
    for part in ("pki-store", "certificate-policy", "rollouts"):
        with pytest.raises(NotApplicableError):
            EvidenceHost(tmp_path, "STS01").entra(part)
