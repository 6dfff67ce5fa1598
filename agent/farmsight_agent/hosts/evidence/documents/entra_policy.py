"""The tenant's own certificate sign-in as Graph tells it: policy, staged rollouts, the newer trust store.

Microsoft Graph v1.0: x509CertificateAuthenticationMethodConfiguration,
featureRolloutPolicy, certificateBasedAuthPki. A property that an answer does
not hold is not known; Graph leaves out what a tenant never set.
"""

from collections.abc import Iterator
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import Json, items, number, rows, text, texts, tristate
from farmsight_agent.normalise.spelling import thumbprint
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

_CERTIFICATES: Final = "certificatebasedauthentication"
_MOST: Final = 200  # of any list in here: a tenant has a handful


def pki_store(answer: Json) -> Iterator[tuple[Message, str]]:
    """Yield how much is in the newer trust store; an empty one is an answer."""
    containers = list(rows(answer))
    bare = [one for one in containers if "certificateAuthorityType" in one]
    held = sum(len(items(one.get("certificateAuthorities"))) for one in containers)
    source = answer.source if isinstance(answer, Located) else ""
    yield (
        facts_pb2.EntraPkiStore(containers=len(containers) - len(bare), authorities=held + len(bare)),
        containers[0].source if containers else source,
    )


def certificate_policy(answer: Json) -> Iterator[tuple[Message, str]]:
    """Yield the policy; raises FailedError for an answer that does not say whether it is on."""
    row = next(rows(answer), None)
    if row is None or not text(row.get("state")):
        source = answer.source if isinstance(answer, Located) else ""
        raise FailedError("not-understood", "x509Certificate without its state", source=source)
    modes = _object(row.get("authenticationModeConfiguration"))
    crl = _object(row.get("crlValidationConfiguration"))
    policy = facts_pb2.EntraCertificatePolicy(
        enabled=tristate(row["state"]),
        user_bindings=sorted(
            (_binding(one) for one in list(rows(row.get("certificateUserBindings")))[:_MOST]),
            key=lambda one: one.priority,
        ),
        crl_validation_required=tristate(crl.get("state")),
        crl_exempt_key_identifiers=[
            thumbprint(one) for one in texts(crl.get("exemptedCertificateAuthoritiesSubjectKeyIdentifiers"))[:_MOST]
        ],
        issuer_hints=tristate(_object(row.get("issuerHintsConfiguration")).get("state")),
        default_mode=text(modes.get("x509CertificateAuthenticationDefaultMode")),
        included=_targets(row.get("includeTargets")),
        excluded=_targets(row.get("excludeTargets")),
    )
    yield policy, row.source


def rollouts(answer: Json) -> Iterator[tuple[Message, str]]:
    """Yield the staged rollouts of certificate sign-in; those of other features bear on nothing here."""
    for row in rows(answer):
        if text(row.get("feature")).lower() != _CERTIFICATES:
            continue
        if not text(row.get("id")):
            raise sections.not_understood(row, "id")
        yield (
            facts_pb2.EntraRollout(
                id=text(row["id"]),
                display_name=text(row.get("displayName")),
                enabled=tristate(row.get("isEnabled")),
                whole_organization=tristate(row.get("isAppliedToOrganization")),
                applies_to=_targets(row.get("appliesTo")),
            ),
            row.source,
        )


def _binding(row: Located) -> facts_pb2.EntraUserBinding:
    return facts_pb2.EntraUserBinding(
        certificate_field=text(row.get("x509CertificateField")),
        user_property=text(row.get("userProperty")),
        priority=number(row.get("priority")) or 0,
        trust_affinity=text(row.get("trustAffinityLevel")),
    )


def _targets(value: Json) -> list[str]:
    return [text(one.get("id")) for one in list(rows(value))[:_MOST] if text(one.get("id"))]


def _object(value: Json) -> Located:
    return value if isinstance(value, Located) else Located()
