"""The package from its parts to the file, the same bytes each time."""

import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from farmsight_msi import sbom, tables, tree
from farmsight_msi.interpreter import Interpreter, interpreter
from farmsight_msi.product import Product, digest, product
from farmsight_msi.signatures import sign
from farmsight_msi.wheels import wheels
from farmsight_packaging.building import built_at, run


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an operator may say about the build."""

    out: Path
    version: str | None = None
    runtime: Path | None = None
    runtime_sha256: str = ""
    runtime_ca: Path | None = None
    sign: str = ""


@dataclass(frozen=True, kw_only=True)
class Built:
    """The file, and what there is to say about it."""

    file: Path
    sha256: str
    product_code: str
    interpreter: Interpreter
    files: int
    tree_bytes: int
    msi_bytes: int
    seconds: float
    unsigned: tuple[str, ...]


def build(wanted: Wanted) -> Built:
    """Build the package with what lies beside it. Raises BuildError."""
    began = time.monotonic()
    named, at = product(wanted.version), built_at()
    _ = named.numbers
    wanted.out.mkdir(parents=True, exist_ok=True)
    file = wanted.out / f"farmsight-agent-{named.version}.msi"
    with tempfile.TemporaryDirectory(prefix="farmsight-msi-") as name:
        work = Path(name)
        made, licences = _staged(work, wanted, named)
        told = sbom.sbom(named, made, at)
        (made.folder / "sbom.cdx.json").write_text(told, encoding="utf-8", newline="\n")
        content = digest(made.folder, made.files())
        unsigned = () if wanted.sign else tuple(one.name for one in tree.unsigned(made.folder))
        _assemble(work, file, named, made, content, at)
        size = sum(one.stat().st_size for one in made.files())
        count = len(made.files())
    if wanted.sign:
        sign(file, wanted.sign, named.name)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    file.with_suffix(".msi.sha256").write_bytes(f"{sha256}  {file.name}\n".encode())
    file.with_suffix(".cdx.json").write_text(told, encoding="utf-8", newline="\n")
    file.with_suffix(".licences.txt").write_text(licences, encoding="utf-8", newline="\n")
    return Built(
        file=file,
        sha256=sha256,
        product_code=named.code("product", named.version, content),
        interpreter=made.interpreter,
        files=count,
        tree_bytes=size,
        msi_bytes=file.stat().st_size,
        seconds=time.monotonic() - began,
        unsigned=unsigned,
    )


def _staged(work: Path, wanted: Wanted, named: Product) -> tuple[tree.Tree, str]:
    folder = work / "tree"
    found = interpreter(folder / tree.RUNTIME, wanted.runtime, wanted.runtime_sha256, wanted.runtime_ca)
    unpacked = tuple(wheels(tree.site_of(folder), work / "wheels", found.minor))
    tree.add_ours(folder, named)
    tree.settle(folder, found)
    tree.refuse_strangers(folder)
    licences = tree.add_licences(folder, unpacked)
    signed = tree.sign_unsigned(folder, wanted.sign, named) if wanted.sign else ()
    return tree.Tree(folder=folder, interpreter=found, wheels=unpacked, signed=signed), licences


def _assemble(work: Path, file: Path, named: Product, made: tree.Tree, content: str, at: datetime) -> None:
    archives, flat = work / "tables", work / "cabinet"
    archives.mkdir()
    flat.mkdir()
    placed = tables.write(archives, named, made, content, at)
    for one in placed:
        shutil.copyfile(one.path, flat / one.key)
        os.utime(flat / one.key, (at.timestamp(), at.timestamp()))
    cabinet = work / "agent.cab"
    run(
        "gcab",
        "--create",
        "--zip",
        "--nopath",
        cabinet,
        *(one.key for one in placed),
        cwd=flat,
        environment={"TZ": "UTC"},
    )
    file.unlink(missing_ok=True)
    # The summary first: it makes the database. Dates in it are as given, whatever the clock says.
    first = archives / "_SummaryInformation.idt"
    rest = sorted(one for one in archives.iterdir() if one != first)
    run("msibuild", file, "-i", first, *rest, environment={"TZ": "UTC"})
    run("msibuild", file, "-a", "agent.cab", cabinet, environment={"TZ": "UTC"})
