"""`make msi`: builds the Windows agent's package and says what it is made of.

python -m farmsight_msi [--out FOLDER] [--version VERSION] [--runtime ZIP --runtime-sha256 HEX] [--sign ARGUMENTS]
"""

import argparse
import sys
from pathlib import Path

from farmsight_msi.package import Built, Wanted, build
from farmsight_packaging.building import ROOT, BuildError


def main() -> int:
    """Build once; 2 where that can't be done."""
    parser = argparse.ArgumentParser(prog="make msi", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the package (%(default)s)")
    parser.add_argument("--version", help="MAJOR.MINOR.PATCH (default: the version of pyproject.toml)")
    parser.add_argument("--runtime", type=Path, metavar="ZIP", help="python-3.x.y-embed-amd64.zip of python.org")
    parser.add_argument("--runtime-sha256", default="", metavar="HEX", help="its SHA-256, as its page there states it")
    parser.add_argument("--runtime-ca", type=Path, metavar="FILE", help="trusted roots of its signatures, PEM")
    parser.add_argument(
        "--sign", default="", metavar="ARGUMENTS", help="of `osslsigncode sign`: key, certificate, time"
    )
    asked = parser.parse_args()
    try:
        built = build(Wanted(**vars(asked)))
    except BuildError as error:
        sys.stderr.write(f"make msi: {error}\n")
        return 2
    sys.stdout.write(told(built, signed=bool(asked.sign)))
    return 0


def told(built: Built, *, signed: bool) -> str:
    """Return what there is to say about a package, for people."""
    found = built.interpreter
    lines = [
        f"{built.file}",
        f"  SHA-256       {built.sha256}",
        f"  product code  {built.product_code}",
        f"  size          {built.msi_bytes / 1e6:.1f} MB",
        f"  installed     {built.tree_bytes / 1e6:.1f} MB in {built.files} files",
        f"  built in      {built.seconds:.1f} s",
        f"  runtime       CPython {found.version} with OpenSSL {found.openssl or '(not told)'}, {found.source}",
        *(f"                {remark}" for remark in found.remarks),
        f"  signature     {'signed' if signed else 'none; see SIGN in docs/install-windows.md'}",
    ]
    if built.unsigned:
        lines.append(f"  unsigned in it {len(built.unsigned)} programs of wheels; SIGN signs them, too")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
