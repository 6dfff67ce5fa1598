"""The JSON object that some netsh commands print below a heading or a command line."""

import json
import re
from typing import Any, Final

from farmsight_agent.hosts.evidence.answers import failed
from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.located import Located, load

_OPENED: Final = re.compile(r"^[ \t\ufeff]*\{", re.MULTILINE)
_DECODER: Final = json.JSONDecoder(strict=False)


def block(file: Text) -> Located:
    """Return the last object that begins on a line of its own; raises FailedError where it is missing or cut off."""
    text = "\n".join(file.lines())
    begin = end = 0
    found = _OPENED.search(text)
    if found is None:
        raise failed(file, 1, "not-understood", "no JSON object")
    while found is not None:
        begin = found.end() - 1
        try:
            _value, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError) as error:
            raise failed(file, text.count("\n", 0, begin) + 1, "truncated", "JSON without its end") from error
        found = _OPENED.search(text, end)
    found_object: Located = _mended(load(file.part(text.count("\n", 0, begin) + 1, text.count("\n", 0, end) + 1)))
    return found_object


def _mended(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with its texts as they were before a console broke their lines."""
    if isinstance(value, str):
        return value.replace("\n", "")
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, Located):
        for name, held in value.items():
            value[name] = _mended(held)
    return value
