"""Command lines as consoles echo them: behind a prompt or alone, on which machine, and which form they print."""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.capture import Form
from farmsight_agent.hosts.evidence.forms import FORMS

TOOLS: Final = ("netsh", "certutil", "get-")  # one of these is in every command that a form knows
_LONGEST: Final = 400
_CERTUTIL: Final = re.compile(r"^CertUtil:")
_PROMPT: Final = re.compile(
    r"^(?:\[(?P<machine>[^\]\s]{1,255})\]: ?)?"
    r"(?:PS(?: [^<>|\"*?]{0,260})?|(?:[A-Za-z]:\\|\\\\)[^<>|\"*?]{0,260})>(?P<command>.*)$"
)
# A command that is run on another machine, where it names one and no list.
_REMOTE: Final = (
    re.compile(
        r"\s-(?:ComputerName|cn)[ :]+[\"']?(?P<machine>[\w.-]{1,255})[\"']?(?=[\s;|)}]|$)(?!\s*,)", re.IGNORECASE
    ),
    re.compile(r"\bpsexec(?:64)?(?:\.exe)?\s.{0,80}?\\\\(?P<machine>[\w.-]{1,255})(?=\s)", re.IGNORECASE),
    re.compile(r"\bwinrs(?:\.exe)?\s.{0,80}?[-/]r(?:emote)?:(?:https?://)?(?P<machine>[\w.-]{1,255})", re.IGNORECASE),
)
_OF_SEVERAL: Final = re.compile(r"\bInvoke-Command\b.{0,200}\s-(?:ComputerName|cn|Session)\b", re.IGNORECASE)
_ASKS_ACCOUNT: Final = re.compile(r"whoami(?:\.exe)?|echo %username%|\$env:username", re.IGNORECASE)
_ASKS_NAME: Final = re.compile(r"hostname(?:\.exe)?|\$env:computername|echo %computername%", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Echo:
    """A command ("" behind a bare prompt) and the machine that prompt or command name, "" for none.

    `elsewhere`: it ran on machines that cannot be told apart here.
    """

    command: str
    machine: str = ""
    elsewhere: bool = False

    @property
    def asks_account(self) -> bool:
        """Tell whether it prints the name of the user who runs it."""
        return _ASKS_ACCOUNT.fullmatch(self.command) is not None

    @property
    def asks_name(self) -> bool:
        """Tell whether it prints the machine's own name."""
        return _ASKS_NAME.fullmatch(self.command) is not None


def echo(line: str) -> Echo | None:
    """Return the command that a line echoes, None for any other line."""
    if len(line) > _LONGEST or _CERTUTIL.match(line):
        return None
    prompt = _PROMPT.match(line) if ">" in line else None
    if prompt is None and form_of(line) is None:
        return None
    command = (line if prompt is None else prompt["command"]).strip()
    remote = next((found["machine"] for one in _REMOTE if (found := one.search(command))), "")
    told = remote or ((prompt["machine"] or "") if prompt is not None else "")
    return Echo(command=command, machine=told, elsewhere=not remote and bool(_OF_SEVERAL.search(command)))


def form_of(command: str) -> Form | None:
    """Return the form that a command prints, None for a line that is no command known here."""
    lower = command.lower()
    for tool in TOOLS:
        if tool in lower:
            return next((form for form in FORMS if form.echoed and form.echoed.search(command)), None)
    return None
