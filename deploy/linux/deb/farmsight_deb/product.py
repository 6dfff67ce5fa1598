"""What the packages are called, which Pythons they serve, and how a version reads in Debian's order."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from farmsight_packaging.building import ROOT, BuildError

HERE: Final = Path(__file__).parents[1]
# Debian 12, Ubuntu 24.04, Debian 13, Ubuntu 26.04; Ubuntu 22.04 has 3.11 beside its own 3.10.
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
# glibc of the oldest of them is 2.35; wheels for older ones run, too (PEP 600).
_GLIBC: Final = ("2_34", "2_28", "2_17")
_MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}
_VERSION: Final = re.compile(r"(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?(?:\+([a-z0-9.]+))?")


@dataclass(frozen=True, kw_only=True)
class Product:
    """One package: what of our wheel it holds, and what it says of itself."""

    name: str
    packages: tuple[str, ...]
    summary: str
    description: str
    commands: tuple[str, ...]
    depends: tuple[str, ...] = ()

    @property
    def sources(self) -> Path:
        """Return the folder of its maintainer scripts, commands and settings."""
        return HERE / self.name

    @property
    def pins(self) -> Path:
        """Return the file of its dependencies, by version and hash."""
        return self.sources / "pins.txt"


AGENT: Final = Product(
    name="farmsight-agent",
    packages=("farmsight_agent", "farmsight_wire"),
    summary="tells a farmsight collector what one server of an AD FS farm looks like",
    description=(
        "Gathers facts about a third-party reverse proxy in front of an AD FS farm, or\n"
        "looks at such a farm from outside, and tells them to a collector. Read-only:\n"
        "it changes nothing but its own state, listens on no port, takes no commands."
    ),
    commands=("farmsight-agent",),
)
COLLECTOR: Final = Product(
    name="farmsight-collector",
    packages=("farmsight_agent", "farmsight_wire", "farmsight_collector", "farmsight_lab"),
    summary="finds why certificate sign-in through AD FS breaks, and since when",
    description=(
        "Takes what agents on AD FS and Web Application Proxy servers see, keeps it with\n"
        "its history, judges it by rules, and answers people: on a web page, a command\n"
        "line and a REST API. Keeps its store in SQLite, or in PostgreSQL."
    ),
    commands=("farmsight", "farmsight-collector"),
    depends=("adduser",),
)
PRODUCTS: Final = (AGENT, COLLECTOR)


def platforms(architecture: str) -> tuple[str, ...]:
    """Return the tags of wheels that run on an architecture, in Debian's word for it. Raises BuildError."""
    machine = _MACHINES.get(architecture)
    if machine is None:
        raise BuildError(f"architecture {architecture}: one of {', '.join(_MACHINES)}")
    old = ("manylinux2014", "manylinux2010") if machine == "x86_64" else ("manylinux2014",)
    return tuple(f"{one}_{machine}" for one in (*(f"manylinux_{glibc}" for glibc in _GLIBC), *old))


def project_version() -> str:
    """Return the version of this tree."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return version


def debian_version(version: str) -> str:
    """Return a version of PEP 440 so that dpkg orders it likewise: what comes before a release has a tilde.

    Raises BuildError for one that is none. (deb-version(7))
    """
    found = _VERSION.fullmatch(version)
    if found is None:
        raise BuildError(f"version {version}: write it as PEP 440 does, such as 1.2.0 or 1.2.0rc1")
    release, before, number, post, dev, local = found.groups()
    text = str(release)
    text += f"~{before}{number}" if before else ""
    text += f"+post{post}" if post else ""
    text += f"~dev{dev}" if dev else ""
    return text + (f"+{local}" if local else "")
