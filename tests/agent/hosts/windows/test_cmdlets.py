"""The cmdlets' answers through the one mapping that evidence goes through, each part with its own outcome."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, wap
from farmsight_agent.hosts.evidence.documents.kinds import as_document
from farmsight_agent.hosts.evidence.documents.located import load, load_any
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.cmdlets import ADFS, WAP, Cmdlets
from farmsight_agent.hosts.windows.programs.powershell_text import script
from farmsight_agent.hosts.windows.programs.program_output import Printed
from farmsight_agent.outcome import (
    DeniedError,
    FailedError,
    NotApplicableError,
    NotObservedError,
    TimedOutError,
    UnavailableError,
)
from farmsight_agent.probes.adfs import PROBE as ADFS_PROBE
from farmsight_agent.probes.wap import PROBE as WAP_PROBE
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1

HASH = "842D220E03B7C06978B14BFABE90F55A506707A9"
NODE: dict[str, Any] = {
    "Get-AdfsSyncProperties": {"Role": "PrimaryComputer", "PollDuration": 300, "LastSyncStatus": 0},
    "Get-AdfsProperties": {
        "HostName": "sts.contoso.com", "HttpsPort": 443, "TlsClientPort": 49443, "ConfigurationDatabase": "WID",
    },
    "Get-AdfsGlobalAuthenticationPolicy": {
        "PrimaryExtranetAuthenticationProvider": ["FormsAuthentication", "CertificateAuthentication"],
        "PrimaryIntranetAuthenticationProvider": {"value": ["WindowsAuthentication"], "Count": 1},
        "AdditionalAuthenticationProvider": [],
    },
    "Get-AdfsAuthenticationProvider": [{"Name": "CertificateAuthentication", "AllowedForPrimaryExtranet": True}],
    "Get-AdfsAdditionalAuthenticationRule": None,
    "Get-AdfsEndpoint": [{"AddressPath": "/adfs/ls/", "Enabled": True, "Proxy": True}],
    "Get-AdfsCertificate": [
        {
            "CertificateType": "Token-Signing", "IsPrimary": True, "Thumbprint": SHA1.upper(),
            "Certificate": {"Thumbprint": SHA1.upper(), "RawData": list(CERTIFICATE)},
        }
    ],
    "Get-AdfsSslCertificate": [
        {"HostName": "sts.contoso.com", "PortNumber": 443, "CertificateHash": HASH}
    ],
    "Get-AdfsClaimsProviderTrust": [
        {"Name": "Active Directory", "Identifier": ["AD AUTHORITY"], "AcceptanceTransformRules": "=> issue(claim = c);"}
    ],
    "Get-AdfsRelyingPartyTrust": [
        {"Name": "Umbenannt", "Identifier": ["urn:federation:MicrosoftOnline"], "Enabled": True}
    ],
    "Get-AdfsFarmInformation": {
        "CurrentFarmBehavior": 4, "FarmNodes": [{"FQDN": "sts01.contoso.com", "BehaviorLevel": 4}],
    },
}  # fmt: skip
PROXY: dict[str, Any] = {
    "ProxyService": {"HostName": "sts.contoso.com", "HostHttpsPort": 443, "TlsClientPort": 49443},
    "ProxyTrustCertificates": [{"Thumbprint": SHA1.upper(), "RawData": list(CERTIFICATE), "HasPrivateKey": True}],
    "Get-WebApplicationProxyConfiguration": {"ADFSUrl": "https://sts.contoso.com/", "ConnectedServersName": ["WAP01"]},
    "Get-WebApplicationProxyHealth": [{"Component": "AD FS Proxy", "HealthState": "OK", "Heuristics": []}],
    "Get-WebApplicationProxyApplication": [{"ID": "1", "Name": "Portal", "ExternalUrl": "https://portal.contoso.com/"}],
}
GERMAN: dict[str, str] = {
    "Id": "PS0033: Dieses Cmdlet kann nicht von einem sekund\u00e4ren Server aus ausgef\u00fchrt werden,"
    "Microsoft.IdentityServer.Management.Commands.GetServicePropertiesCommand",
    "Category": "OpenError", "Type": "OperationFault",
    "Message": "PS0033: Dieses Cmdlet kann nicht von einem sekund\u00e4ren Server in einer Farm mit lokaler Datenbank "
    "ausgef\u00fchrt werden. Derzeitiger prim\u00e4rer Server: STS01.",
}  # fmt: skip
# As a server printed it whose service did not run.
REFUSED_CONNECTION: dict[str, str] = {
    "Id": "Could not connect to net.tcp://localhost:1500/policy. The connection attempt lasted for a time span of "
    "00:00:02.0499038. TCP error code 10061: No connection could be made because the target machine actively refused "
    "it 127.0.0.1:1500. ,Microsoft.IdentityServer.Management.Commands.GetCertificateCommand",
    "Category": "OpenError", "Type": "EndpointNotFoundException",
    "Message": "Could not connect to net.tcp://localhost:1500/policy. TCP error code 10061",
}  # fmt: skip
EVERY_PART = [*((ADFS, one) for one in ADFS.parts), *((WAP, one) for one in WAP.parts)]


def printed(sections: dict[str, Any], errors: dict[str, Any] | None = None, *, complete: bool = True) -> bytes:
    """Return what the script would print of these sections and errors."""
    lines = [{name: value} for name, value in sections.items() if name not in (errors or {})]
    lines += [{"Errors": {name: why}} for name, why in (errors or {}).items()]
    lines += [{"Complete": True}] if complete else []
    return "".join(json.dumps(one, separators=(",", ":")) + "\r\n" for one in lines).encode()


class Server:
    """A server whose PowerShell prints what it is told to."""

    def __init__(self, stdout: bytes = b"", *, running: bool | None = True, **rest: Any) -> None:
        self.printed = Printed(stdout=stdout, **({"exit_code": 0} | rest))
        self.running = running
        self.asked: list[str] = []
        self.raises: NotObservedError | None = None
        self.now = 0.0
        self.blobs: list[bytes] = []
        self.cmdlets = Cmdlets(self.run, lambda _name: self.running, self)

    def monotonic(self) -> float:
        return self.now

    def run(self, text: str) -> Printed:
        self.asked.append(text)
        if self.raises is not None:
            raise self.raises
        return self.printed

    def keep(self, data: bytes) -> bytes:
        self.blobs.append(data)
        return b"\1" * 32

    def adfs(self, part: str) -> Seen[Message]:
        return self.cmdlets.adfs(part, self.keep)

    def wap(self, part: str) -> Seen[Message]:
        return self.cmdlets.wap(part, self.keep)


def _adfs_of(**changed: Any) -> Server:
    return Server(printed(NODE | {name.replace("_", "-"): value for name, value in changed.items()}))


def test_every_part_of_the_probes_is_answered() -> None:
    assert set(ADFS.parts) == set(ADFS_PROBE.parts)
    assert set(WAP.parts) == set(WAP_PROBE.parts)


@pytest.mark.parametrize("part", ADFS.parts)
def test_a_part_of_adfs_is_what_the_evidence_of_the_same_sections_is(part: str) -> None:
    live = Server(printed(NODE)).adfs(part)
    file = adfs.part(load(Text(name="STS01_adfs.json", text=json.dumps(NODE))), part, lambda _data: b"\1" * 32)

    assert live.values == file.values
    assert (live.source, live.lines) == ("powershell", ())
    assert live.values


@pytest.mark.parametrize("part", WAP.parts)
def test_a_part_of_a_proxy_is_what_the_evidence_of_the_same_sections_is(part: str) -> None:
    live = Server(printed(PROXY)).wap(part)
    file = wap.part(load(Text(name="WAP01_wap.json", text=json.dumps(PROXY))), part, lambda _data: b"\1" * 32)

    assert live.values == file.values
    assert live.source == "powershell"
    assert live.values


def test_another_answer_is_another_fact() -> None:
    for port in (443, 49443):
        (found,) = _adfs_of(Get_AdfsProperties={"HostName": "sts", "TlsClientPort": port}).adfs("properties").values
        assert found.tls_client_port == port
    for adfs_url in ("https://a/", "https://b/"):
        stdout = printed(PROXY | {"Get-WebApplicationProxyConfiguration": {"ADFSUrl": adfs_url}})
        assert Server(stdout).wap("configuration").values[0].adfs_url == adfs_url


def test_bytes_of_certificates_are_kept_for_the_collector() -> None:
    server = Server(printed(NODE))
    signing = next(one for one in server.adfs("certificates").values if one.type == "Token-Signing")

    assert signing.certificate.sha1 == SHA1
    assert CERTIFICATE in server.blobs


def test_bindings_that_a_real_server_told_are_read() -> None:
    sample = Path(__file__).parents[3] / "vectors/evidence/adfstoolbox_diagnostics_20190115134922.json"
    recorded = as_document(load_any(Text(name="x.json", text=sample.read_text("utf-8-sig"))), Text(name="x", text=""))
    bindings = list(recorded["Get-AdfsSslCertificate"])
    (ssl,) = _adfs_of(Get_AdfsSslCertificate=bindings, Get_AdfsCertificate=[]).adfs("certificates").values

    assert {one["PortNumber"] for one in bindings} == {443, 49443}
    assert ssl.certificate.sha1 == HASH.lower()


# -- one run


def test_all_parts_of_a_probe_run_come_from_one_start_of_powershell() -> None:
    server = Server(printed(NODE))
    for part in ADFS.parts:
        server.adfs(part)

    assert server.asked == [script("adfs")]


def test_the_next_probe_run_asks_again() -> None:
    server = Server(printed(NODE))
    for part in (*ADFS.parts, *ADFS.parts):
        server.adfs(part)

    assert len(server.asked) == 2


def test_a_part_that_is_asked_for_again_is_asked_anew_and_the_others_join() -> None:
    server = Server(printed(NODE))
    for part in ("sync", "sync", "properties"):
        server.adfs(part)

    assert len(server.asked) == 2


def test_an_old_answer_is_not_given_again() -> None:
    server = Server(printed(NODE))
    server.adfs("sync")
    server.now = 61
    server.adfs("properties")

    assert len(server.asked) == 2


def test_the_roles_are_asked_apart() -> None:
    server = Server(printed(NODE | PROXY))
    server.adfs("sync")
    server.wap("applications")

    assert server.asked == [script("adfs"), script("wap")]


def test_what_kept_powershell_from_starting_is_tried_once_for_all_parts() -> None:
    server = Server()
    server.raises = DeniedError("powershell-not-started", "error 1260")
    for part in ADFS.parts:
        with pytest.raises(DeniedError, match="powershell-not-started"):
            server.adfs(part)

    assert len(server.asked) == 1


# -- what is not there


@pytest.mark.parametrize(("role", "part"), EVERY_PART, ids=lambda one: str(getattr(one, "name", one)))
def test_without_the_service_the_role_is_not_here_and_nothing_is_started(role: Any, part: str) -> None:
    server = Server(running=None)
    with pytest.raises(NotApplicableError, match="role-not-installed"):
        getattr(server, role.name)(part)

    assert server.asked == []


@pytest.mark.parametrize(
    ("why", "kind", "reason"),
    [
        (GERMAN, NotApplicableError, "not-primary"),
        (REFUSED_CONNECTION, UnavailableError, "service-stopped"),
        ({"Id": "CommandNotFoundException"}, NotApplicableError, "not-in-this-version"),
        ({"Id": "x,y", "Category": "PermissionDenied"}, DeniedError, "denied"),
        ({"Id": "x", "Type": "UnauthorizedAccessException", "Message": "Zugriff verweigert"}, DeniedError, "denied"),
        ({"Id": "HRESULT 0x80041003,Microsoft.Management.Infrastructure.CimCmdlets.X"}, DeniedError, "denied"),
        ({"Id": "HRESULT 0x8004100e,Microsoft.Management.Infrastructure.CimCmdlets.X"}, FailedError, "no-such-class"),
        ({"Id": "whatever", "Type": "TimeoutException", "Message": "x"}, FailedError, "command-failed"),
        ({}, FailedError, "command-failed"),
    ],
)  # fmt: skip
def test_a_refusal_is_told_by_its_ids_in_any_language(why: dict[str, str], kind: type, reason: str) -> None:
    server = Server(printed(NODE, {"Get-AdfsEndpoint": why}))
    with pytest.raises(NotObservedError) as caught:
        server.adfs("endpoints")

    assert (type(caught.value), caught.value.reason, caught.value.source) == (kind, reason, "powershell")
    assert server.adfs("sync").values  # the others stand
    assert len(server.asked) == 1


def test_on_a_secondary_the_primary_alone_knows_what_refuses_there() -> None:
    secondary = {"Get-AdfsSyncProperties": {"Role": "SecondaryComputer", "PrimaryComputerName": "STS01"}}
    refused = {
        name: {"Id": "OperationFault", "Message": "Vorgang fehlgeschlagen"} for name in NODE if "Sync" not in name
    }
    server = Server(printed(secondary, refused))

    (sync,) = server.adfs("sync").values
    assert (sync.role, sync.primary_name) == (facts_pb2.SYNC_ROLE_SECONDARY, "STS01")
    for part in set(ADFS.parts) - {"sync"}:
        with pytest.raises(NotApplicableError, match="not-primary"):
            server.adfs(part)


def test_on_a_primary_the_same_refusal_is_a_failure() -> None:
    refused = {"Get-AdfsEndpoint": {"Id": "OperationFault", "Message": "Vorgang fehlgeschlagen"}}
    with pytest.raises(FailedError, match="command-failed"):
        Server(printed(NODE, refused)).adfs("endpoints")


def test_while_the_service_is_stopped_what_fails_is_unavailable() -> None:
    refused = {"Get-AdfsEndpoint": {"Id": "x", "Message": "nicht erreichbar"}}
    with pytest.raises(UnavailableError, match="service-stopped: Get-AdfsEndpoint: nicht erreichbar"):
        Server(printed(NODE, refused), running=False).adfs("endpoints")
    assert Server(printed(NODE, refused), running=False).adfs("certificates").values


def test_without_the_module_every_part_is_unavailable() -> None:
    missing = {"Id": "Modules_ModuleNotFound,Microsoft.PowerShell.Commands.ImportModuleCommand", "Message": "ADFS"}
    server = Server(printed({}, {"Import-Module": missing}, complete=False))
    for part in ADFS.parts:
        with pytest.raises(UnavailableError, match="module-missing"):
            server.adfs(part)
    broken = {"Id": "FormatXmlUpdateException,Microsoft.PowerShell.Commands.ImportModuleCommand", "Message": "policy"}
    with pytest.raises(FailedError, match="module-failed"):
        Server(printed({}, {"Import-Module": broken}, complete=False)).adfs("sync")


# -- a run that breaks off

FIRST = {name: NODE[name] for name in ("Get-AdfsSyncProperties", "Get-AdfsProperties", "Get-AdfsCertificate")}


@pytest.mark.parametrize(
    ("rest", "kind", "reason"),
    [
        ({"cut": "time", "exit_code": None}, TimedOutError, "timed-out"),
        ({"cut": "size", "exit_code": None}, FailedError, "too-much-output"),
        ({"exit_code": 1, "stderr": b"Import-Module : Zugriff verweigert"}, FailedError, "powershell-failed"),
        ({"exit_code": -1073740791}, FailedError, "powershell-failed"),
        ({"exit_code": 0}, FailedError, "truncated"),
    ],
)  # fmt: skip
def test_what_came_before_the_end_stands_and_the_rest_ends_as_the_run_did(rest: Any, kind: type, reason: str) -> None:
    server = Server(printed(FIRST, complete=False), **rest)

    assert server.adfs("sync").values
    for part in ("endpoints", "trusts", "nodes"):
        with pytest.raises(NotObservedError) as caught:
            server.adfs(part)
        assert (type(caught.value), caught.value.reason) == (kind, reason)
    assert len(server.asked) == 1


@pytest.mark.parametrize("part", ["certificates", "properties"])
def test_a_part_of_which_a_half_is_cut_off_is_not_told_by_the_other_half(part: str) -> None:
    cut = Server(printed(FIRST, complete=False), cut="time", exit_code=None)
    with pytest.raises(TimedOutError):
        cut.adfs(part)
    refused = {"Get-AdfsSslCertificate": {"Id": "x"}, "Get-AdfsFarmInformation": {"Id": "CommandNotFoundException"}}
    assert Server(printed(NODE, refused)).adfs(part).values  # a refusal of one lets the other stand


def test_what_powershell_said_of_it_is_in_the_detail() -> None:
    server = Server(b"", exit_code=1, stderr=b"Import-Module : Die Datei kann nicht geladen werden")
    with pytest.raises(FailedError, match=r"ended with 1\. Import-Module : Die Datei kann nicht geladen werden"):
        server.adfs("sync")


def test_a_spoiled_section_is_not_understood_and_the_others_stand() -> None:
    spoiled = printed(NODE).replace(b'"/adfs/ls/"', b'"/adfs/\xff/"')
    server = Server(spoiled)
    with pytest.raises(FailedError, match="not-understood"):
        server.adfs("endpoints")

    assert server.adfs("trusts").values


# -- trusts that were asked for by identifier


def test_an_answer_without_the_trust_that_was_asked_for_says_that_it_is_not_there() -> None:
    found = _adfs_of(Get_AdfsRelyingPartyTrust=[]).adfs("trusts").values

    assert [one.identifier for one in found] == ["AD AUTHORITY"]
    assert not found[0].other_kind_not_listed  # it was asked for, and is not there


def test_a_cmdlet_that_did_not_answer_says_nothing_of_its_trusts() -> None:
    (found,) = Server(printed(NODE, {"Get-AdfsClaimsProviderTrust": REFUSED_CONNECTION})).adfs("trusts").values

    assert found.other_kind_not_listed
    with pytest.raises(UnavailableError, match="service-stopped"):
        Server(printed(NODE, {"Get-AdfsRelyingPartyTrust": REFUSED_CONNECTION})).adfs("trusts")


def test_what_powershell_did_not_write_out_is_unknown_and_not_a_value() -> None:
    nodes = {"CurrentFarmBehavior": 4, "FarmNodes": ["Microsoft.IdentityServer.Management.Resources.FarmNode"]}
    with pytest.raises(UnavailableError, match="not-collected"):
        _adfs_of(Get_AdfsFarmInformation=nodes).adfs("nodes")
