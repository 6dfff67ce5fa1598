"""One package from our wheel to the file, the same bytes each time."""

import hashlib
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farmsight_deb import documents, tree
from farmsight_deb.product import Product, debian_version
from farmsight_packaging.building import ROOT, BuildError, built_at, run

# The largest window: libraries for four Pythons are nearly the same bytes, and count once in it.
BEST: Final = ("-Zxz", "-z9")
QUICK: Final = ("-Znone",)


@dataclass(frozen=True, kw_only=True)
class Built:
    """A package file, and what there is to say about it."""

    file: Path
    sha256: str
    file_bytes: int
    installed_bytes: int
    files: int
    seconds: float


def wheel(out: Path) -> Path:
    """Build our wheel into a folder and return it. Raises BuildError."""
    out.mkdir(parents=True, exist_ok=True)
    environment = {"SOURCE_DATE_EPOCH": str(int(built_at().timestamp()))}
    with tempfile.TemporaryDirectory() as name:
        run(uv(), "build", "--quiet", "--wheel", "--out-dir", name, ROOT, environment=environment)
        made = next(Path(name).glob("farmsight-*.whl"))
        return Path(shutil.move(made, out / made.name))


def uv() -> str:
    """Return the program that builds wheels, and installs them where they are tried."""
    import uv as found  # noqa: PLC0415 - of the build alone

    return str(found.find_uv_bin())


def build(
    product: Product,
    ours: Path,
    out: Path,
    version: str,
    *,
    architecture: str = "amd64",
    compress: tuple[str, ...] = BEST,
) -> Built:
    """Build one package with its bill of materials beside it. Raises BuildError."""
    began, at = time.monotonic(), built_at()
    file = out / f"{product.name}_{debian_version(version)}_{architecture}.deb"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="farmsight-deb-") as name:
        root = Path(name) / "root"
        staged = tree.stage(root, product, ours, version, architecture, Path(name) / "wheels")
        documents.write(staged, product, version, architecture, at)
        tree.settle(staged, product, at.timestamp())
        run(
            "dpkg-deb", "--root-owner-group", *compress, "--build", root, file,
            # one thread: several cut the data in pieces, and find less that is alike
            environment={"SOURCE_DATE_EPOCH": str(int(at.timestamp())), "DPKG_DEB_THREADS_MAX": "1"},
        )  # fmt: skip
        bill = documents.bill(staged, product, version, architecture, at)
        installed, count = tree.size(staged), len(staged.files())
    if not file.exists():
        raise BuildError(f"dpkg-deb wrote no {file}")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    file.with_suffix(".deb.sha256").write_text(f"{sha256}  {file.name}\n", encoding="ascii")
    file.with_suffix(".cdx.json").write_text(bill, encoding="utf-8")
    return Built(
        file=file, sha256=sha256, file_bytes=file.stat().st_size, installed_bytes=installed, files=count,
        seconds=time.monotonic() - began,
    )  # fmt: skip
