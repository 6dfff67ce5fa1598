"""Updates, pending restarts, and calls with a time limit."""

import time

import pytest

from farmsight_agent.hosts import resolution
from farmsight_agent.hosts.windows.api.limited import within
from farmsight_agent.hosts.windows.system import reboot, updates
from farmsight_agent.outcome import DeniedError, TimedOutError
from farmsight_wire.v1 import facts_pb2

YES, NO, UNKNOWN = facts_pb2.TRISTATE_YES, facts_pb2.TRISTATE_NO, facts_pb2.TRISTATE_UNKNOWN
CBS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
SESSION = r"SYSTEM\CurrentControlSet\Control\Session Manager"
NAMES = r"SYSTEM\CurrentControlSet\Control\ComputerName"
ACTIVE = NAMES + r"\ActiveComputerName"
TAIL = "~31bf3856ad364e35~amd64~~"


def test_updates_of_2012_r2_by_number():
    states = {
        f"Package_for_KB3172614{TAIL}6.3.1.4": 0x70,
        f"Package_for_KB2919355_RTM{TAIL}6.3.1.14": 0x70,
        f"Package_for_KB3042058{TAIL}6.3.1.4": 0x40,  # staged, not installed
        f"Package_1_for_KB4012213{TAIL}6.3.1.1": 0x70,  # a part of one
        f"Microsoft-Windows-Foundation-Package{TAIL}6.3.9600.16384": 0x70,
    }

    assert updates.updates(states, states.get) == ["KB2919355", "KB3172614"]


def test_the_newest_cumulative_update_by_version_and_not_by_spelling():
    versions = ("20348.887.1.9", "20348.2031.1.7", "20348.2700.1.1")
    states = {f"Package_for_RollupFix{TAIL}{version}": 0x70 for version in versions}
    states[f"Package_for_RollupFix{TAIL}20348.2700.1.1"] = 0x40
    states[f"Package_for_KB5031539{TAIL}20348.2021.1.1"] = 0x70

    assert updates.updates(states, states.get) == ["KB5031539", "RollupFix 20348.2031.1.7"]


def test_junk_among_the_packages_is_passed_over_and_all_is_bounded():
    junk = ["", "Package_for_", f"Package_for_RollupFix{TAIL}", f"Package_for_RollupFix{TAIL}...", "~~~~"]
    many = [f"Package_for_KB{number}{TAIL}1.1" for number in range(4000000, 4009000)]
    asked = []

    found = updates.updates(junk + many, lambda name: asked.append(name) or 0x70)

    assert len(asked) == updates.MAX_LOOKED
    assert len([one for one in found if one.startswith("KB")]) == updates.MAX_TOLD


def pending(keys=(), values=None):
    return reboot.pending(lambda path: path in keys, lambda path, name: (values or {}).get((path, name)))


@pytest.mark.parametrize(
    ("keys", "values", "reason"),
    [
        ((CBS,), {}, "component-based-servicing"),
        ((), {(SESSION, "PendingFileRenameOperations"): ("\\??\\C:\\a", "")}, "file-renames"),
        ((), {(ACTIVE, "ComputerName"): "OLD", (NAMES + r"\ComputerName", "ComputerName"): "NEW"}, "computer-rename"),
        ((), {(r"SYSTEM\CurrentControlSet\Services\Netlogon", "JoinDomain"): b""}, "domain-join"),
    ],
)  # fmt: skip
def test_each_sign_of_a_pending_restart_is_named(keys, values, reason):
    assert pending(keys, values) == (YES, [reason])


def test_no_sign_is_no_and_a_name_in_another_case_is_the_same():
    same = {
        (NAMES + r"\ActiveComputerName", "ComputerName"): "sts01",
        (NAMES + r"\ComputerName", "ComputerName"): "STS01",
    }

    assert pending((), {**same, (SESSION, "PendingFileRenameOperations"): ()}) == (NO, [])


def test_a_sign_that_may_not_be_looked_at_leaves_it_unknown_unless_another_is_seen():
    def denied(_path):
        raise DeniedError("registry-key-not-readable")

    assert reboot.pending(denied, lambda _path, _name: None) == (UNKNOWN, [])
    assert reboot.pending(denied, lambda _path, name: b"" if name == "JoinDomain" else None) == (YES, ["domain-join"])


def test_a_call_that_waits_for_somebody_else_ends_in_time():
    assert within(5, lambda: 42) == 42
    with pytest.raises(TimedOutError):
        within(0.05, lambda: time.sleep(0.5))
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_a_hosts_file_with_junk_in_it_gives_what_stands_in_its_lines():
    lines = ["\ufeff127.0.0.1 first", "10.0.0.4\tSTS.contoso.com sts # the farm", "#10.0.0.5 sts", "not an address"]
    text = "\n".join([*lines, "::1 six", "10.0.0.6 sts"])

    found = resolution.hosts_file(text)

    assert found["sts.contoso.com"] == {"10.0.0.4"}
    assert found["sts"] == {"10.0.0.4", "10.0.0.6"}
    assert found["six"] == {"::1"}
    assert "first" not in found  # a mark before the address, and Windows does not read that line either
