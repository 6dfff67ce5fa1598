"""Which kind of document a JSON value is, and its sections."""

from collections.abc import Mapping
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import entra, toolbox
from farmsight_agent.hosts.evidence.documents.depth import shown
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import items, rows, text
from farmsight_agent.hosts.evidence.powershell import cmdlets
from farmsight_agent.hosts.evidence.powershell.document import domain_of, hinted
from farmsight_agent.outcome import FailedError

FACTS: Final = "farmsight-facts"
SECTIONS: Final = "sections"
TOOLBOX: Final = "toolbox"
TENANT: Final = "tenant"
CMDLET: Final = "cmdlet"
SSLCERT: Final = "sslcert-json"

_HOST: Final = frozenset(
    {
        "ComputerSystem", "OperatingSystem", "Addresses", "Resolutions", "Updates", "Clock", "Stores", "Certificates",
        "Crls", "Listeners", "ExcludedPortRanges", "Services", "Contexts", "Proxies", "Schannel", "UrlCache", "Events",
        "IpListen", "UrlRegistrations", "ProxyService", "ProxyTrustCertificates", "Errors",
    }
)  # fmt: skip
_ANSWERS: Final = frozenset(
    {
        "certificateBasedAuthConfiguration",
        "certificateBasedAuthConfigurations",
        "federationConfiguration",
        "x509Certificate",
        "featureRolloutPolicies",
        "domains",
    }
)
# Properties that Graph spells so, in small letters, and that tell what an answer is of.
_GRAPH: Final = (
    frozenset({"certificateAuthorities"}),
    frozenset({"certificateAuthorityType"}),
    frozenset({"authenticationType", "id"}),
    frozenset({"issuerUri"}),
    frozenset({"certificateUserBindings"}),
)
_GRAPH_HOST: Final = "graph.microsoft"


def classify(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return the kind of a parsed JSON value; None for one that is of no kind known here."""
    if isinstance(value, dict):
        return _of_object(value)
    held = [one for one in items(value) if isinstance(one, dict)]
    if not held or len(held) != len(items(value)):
        return None
    if any(mark <= held[0].keys() for mark in _GRAPH):
        return TENANT
    return CMDLET if _cmdlet_of(held[0], "") else None


def _of_object(value: Mapping[str, Any]) -> str | None:
    if value.get("schema") == "farmsight.facts/1":
        return FACTS
    if isinstance(value.get("SslCertificateBindings"), list):
        return SSLCERT
    if toolbox.is_export(value):
        return TOOLBOX
    if _ANSWERS & value.keys() or _is_answer(value):
        return TENANT
    if any(name.lower() in cmdlets.BY_NAME for name in value) or len(_HOST & value.keys()) > 1:
        return SECTIONS
    row = next((one for one in items(value) if isinstance(one, dict)), None)
    if row is not None and _cmdlet_of(row, ""):
        return CMDLET
    return SECTIONS if _HOST & value.keys() and len(value) <= 3 else None


def _is_answer(value: Mapping[str, Any]) -> bool:
    """Tell a bare answer of Graph: by what it says of itself, or by its properties."""
    told = f"{text(value.get('@odata.context'))} {text(value.get('@odata.type'))}".lower()
    if _GRAPH_HOST in told or "microsoft.graph" in told:
        return True
    held = value.get("value")
    rows_held = held if isinstance(held, list) else [value]
    return any(isinstance(one, dict) and any(mark <= one.keys() for mark in _GRAPH) for one in rows_held[:1])


def as_document(value: Any, source: Text) -> Located:  # noqa: ANN401 - any JSON value
    """Return the sections of a JSON value; raises FailedError for one of no kind known here.

    What PowerShell did not write out (its depth ended before) is left out:
    it is not known, which is another thing than empty.
    """
    kind = classify(value)
    try:
        if kind == TOOLBOX:
            return toolbox.document(value)
        if kind == CMDLET:
            return _of_cmdlet(shown(value), source)
        if kind == TENANT:
            answer = {"value": value} if isinstance(value, list) else value
            return entra.by_name(_located(shown(answer), source), domain_of(source.name))
        if kind is not None:
            return _located(shown(value) if kind == SECTIONS else value, source)
    except RecursionError as error:
        raise FailedError("not-understood", f"{source.name}: nested too deeply", source=source.at(1)) from error
    raise FailedError("not-understood", f"{source.name}: JSON of no kind known here", source=source.at(1))


def _located(value: Any, source: Text) -> Located:  # noqa: ANN401 - a JSON object
    made = value if isinstance(value, Located) else Located(value)
    made.source = made.source or source.at(1)
    return made


def _of_cmdlet(value: Any, source: Text) -> Located:  # noqa: ANN401 - any JSON value
    """Return bare rows under the cmdlet's name."""
    made = _located({}, source)
    domain, hint = domain_of(source.name), hinted(source.name)
    for row in rows(value):
        name = _cmdlet_of(row, hint)
        if not name:
            raise FailedError("not-understood", "a row of no cmdlet known here", source=row.source)
        if domain and cmdlets.BY_NAME[name.lower()].name == cmdlets.FEDERATION_SETTINGS:
            row.setdefault("DomainName", domain)
        made.setdefault(name, []).append(row)
    nodes = [row for row in made.get(cmdlets.FARM, ()) if "FQDN" in row]
    if nodes:
        made[cmdlets.FARM] = [_located({"FarmNodes": nodes}, source)]
    return made


def _cmdlet_of(row: Mapping[str, Any], hint: str) -> str:
    names = {name.lower() for name in row}
    values = {name.lower(): _told(held) for name, held in row.items() if name.lower() in {"identifier", "role"}}
    return cmdlets.tell(names, hint, values)


def _told(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return " ".join(text(one).lower() for one in items(value))
