"""The files of one package as they will lie on a system: a virtual environment without an installer, and its commands.

One folder of libraries serves every Python (lib/common), one more each
those that are built for it; the system's Python is linked to, never
brought along, so that its security updates are the system's own.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from farmsight_deb.product import HERE, PYTHONS, Product, platforms
from farmsight_packaging.building import ROOT, BuildError
from farmsight_packaging.wheels import Wheel, fetch, unpack

_MODULES: Final = "lib/common"
_EXECUTABLE: Final = 0o755
_FILE: Final = 0o644


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A staged package: its root, and the wheels that it was made of."""

    root: Path
    wheels: tuple[Wheel, ...]

    def files(self) -> list[Path]:
        """Return every file that is none of dpkg's own, by name."""
        found = (file for file in self.root.rglob("*") if file.is_symlink() or file.is_file())
        return sorted(file for file in found if file.relative_to(self.root).parts[0] != "DEBIAN")


def stage(root: Path, product: Product, ours: Path, version: str, architecture: str, downloads: Path) -> Tree:
    """Lay out a package from our wheel and its pinned dependencies. Raises BuildError."""
    home = root / "usr/lib" / product.name
    wheels = _libraries(home, product, architecture, downloads)
    _ours(home / _MODULES, product, ours, version)
    _environment(home)
    _commands(root, product)
    _unit(root, product)
    return Tree(root=root, wheels=wheels)


def _libraries(home: Path, product: Product, architecture: str, downloads: Path) -> tuple[Wheel, ...]:
    found: dict[str, Wheel] = {}
    for python in PYTHONS:
        for file in fetch(product.pins, downloads / product.name / python, python, platforms(architecture)):
            if file.name in found:
                continue
            for_any = any(tag in file.name for tag in ("-abi3-", "-none-"))
            site = home / _MODULES if for_any else home / f"lib/python{python}/site-packages"
            found[file.name] = unpack(file, site)
    _refuse_two_of_one(found.values())
    return tuple(found[name] for name in sorted(found))


def _refuse_two_of_one(wheels: Iterable[Wheel]) -> None:
    common = [wheel.name for wheel in wheels if wheel.for_any]
    if len(common) != len(set(common)):
        raise BuildError(f"two files for every Python of one distribution: {sorted(common)}")


def _ours(site: Path, product: Product, wheel: Path, version: str) -> None:
    """Unpack those packages of our wheel that belong here, with a version to tell."""
    unpack(wheel, site, lambda path: path.parts[0] in product.packages and not _built_only(path))
    about = site / f"farmsight-{version}.dist-info/METADATA"
    about.parent.mkdir()
    about.write_text(f"Metadata-Version: 2.4\nName: farmsight\nVersion: {version}\n", encoding="ascii")
    strangers = {one.name for one in site.glob("farmsight_*")} - set(product.packages)
    if strangers:
        raise BuildError(f"{sorted(strangers)} has no business in {product.name}")


def _built_only(path: PurePosixPath) -> bool:
    return path.suffix == ".proto"


def _environment(home: Path) -> None:
    """Make it a virtual environment of every Python (PEP 405): whichever of the links is started finds its own."""
    (home / "bin").mkdir(parents=True)
    for python in PYTHONS:
        (home / f"bin/python{python}").symlink_to(f"/usr/bin/python{python}")
        site = home / f"lib/python{python}/site-packages"
        site.mkdir(parents=True, exist_ok=True)
        (site / "common.pth").write_text("../../common\n", encoding="ascii")
    (home / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n", encoding="ascii")
    shutil.copyfile(HERE / "python.sh", home / "python.sh")
    shutil.copyfile(HERE / "compile.sh", home / "compile.sh")


def _commands(root: Path, product: Product) -> None:
    folder = root / "usr/bin"
    folder.mkdir(parents=True)
    for command in product.commands:
        shutil.copyfile(product.sources / f"{command}.sh", folder / command)


def _unit(root: Path, product: Product) -> None:
    units, settings = root / "usr/lib/systemd/system", root / "etc/default"
    units.mkdir(parents=True)
    settings.mkdir(parents=True)
    shutil.copyfile(ROOT / f"deploy/linux/{product.name}.service", units / f"{product.name}.service")
    shutil.copyfile(product.sources / f"{product.name}.default", settings / product.name)


def settle(tree: Tree, product: Product, instant: float) -> None:
    """Give every file its mode and the one instant, whatever umask and clock were here."""
    commands = {f"usr/bin/{command}" for command in product.commands} | {f"usr/lib/{product.name}/compile.sh"}
    scripts = {f"DEBIAN/{name}" for name in ("postinst", "prerm", "postrm")}
    for path in sorted(tree.root.rglob("*"), reverse=True):
        if not path.is_symlink():
            runs = path.is_dir() or path.relative_to(tree.root).as_posix() in commands | scripts
            path.chmod(_EXECUTABLE if runs else _FILE)
        os.utime(path, (instant, instant), follow_symlinks=False)
    tree.root.chmod(_EXECUTABLE)
    os.utime(tree.root, (instant, instant))


def size(tree: Tree) -> int:
    """Return how many bytes the files have once installed."""
    return sum(status.st_size for file in tree.files() if stat.S_ISREG((status := file.lstat()).st_mode))
