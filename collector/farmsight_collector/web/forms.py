"""Forms as they were sent: fields and files within bounds, and the proof that they come from a page of ours."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from farmsight_collector.errors import InvalidRequestError, TooMuchError

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "x-farmsight-csrf"
_MOST_FILES: Final = 16
_MOST_FIELDS: Final = 400
_KINDS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form."""

    pairs: Sequence[tuple[str, str]]
    files: Mapping[str, bytes]
    shown: str  # what it shows as proof

    def proves(self, csrf: str) -> bool:
        """Tell whether it comes from a page that the session's own browser got."""
        return bool(csrf) and hmac.compare_digest(self.shown.encode(), csrf.encode())


async def sent(request: Request, most_bytes: int) -> Sent:
    """Read a form; raises InvalidRequestError for what is none, TooMuchError for what is over a bound."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS:
        raise InvalidRequestError("a form is expected")
    try:
        async with request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=most_bytes) as form:
            items = form.multi_items()
            files = {name: await value.read() for name, value in items if isinstance(value, UploadFile)}
            pairs = [(name, value) for name, value in items if isinstance(value, str)]
    except (HTTPException, ClientDisconnect, FormParserError) as error:
        raise InvalidRequestError("the form can't be read") from error
    if sum(map(len, files.values())) > most_bytes:
        raise TooMuchError(f"files of {most_bytes} bytes at most")
    shown = request.headers.get(CSRF_HEADER) or next((value for name, value in pairs if name == CSRF_FIELD), "")
    return Sent(pairs=pairs, files=files, shown=shown)
