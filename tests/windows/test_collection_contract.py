"""What the collection script writes is what the readers read, in both directions, and in the files that are named."""

import ast
import base64
import json
import re
from pathlib import Path

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import accounts, adfs, machine, sections, wap
from farmsight_agent.hosts.evidence.documents.located import Located, load
from farmsight_agent.hosts.host import Account
from farmsight_agent.normalise.spelling import store_name
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1
from tests.windows import cmdlets
from tests.windows.syntax import Script, every, text, unquoted

ROOT = Path(__file__).parents[2]
SCRIPT = Script(ROOT / "deploy/windows/Collect-FarmsightEvidence.ps1")
EVIDENCE = ROOT / "agent/farmsight_agent/hosts/evidence"
PAGE = (ROOT / "docs/evidence.md").read_text(encoding="utf-8")

# Which function writes the rows of a section of NAME_host.json, and which of its tables they are.
ROWS = {
    "ComputerSystem": ("Get-ComputerRow", 0),
    "OperatingSystem": ("Get-SystemRow", 0),
    "Resolutions": ("Get-Resolution", 0),
    "Services": ("Get-ServiceRows", 0),
    "Listeners": ("Get-ListenerRows", 0),
    "ExcludedPortRanges": ("Get-ExcludedRanges", 0),
    "IpListen": ("Get-IpListenRows", 0),
    "Contexts": ("Get-AccountRow", 0),
    "Proxies": ("Get-ProxyRow", 0),
    "UrlCache": ("Get-CacheRows", 0),
    "Clock": ("Get-ClockRows", 0),
    "Events": ("Get-EventRows", 1),
    "Certificates": ("Add-Store", 0),
    "Crls": ("Add-Store", 1),
}
# Other spellings that the readers take from other sources.
SPELT_OTHERWISE = {
    "LogName", "ProviderName", "ExternalURL", "BackendServerURL", "HeartbeatTimestamp", "TotalSeconds",
}  # fmt: skip
# Told by netsh's own text alone, or by other sources than this script.
NOT_OURS = {"RequestQueue", "ProcessIds", "ConfigurationDatabase"}
# Kept for the people who read the file.
FOR_PEOPLE = {
    "InstallationType", "BuildNumber", "Entered", "Reason", "Proof", "FileUser", "StoreLocation", "RemoteAccessServer",
}  # fmt: skip


