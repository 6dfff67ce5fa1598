"""Serial number and issuer of the certificate reach the token, through both trusts."""

from typing import Final

from farmsight_collector.claimrules.claims import ISSUER, SERIAL, WORDS
from farmsight_collector.claimrules.permission import permitted
from farmsight_collector.claimrules.reaching import PARTY, PROVIDER, Outcome, Reaching, reaching
from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Held
from farmsight_collector.rules.claim.trusts import active_directory, office365, text
from farmsight_collector.signin.asked import Asked, Place
from farmsight_collector.signin.said import Said, fails, unknown, worst
from farmsight_collector.signin.scene import Scene
from farmsight_collector.signin.trace import INTRANET
from farmsight_collector.signin.ways import Way
from farmsight_wire.v1 import facts_pb2

_DROPPED: Final = {
    (PROVIDER, SERIAL): "CLAIM-01",
    (PROVIDER, ISSUER): "CLAIM-02",
    (PARTY, SERIAL): "CLAIM-03",
    (PARTY, ISSUER): "CLAIM-04",
}
_OTHERWISE: Final = {
    Outcome.MISTYPED: "CLAIM-05",
    Outcome.REWRITTEN: "CLAIM-06",
    Outcome.CONDITIONAL: "CLAIM-06",
}


def look(scene: Scene, way: Way) -> Said:
    """Judge both claims through both trusts (Microsoft KB 4032987, AD FS and WAP configuration, step 4)."""
    providers, parties = active_directory(scene.farm), office365(scene.farm)
    if not parties:
        return _missing(scene)
    off = [trust for trust in parties if trust.value.enabled == facts_pb2.TRISTATE_NO]
    if off:
        return fails("The relying-party trust for Entra is disabled", *off, entries=("ADFS-11",))
    if not providers:
        return unknown("The claims-provider trust of Active Directory is not shown")
    pairs = [(provider, party) for provider in providers for party in parties]
    denied = [said for provider, party in pairs if (said := _denied(provider, party, way)) is not None]
    return worst([*denied, *(_reaches(provider, party, claim, way) for provider, party in pairs for claim in WORDS)])


def _missing(scene: Scene) -> Said:
    """Tell whether the trust for Entra is known not to be there: by a finding, since listings differ in depth."""
    found = scene.findings(("adfs.office365-trust",))
    if found:
        return fails(found[0].title, *found[0].evidence, entries=("ADFS-11",))
    return unknown("The relying-party trust for Entra is not shown")


def _reaches(provider: Held, party: Held, claim: str, way: Way) -> Said:
    """Judge one claim: this is the one place where the rules are read."""
    found = reaching(text(provider), text(party), extranet=_outside(way))[claim]
    place = f" ({found.place})" if found.place and found.verdict is not Verdict.PASSES else ""
    return Said(
        verdict=found.verdict,
        why=f"the certificate's {WORDS[claim]} {_words(found)}: {found.why}{place}",
        catalogue=_entries(found, claim),
        evidence=(provider, party),
    )


def _denied(provider: Held, party: Held, way: Way) -> Said | None:
    """Tell when the party's authorization rules certainly leave such a sign-in without a token."""
    rules, policy = party.value.issuance_authorization_rules, party.value.access_control_policy
    found = permitted(text(provider), rules, policy=policy, extranet=_outside(way))
    if found.verdict is not Verdict.FAILS:
        return None
    return fails(f"No token is issued for Entra: {found.why}", provider, party)


def _outside(way: Way) -> bool | None:
    """Return whether AD FS takes the user to be outside.

    It tells by what proxies add to a request; where none does, it is not known.
    """
    return False if way.path == INTRANET else True if way.behind_proxy else None


def _words(found: Reaching) -> str:
    if found.verdict is Verdict.PASSES:
        return "reaches the token"
    return "does not reach the token" if found.verdict is Verdict.FAILS else "may not reach the token"


def _entries(found: Reaching, claim: str) -> tuple[str, ...]:
    if found.outcome is Outcome.DROPPED:
        return (_DROPPED[found.trust, claim],) if (found.trust, claim) in _DROPPED else ()
    return (_OTHERWISE[found.outcome],) if found.outcome in _OTHERWISE else ()


ASKED: Final = Asked(
    hop="claim-rules",
    place=Place.PATH,
    look=look,
    learn="run the collection script on the primary AD FS node, which reads the rules of both trusts",
    configured=("adfs-trust",),
)
