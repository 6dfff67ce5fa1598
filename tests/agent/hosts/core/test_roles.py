"""What proves that a server is a node or a proxy, what merely speaks for it, and what is said where nothing does."""

import json

import pytest

from tests.fakes.evidence_folders import URLACL, WINHTTP, lab, opened, texts

ADFS_APPLICATION = b"5d89a20c-beab-4389-9447-324788eb944a"
WAP_APPLICATION = b"f955c070-e044-456c-ac00-e9e4275b3f04"
WAP_SID = "S-1-5-80-636943232-1596372972-3684846061-3750945486-4038901559"


def role(tmp_path, files, **given):
    [server] = opened(tmp_path, files, **given).servers
    return server.role


def host(*services, **more):
    return json.dumps({"ComputerSystem": {"Name": "FILER"}, "Services": [{"Name": one} for one in services], **more})


def reserved(url, sid="S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"):
    return URLACL.replace("https://+:443/adfs/", url).replace(
        "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593", sid
    )


def recorded(role):
    probes = [{"probe": "host", "outcome": "failed"}]
    told = {"schema": "farmsight.facts/1", "server": "FILER", "role": role, "collected_at": "2026-11-23T10:00:00Z"}
    return json.dumps(told | {"probes": probes, "facts": []})


def toolbox(*tests):
    return json.dumps(
        {"AllTests": [{"Name": one, "Result": 0, "Output": {}, "ComputerName": "FILER"} for one in tests]}
    )


PROOFS = {
    "a cmdlet of the proxy, where the port of synchronisation is reserved too": (
        {
            "FILER_wap.json": '{"Get-WebApplicationProxyConfiguration": {"ADFSUrl": "https://sts.contoso.com"}}',
            "FILER_49443.txt": reserved("http://+:80/adfs/services/"),
        },
        "wap",
    ),
    "services of a proxy": ({"FILER_host.json": host("adfssrv", "appproxysvc", "CryptSvc")}, "wap"),
    "services of a node": ({"FILER_host.json": host("adfssrv", "CryptSvc")}, "adfs"),
    "a cmdlet of AD FS": ({"FILER_adfs.json": '{"Get-AdfsProperties": {"HostName": "sts.contoso.com"}}'}, "adfs"),
    "a cmdlet of the proxy": (
        {"FILER_wap.json": '{"Get-WebApplicationProxyConfiguration": {"ADFSUrl": "https://sts.contoso.com"}}'},
        "wap",
    ),
    "a proxy trust certificate": (
        {"FILER_wap.json": '{"ProxyTrustCertificates": [{"Thumbprint": "%s"}]}' % ("ab" * 20)},
        "wap",
    ),
    "a reservation for the proxy's service": ({"FILER_49443.txt": reserved("https://+:443/app/", WAP_SID)}, "wap"),
    "bindings of a node": ({"FILER_sslcert.txt": texts("STS01")["STS01_sslcert.txt"]}, "adfs"),
    "bindings of a proxy's application": (
        {"FILER_sslcert.txt": texts("WAP01")["WAP01_sslcert.txt"].replace(ADFS_APPLICATION, WAP_APPLICATION)},
        "wap",
    ),
    "text of a cmdlet": ({"FILER_authprovider.txt": texts("STS01")["STS01_authprovider.txt"]}, "adfs"),
    "a collected file": ({"FILER.json": recorded("proxy")}, "proxy"),
    "adfsToolbox on a node": ({"FILER_x.json": toolbox("IsWidRunning", "PingFederationMetadata")}, "adfs"),
    "adfsToolbox on a proxy": ({"FILER_x.json": toolbox("IsAdfsProxyRunning", "ProxySslBindings")}, "wap"),
}


@pytest.mark.parametrize("proof", PROOFS)
def test_a_proof(tmp_path, proof):
    files, expected = PROOFS[proof]
    told = role(tmp_path, files)

    assert (told.role, told.proven) == (expected, True), told.reason
    assert told.reason