def _keys_read(*files: str) -> set[str]:
    found: set[object] = set()
    for file in files:
        for node in ast.walk(ast.parse((EVIDENCE / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                found |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
                found.add(node.left.value)
    return {one for one in found if isinstance(one, str) and re.fullmatch(r"[A-Z]\w+", one)}


def _words_in(*files: str) -> set[str]:
    """Every string of the readers: some take their keys by way of a function of their own."""
    trees = [ast.parse((EVIDENCE / file).read_text(encoding="utf-8")) for file in files]
    held = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {one for one in held if isinstance(one, str)}


def _selected(table: str) -> dict[str, list[str]]:
    """The properties that each block of a table selects."""
    found = {}
    for name, block in SCRIPT.entries(table).items():
        (call,) = [one for one in SCRIPT.commands(block) if one.name == "Select-Object"]
        found[name] = re.findall(r"'(\w+)'", call.named["property"])
    return found


ADFS, WAP = _selected("$AdfsReads"), _selected("$WapReads")


def _listed(variable: str) -> list[str]:
    for node in every(SCRIPT.root, "assignment_expression", into=False):
        if text(node.children[0]) == variable:
            return [unquoted(text(one)) for one in every(node, "verbatim_string_characters")]
    raise AssertionError(variable)


INNER = _listed("$InnerProperties")
OF_CERTIFICATE = SCRIPT.tables(SCRIPT.functions["ConvertTo-PlainCertificate"].node)[0]


def _row(section: str) -> list[str]:
    function, number = ROWS[section]
    return SCRIPT.tables(SCRIPT.functions[function].node)[number]


def _sections(document: str) -> set[str]:
    return {
        unquoted(call.named["section"])
        for call in SCRIPT.commands()
        if call.name == "Add-Section" and unquoted(call.named["document"]) == document
    }


# -- both ways


@pytest.mark.parametrize("block", [*SCRIPT.entries("$AdfsReads").items(), *SCRIPT.entries("$WapReads").items()])
def test_each_block_calls_the_cmdlet_that_its_section_is_called_after(block) -> None:
    name, node = block
    called = [one.name for one in SCRIPT.commands(node)]

    assert called == (["Get-CimInstance", "Select-Object"] if name == "ProxyService" else [name, "Select-Object"])


def test_every_cmdlet_that_may_be_called_is() -> None:
    assert {one for one in (*ADFS, *WAP) if one.startswith("Get-")} == set(cmdlets.ROLES)


def test_what_is_read_of_adfs_is_selected_and_the_other_way_round() -> None:
    files = [f"documents/{one.name}" for one in (EVIDENCE / "documents").glob("adfs*.py")]
    read = _keys_read(*files) - SPELT_OTHERWISE - NOT_OURS
    written = {name for names in ADFS.values() for name in names} | set(INNER) | set(OF_CERTIFICATE)

    assert read - written == set()
    assert {name for names in ADFS.values() for name in names} - _words_in(*files) - FOR_PEOPLE - {
        "Thumbprint"
    } == set()


def test_what_is_read_of_a_proxy_is_selected_and_the_other_way_round() -> None:
    read = _keys_read("documents/wap.py") - SPELT_OTHERWISE - {"ProxyService", "Id"}
    known = _words_in("documents/wap.py", "documents/adfs_certificates.py")
    written = {name for names in WAP.values() for name in names} | set(INNER) | set(OF_CERTIFICATE)

    assert read - written == set()
    assert {name for names in WAP.values() for name in names} - known - FOR_PEOPLE == set()


def test_what_is_read_of_the_machine_is_written_and_the_other_way_round() -> None:
    read = _keys_read("documents/machine.py", "documents/accounts.py", "stores/reading.py")
    read -= SPELT_OTHERWISE | NOT_OURS | {"Errors"}
    written = {name for section in ROWS for name in _row(section)}

    assert read - written - _sections("host") - {"UrlRegistrations"} == set()
    assert written - read - FOR_PEOPLE - {"Thumbprint"} == set()


def test_every_section_that_the_page_describes_is_written() -> None:
    table = PAGE[PAGE.index("### `NAME_host.json`") : PAGE.index("### `NAME_adfs.json`")]
    described = {
        name for cell in re.findall(r"(?m)^\| ((?:`\w+`(?:, )?)+) \|", table) for name in re.findall(r"\w+", cell)
    }
    described -= {"section"}

    assert len(described) > 15
    assert described - _sections("host") - {"UrlRegistrations"} == set()
    assert set(ROWS) - described <= {"IpListen"}


@pytest.mark.parametrize("section", sorted(ROWS))
def test_every_column_that_the_page_describes_is_written(section: str) -> None:
    found = re.search(rf"(?m)^\| `{section}` \| `([\w ]+)`", PAGE)
    if found is None:
        assert section == "IpListen"
        return
    assert set(found[1].split()) <= set(_row(section))


def test_the_page_names_every_section_of_the_roles() -> None:
    for name in (*ADFS, *WAP, *_sections("wap")):
        if name.startswith(("Get-", "Proxy")) and name != "Get-AdfsAdditionalAuthenticationRule":
            assert name in PAGE, name


# -- the files


def test_every_file_of_the_evidence_is_written() -> None:
    netsh = next(every(SCRIPT.functions["Invoke-NetshParts"].node, "hash_literal_body"))
    names = {unquoted(text(one.children[0])) for one in every(netsh, "hash_entry")} | {"advproxy"}
    assert names == {"49443", "sslcert", "iplisten", "servicestate", "winhttp", "excludedportrange", "advproxy"}
    assert "'_advproxy.txt'" in SCRIPT.text
    stores = SCRIPT.strings(SCRIPT.functions["Invoke-CertutilStores"].node)
    assert {"_store_", ".txt", "root", "ca", "my"} <= set(stores)
    assert {"_store_", ".pem"} <= set(SCRIPT.strings(SCRIPT.functions["Add-Store"].node))
    documents = {unquoted(call.named["document"]) for call in SCRIPT.commands() if call.name == "Write-Document"}
    assert documents == {"host", "adfs", "wap"}
    assert set(SCRIPT.entries("$AdfsTexts")) == {"authprovider", "claimstrust", "rptrust"}
    kinds = {unquoted(call.named["kind"]) for call in SCRIPT.commands() if call.name == "Add-Given"}
    assert kinds == {"SubCA", "usercert"}
    said = set(SCRIPT.strings())
    assert {"_collection.json", "_collection.log", "farmsight-"} <= {one.lstrip(".\\") for one in said} | said


def test_the_commands_behind_the_files_are_those_of_the_page_on_evidence() -> None:
    for file, command in re.findall(r"(?m)^\| `NAME_(\w+)\.txt` \| `netsh ([^`]+)`", PAGE):
        if file in {"49443", "sslcert", "winhttp"}:
            table = SCRIPT.functions["Invoke-NetshParts"].node
            pairs = {unquoted(text(one.children[0])): text(one.children[-1]) for one in every(table, "hash_entry")}
            assert unquoted(pairs[file]) == command


def test_store_names_are_spelt_as_the_facts_spell_them() -> None:
    named = _listed("$StoreNames")

    assert named == [store_name(one) for one in named]
    assert {"ROOT", "CA", "MY", "AUTHROOT", "DISALLOWED", "TRUSTEDPEOPLE", "NTAuth"} <= set(named)
    assert {"AdfsTrustedDevices", "ClientAuthIssuer"} <= set(named)


def test_origins_are_those_that_the_reader_knows() -> None:
    from farmsight_agent.hosts.evidence.stores import reading

    origins = [*SCRIPT.entries("$PhysicalStores"), *SCRIPT.entries("$RootMembers")]
    assert set(origins) == {"Registry", "GroupPolicy", "Enterprise", "AuthRoot", "SmartCard"}
    assert all(reading._origin(Located(Origin=one)) != facts_pb2.STORE_ORIGIN_UNKNOWN for one in origins)


def test_contexts_are_those_of_the_contract() -> None:
    from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME

    allowed = re.findall(r"'([\w-]+)'", text(SCRIPT.parameters["Contexts"]))
    assert set(allowed) - {"none"} <= {name for name in CONTEXT_BY_NAME if name}
    written = {one for one in SCRIPT.strings(SCRIPT.functions["Get-AccountRows"].node) if "-service" in one}
    assert written <= set(allowed)


# -- a document with just these keys, through the readers


def _document(name: str, **held: object) -> Located:
    whole = {"CollectedAt": "2026-11-23T10:00:00.000Z", "Computer": "STS01", "Collector": "x", **held, "Errors": {}}
    return load(Text(name=name, text=json.dumps(whole, indent=4)))


def _keyed(names: list[str], **values: object) -> dict[str, object]:
    assert set(values) <= set(names)
    return {name: values.get(name) for name in names}


RAW = base64.b64encode(CERTIFICATE).decode()
SYSTEM = Account(context=facts_pb2.CONTEXT_SYSTEM, name="NT AUTHORITY\\SYSTEM", sid="S-1-5-18")


def test_rows_of_the_machine_are_read_whole() -> None:
    document = _document(
        "STS01_host.json",
        ComputerSystem=_keyed(
            _row("ComputerSystem"), Name="STS01", DNSHostName="STS01", Domain="contoso.local", PartOfDomain=True
        ),
        OperatingSystem=_keyed(
            _row("OperatingSystem"), Version="10.0.20348", UBR=2849, LastBootUpTime="2026-11-01T00:00:00.000Z"
        ),
        Addresses=["10.0.0.11"],
        Updates=["KB5000001"],
        Resolutions=[
            _keyed(_row("Resolutions"), Name="sts.contoso.com", Addresses=["10.0.0.10"], FromHostsFile=True),
            _keyed(_row("Resolutions"), Name="wpad", Addresses=[], FromHostsFile=False, Error="11001"),
            _keyed(_row("Resolutions"), Name="pki.contoso.com", Addresses=[], FromHostsFile=False, Error="1460"),
        ],
        Services=[
            _keyed(
                _row("Services"),
                Name="adfssrv",
                State="Running",
                StartMode="Auto",
                StartName="CONTOSO\\gmsa$",
                StartSid="S-1-5-21-1-2-3-4",
                ProcessId=2104,
            )
        ],
        Listeners=[
            _keyed(_row("Listeners"), LocalAddress="::", LocalPort=49443, OwningProcess=4, ProcessName="System")
        ],
        ExcludedPortRanges=[_keyed(_row("ExcludedPortRanges"), StartPort=50000, EndPort=50059, Administered=True)],
        IpListen=[_keyed(_row("IpListen"), Address="10.0.0.11")],
        Schannel={"Protocols/TLS 1.2/Server/Enabled": 4294967295, "HTTP/MaxFieldLength": 65534},
        Clock=[_keyed(_row("Clock"), Reference="ntp:contoso.local", OffsetSeconds=-0.012, Source="NT5DS")],
        Events=[
            _keyed(
                _row("Events"),
                Log="AD FS/Admin",
                Provider="AD FS",
                Id=364,
                RecordId=9,
                TimeCreated="2026-11-22T00:00:00.000Z",
                Level=2,
                Data={"0": "x"},
            )
        ],
    )

    (host,) = machine.identity(document, ["sts.contoso.com"]).values
    assert (host.computer_name, host.os_update_revision, host.domain_or_workgroup) == ("STS01", 2849, "contoso.local")
    outcomes = {one.name: one.outcome for one in host.resolutions}
    assert host.resolutions[0].from_hosts_file
    assert outcomes["wpad"] == facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME
    assert outcomes["pki.contoso.com"] == facts_pb2.RESOLUTION_OUTCOME_TIMED_OUT
    (service,) = sections.seen(document, "Services", machine.service).values
    assert (service.state, service.account_sid) == (facts_pb2.SERVICE_STATE_RUNNING, "S-1-5-21-1-2-3-4")
    assert len(sections.seen(document, "Listeners", machine.listener).values) == 1
    assert sections.seen(document, "ExcludedPortRanges", machine.port_exclusion).values[0].administered
    assert sections.seen(document, "IpListen", machine.ip_listen).values[0].address == "10.0.0.11"
    assert [one.number for one in machine.schannel(document).values] == [4294967295, 65534]
    assert sections.seen(document, "Clock", machine.clock).values[0].offset.ToMicroseconds() == -12000
    assert sections.seen(document, "Events", machine.event).values[0].data == {"0": "x"}


def test_rows_of_accounts_are_read_whole() -> None:
    context = _keyed(_row("Contexts"), Context="system", Account=SYSTEM.name, Sid=SYSTEM.sid, Entered=True)
    proxy = _keyed(
        _row("Proxies"),
        Context="system",
        Source="winhttp",
        ProxyServer="proxy:8080",
        ProxyBypass="*.contoso.com;<local>",
        AutoDetect=False,
        Direct=False,
        PerMachine=True,
        OwnDiffers=False,
    )
    cached = _keyed(
        _row("UrlCache"), Context="system", Url="http://pki/ca.crl", ExpireTime="2026-11-24T00:00:00Z", Size=812
    )
    document = _document("STS01_host.json", Contexts=[context], Proxies=[proxy], UrlCache=[cached])

    assert accounts.accounts(document) == (SYSTEM,)
    (setting,) = accounts.proxies(document, SYSTEM).values
    assert (setting.proxy, list(setting.bypass)) == ("proxy:8080", ["*.contoso.com", "<local>"])
    assert (setting.per_machine, setting.own_differs, setting.HasField("own_differs")) == (True, False, True)
    (entry,) = accounts.url_cache(document, SYSTEM).values
    assert (entry.size, entry.HasField("expires_at")) == (812, True)


def test_rows_of_adfs_and_of_a_proxy_are_read_whole() -> None:
    certificate = _keyed(OF_CERTIFICATE, Thumbprint=SHA1.upper(), RawData=RAW, HasPrivateKey=True)
    signing = _keyed(
        ADFS["Get-AdfsCertificate"], CertificateType="Token-Signing", IsPrimary=True, Certificate=certificate
    )
    nodes = [_keyed(INNER, FQDN="sts02.contoso.local", NodeType="SecondaryComputer", BehaviorLevel=4)]
    document = _document(
        "STS01_adfs.json",
        **{
            "Get-AdfsProperties": _keyed(ADFS["Get-AdfsProperties"], HostName="sts.contoso.com", TlsClientPort=49443),
            "Get-AdfsSyncProperties": _keyed(ADFS["Get-AdfsSyncProperties"], Role="PrimaryComputer"),
            "Get-AdfsCertificate": [signing],
            "Get-AdfsSslCertificate": [],
            "Get-AdfsFarmInformation": _keyed(ADFS["Get-AdfsFarmInformation"], FarmNodes=nodes),
        },
    )
    kept: list[bytes] = []

    def keep(data: bytes) -> bytes:
        kept.append(data)
        return b"\0" * 32

    assert adfs.part(document, "properties", keep).values[0].tls_client_port == 49443
    assert adfs.part(document, "sync", keep).values[0].role == facts_pb2.SYNC_ROLE_PRIMARY
    (one,) = adfs.part(document, "certificates", keep).values
    assert (one.type, one.certificate.sha1, one.has_private_key) == ("Token-Signing", SHA1, facts_pb2.TRISTATE_YES)
    assert adfs.part(document, "nodes", keep).values[0].name == "sts02.contoso.local"
    assert CERTIFICATE in kept

    proxy = _document(
        "WAP01_wap.json",
        **{
            "Get-WebApplicationProxyConfiguration": _keyed(
                WAP["Get-WebApplicationProxyConfiguration"], ADFSUrl="https://sts/"
            ),
            "ProxyService": _keyed(
                WAP["ProxyService"], HostName="sts.contoso.com", HostHttpsPort=443, TlsClientPort=49443
            ),
            "ProxyTrustCertificates": [certificate],
        },
    )
    assert wap.part(proxy, "configuration", keep).values[0].tls_client_port == 49443
    assert wap.part(proxy, "trust-certificates", keep).values[0].certificate.sha1 == SHA1
