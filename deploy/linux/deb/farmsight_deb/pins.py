"""`make deb-pins`: resolves the dependencies anew and writes down the hash of every wheel that a package may hold.

python -m farmsight_deb.pins
"""

import hashlib
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

from farmsight_deb.product import AGENT, COLLECTOR, PYTHONS, Product, platforms
from farmsight_packaging.building import ROOT, BuildError, run
from farmsight_packaging.wheels import normal

_ARCHITECTURES: Final = ("amd64", "arm64")
_NAMED: Final = re.compile(r"([A-Za-z0-9._-]+==[^\s;]+)")


def resolved(product: Product) -> list[str]:
    """Return `name==version` of everything that the product needs on Linux. Raises BuildError."""
    extra = ("--extra", "collector") if product is COLLECTOR else ()
    said = run(
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-annotate", "--no-header", "--upgrade"),
        *("--python-platform", "linux", "--python-version", PYTHONS[0], *extra, str(ROOT / "pyproject.toml")),
    )
    return [found.group(1) for line in said.splitlines() if (found := _NAMED.match(line))]


def hashes(wanted: list[str], folder: Path) -> dict[str, set[str]]:
    """Return the SHA-256 of each wheel by distribution, over all Pythons and architectures. Raises BuildError."""
    for architecture in _ARCHITECTURES:
        for python in PYTHONS:
            abi = f"cp{python.replace('.', '')}"
            run(
                *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
                *("--only-binary", ":all:", "--implementation", "cp", "--python-version", python),
                *(word for one in (abi, "abi3", "none") for word in ("--abi", one)),
                *(word for one in platforms(architecture) for word in ("--platform", one)),
                *("--dest", str(folder), *wanted),
            )
    found: dict[str, set[str]] = {}
    for file in folder.glob("*.whl"):
        found.setdefault(normal(file.name.split("-")[0]), set()).add(hashlib.sha256(file.read_bytes()).hexdigest())
    return found


def main() -> int:
    """Write both files of pins; 2 where that can't be done."""
    try:
        for product in (AGENT, COLLECTOR):
            wanted = resolved(product)
            with tempfile.TemporaryDirectory() as name:
                known = hashes(wanted, Path(name))
            lines = (
                " \\\n".join(
                    (one, *(f"    --hash=sha256:{sha256}" for sha256 in sorted(known[normal(one.partition("==")[0])])))
                )
                for one in sorted(wanted)
            )
            product.pins.write_text("\n".join(lines) + "\n", encoding="ascii")
            sys.stdout.write(f"{product.pins.relative_to(ROOT)}: {len(wanted)} distributions\n")
    except BuildError as error:
        sys.stderr.write(f"make deb-pins: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
