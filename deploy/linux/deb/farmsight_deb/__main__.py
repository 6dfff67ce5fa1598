"""`make deb`: builds the Debian packages of agent and collector, and says how large they are.

python -m farmsight_deb [--out FOLDER] [--version VERSION] [--architecture amd64|arm64] [--only NAME] [--quick]
"""

import argparse
import sys
import tempfile
from pathlib import Path

from farmsight_deb.package import BEST, QUICK, Built, build, wheel
from farmsight_deb.product import PRODUCTS, project_version
from farmsight_packaging.building import ROOT, BuildError


def main() -> int:
    """Build; 2 where that can't be done."""
    parser = argparse.ArgumentParser(prog="make deb", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the packages (%(default)s)")
    parser.add_argument("--version", default="", help="as PEP 440 writes it (default: the version of pyproject.toml)")
    parser.add_argument("--architecture", default="amd64", choices=("amd64", "arm64"))
    parser.add_argument("--only", choices=[product.name for product in PRODUCTS], help="this one alone")
    parser.add_argument("--quick", action="store_true", help="not compressed: to be tried, not to be handed on")
    asked = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as name:
            ours = wheel(Path(name))
            for product in PRODUCTS:
                if asked.only in {None, product.name}:
                    built = build(
                        product, ours, asked.out, asked.version or project_version(),
                        architecture=asked.architecture, compress=QUICK if asked.quick else BEST,
                    )  # fmt: skip
                    sys.stdout.write(told(built))
                    sys.stdout.flush()
    except BuildError as error:
        sys.stderr.write(f"make deb: {error}\n")
        return 2
    return 0


def told(built: Built) -> str:
    """Return what there is to say about a package, for people."""
    return (
        f"{built.file}\n  SHA-256    {built.sha256}\n  size       {built.file_bytes / 1e6:.1f} MB\n"
        f"  installed  {built.installed_bytes / 1e6:.1f} MB in {built.files} files\n"
        f"  built in   {built.seconds:.1f} s\n"
    )


if __name__ == "__main__":
    sys.exit(main())
