"""What adfsToolbox exported (Export-AdfsDiagnosticsFile), as the sections of the cmdlets that it asked.

Taken is what the tool was told by cmdlets and services. What its tests
concluded is its own word and makes no fact here.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from farmsight_agent.hosts.evidence.documents.excerpts import PICKED, Row
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import instant, items, rows, text

_HEALTH: Final = ("Test-AdfsServerHealth", "Test-AdfsProxyHealth")
_CONFIGURATION: Final = "Adfs-Configuration"
_ROOTS: Final = ("ADFSToolbox", "AdfsToolbox")
_CERTIFICATE_TEST: Final = re.compile(
    r"Test-Certificate-(Token-Signing|Token-Decrypting|Service-Communications)-(Primary|Secondary)-\w+"
)
_TOKEN_MADE: Final = re.compile(r"<(?:\w{1,20}:)?Created\b[^>]{0,300}>([0-9T:.Z+-]{10,40})<")
_NOTHING: Final = frozenset({"", "NONE"})  # the tool's word for what it did not get
_OFFICE_365: Final = {
    "Identifier": "MicrosoftOnlineRPID",
    "Name": "MicrosoftOnlineRPDisplayName",
    "Enabled": "MicrosoftOnlineRPEnabled",
    "SignatureAlgorithm": "MicrosoftOnlineRPSignatureAlgorithm",
}


def is_export(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Tell the tool's export by its structure."""
    body = _body(value)
    if any(isinstance(body.get(name), dict) for name in (*_HEALTH, _CONFIGURATION)):
        return True
    tests = body.get("AllTests")
    return (
        isinstance(tests, list)
        and bool(tests)
        and all(isinstance(one, dict) and {"Name", "Result", "Output"} <= one.keys() for one in tests)
    )


def document(value: Located) -> Located:
    """Return the sections that an export carries."""
    tests = list(_tests(value))
    configuration = _configuration(value)
    made = Located(_sections(tests, configuration))
    made.source = value.source
    server, when = origin(value)
    if server:
        made["ComputerSystem"] = Row.of(
            {"Name": server.partition(".")[0].upper(), "DNSHostName": server if "." in server else ""}, value.source
        )
    if text(configuration.get("OperatingSystem")):
        # Its version is shown by its first number alone, which would be taken for all of it.
        made["OperatingSystem"] = Row.of({"Caption": text(configuration["OperatingSystem"])}, configuration.source)
    if when is not None:
        made["CollectedAt"] = when.isoformat()
    return made


def origin(value: Any) -> tuple[str, datetime | None]:  # noqa: ANN401 - any JSON value
    """Return the server ("" for none) and when the tests ran (None where nothing says it).

    The time is that of the token which a test had AD FS make.
    """
    tests = list(_tests(value))
    server = next((text(one.get("ComputerName")) for one in tests if text(one.get("ComputerName"))), "")
    for one in tests:
        found = _TOKEN_MADE.search(text(one.get("Detail")))
        at = instant(found[1]) if found else None
        if at is not None:
            return server, at.ToDatetime(tzinfo=UTC)
    return server, None


