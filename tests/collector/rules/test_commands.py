"""Commands of remedies: what a name holds can not become a command, and what is changed can be taken back."""

import pytest

from farmsight_collector.rules.catalogue import BY_CODE
from farmsight_collector.rules.commands import (
    as_account,
    certificates_console,
    completed,
    only_looks,
    powershell,
    quoted,
    sh,
    told,
)
from farmsight_collector.rules.rule import Remedy
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact, server

RULE = BY_CODE["store.issuing-ca-missing"]
WAP = server("WAP01", "wap")
NGINX = server("EDGE01", "proxy", fact(facts_pb2.HostIdentity(computer_name="EDGE01", os_name="Debian"), "EDGE01"))


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("plain", "'plain'"),
        ("it's", "'it''s'"),
        ("it\u2019s", "'it\u2019\u2019s'"),
        ("two\nlines", "'two lines'"),
        ("$(Stop-Computer)", "'$(Stop-Computer)'"),
    ],
)
def test_one_argument_stays_one_argument(text: str, argument: str) -> None:
    assert quoted(text) == argument


def test_one_line_stays_one_line() -> None:
    remedy = powershell("S", "# a comment\nStop-Computer", "second", check=("look\r\nStop-Computer",), undo=("a\vb",))

    assert (remedy.command, remedy.check, remedy.undo) == (
        "# a comment Stop-Computer\nsecond",
        "look Stop-Computer",
        "a b",
    )


@pytest.mark.parametrize(
    ("context", "start"), [("system", "psexec.exe -s"), ("network-service", "psexec.exe -u"), ("adfs-service", "#")]
)
def test_a_fetch_is_repeated_as_the_account(context: str, start: str) -> None:
    assert as_account(WAP, context, "http://x/").command.startswith(start)


def test_a_proxy_that_is_no_windows_gets_a_posix_shell() -> None:
    remedy = as_account(NGINX, "proxy-service", "http://x/$(reboot)';reboot")

    assert remedy.shell == "sh"
    assert remedy.command.endswith("""-- 'http://x/$(reboot)'"'"';reboot'""")


def test_a_directory_is_not_asked_by_a_program_that_knows_http_alone() -> None:
    assert "certutil.exe -store 'ldap:///CN=x'" in as_account(WAP, "system", "ldap:///CN=x").command


@pytest.mark.parametrize(
    "looks",
    [
        powershell("S", "certutil -store Root"),
        powershell("S", "netsh http show sslcert"),
        powershell("S", "Get-AdfsEndpoint; Resolve-DnsName 'x'  # Stop-Computer"),
        powershell("S", "$primary = (Get-AdfsSyncProperties).PrimaryComputerName"),
        as_account(WAP, "adfs-service", "http://x/;Stop-Computer|x # y"),
        as_account(NGINX, "proxy-service", "http://x/"),
        sh("S", "chronyc tracking"),
    ],
)
def test_what_only_looks_needs_no_check_and_no_undo(looks: Remedy) -> None:
    assert only_looks(looks)
    assert completed(looks, RULE) == looks


@pytest.mark.parametrize(
    "changes",
    [
        powershell("S", "certutil -addstore Root x.cer"),
        powershell("S", "certutil -store Root; certutil -delstore Root 0a"),
        powershell("S", "netsh http delete sslcert hostnameport='a:443'"),
        powershell("S", "certutil -urlcache * delete"),
        powershell("S", "# give the application a host name of its own"),
        powershell("S", "Get-Service adfssrv | Restart-Service"),
        told("the CA", "Renew it"),
    ],
)
def test_what_changes_something_gets_the_rules_words_where_it_has_none(changes: Remedy) -> None:
    filled = completed(changes, RULE)

    assert not only_looks(changes)
    mark = "" if changes.shell == "text" else "# "
    assert (filled.check, filled.undo) == (mark + RULE.check, mark + RULE.undo)


def test_an_exact_check_and_undo_stay() -> None:
    exact = powershell("S", "do", check=("look",), undo=("undo",))

    assert completed(exact, RULE) == exact


def test_a_server_core_has_no_console_of_its_own() -> None:
    host = facts_pb2.HostIdentity(computer_name="STS01", installation_type="Server Core")

    assert "connected to STS01" in certificates_console(server("STS01", "adfs", fact(host, "STS01")))
    assert certificates_console(WAP) == "certlm.msc"
