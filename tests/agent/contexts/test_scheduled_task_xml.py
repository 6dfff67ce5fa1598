"""A task that runs a child once: what Windows is told, and nothing that a name could smuggle in."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.accounts_and_services.scheduled_task_xml import (
    Principal,
    definition,
    name_for,
    owner,
    principal,
)
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
PROGRAM = r"C:\Program Files\farmsight\farmsight-agent.exe"
COMMAND = (PROGRAM, "-I", "-m", "farmsight_agent.contexts.child", "--pipes", "x")


def account(name: str, sid: str) -> Account:
    return Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name=name, sid=sid)


@pytest.mark.parametrize(
    ("name", "sid", "user", "logon"),
    [
        ("CONTOSO\\adfs$", "S-1-5-21-1-2-3-1104", "CONTOSO\\adfs$", 1),
        ("adfs$@contoso.com", "S-1-5-21-1-2-3-1104", "adfs$@contoso.com", 1),
        ("NT AUTHORITY\\NETWORK SERVICE", "S-1-5-20", "S-1-5-20", 5),
        ("NT AUTHORITY\\SYSTEM", "S-1-5-18", "S-1-5-18", 5),
    ],
)
def test_accounts_that_windows_can_log_on_by_itself(name, sid, user, logon):
    assert principal(account(name, sid)) == Principal(user=user, logon=logon)


@pytest.mark.parametrize(
    ("name", "sid", "reason"),
    [
        ("CONTOSO\\svc-adfs", "S-1-5-21-1-2-3-1105", "needs-password"),
        ("svc-adfs@contoso.com", "S-1-5-21-1-2-3-1105", "needs-password"),
        ("NT SERVICE\\appproxysvc", "S-1-5-80-636943232-1-1-1-1", "virtual-account"),
    ],
)
def test_accounts_that_it_can_not(name, sid, reason):
    with pytest.raises(UnavailableError) as caught:
        principal(account(name, sid))
    assert caught.value.reason == reason


def test_the_task_is_hidden_bounded_and_expires_by_itself():
    task = ET.fromstring(
        definition(Principal(user="S-1-5-20", logon=5), COMMAND, now=NOW, within_s=90).encode("utf-16")
    )

    settings = {child.tag.removeprefix(NS): child.text for child in task.find(f"{NS}Settings")}
    assert settings["ExecutionTimeLimit"] == "PT90S"
    assert settings["DeleteExpiredTaskAfter"] == "PT0S"
    assert settings["Hidden"] == settings["AllowStartOnDemand"] == "true"
    trigger = task.find(f"{NS}Triggers/{NS}TimeTrigger")
    assert trigger.findtext(f"{NS}StartBoundary") == "2026-11-22T10:00:00Z"
    assert settings["StartWhenAvailable"] == "false"
    assert trigger.findtext(f"{NS}EndBoundary") == "2026-11-23T11:01:30Z"
    assert task.find(f"{NS}Principals/{NS}Principal/{NS}LogonType") is None
    assert task.findtext(f"{NS}Actions/{NS}Exec/{NS}Command") == PROGRAM
    assert task.findtext(f"{NS}Actions/{NS}Exec/{NS}Arguments") == "-I -m farmsight_agent.contexts.child --pipes x"


def test_a_managed_account_is_logged_on_with_the_password_that_windows_keeps():
    task = ET.fromstring(definition(Principal(user="D\\a$", logon=1), COMMAND, now=NOW, within_s=90).encode("utf-16"))

    assert task.findtext(f"{NS}Principals/{NS}Principal/{NS}LogonType") == "Password"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_a_name_stays_text_whatever_is_in_it(name):
    task = ET.fromstring(definition(Principal(user=name, logon=1), COMMAND, now=NOW, within_s=1).encode("utf-16"))

    assert task.findtext(f"{NS}Principals/{NS}Principal/{NS}UserId") == name


@pytest.mark.parametrize(
    ("name", "pid"),
    [
        (name_for(4711, "ab12"), 4711),
        ("farmsight-context-4711", 4711),
        ("farmsight-context-", None),
        ("farmsight-context-x-y", None),
        ("farmsight-context-\u0664\u0664-y", None),
        ("farmsight-context-99999999999999999999-y", None),
        ("farmsight-adfs-service-4711-x", None),  # the collection script's own
        ("GoogleUpdateTaskMachineCore", None),
    ],
)
def test_a_tasks_name_tells_which_agent_made_it(name, pid):
    assert owner(name) == pid