def role(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return "adfs" or "wap", by what the tool tested; "" where that does not tell."""
    names = {text(one.get("Name")) for one in _tests(value)}
    if names & {"IsAdfsProxyRunning", "STSReachableFromProxy", "ProxySslBindings", "TestProxySslBindings"}:
        return "wap"
    return "adfs" if names & {"IsWidRunning", "CheckAdfsSslBindings", "PingFederationMetadata"} else ""


def _body(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        return {}
    return next((value[name] for name in _ROOTS if isinstance(value.get(name), dict)), value)


def _tests(value: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    body = _body(value)
    health = next((body[name] for name in _HEALTH if isinstance(body.get(name), dict)), body)
    return (one for one in items(health.get("AllTests")) if isinstance(one, dict))


def _configuration(value: Located) -> Located:
    held = _body(value).get(_CONFIGURATION)
    return held if isinstance(held, Located) else Located()


def _sections(tests: list[dict[str, Any]], configuration: Located) -> Iterator[tuple[str, Any]]:
    yield from _of_configuration(configuration)
    outputs = {text(one.get("Name")): one["Output"] for one in tests if isinstance(one.get("Output"), Located)}
    proxy = any("proxy" in name.lower() for name in outputs)
    bindings = next((one["SSLBindings"] for one in outputs.values() if list(rows(one.get("SSLBindings")))), None)
    if bindings is not None:
        yield ("Get-WebApplicationProxySslCertificate" if proxy else "Get-AdfsSslCertificate"), bindings
    certificates = list(_certificates(outputs, configuration))
    if certificates:
        yield "Get-AdfsCertificate", certificates
    trusts = list(_trusts(outputs, configuration))
    if trusts:
        yield "Get-AdfsRelyingPartyTrust", trusts
    services = list(_services(outputs, configuration))
    if services:
        yield "Services", services


def _of_configuration(configuration: Located) -> Iterator[tuple[str, Any]]:
    name, level = text(configuration.get("FederationServiceName")), configuration.get("CurrentFarmBehavior")
    if name:
        values = {"HostName": name, "CurrentFarmBehavior": level}
        if text(configuration.get("Database")) == "Windows Internal Database":
            values["ConfigurationDatabase"] = "WID"
        yield "Get-AdfsProperties", Row.of(values, configuration.source)
    if level is not None:
        yield "Get-AdfsFarmInformation", Row.of({"CurrentFarmBehavior": level}, configuration.source)
    if isinstance(configuration.get("AdfsGlobalAuthenticationPolicy"), Located):
        yield "Get-AdfsGlobalAuthenticationPolicy", configuration["AdfsGlobalAuthenticationPolicy"]


def _certificates(outputs: dict[str, Located], configuration: Located) -> Iterator[Row]:
    """Yield the certificates of AD FS: with their dates, and else those that some test was about."""
    seen = set()
    for row in rows(configuration.get("AdfsCertificate")):
        inner = row.get("Certificate")
        seen.add(text(inner.get("Thumbprint")) if isinstance(inner, Located) else "")
        yield Row.of(dict(row), row.source, PICKED)
    for name, output in outputs.items():
        told, sha1 = _CERTIFICATE_TEST.fullmatch(name), text(output.get("Thumbprint"))
        if told and sha1 not in _NOTHING | seen:
            seen.add(sha1)
            values = {"CertificateType": told[1], "IsPrimary": told[2] == "Primary", "Thumbprint": sha1}
            yield Row.of(values, output.source, PICKED)


def _trusts(outputs: dict[str, Located], configuration: Located) -> Iterator[Row]:
    office365 = outputs.get("TestADFSO365RelyingParty", Located())
    told = {name: office365.get(key) for name, key in _OFFICE_365.items() if text(office365.get(key)) not in _NOTHING}
    if "Enabled" in told and "Identifier" in told:
        yield Row.of(told, office365.source, PICKED)
    for row in rows(configuration.get("AdfsRelyingPartyTrust")):
        yield Row.of(dict(row), row.source, PICKED)


def _services(outputs: dict[str, Located], configuration: Located) -> Iterator[Row]:
    account = text(configuration.get("ServiceAccount"))
    for test, key, name in (
        ("IsAdfsRunning", "ADFSServiceState", "adfssrv"),
        ("IsAdfsProxyRunning", "ADFSProxyServiceState", "appproxysvc"),
    ):
        output = outputs.get(test)
        state = next((text(output[k]) for k in output if k.lower() == key.lower()), "") if output is not None else ""
        if output is not None and state not in _NOTHING:
            values = {"Name": name, "State": state}
            if account and name == "adfssrv":
                values["StartName"] = account
            yield Row.of(values, output.source)