HINTS = {
    "the port of synchronisation": ({"FILER_49443.txt": reserved("http://+:80/adfs/services/")}, "adfs"),
    "the port of synchronisation, reserved where NETWORK SERVICE ran": (
        {
            "FILER_49443.txt": reserved("http://+:80/adfs/services/"),
            "FILER_NETWORK SERVICE_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"],
        },
        "wap",
    ),
    "files captured as NETWORK SERVICE": (
        {"FILER_NETWORK SERVICE_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"]},
        "wap",
    ),
    "files captured as a managed account": (
        {"FILER_gmsa-adfs$_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"]},
        "adfs",
    ),
    "a file of the article's cmdlets that cannot be read": ({"FILER_authprovider.txt": "�����"}, "adfs"),
    "the name of a proxy": ({"DMZWAP1_winhttp.txt": WINHTTP}, "wap"),
    "the name of a node": ({"ADFS2_winhttp.txt": WINHTTP}, "adfs"),
    "the name of a proxy of AD FS": ({"ADFSPROXY1_winhttp.txt": WINHTTP}, "wap"),
}


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_is_no_proof_and_says_so(tmp_path, hint):
    files, expected = HINTS[hint]
    told = role(tmp_path, files)

    assert (told.role, told.proven) == (expected, False), told.reason


NOTHING = {
    "a proxy setting": {"FILER_winhttp.txt": WINHTTP},
    "a reservation that both have": {"FILER_49443.txt": URLACL},
    "the service of AD FS alone, which proxies have too": {"FILER_host.json": host("adfssrv")},
    "an account of a person": {"FILER_jane_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"]},
    "accounts that speak for both": {
        "FILER_NETWORK SERVICE_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"],
        "FILER_gmsa$_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"],
    },
    "a cmdlet that is not installed": {
        "FILER_authprovider.txt": "Get-AdfsAuthenticationProvider : The term 'Get-AdfsAuthenticationProvider' is not "
        "recognized as the name of a cmdlet, function, script file, or operable program.\n"
        "At line:1 char:1\n+ Get-AdfsAuthenticationProvider\n+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "    + CategoryInfo          : ObjectNotFound: (Get-AdfsAuthenticationProvider:String) [], "
        "CommandNotFoundException\n    + FullyQualifiedErrorId : CommandNotFoundException\n"
    },
}


@pytest.mark.parametrize("case", NOTHING)
def test_where_nothing_tells_the_role_what_to_say_is_said(tmp_path, case):
    told = role(tmp_path, NOTHING[case])

    assert (told.role, told.proven) == ("", False)
    assert "--role FILER=adfs" in told.reason


def test_proofs_that_contradict_each_other_tell_no_role_and_name_both(tmp_path):
    told = role(tmp_path, {"FILER_host.json": host("appproxysvc"), **PROOFS["a cmdlet of AD FS"][0]})

    assert told.role == ""
    assert "appproxysvc" in told.reason
    assert "Get-AdfsProperties" in told.reason
    assert "--role FILER=" in told.reason


def test_a_proof_beats_the_name_and_what_is_given_beats_all(tmp_path):
    files = {"WAP01_sslcert.txt": texts("STS01")["STS01_sslcert.txt"]}

    assert role(tmp_path, files).role == "adfs"
    assert role(tmp_path, files, roles={"wap01.contoso.com": "proxy"}).role == "proxy"


def test_a_role_for_a_server_that_is_not_here_is_noted(tmp_path):
    evidence = opened(tmp_path, {"WAP01_winhttp.txt": WINHTTP}, roles={"WAP0l": "wap"})

    assert any(note.startswith("--role WAP0L:") for note in evidence.notes)


def test_an_earlier_round_proves_the_role_for_a_later_one(tmp_path):
    files = {"2026-11-20/FILER/host.json": host("appproxysvc", "adfssrv"), "2026-11-23/FILER/winhttp.txt": WINHTTP}

    assert role(tmp_path, files).role == "wap"


@pytest.mark.parametrize("form", ["article", "script", "both"])
def test_every_server_of_the_lab_has_its_role(tmp_path, form):
    files = {f"{server}/{name}": data for server, held in lab("healthy", form).items() for name, data in held.items()}
    told = {one.name: one.role for one in opened(tmp_path, files).servers}

    assert {name: one.role for name, one in told.items()} == {
        "STS01": "adfs",
        "STS02": "adfs",
        "WAP01": "wap",
        "WAP02": "wap",
    }
    assert all(one.proven for name, one in told.items() if name.startswith("STS") or form != "article")


@pytest.mark.parametrize("entry", [None, [], "x", {"Get-AdfsProperties": None}, {"Get-AdfsProperties": "x"}])
def test_hostile_errors_of_a_document_break_nothing(tmp_path, entry):
    assert role(tmp_path, {"FILER_host.json": host(Errors=entry)}).role == ""
