"""As whom an output was captured, by the user name in its file's name."""

import pytest

from farmsight_agent.hosts.evidence.capture import Capture
from farmsight_agent.hosts.evidence.contexts import account_of, accounts, is_service_account, together
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.host import Account
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES
from tests.fakes.evidence_folders import opened, states, texts

SERVICE = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\svc-adfs", sid="S-1-5-21-1-2-3-1104")
MANAGED = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\gmsa-adfs$", sid="S-1-5-21-1-2-3-1105")


@pytest.mark.parametrize(
    ("name", "named", "context"),
    [
        ("WAP01$", (), "system"),
        ("wap01$", (), "system"),
        ("CONTOSO_WAP01$", (), "system"),
        ("CONTOSO\\WAP01$", (), "system"),
        ("SYSTEM", (), "system"),
        ("Système", (), "system"),
        ("СИСТЕМА", (), "system"),
        ("NETWORK SERVICE", (), "network-service"),
        ("NETWORKSERVICE", (), "network-service"),
        ("Netzwerkdienst", (), "network-service"),
        ("SERVICE RÉSEAU", (), "network-service"),
        ("SERVICE RESEAU", (), "network-service"),
        ("Servicio de red", (), "network-service"),
        ("SERVIZIO DI RETE", (), "network-service"),
        ("SERVIÇO DE REDE", (), "network-service"),
        ("USŁUGA SIECIOWA", (), "network-service"),
        ("СЕТЕВАЯ СЛУЖБА", (), "network-service"),
        ("NT-AUTORITÄT\\Netzwerkdienst", (), "network-service"),
        ("gmsa-adfs$", (), "adfs-service"),
        ("gmsa-adfs$", (MANAGED,), "adfs-service"),
        ("GMSA-ADFS$", (MANAGED,), "adfs-service"),
        ("CONTOSO_gmsa-adfs$", (MANAGED,), "adfs-service"),
        ("svc-adfs", (SERVICE,), "adfs-service"),
        ("CONTOSO_svc-adfs", (SERVICE,), "adfs-service"),
        ("svc-adfs@contoso.com", (SERVICE,), "adfs-service"),
        ("svc-adfs", (), "caller"),
        ("other$", (SERVICE,), "caller"),
        ("WAP02$", (SERVICE,), "caller"),
        ("Administrator", (), "caller"),
        ("jane.doe", (), "caller"),
        ("adm_jane", (SERVICE,), "caller"),
        ("", (SERVICE,), "caller"),
        ("", (), "caller"),
    ],
)
def test_what_a_user_name_stands_for(name, named, context):
    assert CONTEXT_NAMES[account_of(name, "WAP01", named).context] == context


def test_the_account_of_a_service_keeps_its_sid():
    assert account_of("CONTOSO_svc-adfs", "STS01", (SERVICE,)) == SERVICE


def test_a_computers_name_is_cut_to_fifteen_letters_in_its_account():
    assert account_of("WEBAPPLICATIONP$", "WEBAPPLICATIONPROXY01", ()).context == facts_pb2.CONTEXT_SYSTEM


def test_without_a_server_no_account_is_a_machines():
    assert account_of("$", "", ()).context != facts_pb2.CONTEXT_SYSTEM


def test_accounts_by_context_and_several_of_one_context_are_one():
    held = [
        Capture(form=form, file="x", server="WAP01", account=account)
        for form, account in (
            ("certutil-verify", "WAP01$"), ("certutil-verify", "jane"), ("certutil-verify", "joe"),
            ("certutil-urlcache", "NETWORK SERVICE"), ("netsh-urlacl", "gmsa$"),
        )
    ]  # fmt: skip
    found = accounts(Located(), held, "WAP01")

    assert [CONTEXT_NAMES[one.context] for one in found] == ["system", "caller", "network-service"]
    assert found[1].name == "jane"


def test_accounts_that_other_evidence_lists_are_named_and_not_asked_about():
    held = [Capture(form="certutil-verify", file="x", server="STS01", account="svc-adfs")]

    assert [one.name for one in accounts(Located(), held, "STS01", (SERVICE,))][-1] == SERVICE.name
    assert SERVICE not in accounts(Located(), [], "STS01", (SERVICE,))
    assert together((SERVICE,), (MANAGED,)) == (SERVICE,)


def test_service_accounts_are_known_by_name():
    assert [one for one in ("SYSTEM", "Netzwerkdienst", "jane", "WAP01$") if is_service_account(one)] == [
        "SYSTEM",
        "Netzwerkdienst",
    ]


def test_two_people_of_one_context_are_heard_both(tmp_path):
    verified = texts("WAP01")["WAP01_WAP01$_usercert.txt"]
    evidence = opened(tmp_path, {"WAP01_jane_usercert.txt": verified, "WAP01_joe_SubCA.txt": verified})

    assert states(evidence, "WAP01")["retrievals/caller"] == ("observed", "")
    assert "retrievals/system" in states(evidence, "WAP01")


@pytest.mark.parametrize(
    ("account", "context"),
    [
        ("WAP01$", "system"),
        ("NETWORK SERVICE", "network-service"),
        ("Netzwerkdienst", "network-service"),
        ("x", "caller"),
    ],
)
def test_the_context_reaches_the_facts(tmp_path, account, context):
    evidence = opened(tmp_path, {f"WAP01_{account}_usercert.txt": texts("WAP01")["WAP01_WAP01$_usercert.txt"]})

    assert states(evidence, "WAP01")[f"retrievals/{context}"] == ("observed", "")
    assert states(evidence, "WAP01")[f"chain-verdicts/{context}"] == ("observed", "")


def test_the_account_that_a_transcript_tells_is_whom_it_ran_as(tmp_path):
    verified = texts("WAP01")["WAP01_WAP01$_usercert.txt"].decode("cp437")
    text = f"C:\\> whoami\r\nnt authority\\network service\r\n\r\nC:\\> certutil -verify -urlfetch a.cer\r\n{verified}"
    evidence = opened(tmp_path, {"WAP01.txt": text})

    assert states(evidence, "WAP01")["retrievals/network-service"] == ("observed", "")
