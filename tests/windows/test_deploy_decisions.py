"""What the scripts of a deployment decide and tell, run: servers that are told of stand behind the remoting."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.windows.deploying import Deploying, Switch, results
from tests.windows.dotnet import Thing, Value
from tests.windows.evaluator import Thrown
from tests.windows.syntax import Script

FOLDER = Path(__file__).parents[2] / "deploy/windows"
INSTALL = Script(FOLDER / "Install-FarmsightAgent.ps1")
RESOURCE = Script(FOLDER / "dsc/farmsight-agent.dsc.ps1")


@dataclass
class Server:
    """One server as the remoting finds it, and what Windows Installer will answer there."""

    version: str = ""
    identity: bool = False
    administrator: bool = True
    wide: bool = True
    language: str = "FullLanguage"
    code: int = 0
    unreachable: str = ""
    breaks: bool = False
    hangs: bool = False
    starts: bool = True
    received: list[dict] = field(default_factory=list)

    def seen(self) -> dict:
        state = ("Running" if self.starts else "Stopped") if self.version else ""
        return {
            "Version": self.version, "ProductCode": f"{{{self.version}}}", "Service": state, "Identity": self.identity,
            "Administrator": self.administrator, "Wide": self.wide, "Language": self.language,
        }  # fmt: skip


class Field:
    """The script's own flow from rows to results, against servers that are told of."""

    def __init__(self, servers: dict[str, Server], offered: str = "0.2.0", **given: Value) -> None:
        self.servers = servers
        self.asked: list[tuple[str, str]] = []
        self.agrees = lambda _server: True
        self.ps = Deploying(
            INSTALL,
            {
                "Invoke-OnMany": self.many,
                "New-Job": lambda **job: {"Server": job["Row"]["Server"], "Token": job["Row"]["Token"], **job},
                "ShouldProcess": self.should,
            },
        )
        self.ps.shared.update(
            caller=None, whatifpreference=False, uninstall=Switch(given=False), purge=Switch(given=False),
            package={"Version": offered, "Sha256": "AB" * 32},
        )  # fmt: skip
        self.ps.shared.update({name.lower(): value for name, value in given.items()})
        if given.get("uninstall"):
            self.ps.shared["package"] = None

    def should(self, server: str, what: str) -> bool:
        self.asked.append((server, what))
        return self.agrees(server)

    def many(self, Jobs: list[dict], Activity: str) -> list[dict]:  # noqa: N803 - the script's own parameters
        assert Activity
        return [self.one(job) for job in Jobs]

    def one(self, job: dict) -> dict:
        server = self.servers[job["Server"]]
        said = {
            "Server": job["Server"], "Error": "", "ErrorId": "", "Before": None, "After": None, "ExitCode": None,
            "Log": "", "Seconds": 1.5, "Begun": False,
        }  # fmt: skip
        if server.unreachable:
            return {**said, "Error": "Connecting to remote server\n failed.", "ErrorId": server.unreachable}
        said["Before"] = server.seen()
        if job["Plan"] is None:
            return said
        server.received.append({**job["Plan"], "Token": job["Token"]})
        said["Begun"] = True
        if server.breaks:
            return {**said, "Error": "The session was broken.", "ErrorId": "PSSessionStateBroken"}
        if server.hangs:
            return {**said, "Error": "no end after 20 minutes", "ErrorId": "unheard", "Before": None}
        if server.code in {0, 1641, 3010}:
            server.version = "" if job["Plan"]["Do"] == "remove" else self.ps.shared["package"]["Version"]
        return {**said, "ExitCode": server.code, "Log": r"C:\log", "After": server.seen()}

    def run(self, *names: str, **row: Value) -> dict[str, Thing]:
        held = {"Role": "wap", "Collector": "c:7443", "Proxy": "", "AgentName": "", "Token": "hidden", **row}
        rows = [{**held, "Server": name} for name in names or self.servers]
        return {one["Server"]: one for one in results(self.ps.call("Invoke-All", Rows=rows))}


