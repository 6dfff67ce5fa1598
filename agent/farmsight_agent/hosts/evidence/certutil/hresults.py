"""The codes in what certutil says: they are the same in every display language."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.certutil.console import Line
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError

ACCESS_DENIED: Final = "0x80070005"
FILE_NOT_FOUND: Final = "0x80070002"
NOT_FOUND: Final = frozenset({"0x80092004", "0x80090011"})  # CRYPT_E_NOT_FOUND, NTE_NOT_FOUND: of one certificate
NO_MORE_ITEMS: Final = "0x80070103"

_FAILURE: Final = re.compile(r"\b0x([89a-fA-F][0-9a-fA-F]{7})(?![0-9a-fA-F])")
MARK: Final = "CertUtil"  # in every language at the beginning of the line that ends an output

_NATIVE: Final = re.compile(r"\((?:WIN32|WinHttp|WIN32/HTTP|HTTP): (\d{1,5})\b")
_END: Final = re.compile(r"\s*CertUtil\s*:\s*(.*)", re.IGNORECASE)
_VERB: Final = re.compile(r"(?<!\w)-(verifystore|verify|store|dump|urlcache)(?![a-z])", re.IGNORECASE)
_VERBS: Final = frozenset({"store", "verifystore", "verify", "dump", "urlcache"})


@dataclass(frozen=True, kw_only=True)
class End:
    """The line with which certutil ends: the verb in lower case ("" for another), the HRESULT of a failure or ""."""

    line: int
    verb: str
    error: str


def failure(text: str) -> str:
    """Return the first HRESULT of a failure in a text, in lower case ("0x80092013"), or ""."""
    found = _FAILURE.search(text)
    return f"0x{found[1].lower()}" if found else ""


def error_line(text: str) -> str:
    """Return the HRESULT of a line that says why nothing came, also where only the code in brackets is whole."""
    found = failure(text)
    if found:
        return found
    native = _NATIVE.search(text)
    return f"0x{0x80070000 | int(native[1]):08x}" if native and int(native[1]) <= 0xFFFF else ""


def end(printed: Sequence[Line]) -> End | None:
    """Return how the output ends; None where it is cut off."""
    begun = ((one, found) for one in printed if (found := _END.match(one.text)) is not None)
    return next((told for one, found in begun if (told := _end(one, found)) is not None), None)


def until_end(printed: Sequence[Line]) -> Sequence[Line]:
    """Return the lines before the one that ends the output."""
    told = end(printed)
    return printed if told is None else [one for one in printed if one.number < told.line]


def _end(line: Line, found: re.Match[str]) -> End | None:
    """Return what a line ends; in some languages words stand before the verb."""
    spoken = _VERB.search(found[1])
    if spoken is None and not found[1].startswith("-"):
        return None
    words = [spoken[1]] if spoken is not None else re.findall(r"[A-Za-z]+", found[1])
    verb = next((word.lower() for word in words if word.lower() in _VERBS), "")
    return End(line=line.number, verb=verb, error=failure(found[1]))


def failed(file: Text, told: End) -> NotObservedError:
    """Return the error that stands for a command which ended in one."""
    detail = f"{file.place(told.line)}: certutil failed with {told.error}"
    kind: type[NotObservedError] = DeniedError if told.error == ACCESS_DENIED else FailedError
    reason = "access-denied" if told.error == ACCESS_DENIED else "command-failed"
    return kind(reason, detail, source=file.at(told.line))
