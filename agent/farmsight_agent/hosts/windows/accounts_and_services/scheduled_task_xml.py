"""The definition of a task that runs a program once, as another account, and then is no more.

Source: Microsoft's Task Scheduler schema ([MS-TSCH] 2.5, and its pages on
Principal, LogonType and Settings).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from subprocess import list2cmdline
from typing import Final
from xml.sax.saxutils import escape

from farmsight_agent.hosts.host import Account
from farmsight_agent.outcome import UnavailableError

PREFIX: Final = "farmsight-context-"
PASSWORD: Final = 1  # TASK_LOGON_PASSWORD; for a managed service account Windows knows the password itself
SERVICE_ACCOUNT: Final = 5  # TASK_LOGON_SERVICE_ACCOUNT
_SERVICE_ACCOUNTS: Final = frozenset({"S-1-5-18", "S-1-5-19", "S-1-5-20"})
_LONGEST_PID: Final = 9  # digits; whoever names a task like ours with more meant another
_KEPT_S: Final = 3600  # a task that nobody removed is removed by Windows after so long
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """As whom a task runs, and how Windows logs that account on."""

    user: str
    logon: int


def principal(account: Account) -> Principal:
    """Return how the account is logged on without a password; raises UnavailableError where it can't be."""
    if account.sid in _SERVICE_ACCOUNTS:
        return Principal(user=account.sid, logon=SERVICE_ACCOUNT)
    if account.sid.startswith("S-1-5-80-"):
        raise UnavailableError("virtual-account", f"{account.name} exists only as its service")
    if account.name.partition("@")[0].endswith("$"):
        return Principal(user=account.name, logon=PASSWORD)
    raise UnavailableError("needs-password", f"{account.name} is a user: a task as it needs its password")


def definition(who: Principal, argv: Sequence[str], *, now: datetime, within_s: int) -> str:
    """Return the task as XML: hidden, started by hand only, ended after `within_s`, removed an hour later.

    Its trigger lies in the past and starts nothing: without one that ends, Windows would not remove the task.
    """
    ends = (now.astimezone(UTC) + timedelta(seconds=within_s + _KEPT_S)).strftime(_TIME)
    past = (now.astimezone(UTC) - timedelta(days=1)).strftime(_TIME)
    logon = "<LogonType>Password</LogonType>" if who.logon == PASSWORD else ""
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>farmsight asks once as this account; removed when it has its answer</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger><StartBoundary>{past}</StartBoundary><EndBoundary>{ends}</EndBoundary></TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author"><UserId>{escape(who.user)}</UserId>{logon}<RunLevel>HighestAvailable</RunLevel></Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>false</StartWhenAvailable>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Hidden>true</Hidden>
    <DeleteExpiredTaskAfter>PT0S</DeleteExpiredTaskAfter>
    <ExecutionTimeLimit>PT{within_s}S</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec><Command>{escape(argv[0])}</Command><Arguments>{escape(list2cmdline(argv[1:]))}</Arguments></Exec>
  </Actions>
</Task>
"""


def name_for(pid: int, unique: str) -> str:
    """Return a task's name, which tells whose it is: a later agent removes those whose agent is gone."""
    return f"{PREFIX}{pid}-{unique}"


def owner(name: str) -> int | None:
    """Return the process that made a task of this name; None when it is no task of ours."""
    if not name.startswith(PREFIX):
        return None
    pid = name.removeprefix(PREFIX).partition("-")[0]
    known = pid.isdecimal() and pid.isascii() and len(pid) <= _LONGEST_PID
    return int(pid) if known else None
