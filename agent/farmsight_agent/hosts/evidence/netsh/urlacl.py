"""`netsh http show urlacl`, in any display language.

Only what no translation touches is read: a line that ends in a URL begins a
record, and the line with the SDDL ends it. Who may do what comes from the
SDDL; the translated lines between give at most a name to show.
"""

import re
from typing import Final

from farmsight_agent.hosts import sddl
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

# Some copies have a blank after the slashes; http.sys itself never has one inside a URL.
_URL: Final = re.compile(r"(?:^|[:\uff1a\s])(https?://\s?\S+)$", re.IGNORECASE)
_SDDL: Final = re.compile(r"(?:^|[:\uff1a\s])(?=[OGD]:)")
_ACCOUNT: Final = re.compile(r"[:\uff1a]\s+(\S[^:\uff1a]*\\.*|\\\S.*)$")
_MAX_WRAPS: Final = 200  # lines that a console may break one descriptor into
_RULE: Final = re.compile(r"^[ \t]*-{5,}[ \t\r]*$", re.MULTILINE)


def parse(file: Text) -> Seen[facts_pb2.UrlReservation]:
    """Return the reservations; raises FailedError on a listing cut off or not understood."""
    records = _records(file)
    if not records and not _RULE.search(file.text):
        raise FailedError("not-understood", f"{file.name}: no list of reservations", source=file.at(1))
    values = tuple(_reservation(file, line, lines) for line, lines in records)
    lines = tuple(file.at(line) for line, _ in records)
    return Seen(values=values, source=f"evidence:{file.name}", lines=lines)


def _records(file: Text) -> list[tuple[int, list[str]]]:
    records: list[tuple[int, list[str]]] = []
    for number, whole in enumerate(file.text.splitlines(), 1):
        line = whole.rstrip()
        if _URL.search(line) and not _begun(line):
            records.append((number, [line]))
        elif records:
            records[-1][1].append(line)
    return records


def _reservation(file: Text, number: int, lines: list[str]) -> facts_pb2.UrlReservation:
    url = _URL.search(lines[0])
    assert url is not None
    text = _descriptor(lines)
    if not text:
        raise FailedError("truncated", f"{file.name}:{number}: a URL without its SDDL", source=file.at(number))
    try:
        trustees = sddl.trustees(text)
    except sddl.SddlError as error:
        raise FailedError("not-understood", f"{file.name}:{number}: {error}", source=file.at(number)) from error
    _name(trustees, lines)
    return facts_pb2.UrlReservation(
        url="".join(url[1].split()),
        sddl="".join(text.split()),
        trustees=trustees,
        data_source=facts_pb2.AGENT_DATA_SOURCE_COMMAND_TEXT,
    )


def _begun(line: str) -> str:
    """Return the SDDL that begins in a line, or ""."""
    found = _SDDL.search(line)
    text = line[found.end() :] if found else ""
    return text if "(" in text else ""


def _descriptor(lines: list[str]) -> str:
    """Return the SDDL, joined where the console wrapped it; "" when it is not whole."""
    for at, line in enumerate(lines[1:], 1):
        text = _begun(line)
        if text:
            for more in lines[at + 1 : at + 1 + _MAX_WRAPS]:
                if text.count("(") == text.count(")") and not more.lstrip().startswith("("):
                    break
                text += more.strip()
            return text if text.count("(") == text.count(")") else ""
    return ""


def _name(trustees: list[facts_pb2.Trustee], lines: list[str]) -> None:
    """Give entries without a name of their own the one that the listing shows, when it shows one each."""
    shown = [found[1].strip() for found in (_ACCOUNT.search(line) for line in lines[1:]) if found]
    if len(shown) == len(trustees):
        for trustee, name in zip(trustees, shown, strict=True):
            trustee.name = trustee.name or name