def test_each_server_gets_what_it_needs_and_one_row_that_says_so() -> None:
    field_ = Field(
        {"NEW": Server(), "OLD": Server("0.1.0", identity=True), "SAME": Server("0.2.0"), "NEWER": Server("0.10.0")}
    )
    rows = field_.run()

    assert {name: row["Outcome"] for name, row in rows.items()} == {
        "NEW": "installed", "OLD": "upgraded", "SAME": "same", "NEWER": "newer",
    }  # fmt: skip
    assert (rows["OLD"]["VersionBefore"], rows["OLD"]["VersionAfter"]) == ("0.1.0", "0.2.0")
    assert (rows["NEW"]["Service"], rows["NEW"]["ExitCode"], rows["NEW"]["Seconds"]) == ("Running", 0, 1.5)
    assert field_.servers["SAME"].received == field_.servers["NEWER"].received == []
    assert "newer than 0.2.0" in rows["NEWER"]["Why"]
    assert rows["NEW"]["RestartNeeded"] is False

    again = field_.run()
    assert {row["Outcome"] for row in again.values()} == {"same", "newer"}


def test_the_properties_are_those_of_the_row_and_the_token_is_none_of_them() -> None:
    field_ = Field({"WAP01": Server()})
    field_.run("WAP01", Proxy="proxy:3128", AgentName="EDGE1", Role="wap")
    (plan,) = field_.servers["WAP01"].received

    assert plan["Properties"] == ('REBOOT=ReallySuppress COLLECTOR="c:7443" ROLE="wap" PROXY="proxy:3128" NAME="EDGE1"')
    assert (plan["Do"], plan["Sha256"], plan["Token"]) == ("install", "AB" * 32, "hidden")


def test_what_if_looks_at_every_server_and_works_on_none() -> None:
    field_ = Field({"NEW": Server(), "OLD": Server("0.1.0"), "SAME": Server("0.2.0")}, WhatIfPreference=True)
    field_.agrees = lambda _server: False
    rows = field_.run()

    assert {name: row["Outcome"] for name, row in rows.items()} == {
        "NEW": "would install", "OLD": "would upgrade", "SAME": "same",
    }  # fmt: skip
    assert field_.asked == [
        ("NEW", "install the farmsight agent (package: 0.2.0)"),
        ("OLD", "upgrade the farmsight agent 0.1.0 (package: 0.2.0)"),
    ]
    assert not any(server.received for server in field_.servers.values())


def test_who_says_no_for_one_server_is_asked_for_the_next() -> None:
    field_ = Field({"A": Server(), "B": Server()})
    field_.agrees = lambda server: server == "B"
    rows = field_.run()

    assert (rows["A"]["Outcome"], rows["B"]["Outcome"]) == ("declined", "installed")
    assert field_.servers["A"].received == []


@pytest.mark.parametrize(
    ("server", "row", "why"),
    [
        (Server(), {"Token": None}, "a join token is needed"),
        (Server(), {"Collector": ""}, "-Collector is needed"),
        (Server(administrator=False), {}, "no administrator"),
        (Server(wide=False), {}, "32-bit"),
        (Server(language="ConstrainedLanguage"), {}, "PowerShell is in ConstrainedLanguage there"),
        (Server(unreachable="ServerNotTrusted,PSSessionStateBroken"), {}, "TrustedHosts (Connecting to remote"),
        (Server(unreachable="NetworkPathNotFound,PSSessionStateBroken"), {}, "TCP 5985"),
        (Server(unreachable="SomethingElse,PSSessionStateBroken"), {}, "Connecting to remote server failed."),
        (Server(code=1603), {}, r"rolled back; log on the server: C:\log"),
        (Server(code=1618), {}, "another installation is running"),
        (Server(code=1999), {}, "ended with 1999"),
    ],
    ids=[
        "no token", "no collector", "no administrator", "32-bit", "constrained", "not trusted", "no path", "other",
        "1603", "1618", "unheard-of code",
    ],
)  # fmt: skip
def test_a_server_that_fails_says_why_and_the_others_go_on(server: Server, row: dict, why: str) -> None:
    field_ = Field({"BAD": server, "GOOD": Server("0.1.0", identity=True)})
    rows = field_.run(**row)

    assert rows["BAD"]["Outcome"] == "failed"
    assert why in rows["BAD"]["Why"]
    assert rows["GOOD"]["Outcome"] == "upgraded"


