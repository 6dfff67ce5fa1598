"""Who works on a data folder: one collector serves from it, and nobody puts a copy in its place meanwhile."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from farmsight_collector.errors import CollectorError

FILE: Final = "serving.lock"


class InUseError(CollectorError):
    """Somebody holds the folder."""


@contextmanager
def held(folder: Path, name: str = FILE, *, otherwise: str) -> Iterator[None]:
    """Hold a folder while in the block; raises InUseError with the text `otherwise` when somebody else does.

    The system lets go when the process ends, however it ends.
    """
    with os.fdopen(os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600), "a+b") as file:
        try:
            _lock(file)
        except OSError as error:
            raise InUseError(otherwise) from error
        yield


def is_held(folder: Path, name: str = FILE) -> bool:
    """Tell whether somebody holds a folder; raises OSError when that can't be told."""
    if not (folder / name).exists():
        return False
    try:
        with held(folder, name, otherwise=""):
            return False
    except InUseError:
        return True


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - only there

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 - only there

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
