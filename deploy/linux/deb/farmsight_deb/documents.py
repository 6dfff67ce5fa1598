"""What a Debian package says of itself: control, conffiles, checksums, copyright, changelog."""

import gzip
import hashlib
import textwrap
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from farmsight_deb.product import HERE, PYTHONS, Product, debian_version
from farmsight_deb.tree import Tree, size
from farmsight_packaging.building import ROOT
from farmsight_packaging.sbom import sbom
from farmsight_packaging.wheels import Wheel

MAINTAINER: Final = "farmsight <maintainers@farmsight.invalid>"
_HOME: Final = "https://github.com/farmsight/farmsight"
_SCRIPTS: Final = ("postinst", "prerm", "postrm")


def write(tree: Tree, product: Product, version: str, architecture: str, at: datetime) -> None:
    """Add dpkg's own files and the documents to a staged package."""
    documents = tree.root / "usr/share/doc" / product.name
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(_copyright(tree.wheels), encoding="utf-8")
    (documents / "changelog.gz").write_bytes(_packed(_changelog(product, version, at)))
    (documents / "sbom.cdx.json").write_text(bill(tree, product, version, architecture, at), encoding="utf-8")
    (documents / "licences.txt.gz").write_bytes(_packed("\n\n".join(_licences(tree.wheels))))
    overrides = tree.root / "usr/share/lintian/overrides"
    overrides.mkdir(parents=True)
    (overrides / product.name).write_text(_overrides(product), encoding="ascii")

    control = tree.root / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(_control(tree, product, version, architecture), encoding="utf-8")
    (control / "conffiles").write_text(f"/etc/default/{product.name}\n", encoding="ascii")
    triggers = (f"interest-noawait /usr/bin/python{python}\n" for python in PYTHONS)
    (control / "triggers").write_text("".join(triggers), encoding="ascii")
    for name in _SCRIPTS:
        (control / name).write_text(_script(name, product), encoding="utf-8")
    (control / "md5sums").write_text("".join(_checksums(tree)), encoding="utf-8")


def bill(tree: Tree, product: Product, version: str, architecture: str, at: datetime) -> str:
    """Return the package's bill of materials."""
    purl = f"pkg:deb/farmsight/{product.name}@{debian_version(version)}?arch={architecture}"
    return sbom(product.name, version, purl, tree.wheels, at)


def _control(tree: Tree, product: Product, version: str, architecture: str) -> str:
    pythons = " | ".join(f"python{python}" for python in PYTHONS)
    depends = (pythons, "libc6 (>= 2.34)", "libstdc++6", "init-system-helpers (>= 1.54~)", *product.depends)
    lines = [
        f"Package: {product.name}",
        f"Version: {debian_version(version)}",
        f"Architecture: {architecture}",
        f"Maintainer: {MAINTAINER}",
        f"Installed-Size: {-(-size(tree) // 1024)}",
        f"Depends: {', '.join(depends)}",
        "Section: net",
        "Priority: optional",
        f"Homepage: {_HOME}",
        f"Description: {product.summary}",
        *(f" {line}" for line in product.description.splitlines()),
    ]
    return "\n".join(lines) + "\n"


def _script(name: str, product: Product) -> str:
    text = (HERE / f"{name}.sh").read_text(encoding="utf-8")
    parts = {
        "@NAME@": product.name,
        "@SETUP@\n": (product.sources / "setup.sh").read_text(encoding="utf-8"),
        "@PURGE@\n": (product.sources / "purge.sh").read_text(encoding="utf-8"),
    }
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return text


def _checksums(tree: Tree) -> Iterator[str]:
    """Yield the lines of md5sums, which `dpkg --verify` reads: against damage, not against an enemy."""
    for file in tree.files():
        name = file.relative_to(tree.root).as_posix()
        if not file.is_symlink() and not name.startswith("etc/"):
            yield f"{hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n"


def _copyright(wheels: tuple[Wheel, ...]) -> str:
    head = (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        f"Upstream-Name: farmsight\nSource: {_HOME}\n"
        "Comment: The libraries in lib/ are the wheels that their makers published; sbom.cdx.json has their\n"
        " versions and hashes, licences.txt.gz the texts that came with them.\n\n"
        "Files: *\nCopyright: 2026 the farmsight authors\nLicense: Apache-2.0\n"
    )
    parts = sorted({(wheel.name, wheel.version, wheel.licence) for wheel in wheels})
    files = (
        f"\nFiles: usr/lib/*/lib/*/{name.replace('-', '_')}*\nCopyright: 2026 and before, authors of {name} {version}\n"
        f"License: {_word(name, licence)}\n {licence or 'See licences.txt.gz.'}\n"
        for name, version, licence in parts
    )
    apache = "\nLicense: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n"
    return head + "".join(files) + apache


def _word(name: str, licence: str) -> str:
    return f"{name}-licence" if not licence or " " in licence else f"{name}-{licence}"


def _licences(wheels: tuple[Wheel, ...]) -> Iterator[str]:
    yield "==== farmsight ====\n\n" + (ROOT / "LICENSE").read_text(encoding="utf-8")
    told = set()
    for wheel in wheels:
        if (wheel.name, wheel.version) in told:
            continue
        told.add((wheel.name, wheel.version))
        yield f"==== {wheel.name} {wheel.version}: {wheel.licence or 'see below'} ===="
        yield from (text for _, text in wheel.licences)


def _changelog(product: Product, version: str, at: datetime) -> str:
    return (
        f"{product.name} ({debian_version(version)}) stable; urgency=medium\n\n"
        f"  * CHANGELOG.md of the source says what changed:\n    {_HOME}\n\n"
        f" -- {MAINTAINER}  {format_datetime(at)}\n"
    )


def _overrides(product: Product) -> str:
    return textwrap.dedent(f"""\
        # The libraries are their makers' own wheels, pinned by hash: newer than any release's, the same on all of them.
        {product.name}: embedded-library *
        {product.name}: unstripped-binary-or-object *
        # Links to whichever of these Pythons the system has.
        {product.name}: absolute-symlink-in-top-level-folder *
        {product.name}: no-manual-page *
        # They ask whether it is there, as maintainer scripts of debhelper do.
        {product.name}: command-with-path-in-maintainer-script *
        """)


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)
