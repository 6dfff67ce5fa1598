"""What stands for a question among all that was captured: the last of several outputs, the better source."""

import json

import pytest

from farmsight_agent.hosts.evidence.host import EvidenceHost
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.survey import survey
from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.evidence_folders import IPLISTEN, URLACL, WINHTTP, lab, texts, written

OTHER = URLACL.replace("+:443/adfs/ ", "+:49443/adfs/ ")
SYSTEM = Account(context=facts_pb2.CONTEXT_SYSTEM, name="SYSTEM", sid="S-1-5-18")


def host(tmp_path, files, server="STS01"):
    seen = survey([written(tmp_path, files)])
    shelf = Shelf(server, [one for one in seen.captures if one.server == server], seen.files, where=server)
    return EvidenceHost(shelf), shelf


def urls(one):
    return [value.url for value in one.url_reservations().values]


def provider(**changed):
    """Return Get-AdfsAuthenticationProvider's text, with one provider changed."""
    text = texts("STS01")["STS01_authprovider.txt"].decode("cp437")
    return text.replace(
        "AllowedForPrimaryExtranet          : True",
        changed.get("first", "AllowedForPrimaryExtranet          : True"),
        1,
    )


def test_of_an_output_that_a_file_holds_twice_the_last_stands(tmp_path):
    assert urls(host(tmp_path, {"STS01_49443.txt": URLACL + OTHER})[0]) == ["https://+:49443/adfs/"]


def test_of_a_certificate_that_was_verified_twice_into_one_file_the_last_stands(tmp_path):
    ok = texts("WAP01")["WAP01_WAP01$_usercert.txt"].decode("cp437")
    failing = lab("sample", "article")["WAP01"]["WAP01_NETWORK SERVICE_usercert.txt"].decode("cp437")
    one, _ = host(tmp_path / "a", {"WAP01_WAP01$_usercert.txt": failing + ok}, "WAP01")
    other, _ = host(tmp_path / "b", {"WAP01_WAP01$_usercert.txt": ok + failing}, "WAP01")

    def outcomes(which):
        return {fact.retrieval.outcome for fact in which.recorded("retrievals", SYSTEM).values}

    assert outcomes(one) == {facts_pb2.RETRIEVAL_OUTCOME_OK}
    assert outcomes(other) != {facts_pb2.RETRIEVAL_OUTCOME_OK}


def test_of_objects_that_a_transcript_lists_twice_the_last_stands(tmp_path):
    first = provider(first="AllowedForPrimaryExtranet          : False")
    prompt = "PS C:\\> Get-AdfsAuthenticationProvider\r\n"
    one, _ = host(tmp_path, {"STS01_all.txt": prompt + first + "\r\n" + prompt + provider() + "\r\nPS C:\\> \r\n"})
    once, _ = host(tmp_path / "once", {"STS01_authprovider.txt": provider()})

    assert list(one.adfs("authentication-providers").values) == list(once.adfs("authentication-providers").values)


def test_bindings_of_one_host_name_on_two_ports_are_two(tmp_path):
    listing = (
        "\r\nHostName        PortNumber CertificateHash\r\n--------        ---------- ---------------\r\n"
        f"sts.contoso.com 443        {'AB' * 20}\r\nsts.contoso.com 49443      {'AB' * 20}\r\n\r\n"
    )
    prompt = "PS C:\\> Get-AdfsSslCertificate\r\n"
    one, _ = host(tmp_path, {"STS01_all.txt": (prompt + listing) * 2 + "PS C:\\> \r\n"})

    assert [(value.host, value.port) for value in one.tls_bindings().values] == [
        ("sts.contoso.com", 443),
        ("sts.contoso.com", 49443),
    ]


def test_a_command_that_was_refused_and_then_answered_has_answered(tmp_path):
    refused = (
        "Get-AdfsAuthenticationProvider : Access is denied\r\nAt line:1 char:1\r\n+ Get-AdfsAuthenticationProvider\r\n"
        "    + CategoryInfo          : PermissionDenied: (:) [Get-AdfsAuthenticationProvider], Exception\r\n"
        "    + FullyQualifiedErrorId : x,Microsoft.IdentityServer.Management.Commands.X\r\n\r\n"
    )
    prompt = "PS C:\\> Get-AdfsAuthenticationProvider\r\n"
    for number, body in enumerate((prompt + refused + prompt + provider(), prompt + provider() + prompt + refused)):
        one, _ = host(tmp_path / str(number), {"STS01_all.txt": body + "\r\nPS C:\\> \r\n"})
        assert one.adfs("authentication-providers").values

    one, _ = host(tmp_path / "alone", {"STS01_all.txt": prompt + refused + "PS C:\\> \r\n"})
    with pytest.raises(NotObservedError):
        one.adfs("authentication-providers")


