"""JSON whose objects know the line they stand on."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.outcome import FailedError, NotObservedError

_MOST: Final = 1_000_000  # objects and lists; a file of nothing but these would take a hundred times its size
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}]', re.DOTALL)


class Located(dict[str, Any]):
    """A JSON object and where it began: "evidence:FILE:LINE"."""

    source: str = ""


def _begins(text: str) -> Iterator[int]:
    """Yield the line on which each object begins, in the order in which they end: so the decoder hands them out.

    Strings are passed over whole: braces in them are none.
    """
    still_open: list[int] = []
    line, at = 1, 0
    for token in _TOKEN.finditer(text):
        begin = token.start()
        if text[begin] == "{":
            line += text.count("\n", at, begin)
            at = begin
            still_open.append(line)
        elif text[begin] == "}" and still_open:
            yield still_open.pop()


class Merged(Located):
    """The sections of several documents as one: which file each came from, and which could not be read."""

    def __init__(self, where: str) -> None:
        """Make an empty one; `where` is what people know the place as."""
        super().__init__()
        self.source = f"evidence:{where}:1"
        self.files: dict[str, str] = {}  # "evidence:FILE" by section
        self.broken: list[tuple[str, NotObservedError]] = []  # file name and what is wrong with it


def read_json(text: str, marked: Callable[[dict[str, Any]], Any] | None = None) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON text says, its objects as `marked` returns them.

    Raises ValueError (JSONDecodeError among them) or RecursionError for what
    is no JSON, and for more than any file of ours would hold.
    """
    if text.count("{") + text.count("[") > _MOST:
        raise ValueError(f"more than {_MOST} objects and lists")
    # Claim rules come with bare line breaks at times.
    return json.loads(text.lstrip("\ufeff"), object_hook=marked, strict=False)


def load(file: Text) -> Located:
    """Return the object in a JSON file; raises FailedError with the line of the trouble."""
    value = load_any(file)
    if not isinstance(value, Located):
        raise FailedError("not-json-object", file.name, source=f"evidence:{file.name}")
    return value


def load_any(file: Text) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON file holds; raises FailedError with the line of the trouble."""
    begins = _begins(file.text)
    last = (0, "")

    def marked(value: dict[str, Any]) -> Located:
        nonlocal last
        line = next(begins)
        if line != last[0]:  # many may stand on one line
            last = (line, file.at(line))
        found = Located(value)
        found.source = last[1]
        return found

    try:
        return read_json(file.text, marked)
    except json.JSONDecodeError as error:
        detail = f"{file.name}:{error.lineno}: {error.msg}"
        raise FailedError("not-json", detail, source=file.at(error.lineno)) from error
    except (RecursionError, ValueError) as error:
        detail = f"{file.name}: {type(error).__name__}: {str(error)[:200]}"
        raise FailedError("not-json", detail, source=f"evidence:{file.name}") from error
