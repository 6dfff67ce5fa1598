"""Files that list URLs to fetch, one a line: `crl http://...`, `delta http://...`; `#` begins a comment.

So does a vantage point outside learn which URLs the tenant names: somebody
puts the file there. No collector can.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 256 * 1024
MOST_LINES: Final = 2000


def listed(files: Iterable[Path]) -> tuple[list[str], list[str]]:
    """Return the URLs of all files, each with its purpose before it where one stands there, and what could not be read.

    A file is read whole or not at all: half a list would pass for one.
    """
    urls: dict[str, None] = {}
    troubles = []
    for file in files:
        try:
            urls.update(dict.fromkeys(_lines(file)))
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            troubles.append(f"{file}: {said}")
    return list(urls), troubles


def _lines(file: Path) -> list[str]:
    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    found = [line.strip() for line in data.decode("utf-8-sig").splitlines()]
    found = [line for line in found if line and not line.startswith("#")]
    if len(found) > MOST_LINES:
        raise ValueError(f"more than {MOST_LINES} URLs")
    return found
