"""NAME_adfs.json: claims provider trusts and relying party trusts with their rules."""

from collections.abc import Callable

from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.answers import together
from farmsight_agent.hosts.evidence.documents import excerpts, sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import text, texts, tristate
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2


def trusts(document: Located, _keep: Callable[[bytes], bytes]) -> Seen[Message]:
    """Return the trusts that are listed; where one of the cmdlets has not answered, each trust says so.

    Raises what is wrong with the first cmdlet where neither answered.
    """
    excerpts.need_enough(document, "Get-AdfsRelyingPartyTrust", lambda held: any(map(_is_of_entra, held)))
    found: list[Seen[facts_pb2.AdfsTrust]] = []
    lacks: list[UnavailableError] = []
    for section, read in (
        ("Get-AdfsClaimsProviderTrust", _claims_provider),
        ("Get-AdfsRelyingPartyTrust", _relying_party),
    ):
        try:
            found.append(sections.seen(document, section, read))
        except UnavailableError as error:
            lacks.append(error)
    if lacks and not any(one.values for one in found):  # nothing is there that could say what else is not shown
        raise lacks[0]
    joined = together(found)
    for value in joined.values if lacks else ():
        value.other_kind_not_listed = True
    return joined


def _is_of_entra(row: Located) -> bool:
    """Tell the trust whose absence would be news."""
    identifiers = {one.lower() for one in texts(row.get("Identifier"))}
    by_name = text(row.get("Name")).lower().startswith("microsoft office 365 identity platform")
    return "urn:federation:microsoftonline" in identifiers or (not identifiers and by_name)


def _claims_provider(row: Located) -> facts_pb2.AdfsTrust:
    value = _common(row, facts_pb2.TRUST_KIND_CLAIMS_PROVIDER)
    value.acceptance_transform_rules = text(row.get("AcceptanceTransformRules"))
    value.acceptance_rules_seen = "AcceptanceTransformRules" in row
    return value


def _relying_party(row: Located) -> facts_pb2.AdfsTrust:
    value = _common(row, facts_pb2.TRUST_KIND_RELYING_PARTY)
    value.issuance_transform_rules = text(row.get("IssuanceTransformRules"))
    value.issuance_rules_seen = "IssuanceTransformRules" in row
    value.issuance_authorization_rules = text(row.get("IssuanceAuthorizationRules"))
    value.additional_authentication_rules = text(row.get("AdditionalAuthenticationRules"))
    value.access_control_policy = text(row.get("AccessControlPolicyName"))
    value.allowed_authentication_class_references.extend(texts(row.get("AllowedAuthenticationClassReferences")))
    return value


def _common(row: Located, kind: facts_pb2.TrustKind.ValueType) -> facts_pb2.AdfsTrust:
    identifiers = texts(row.get("Identifier"))
    if not identifiers and not text(row.get("Name")):
        raise sections.not_understood(row, "Identifier and Name")
    return facts_pb2.AdfsTrust(
        trust_kind=kind,
        identifier=identifiers[0] if identifiers else "",
        identifiers=identifiers,
        name=text(row.get("Name")),
        enabled=tristate(row.get("Enabled")),
        signature_algorithm=text(row.get("SignatureAlgorithm")),
    )
