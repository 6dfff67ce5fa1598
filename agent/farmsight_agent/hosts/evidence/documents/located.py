"""JSON whose objects know the line they stand on."""

import bisect
import json
from json import decoder, scanner
from typing import Any, Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.outcome import FailedError, NotObservedError

_MAX_TEXT: Final = 1024 * 1024


class Located(dict[str, Any]):
    """A JSON object and where it began: "evidence:FILE:LINE"."""

    source: str = ""


class _Decoder(json.JSONDecoder):
    """The standard decoder with its Python scanner, which lets objects be marked."""

    def __init__(self, file: Text) -> None:
        super().__init__(strict=False)  # claim rules come with bare line breaks at times
        breaks = [at for at, character in enumerate(file.text) if character == "\n"]
        plain = decoder.JSONObject  # type: ignore[attr-defined]

        def marked(state: tuple[str, int], *rest: Any) -> tuple[Located, int]:  # noqa: ANN401
            value, end = plain(state, *rest)
            found = Located(value)
            found.source = file.at(bisect.bisect_left(breaks, state[1] - 1) + 1)
            return found, end

        self.parse_object = marked
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]


class Merged(Located):
    """The sections of several documents as one: which file each came from, and which could not be read."""

    def __init__(self, where: str) -> None:
        """Make an empty one; `where` is what people know the place as."""
        super().__init__()
        self.source = f"evidence:{where}:1"
        self.files: dict[str, str] = {}  # "evidence:FILE" by section
        self.broken: list[tuple[str, NotObservedError]] = []  # file name and what is wrong with it


def load(file: Text) -> Located:
    """Return the object in a JSON file; raises FailedError with the line of the trouble."""
    value = load_any(file)
    if not isinstance(value, Located):
        raise FailedError("not-json-object", file.name, source=f"evidence:{file.name}")
    return value


def load_any(file: Text) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON file holds; raises FailedError with the line of the trouble."""
    try:
        return _Decoder(file).decode(file.text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        detail = f"{file.name}:{error.lineno}: {error.msg}"
        raise FailedError("not-json", detail, source=file.at(error.lineno)) from error
    except (RecursionError, ValueError) as error:
        detail = f"{file.name}: {type(error).__name__}: {str(error)[:200]}"
        raise FailedError("not-json", detail, source=f"evidence:{file.name}") from error
