"""AD FS's own property on revocation is left alone."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import properties
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.adfs.commands import properties_set
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict

DEFAULT = "none"


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at ClientCertRevocationCheck; a source that does not show it says nothing."""
    for held in properties(farm):
        value = held.value.client_certificate_revocation_check.strip()
        if value and value.lower() not in (DEFAULT, "0"):
            yield Holds(
                subject="ClientCertRevocationCheck",
                title=f"ClientCertRevocationCheck of AD FS is set to {value}",
                evidence=(held,),
                remedy=(properties_set(farm, held, "ClientCertRevocationCheck", "None", value),),
            )


RULE = Rule(
    code="adfs.revocation-property",
    catalogue=("ADFS-22",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("adfs-properties",),
    what="The AD FS property ClientCertRevocationCheck is not at its default.",
    why="It has no effect on sign-in by certificate: the http.sys bindings decide whether revocation is checked.",
    remedy="Set it back, and set the check on the bindings.",
    check="Get-AdfsProperties: ClientCertRevocationCheck; do the bindings check?",
    undo="Set-AdfsProperties -ClientCertRevocationCheck with the former value.",
    source="Set-AdfsProperties, cmdlet reference",
    on_farm=check,
)