def test_a_server_that_kept_its_identity_needs_neither_token_nor_collector() -> None:
    rows = Field({"WAP01": Server(identity=True)}).run(Token=None, Collector="")

    assert rows["WAP01"]["Outcome"] == "installed"


@pytest.mark.parametrize("server", [Server(breaks=True), Server(hangs=True)], ids=["session broken", "no end"])
def test_where_the_end_was_not_seen_the_outcome_is_not_known(server: Server) -> None:
    (row,) = Field({"WAP01": server}).run().values()

    assert (row["Outcome"], row["VersionAfter"]) == ("unknown", None)
    assert row["Why"]


def test_a_restart_that_windows_asks_for_is_told_and_counts_as_done() -> None:
    (row,) = Field({"WAP01": Server(code=3010)}).run().values()

    assert (row["Outcome"], row["RestartNeeded"], row["ExitCode"]) == ("installed", True, 3010)
    assert "when, is yours to say" in row["Why"]


def test_a_service_that_does_not_run_afterwards_is_told() -> None:
    (row,) = Field({"WAP01": Server(starts=False)}).run().values()

    assert (row["Outcome"], row["Service"]) == ("installed", "Stopped")
    assert "farmsight-agent doctor" in row["Why"]


def test_removal_keeps_the_identity_unless_purge_is_said() -> None:
    servers = {"A": Server("0.1.0"), "B": Server()}
    field_ = Field(servers, uninstall=Switch(given=True))
    rows = field_.run(Token=None, Collector="", Role="")

    assert (rows["A"]["Outcome"], rows["B"]["Outcome"]) == ("removed", "absent")
    assert (rows["A"]["VersionBefore"], rows["A"]["VersionAfter"]) == ("0.1.0", "")
    (plan,) = servers["A"].received
    assert (plan["Properties"], plan["ProductCode"]) == ("REBOOT=ReallySuppress", "{0.1.0}")

    purged = {"A": Server("0.1.0")}
    Field(purged, uninstall=Switch(given=True), purge=Switch(given=True)).run()
    assert purged["A"].received[0]["Properties"] == "REBOOT=ReallySuppress PURGE=1"


def test_where_nothing_could_be_looked_up_nothing_is_said_to_be_absent() -> None:
    (row,) = Field({"A": Server(language="ConstrainedLanguage")}, uninstall=Switch(given=True)).run().values()

    assert row["Outcome"] == "failed"


def test_a_removal_that_left_it_there_has_failed_whatever_the_exit_code_says() -> None:
    field_ = Field({"A": Server("0.1.0")}, uninstall=Switch(given=True))
    field_.one = lambda job: {
        "Server": "A", "Error": "", "ErrorId": "", "Before": Server("0.1.0").seen(), "After": Server("0.1.0").seen(),
        "ExitCode": None if job["Plan"] is None else 0, "Log": "", "Seconds": 1, "Begun": True,
    }  # fmt: skip
    (row,) = field_.run().values()

    assert row["Outcome"] == "failed"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"Server": "WAP01"}, ""),
        ({"Server": "wap01.contoso.com", "Role": "wap", "Collector": "[::1]:7443,c2:7443", "Proxy": "p:8080"}, ""),
        ({"Server": "WAP01; calc"}, "Name"),
        ({"Server": ""}, "Name"),
        ({"Server": "WAP01", "Role": "dc"}, "Role"),
        ({"Server": "WAP01", "Collector": 'c:7443" PURGE="1'}, "Collector"),
        ({"Server": "WAP01", "Proxy": "http://u:p@proxy:80"}, "Proxy"),
        ({"Server": "WAP01", "AgentName": "a b"}, "AgentName"),
    ],
    ids=["name", "all", "command", "empty", "role", "quote", "login", "agent name"],
)
def test_a_row_that_can_not_be_is_refused(row: dict, fault: str) -> None:
    said = Deploying(INSTALL).call("Get-RowFault", Row=row)

    assert (said or "").partition(":")[0] == fault


