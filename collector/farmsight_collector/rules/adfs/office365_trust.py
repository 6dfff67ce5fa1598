"""The relying-party trust for Entra is there and enabled."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.adfs.commands import OFFICE365, on_primary
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

IDENTIFIER = "urn:federation:microsoftonline"
# Its display name as it is set up, with or without a word behind it ("Worldwide").
NAME = "microsoft office 365 identity platform"


def check(farm: Farm) -> Iterator[Verdict]:
    """Find the trust by its identifier, since its name may be changed; by its name where only that is shown."""
    trusts = farm.known("adfs-trust", farm.of_role("adfs"))
    parties = [t for t in trusts if t.value.trust_kind == facts_pb2.TRUST_KIND_RELYING_PARTY]
    ours = [t for t in parties if is_office365(t)]
    if not trusts:
        yield CannotTell(reason="no trust is shown", probe="adfs", part="trusts")
    elif not parties and any(t.value.other_kind_not_listed for t in trusts):
        yield CannotTell(reason="relying party trusts were not listed", probe="adfs", part="trusts")
    elif not ours and any(not t.value.identifier for t in parties):
        yield CannotTell(reason="trusts are shown by their names alone", probe="adfs", part="trusts")
    elif not ours:
        yield Holds(
            subject=IDENTIFIER,
            title="AD FS has no relying-party trust for Entra",
            evidence=tuple(parties or trusts),
            remedy=(told(trusts[0].server, "Entra Connect: manage federation, reset the trust."),),
        )
    for trust in ours:
        if trust.value.enabled == facts_pb2.TRISTATE_NO:
            yield Holds(
                subject=IDENTIFIER,
                title="The relying-party trust for Entra is disabled",
                evidence=(trust,),
                remedy=(
                    on_primary(
                        farm,
                        trust.server,
                        f"Enable-AdfsRelyingPartyTrust {OFFICE365}",
                        check=("Get-AdfsRelyingPartyTrust -Identifier urn:federation:MicrosoftOnline",),
                        undo=(f"Disable-AdfsRelyingPartyTrust {OFFICE365}",),
                    ),
                ),
            )


def is_office365(trust: Held) -> bool:
    """Tell whether a trust is the one for Entra: by its identifier, which counts alone where it is shown."""
    names = [name for name in (trust.value.identifier, *trust.value.identifiers) if name]
    if not names:
        return bool(trust.value.name.lower().startswith(NAME)) or trust.key.lower() == IDENTIFIER
    return any(name.lower() == IDENTIFIER for name in (*names, trust.key))


RULE = Rule(
    code="adfs.office365-trust",
    catalogue=("ADFS-11", "CLAIM-07"),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("adfs-trust",),
    what="The relying-party trust urn:federation:MicrosoftOnline is missing or disabled.",
    why="AD FS issues no tokens for Entra: nobody signs in to Microsoft 365.",
    remedy="Reset the trust with Entra Connect, or enable it.",
    check="Get-AdfsRelyingPartyTrust of the trust: keep its claim rules; who disabled it?",
    undo="Disable-AdfsRelyingPartyTrust of the trust.",
    source="adfsToolbox TestADFSO365RelyingParty",
    on_farm=check,
)
