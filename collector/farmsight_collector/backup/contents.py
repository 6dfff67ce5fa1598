"""What of a data folder goes into a backup: all but what a running collector makes anew."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from farmsight_collector import config as configuration
from farmsight_collector import folder, lock
from farmsight_collector.errors import InvalidRequestError

ASIDE: Final = "before-restore-"  # what a restore moved out of the way
MOST_FILES: Final = 4000
MOST_BYTES: Final = 256 << 20
_MADE_ANEW: Final = frozenset(
    {folder.QUERY_ADDRESS, folder.ADDRESSES, folder.METRICS, "metrics.new", lock.FILE, "lost+found", folder.HALVES}
)
_STORE: Final = frozenset({"store.db", "store.db-wal", "store.db-shm", "store.db-journal"})


def files(data: Path) -> list[Path]:
    """Return the files of a data folder that a backup holds, without the store, as paths below the folder.

    Links are not followed. Raises InvalidRequestError when there is more than a data folder has.
    """
    found = sorted(_below(data, data))
    total = sum((data / path).stat().st_size for path in found)
    if len(found) > MOST_FILES or total > MOST_BYTES:
        largest = max(found, key=lambda path: (data / path).stat().st_size)
        raise InvalidRequestError(
            f"{data} holds {len(found)} files of {total >> 20} MiB beside the store, the largest is {largest}: more "
            "than a collector's settings and keys; move what is not the collector's elsewhere"
        )
    return found


def _below(data: Path, here: Path) -> Iterator[Path]:
    for path in here.iterdir():
        first = here == data
        left_out = path.name.startswith((".", ASIDE)) or path.suffix == ".log" or path.name in _MADE_ANEW | _STORE
        if (first and left_out) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _below(data, path)
        elif path.is_file():
            yield path.relative_to(data)


def outside(data: Path) -> list[str]:
    """Return what the settings name and the backup has not: files elsewhere, and variables, each with its setting."""
    text = (data / configuration.FILE).read_text(encoding="utf-8")
    return list(_outside(data, tomllib.loads(text), ""))


def _outside(data: Path, value: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - what TOML holds
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _outside(data, inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _outside(data, inner, name)
    elif isinstance(value, str):
        path = value.removeprefix("file:")
        if name.endswith("_env") and value:
            yield f"{name}: the variable {value}"
        elif path.startswith("/") and not Path(path).is_relative_to(data.resolve()):
            yield f"{name}: {path}"
        elif Path(data / path).is_symlink():
            yield f"{name}: {path}, which is a link"
