"""What adfsToolbox exported, and what of it is the tool's own opinion."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, kinds, machine, sections, toolbox
from farmsight_agent.hosts.evidence.documents.located import load_any
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

EXPORT = Path(__file__).parents[3] / "vectors" / "evidence" / "adfstoolbox_diagnostics_20190115134922.json"
TEXT = Text(name="STS01_toolbox.json", text=EXPORT.read_text("utf-8-sig"))
VALUE = load_any(TEXT)
DOCUMENT = kinds.as_document(VALUE, TEXT)


def part(name, document=DOCUMENT):
    return adfs.part(document, name, lambda _data: b"").values


def test_it_is_told_by_its_structure_and_names_its_server_its_time_and_its_role():
    assert kinds.classify(VALUE) == "toolbox"
    when = datetime(2019, 1, 15, 21, 49, 32, 917000, tzinfo=UTC)
    assert toolbox.origin(VALUE) == ("aadtestdoms1.aadtestdom.com", when)
    assert toolbox.role(VALUE) == "adfs"


def test_it_says_what_the_cmdlets_said():
    [properties], [policy] = part("properties"), part("global-policy")
    assert (properties.host_name, properties.farm_behavior, properties.tls_client_port) == ("sts.aadtestdom.com", 3, 0)
    assert properties.configuration_database == "WID"
    assert list(policy.primary_extranet) == ["FormsAuthentication", "MicrosoftPassportAuthentication"]

    signing, decrypting, ssl = part("certificates")
    assert [(v.type, v.primary) for v in (signing, decrypting)] == [
        ("Token-Signing", facts_pb2.TRISTATE_YES),
        ("Token-Decrypting", facts_pb2.TRISTATE_YES),
    ]
    assert signing.certificate.not_after.ToDatetime(UTC) == datetime(2020, 1, 15, 21, 43, 8, tzinfo=UTC)
    assert (ssl.type, ssl.certificate.sha1) == ("SSL", "842d220e03b7c06978b14bfabe90f55a506707a9")

    bindings = sections.seen(DOCUMENT, "Get-AdfsSslCertificate", adfs.ssl_binding).values
    asks = {f"{v.host}:{v.port}": (v.negotiate_client_certificate, v.ctl_store) for v in bindings}
    assert asks["sts.aadtestdom.com:49443"] == (True, "")
    assert asks["sts.aadtestdom.com:443"] == (False, "AdfsTrustedDevices")


def test_it_says_what_it_saw_of_the_machine():
    [service] = sections.seen(DOCUMENT, "Services", machine.service).values
    assert (service.name, service.state, service.account_name) == (
        "adfssrv",
        facts_pb2.SERVICE_STATE_RUNNING,
        "AADTESTDOM\\aadvsvc$",
    )
    [host] = machine.identity(DOCUMENT, ()).values
    assert (host.computer_name, host.fqdn) == ("AADTESTDOMS1", "aadtestdoms1.aadtestdom.com")
    assert (host.os_name, host.os_version) == ("Microsoft Windows Server 2016 Datacenter", "")


def test_trusts_that_it_picked_do_not_say_that_another_is_not_there():
    with pytest.raises(UnavailableError, match="shows some only"):
        part("trusts", _with(DOCUMENT, {"Get-AdfsClaimsProviderTrust": []}))


def test_nodes_are_not_those_that_somebody_named_to_it():
    with pytest.raises(UnavailableError, match="FarmNodes"):
        part("nodes")


def test_none_of_its_verdicts_is_a_fact():
    failed = json.loads(TEXT.text)
    for test in failed["ADFSToolbox"]["Test-AdfsServerHealth"]["AllTests"]:
        test["Result"] = 2 - test["Result"]
    text = Text(name=TEXT.name, text=json.dumps(failed))
    assert kinds.as_document(load_any(text), text) == DOCUMENT


def test_the_trust_for_entra_when_its_test_saw_one():
    changed = json.loads(TEXT.text)
    tests = changed["ADFSToolbox"]["Test-AdfsServerHealth"]["AllTests"]
    output = next(one["Output"] for one in tests if one["Name"] == "TestADFSO365RelyingParty")
    output |= {"MicrosoftOnlineRPEnabled": False, "MicrosoftOnlineRPDisplayName": "Microsoft Office 365"}
    text = Text(name=TEXT.name, text=json.dumps(changed))
    found = _with(kinds.as_document(load_any(text), text), {"Get-AdfsClaimsProviderTrust": []})
    trust = next(v for v in part("trusts", found) if v.identifier == "urn:federation:MicrosoftOnline")

    assert (trust.enabled, trust.issuance_rules_seen) == (facts_pb2.TRISTATE_NO, False)


def test_a_proxy_s_export_speaks_of_the_proxy():
    binding = {"HostName": "sts.contoso.com", "PortNumber": 443, "CertificateHash": "AB" * 20}
    outputs = {
        "IsAdfsProxyRunning": {"ADFSProxyServiceState": "Stopped"},
        "ProxySslBindings": {"SSLBindings": [binding]},
    }
    tests = [
        {"Name": name, "ComputerName": "WAP01", "Result": 0, "Detail": "", "Output": output}
        for name, output in outputs.items()
    ]
    text = Text(name="x.json", text=json.dumps({"ADFSToolbox": {"Test-AdfsServerHealth": {"AllTests": tests}}}))
    value = load_any(text)
    found = kinds.as_document(value, text)

    assert toolbox.role(value) == "wap"
    assert "Get-WebApplicationProxySslCertificate" in found
    [service] = sections.seen(found, "Services", machine.service).values
    assert (service.name, service.state) == ("appproxysvc", facts_pb2.SERVICE_STATE_STOPPED)


def _with(document, more):
    made = type(document)({**document, **more})
    made.source = document.source
    return made
