"""Scenario files: faults to plant, findings to expect. See docs/lab.md for the form."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

from farmsight_lab.farm.healthy import healthy
from farmsight_lab.farm.state import Farm, Mode
from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.faults.fault import Fault, FaultError, read_fault
from farmsight_lab.names import IN_NAMESPACES, SERVER_NAMES, Addressing
from farmsight_lab.pki.hierarchy import Pki

_KEYS: Final = frozenset({"name", "description", "mode", "needs", "faults", "expected", "also"})
_EXPECTED_KEYS: Final = frozenset({"code", "servers", "contexts", "cause"})


class ScenarioError(Exception):
    """A scenario that can't be read; the text says all that is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A finding that a scenario must lead to.

    `servers` and `contexts` must be among those of the finding; `cause` says
    that it must not be folded under another.
    """

    code: str
    servers: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    cause: bool = False


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One scenario; `also` are codes that may come up beside the expected ones."""

    name: str
    description: str
    mode: Mode = "49443"
    needs: str = ""  # "namespaces": what it plants can't be had on loopback
    faults: tuple[Fault, ...] = ()
    expected: tuple[Expected, ...] = ()
    also: tuple[str, ...] = ()

    def farm(
        self, pki: Pki, now: datetime, addressing: Addressing = IN_NAMESPACES, published: datetime | None = None
    ) -> Farm:
        """Return the farm with the faults planted; raises ScenarioError when one can't be."""
        farm = healthy(pki, now, self.mode, addressing, published)
        for fault in self.faults:
            try:
                fault.plant(farm)
            except (FaultError, ValueError) as error:
                raise ScenarioError(f"{self.name}: {error}") from error
        return farm


def packaged() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the lab."""
    folder = resources.files("farmsight_lab") / "scenarios"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name_or_path: str) -> Scenario:
    """Read a packaged scenario by name, or a file by path; raises ScenarioError."""
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        path = Path(name_or_path)
        try:
            return parse(path.read_bytes(), path.stem)
        except OSError as error:
            raise ScenarioError(f"{name_or_path}: {error.strerror}") from error
    if name_or_path not in packaged():
        raise ScenarioError(f"no scenario is called {name_or_path!r}; there are: {', '.join(packaged())}")
    file = resources.files("farmsight_lab") / "scenarios" / f"{name_or_path}.toml"
    return parse(file.read_bytes(), name_or_path)


def parse(data: bytes, name: str) -> Scenario:
    """Read a scenario from TOML; `name` stands in where the file gives none."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioError(f"{name}: not TOML: {error}") from error
    wrong = [f"unknown key {key!r}" for key in sorted(set(table) - _KEYS)]
    mode = table.get("mode", "49443")
    if mode not in ("49443", "certauth"):
        wrong.append(f"mode must be '49443' or 'certauth', not {mode!r}")
    if table.get("needs", "") not in ("", "namespaces"):
        wrong.append(f"needs must be 'namespaces' or absent, not {table['needs']!r}")
    faults = _faults(table, wrong)
    expected = _expected(table, wrong)
    if wrong:
        raise ScenarioError("\n".join(f"{name}: {each}" for each in wrong))
    return Scenario(
        name=str(table.get("name", name)),
        description=str(table.get("description", "")).strip(),
        mode=cast("Mode", mode),
        needs=table.get("needs", ""),
        faults=faults,
        expected=expected,
        also=tuple(map(str, table.get("also", ()))),
    )


def _tables(table: Mapping[str, Any], key: str, wrong: list[str]) -> list[Mapping[str, Any]]:
    rows = table.get(key, [])
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    wrong.append(f"{key} must be written as [[{key}]] tables")
    return []


def _faults(table: Mapping[str, Any], wrong: list[str]) -> tuple[Fault, ...]:
    faults = []
    for number, row in enumerate(_tables(table, "faults", wrong), 1):
        try:
            faults.append(read_fault(KINDS, row))
        except FaultError as error:
            wrong.append(f"fault {number}: {error}")
    return tuple(faults)


def _expected(table: Mapping[str, Any], wrong: list[str]) -> tuple[Expected, ...]:
    expected = []
    for number, row in enumerate(_tables(table, "expected", wrong), 1):
        wrong += [f"expected {number}: unknown key {key!r}" for key in sorted(set(row) - _EXPECTED_KEYS)]
        if not isinstance(row.get("code"), str):
            wrong.append(f"expected {number}: code is missing")
            continue
        for server in row.get("servers", ()):
            if server not in SERVER_NAMES:
                wrong.append(f"expected {number}: there is no server {server!r}")
        expected.append(
            Expected(
                code=row["code"],
                servers=tuple(row.get("servers", ())),
                contexts=tuple(row.get("contexts", ())),
                cause=bool(row.get("cause", False)),
            )
        )
    return tuple(expected)
