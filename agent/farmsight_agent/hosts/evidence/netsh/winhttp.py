"""`netsh winhttp show proxy`, in any display language.

The heading holds the one word that no language translates, "WinHTTP". Below
it a line with a value behind its colon names the proxy, the next one the
bypass list (in brackets when there is none); one line without a value says
that the way is direct.
"""

import re
from typing import Final

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import labelled, proxies
from farmsight_agent.hosts.evidence.netsh import lines as netsh_lines
from farmsight_agent.hosts.evidence.netsh.lines import Line, failed
from farmsight_agent.hosts.host import Seen
from farmsight_wire.v1 import facts_pb2

_HEADING: Final = re.compile(r"winhttp", re.IGNORECASE)
_COMMAND: Final = re.compile(r"\bnetsh\b", re.IGNORECASE)
_SENTENCE_END: Final = (".", "\u3002", "\uff0e")
# What the other command of the same family prints (`show advproxy`): names of properties, in no language.
_ADVANCED: Final = re.compile(r"\{|(?:Proxy|ProxyBypass|ConnectionName|AutoconfigUrl|AutoDetect)\s*:", re.IGNORECASE)


def likeness(text: Text) -> Likeness:
    """Tell how much a text looks like this output: "WinHTTP" in a heading, and what can stand below it."""
    heading, body = _body(text)
    if heading is None:
        return Likeness.NO
    values = [value for _line, value in body if value]
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
    setting = facts_pb2.ProxySetting(proxy_source=facts_pb2.PROXY_SOURCE_WINHTTP)
    line = body[0][0]
    valued = [(one, value) for one, value in body if value]
    ended = file.text[-1:] in {"\r", "\n"}
    if valued:
        line = valued[0][0]
        _proxy(file, valued, setting, ended=ended)
    elif len(body) > 1 or labelled.split(line.text):  # a text of another kind must not say that the way is direct
        raise failed(file, line.number, "not-understood", "no proxy setting")
    elif not ended and not line.text.endswith(_SENTENCE_END):
        raise failed(file, line.number, "truncated", "a line that may go on")
    else:
        setting.direct = True
    return Seen(values=(setting,), source=f"evidence:{file.name}", lines=(file.at(line.number),))


def _proxy(file: Text, valued: list[tuple[Line, str]], setting: facts_pb2.ProxySetting, *, ended: bool) -> None:
    setting.proxy = proxies.without_secrets(valued[0][1])
    if not proxies.is_proxy(setting.proxy):
        raise failed(file, valued[0][0].number, "not-understood", "not a proxy")
    if len(valued) < 2 or (not ended and not proxies.says_none(valued[1][1])):
        raise failed(file, valued[-1][0].number, "truncated", "a proxy without the end of its bypass list")
    setting.bypass.extend(proxies.bypasses(valued[1][1]))


def _body(file: Text) -> tuple[Line | None, list[tuple[Line, str]]]:
    """Return the last heading and the rows below it, each with its value; wrapped rows are put together."""
    lines = netsh_lines.lines_of(file)
    heading: Line | None = None
    rows: list[tuple[Line, list[str]]] = []
    gap, ended = True, False
    for line in lines:
        if netsh_lines.foreign(line) or not line.text:
            gap, ended = True, ended or bool(rows and line.text)
            continue
        parted = labelled.split(line.text)
        if _is_heading(line, parted):
            heading, rows, ended = line, [], False
        elif heading is None or ended:
            continue
        elif rows and not gap and parted is None and not line.indented and len(rows[-1][1]) < 200:
            rows[-1][1].append(line.text)
        elif _ADVANCED.match(line.text.strip()):
            return None, []
        else:
            rows.append((line, [line.text]))
        gap = False
    joined = [(line, labelled.split("".join(pieces))) for line, pieces in rows]
    return heading, [(line, parted[1] if parted else "") for line, parted in joined]


def _is_heading(line: Line, parted: tuple[str, str] | None) -> bool:
    at_end = parted is not None and not parted[1]
    return at_end and bool(_HEADING.search(line.text)) and not _COMMAND.search(line.text)
