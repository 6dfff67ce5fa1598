"""What is not known: by command and by reason."""

from farmsight_collector.shown.unknowns import unknowns
from farmsight_wire.v1 import facts_pb2, query_pb2

SERVERS = ("WAP01", "WAP02")


def lack(server: str) -> dict[str, object]:
    return {
        "server": server,
        "command": "netsh http show sslcert",
        "run": f"netsh http show sslcert > {server}_sslcert.txt",
        "unknown": ["http-sys/tls-binding"],
        "contexts": [],
    }


def item(
    reason: str, server: str = "", probe: str = "http-sys", part: str = "tls-binding", **more
) -> query_pb2.UnknownItem:
    return query_pb2.UnknownItem(server=server, probe=probe, part=part, reason=reason, **more)


def test_a_missing_output_is_told_once_with_its_servers_lines_and_rules() -> None:
    missing = "unavailable: file-missing (no `netsh http show sslcert`)"
    items = [
        item(missing, "WAP01"),
        item(missing, "WAP01", code="http.one"),
        item(f"WAP02: http-sys/tls-binding: {missing}", code="farm.two"),
    ]

    found = unknowns([lack("WAP01"), lack("WAP02")], items, SERVERS)

    (one,) = found.lacking
    assert one.servers == ["WAP01", "WAP02"]
    assert one.codes == {"http.one", "farm.two"}
    assert [(one.server, one.lines) for one in found.lines] == [
        (name, (f"netsh http show sslcert > {name}_sslcert.txt",)) for name in SERVERS
    ]
    assert found.others == ()


def test_a_rule_that_names_a_store_in_its_reason_alone_cannot_tell_for_that_stores_output() -> None:
    missing = lack("WAP01") | {"unknown": ["certificate-stores/CA"]}
    reason = "WAP01: certificate-stores/CA: unavailable: file-missing (no `certutil -store CA`)"

    found = unknowns([missing], [item(reason, "", "certificate-stores", "", code="store.x")], SERVERS)

    assert found.lacking[0].codes == {"store.x"}
    assert found.others == ()


def test_cmdlets_are_run_in_powershell_programs_in_the_prompt_and_each_as_the_account_that_is_asked_for() -> None:
    cache = {"command": "certutil -urlcache", "run": "certutil -urlcache > WAP01_%username%_urlcache.txt"}
    cmdlet = {"command": "Get-X", "run": 'Get-X | Out-File "$env:COMPUTERNAME`_x.txt"'}
    lacks = [lack("WAP01") | cache | {"contexts": ["network-service", "system"]}, lack("WAP01"), lack("WAP01") | cmdlet]

    prompt, shell = unknowns(lacks, [], SERVERS).lines

    assert (prompt.shell, shell.shell) == ("Command Prompt", "PowerShell")
    assert prompt.lines == (
        "netsh http show sslcert > WAP01_sslcert.txt",
        "rem as network-service and as system:",
        cache["run"],
    )
    assert shell.lines == (cmdlet["run"],)


def test_a_store_that_a_rule_asked_for_and_nobody_listed_is_told_once() -> None:
    missing = lack("WAP01") | {"command": "certutil -store NTAuth", "unknown": ["certificate-stores/NTAuth"]}
    told = item("no run of certificate-stores was reported", "WAP01", "certificate-stores", "NTAuth", code="store.x")

    found = unknowns([missing], [told], SERVERS)

    assert (found.lacking[0].codes, found.others) == ({"store.x"}, ())


def test_an_output_that_is_there_and_not_understood_is_no_missing_one() -> None:
    found = unknowns([lack("WAP01")], [item("failed: not-understood (WAP01_sslcert.txt:3)", "WAP01")], SERVERS)

    assert [one.reason for one in found.others] == ["failed: not-understood (WAP01_sslcert.txt:3)"]


def test_a_missing_file_that_no_command_gives_is_still_told() -> None:
    found = unknowns(
        [], [item("unavailable: file-missing (no WAP01_host.json)", "WAP01", "tls-endpoints", "")], SERVERS
    )

    assert [(one.what, one.servers) for one in found.others] == [("tls-endpoints", ["WAP01"])]
    assert found.places == ("tls-endpoints",)


def test_reasons_that_differ_only_in_the_servers_name_are_one() -> None:
    items = [item(f"unavailable (no {name}_host.json)", name, "tls-endpoints", "", code="tls.x") for name in SERVERS]
    items.append(item("WAP02 can't tell: unavailable (no WAP02_host.json)", "", "tls-endpoints", "", code="tls.y"))

    (one,) = unknowns([], items, SERVERS).others

    assert one.reason == "unavailable (no %computername%_host.json)"
    assert one.servers == ["WAP01", "WAP02"]
    assert one.codes == {"tls.x", "tls.y"}


def test_accounts_of_one_reason_are_told_together() -> None:
    accounts = (facts_pb2.CONTEXT_SYSTEM, facts_pb2.CONTEXT_NETWORK_SERVICE)
    items = [item("its dates are not shown", "WAP01", "retrievals", "", context=one) for one in accounts]

    (one,) = unknowns([], items, SERVERS).others

    assert one.contexts == ["system", "network-service"]


def test_a_word_before_a_colon_that_is_no_server_stays() -> None:
    (one,) = unknowns([], [item("proxy: retrievals: nobody fetched it", "", "retrievals", "")], SERVERS).others

    assert one.reason == "proxy: retrievals: nobody fetched it"
    assert one.servers == []
