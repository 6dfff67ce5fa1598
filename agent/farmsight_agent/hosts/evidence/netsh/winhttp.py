"""`netsh winhttp show proxy`, in any display language.

The heading holds the one word that no language translates, "WinHTTP". Below
it a line with a value behind its colon names the proxy, the next one the
bypass list (in brackets when there is none); one line without a value says
that the way is direct.
"""

import re
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.answers import failed, seen
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import labelled, proxies
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh.lines import Line
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2

_HEADING: Final = re.compile(r"winhttp", re.IGNORECASE)
_COMMAND: Final = re.compile(r"\bnetsh\b", re.IGNORECASE)
# What the other command of the same family prints (`show advproxy`): names of properties, in no language.
_ADVANCED: Final = re.compile(r"\{|(?:Proxy|ProxyBypass|ConnectionName|AutoconfigUrl|AutoDetect)\s*:", re.IGNORECASE)
_MAX_WRAPS: Final = 200


@dataclass(frozen=True)
class _Row:
    lines: list[Line]

    @property
    def number(self) -> int:
        return self.lines[0].number

    @property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    @property
    def value(self) -> str:
        parted = labelled.split(self.text)
        return parted[1] if parted else ""

    def open_in(self, file: Text) -> bool:
        """Tell whether the file ends within this row."""
        return self.lines[-1].number == len(file.lines())


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this output: "WinHTTP" in a heading, and what can stand below it."""
    text = netsh_lines.beginning(text)
    heading, body = _body(text)
    if heading is None:
        return Likeness.NO
    values = [row.value for row in body if row.value]
    if values:
        return Likeness.CERTAIN if proxies.is_proxy(proxies.without_secrets(values[0])) else Likeness.NO
    return Likeness.LIKELY if len(body) == 1 else Likeness.RESEMBLES if not body else Likeness.NO


def parse(file: Text) -> Seen[facts_pb2.ProxySetting]:
    """Return the machine's WinHTTP setting; raises FailedError on a text cut off or not understood."""
    heading, body = _body(file)
    if heading is None:
        raise failed(file, 1, "not-understood", "no proxy setting")
    if not body:
        raise failed(file, heading.number, "truncated", "nothing below the heading")
    valued = [row for row in body if row.value]
    row = valued[0] if valued else body[0]
    setting = facts_pb2.ProxySetting(proxy_source=facts_pb2.PROXY_SOURCE_WINHTTP)
    if valued:
        _proxy(file, valued, setting)
    elif len(body) > 1 or labelled.split(row.text):  # a text of another kind must not say that the way is direct
        raise failed(file, row.number, "not-understood", "no proxy setting")
    elif row.open_in(file) and not row.text.endswith(netsh_lines.SENTENCE_END):
        raise failed(file, row.number, "truncated", "a line that may go on")
    else:
        setting.direct = True
    return seen(file, [(setting, row.number)])


def _proxy(file: Text, valued: list[_Row], setting: facts_pb2.ProxySetting) -> None:
    setting.proxy = proxies.without_secrets(valued[0].value)
    if not proxies.is_proxy(setting.proxy):
        raise failed(file, valued[0].number, "not-understood", "not a proxy")
    if len(valued) < 2 or (valued[1].open_in(file) and not proxies.says_none(valued[1].value)):
        raise failed(file, valued[-1].number, "truncated", "a proxy without the end of its bypass list")
    setting.bypass.extend(proxies.bypasses(valued[1].value))


def _body(file: Text) -> tuple[Line | None, list[_Row]]:
    """Return the last heading and the rows below it; wrapped ones are put together."""
    heading: Line | None = None
    rows: list[_Row] = []
    gap, ended = True, False
    for line in netsh_lines.lines_of(file):
        if netsh_lines.foreign(line) or not line.text:
            gap, ended = True, ended or bool(rows and line.text)
            continue
        parted = labelled.split(line.text)
        if _is_heading(line, parted):
            heading, rows, ended = line, [], False
        elif heading is None or ended:
            continue
        elif rows and gap and rows[0].lines[0].indented and not line.indented:
            ended = True  # what somebody wrote below it
            continue
        elif _ADVANCED.match(line.text.strip()):
            return None, []
        elif rows and not gap and parted is None and not line.indented and len(rows[-1].lines) < _MAX_WRAPS:
            rows[-1].lines.append(line)
        else:
            rows.append(_Row([line]))
        gap = False
    return heading, rows


def _is_heading(line: Line, parted: tuple[str, str] | None) -> bool:
    at_end = parted is not None and not parted[1]
    return at_end and bool(_HEADING.search(line.text)) and not _COMMAND.search(line.text)
