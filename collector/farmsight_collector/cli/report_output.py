"""Writes a report, and beside it what its stand-ins stand for."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from farmsight_collector.cli.output import Output
from farmsight_collector.cli.replacing import replacing
from farmsight_collector.cli.verb import InputError

SCHEMA: Final = "farmsight.stand-ins/1"


def add_redaction(parser: argparse.ArgumentParser) -> None:
    """Add the options by which names are left out of a page."""
    parser.add_argument(
        "--redact",
        action="store_true",
        help="stand-ins (wap-1, ca-2, net-1.21) in place of names, addresses, serial numbers and thumbprints",
    )
    parser.add_argument(
        "--redact-map",
        type=Path,
        metavar="FILE",
        help="with --redact: write what stands for what to this new file, for you alone; never send it along",
    )


def check(output: Path | None, names: Path | None) -> None:
    """Raise InputError where the file of names can't be written: before the work, not after it."""
    if names is None:
        return
    if output is not None and names.absolute() == output.absolute():
        raise InputError("--redact-map and --output name the same file; the names must not stand in the report")
    if os.path.lexists(names):
        raise InputError(f"{names} exists, and may be the only key to an earlier report: give another file")


def write(
    page: bytes, output: Path | None, out: Output, *, names: Path | None, stand_ins: Mapping[str, Sequence[str]]
) -> None:
    """Write the page to a file or the standard output, and the names to a file of their own (mode 0600).

    Raises InputError where either can't be written; then neither is there.
    """
    if names is not None:
        _write_names(names, stand_ins)
    try:
        if output is None:
            out.flush()
            out.binary.write(page)
            out.flush()
        else:
            with replacing(output) as file:
                file.write(page)
    except BaseException as error:
        if names is not None:
            names.unlink(missing_ok=True)
        if isinstance(error, OSError) and output is not None:
            raise InputError(f"cannot write {output}: {error.strerror or error}") from error
        raise


def _write_names(path: Path, stand_ins: Mapping[str, Sequence[str]]) -> None:
    told = json.dumps({"schema": SCHEMA, "stand_ins": stand_ins}, ensure_ascii=False, indent=1) + "\n"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(told.encode("utf-8", "replace"))
    except FileExistsError:
        raise InputError(f"{path} exists, and may be the only key to an earlier report: give another file") from None
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from error


def said(output: Path, size: int, names: Path | None, count: int) -> str:
    """Return what was written, in one line."""
    kept = f"; what its {count} stand-ins stand for is in {names}: keep that to yourself" if names is not None else ""
    return f"wrote {output}, {(size + 999) // 1000} kB{kept}"


def told(notes: Iterable[str]) -> None:
    """Say beside the answer what concerns the files that were given."""
    for note in notes:
        print(f"farmsight: {note}", file=sys.stderr)