def test_a_list_with_one_server_twice_is_refused_before_any_is_reached() -> None:
    ps = Deploying(INSTALL)
    ps.shared.update(
        local=False, csv="", computername=["WAP01", "wap01"], mostservers=1000, token=None, tokenfile="", role="",
        collector="", proxy="",
    )  # fmt: skip
    with pytest.raises(Thrown, match="wap01 stands in the list twice"):
        ps.call("Get-Rows")
    ps.shared["computername"] = [f"S{n}" for n in range(1001)]
    with pytest.raises(Thrown, match="more than 1000 servers"):
        ps.call("Get-Rows")


# -- DSC


@pytest.mark.parametrize(
    ("wanted", "installed", "service", "desired"),
    [
        ({}, "0.1.0", "running", True),
        ({"version": "0.1.0"}, "0.10.0", "running", True),
        ({"version": "0.10.0"}, "0.9.0", "running", False),
        ({"version": "0.1.0"}, "0.1.0", "stopped", False),
        ({"version": "0.1.0"}, None, None, False),
        ({"_exist": False}, None, None, True),
        ({"_exist": False}, "0.1.0", "running", False),
        ({"_exist": True}, None, None, False),
    ],
)
def test_the_resource_is_as_desired_only_with_the_version_and_a_service_that_runs(
    wanted: dict, installed: str | None, service: str | None, desired: bool
) -> None:
    ps = Deploying(RESOURCE)
    found = None if installed is None else {"Version": installed, "ProductCode": "{A}"}
    state = ps.call("Get-State", Installed=found, Service=service)

    assert ps.call("Test-Desired", Wanted=Thing(wanted), State=state) is desired
    assert set(state) == ({"_exist"} if installed is None else {"_exist", "version", "productCode", "service"})


def verb(name: str, wanted: dict, *states: str | None, outcome: str = "installed", restart: bool = False) -> tuple:
    """Run a verb while the registry tells one version after the other; return the state and what was installed."""
    told = [None if one is None else {"Version": one, "ProductCode": "{A}"} for one in states]
    ran: list[dict] = []

    def install(Wanted: Value) -> Thing:  # noqa: N803 - the script's own parameter
        ran.append(Deploying(RESOURCE).call("Get-Arguments", Wanted=Wanted))
        return Thing(Outcome=outcome, RestartNeeded=restart, Why="", Service="Running")

    ps = Deploying(
        RESOURCE,
        {
            "Get-Installed": lambda: told.pop(0) if len(told) > 1 else told[0],
            "Get-ServiceState": lambda: "running",
            "Set-Desired": install,
        },
    )
    return ps.call("Invoke-Verb", Verb=name, Wanted=Thing(wanted)), ran


def test_get_and_test_change_nothing_and_test_alone_judges() -> None:
    state, ran = verb("get", {"version": "9.0.0"}, "0.1.0")
    assert ("_inDesiredState" in state, ran) == (False, [])
    state, ran = verb("test", {"version": "9.0.0"}, "0.1.0")
    assert (state["_inDesiredState"], ran) == (False, [])


def test_set_installs_what_is_missing_once_and_tells_the_state_that_came_of_it() -> None:
    wanted = {"version": "0.1.0", "msiPath": r"C:\a.msi", "collector": "c:7443", "tokenFile": r"C:\t", "role": "wap"}
    state, ran = verb("set", wanted, None, "0.1.0", restart=True)
    assert state == {
        "_exist": True, "version": "0.1.0", "productCode": "{A}", "service": "running", "_rebootRequested": True,
    }  # fmt: skip
    assert ran == [{"Local": True, "MsiPath": r"C:\a.msi", "Collector": "c:7443", "Role": "wap", "TokenFile": r"C:\t"}]
    assert verb("set", wanted, "0.1.0")[1] == []


def test_set_removes_what_must_not_exist() -> None:
    _, ran = verb("set", {"_exist": False, "purge": True}, "0.1.0", None)

    assert ran == [{"Local": True, "Uninstall": True, "Purge": True}]
    assert set(ran[0]) <= set(INSTALL.parameters)


def test_what_the_resource_writes_is_what_its_manifest_describes() -> None:
    manifest = json.loads((FOLDER / "dsc/farmsight-agent.dsc.resource.json").read_text(encoding="utf-8"))
    properties = manifest["schema"]["embedded"]["properties"]
    state, _ = verb("test", {}, "0.1.0")

    assert set(state) <= set(properties)
    assert all(not properties[name].get("writeOnly") for name in state)
