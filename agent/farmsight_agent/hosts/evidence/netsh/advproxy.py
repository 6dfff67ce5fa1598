"""`netsh winhttp show advproxy` (Windows Server 2022 and later): a heading and a JSON object of named settings.

The same names come as "Name: value" from the cmdlet that wraps the command.
Settings that Windows says are per user are those of the account that asked
and not the machine's: they are given as its WinINET settings, where such
settings live.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.documents.shapes import text, yes_or_no
from farmsight_agent.hosts.evidence.netsh import labelled, proxies
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh.json_block import block
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

_NAMES: Final = frozenset(
    {
        "connectionname",
        "proxyisenabled",
        "proxy",
        "proxybypass",
        "autoconfigisenabled",
        "autoconfigurl",
        "autodetect",
        "peruserproxysettings",
    }
)
_USERS: Final = re.compile(r"\badv\w*\s+(?:setting-scope\s*=\s*)?user\b", re.IGNORECASE)
_NAMED: Final = re.compile(r"\s*(\w+)\s*[:\uff1a](.*)")
_MAX_WRAPS: Final = 200


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this output: its settings' names, which no language translates."""
    text = netsh_lines.beginning(text)
    headed = _headed(text)
    if not headed and not any(f'"{name}"' in text.text.lower() for name in _NAMES):
        return Likeness.NO
    try:
        named, _line = _settings(text)
    except NotObservedError:
        return Likeness.LIKELY if headed else Likeness.NO
    if headed or (named and named.keys() <= _NAMES):
        return Likeness.CERTAIN
    return Likeness.NO


def _headed(text: Text) -> bool:
    """Tell whether the object or a setting stands below a heading that speaks of WinHTTP."""
    filled = [line.text.strip() for line in netsh_lines.lines_of(text) if line.text]
    return any(
        above.endswith((":", "\uff1a")) and "winhttp" in above.lower() and (below.startswith("{") or _name(below))
        for above, below in pairwise(filled)
    )


def _name(line: str) -> str:
    """Return the setting that a line names, in lower case, or ""."""
    found = _NAMED.fullmatch(line)
    return found[1].lower() if found and found[1].lower() in _NAMES else ""


def parse(file: Text, *, who_asked: bool = True) -> Seen[facts_pb2.ProxySetting]:
    """Return the setting; raises FailedError on a text cut off or not understood.

    `who_asked`: for the account that ran the command. For another one,
    settings that are per user say nothing: UnavailableError.
    """
    named, line = _settings(file)
    per_user = yes_or_no(named.get("peruserproxysettings")) or _asked_for_users(file)
    if per_user and not who_asked:
        detail = f"{file.name}: the settings of the account that ran the command, and of no other"
        raise UnavailableError("another-account", detail, source=file.at(line))
    source = facts_pb2.PROXY_SOURCE_WININET if per_user else facts_pb2.PROXY_SOURCE_WINHTTP
    setting = facts_pb2.ProxySetting(proxy_source=source)
    if yes_or_no(named.get("proxyisenabled")) is not False:
        setting.proxy = proxies.without_secrets(text(named.get("proxy")).strip())
    if setting.proxy:
        setting.bypass.extend(proxies.bypasses(text(named.get("proxybypass"))))
        if not proxies.is_proxy(setting.proxy):
            raise failed(file, line, "not-understood", "not a proxy")
    if yes_or_no(named.get("autoconfigisenabled")) is not False:
        setting.pac_url = proxies.without_secrets(text(named.get("autoconfigurl")).strip())
    detect = yes_or_no(named.get("autodetect"))
    if detect is not None:
        setting.auto_detect = detect
    setting.direct = not (setting.proxy or setting.pac_url or detect)
    return seen(file, [(setting, line)])


def _asked_for_users(file: Text) -> bool:
    """Tell whether the command asked for the user's settings."""
    return any(_USERS.search(line.text) for line in netsh_lines.lines_of(netsh_lines.beginning(file)))


def _settings(file: Text) -> tuple[Mapping[str, Any], int]:
    """Return the settings by name in lower case, and the line that they begin on."""
    lines = netsh_lines.lines_of(file)
    opened = next((line.number for line in lines if line.text.lstrip("\ufeff").lstrip().startswith("{")), None)
    if opened is None:
        return _labelled(file)
    held = block(file)
    named = {name.lower(): value for name, value in held.items()}
    if named and not named.keys() & _NAMES:
        raise failed(file, opened, "not-understood", "no proxy setting")
    line = int(held.source.rpartition(":")[2]) - file.first_line + 1
    return named, line


def _labelled(file: Text) -> tuple[Mapping[str, Any], int]:
    """Return the settings of the form with one "Name: value" a line, wrapped ones put together."""
    rows: list[list[netsh_lines.Line]] = []
    gap = True
    for line in netsh_lines.lines_of(file):
        if _name(line.text):
            rows.append([line])
        elif rows and line.text and not gap and labelled.split(line.text) is None and len(rows[-1]) < _MAX_WRAPS:
            rows[-1].append(line)
        gap = not line.text or netsh_lines.foreign(line)
    if not rows:
        raise failed(file, 1, "not-understood", "no proxy setting")
    values = {_name(row[0].text): labelled.split("".join(one.text for one in row)) for row in rows}
    named = {name: parted[1] if parted else "" for name, parted in values.items()}
    if rows[-1][-1].number == len(file.lines()):  # no end of a line behind it
        _check_end(file, rows[-1][0], named)
    return named, rows[0][0].number


def _check_end(file: Text, last: netsh_lines.Line, named: Mapping[str, str]) -> None:
    if yes_or_no(named[_name(last.text)]) is None:
        raise failed(file, last.number, "truncated", "a setting that may go on")