def test_sections_of_several_documents_are_one_document(tmp_path):
    files = {
        "STS01_host.json": json.dumps({"ComputerSystem": {"Name": "STS01"}, "Services": [{"Name": "adfssrv"}]}),
        "STS01_adfs.json": json.dumps({"Get-AdfsProperties": {"HostName": "sts.contoso.com"}}),
    }
    _, shelf = host(tmp_path, files)

    assert {"ComputerSystem", "Services", "Get-AdfsProperties"} <= shelf.document().keys()
    assert shelf.document().files["Get-AdfsProperties"] == "evidence:STS01_adfs.json"


def test_a_document_that_cannot_be_read_is_said_of_its_sections_and_of_no_others(tmp_path):
    files = {
        "STS01_host.json": '{"Services": [',
        "STS01_adfs.json": json.dumps({"Get-AdfsProperties": {"HostName": "x"}}),
    }
    one, _ = host(tmp_path, files)

    assert one.adfs("properties").values
    with pytest.raises(FailedError, match=r"STS01_host\.json:1") as caught:
        one.services()
    assert caught.value.source == "evidence:STS01_host.json:1"
    with pytest.raises(UnavailableError):
        one.adfs("endpoints")


BROKEN = {
    "cut off": (URLACL[:120], "truncated"),
    "something else": ("Zugriff verweigert\r\n", "not-understood"),
    "empty": ("", "not-understood"),
    "a private key": ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "private-key-in-file"),
    "binary": (b"\x00\x01\x02\x03\xfe" * 300, "not-understood"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_file_that_cannot_be_read_leaves_its_question_open_with_file_and_line(tmp_path, what):
    data, reason = BROKEN[what]
    one, _ = host(tmp_path, {"STS01_49443.txt": data, "STS01_winhttp.txt": WINHTTP})

    with pytest.raises(NotObservedError) as caught:
        one.url_reservations()
    assert caught.value.reason == reason
    assert caught.value.source.startswith("evidence:STS01_49443.txt")
    assert "STS01_49443.txt" in caught.value.detail
    assert one.proxy_settings(SYSTEM).values


@pytest.mark.parametrize("what", BROKEN)
def test_another_source_still_answers_and_what_is_wrong_is_kept(tmp_path, what):
    rows = [{"Address": "10.0.0.5"}]
    data, reason = BROKEN[what] if what != "cut off" else (IPLISTEN[:60], "truncated")
    files = {"STS01_iplisten.txt": data, "STS01_host.json": json.dumps({"IpListen": rows, "Stores": []})}
    one, shelf = host(tmp_path, files)

    assert [value.address for value in one.ip_listen().values] == ["10.0.0.5"]
    assert [trouble.reason for trouble in shelf.troubles] == [reason]


def test_a_store_whose_export_is_refused_is_answered_by_its_listing(tmp_path):
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    files = {"STS01_store_root.pem": key, "STS01_store_root.txt": texts("STS01")["STS01_store_root.txt"]}
    one, shelf = host(tmp_path, files)

    assert one.store_certificates("ROOT").values
    assert [trouble.reason for trouble in shelf.troubles] == ["private-key-in-file"]
    assert "ROOT" in one.store_names().values


def test_a_store_that_nobody_can_read_is_unknown_and_not_empty(tmp_path):
    one, _ = host(tmp_path, {"STS01_store_ca.pem": "garbage", "STS01_store_root.txt": "cut"})

    for store in ("CA", "ROOT"):
        with pytest.raises(NotObservedError):
            one.store_certificates(store)


def test_certificates_beside_the_evidence_are_no_stores(tmp_path):
    one, _ = host(tmp_path, dict(lab("healthy", "script")["STS01"]))

    assert {"SUBCA", "USERCERT", "subca", "usercert"}.isdisjoint(one.store_names().values)
    assert len(one.given_certificates().values) >= 2


def test_what_an_earlier_run_recorded_does_not_hide_what_was_handed_in(tmp_path):
    recorded = {
        "schema": "farmsight.facts/1", "server": "STS01", "role": "adfs", "collected_at": "2026-11-23T10:00:00Z",
        "probes": [{"probe": "given-certificates", "part": "", "outcome": "not_applicable", "reason": "none-given"}],
        "facts": [],
    }  # fmt: skip
    cer = lab("healthy", "script")["STS01"]["usercert.cer"]
    one, _ = host(tmp_path, {"STS01.json": json.dumps(recorded), "STS01/usercert.cer": cer})

    assert len(one.given_certificates().values) == 1
