"""Remedies of every rule are looked at wherever its own tests make it fire; here, that this look sees what is wrong."""

import pytest

from farmsight_collector.rules.catalogue import BY_CODE, RULES
from farmsight_collector.rules.http.binding_missing import RULE as BINDING_MISSING
from farmsight_collector.rules.rule import Remedy
from tests.fakes.adfs_farms import healthy
from tests.fakes.farms import FARM
from tests.fakes.remedies import HOSTILE, faults, hostile, names, of_remedy

RULE = BY_CODE["store.issuing-ca-missing"]


def remedy(command: str, shell: str = "powershell", check: str = "Get-Item x", undo: str = "Get-Item x") -> Remedy:
    return Remedy(server="S", shell=shell, command=command, check=check, undo=undo)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (remedy("Set-Item 'x"), "grammar"),
        (remedy("Set-Item x", check="(Get-Item x"), "grammar"),
        (remedy("Set-Item x", undo="Set-Item 'it's'"), "grammar"),
        (remedy("curl 'x", shell="sh"), "No closing quotation"),
        (remedy('del "x', shell="cmd"), "quotes"),
        (remedy("x", shell="bash"), "no shell"),
        (remedy("Set-MsolDomainFederationSettings x"), "retired"),
        (remedy("New-AzureADTrustedCertificateAuthority x"), "retired"),
        (remedy("netsh http add urlacl url=x appid={a}"), "application id"),
        (remedy("netsh http add sslcert ipport='0.0.0.0:443' certhash='x'"), "where one may be"),
        (remedy("Set-Item x", check=""), "look at before"),
        (remedy("Set-Item x", undo=""), "takes back"),
    ],
)
def test_a_remedy_that_is_wrong_is_seen(bad: Remedy, said: str) -> None:
    assert any(said in fault for fault in of_remedy(bad, RULE))


@pytest.mark.parametrize(
    "good",
    [
        remedy("netsh http delete sslcert ipport='0.0.0.0:443'\nnetsh http add sslcert ipport='0.0.0.0:443' x=y"),
        remedy("Get-Item x", check="", undo=""),
        remedy("Renew it: it's old", shell="text"),
        remedy("$ca = New-Object -TypeName Microsoft.Open.AzureAD.Model.CertificateAuthorityInformation"),
    ],
)
def test_a_remedy_that_is_right_is_let_pass(good: Remedy) -> None:
    assert list(of_remedy(good, RULE)) == []


def test_commands_in_a_name_that_is_not_quoted_are_seen() -> None:
    assert "Stop-Computer" in names(remedy(f"certutil -store {HOSTILE}"))


def test_a_farm_with_a_hostile_name_still_has_its_faults() -> None:
    plan = healthy()
    plan.drop("WAP02", "tls-binding", f"{FARM}:49443")
    farm = plan.farm()

    assert "contoso" not in hostile(farm).name
    assert faults(BINDING_MISSING, farm) == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_rule_says_what_to_look_at_before_its_remedy(rule) -> None:
    assert len(rule.check) > 10
    assert rule.undo == "" or len(rule.undo) > 10
