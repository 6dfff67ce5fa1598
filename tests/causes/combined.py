"""Scenarios of the lab alone and together: their faults planted in one farm, its evidence analysed by the real command.

Faults go together where planting them in either order gives the same farm: then neither undoes the other.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.reading import Request
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.captured.visible import VISIBLE
from farmsight_lab.farm.healthy import healthy
from farmsight_lab.farm.state import Farm
from farmsight_lab.faults.fault import FaultError
from farmsight_lab.pki.hierarchy import Pki, make
from farmsight_lab.scenario import Expected, Scenario, load, packaged
from tests.causes.shapes import shape

NOW: Final = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SEVERAL: Final = ("demo", "sample", "unknown")  # of several faults already, or of none that is known
_SECOND: Final = {"SubCA.txt": "SubCA2.txt", "usercert.txt": "usercert2.txt", "SubCA.cer": "SubCA2.cer",
                  "usercert.cer": "usercert2.cer"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Said:
    """One finding, as far as the measure looks at it; `caused_by` is an id."""

    id: str
    code: str
    subject: str
    severity: int
    servers: tuple[str, ...]
    contexts: tuple[str, ...]
    caused_by: str | None

    def meets(self, expected: Expected) -> bool:
        """Tell whether it is what a scenario expects."""
        return (
            self.code == expected.code
            and set(expected.servers) <= set(self.servers)
            and set(expected.contexts) <= set(self.contexts)
        )


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the analysis of one combination told, in its order."""

    names: tuple[str, ...]
    findings: tuple[Said, ...]


def singles() -> tuple[str, ...]:
    """Return the scenarios that plant one thing or nothing."""
    return tuple(name for name in packaged() if name not in SEVERAL)


def pairs() -> tuple[tuple[str, str], ...]:
    """Return every two scenarios that plant something."""
    return tuple(combinations([name for name in singles() if scenario(name).expected], 2))


@cache
def scenario(name: str) -> Scenario:
    """Return a packaged scenario, read once."""
    return load(name)


@cache
def pki() -> Pki:
    """Return the lab's PKI, made once a process."""
    return make(NOW, 7)


def expected(names: Iterable[str]) -> tuple[Expected, ...]:
    """Return what the scenarios expect of what their evidence can show."""
    found = []
    for name in names:
        shown = {code for code, seen in VISIBLE.get(name, {}).items() if seen.of("script") != "no"}
        found += [one for one in scenario(name).expected if one.code in shown]
    return tuple(found)


def planted(names: Sequence[str], form: str = "2+2") -> Farm | None:
    """Return a farm of this shape with the faults of all these scenarios; None where they do not go together."""
    if len({scenario(name).mode for name in names}) > 1:
        return None
    try:
        farm = _plant(names, form)
        if len(names) > 1 and _loose(farm) != _loose(_plant(names[::-1], form)):
            return None
    except (FaultError, ValueError, KeyError):  # a server that this shape has not
        return None
    return farm


def _plant(names: Sequence[str], form: str) -> Farm:
    farm = healthy(pki(), NOW, scenario(names[0]).mode)
    shape(farm, form)
    for name in names:
        for fault in scenario(name).faults:
            fault.plant(farm)
    return farm


def _loose(value: Any) -> Any:
    """Return the value without the order of its lists, for comparison."""
    if isinstance(value, Farm):
        return _loose([value.servers, value.sites, value.entra, {n: value.pki[n].thumbprint for n in value.pki.names}])
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_loose(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return tuple(sorted((repr(key), _loose(one)) for key, one in value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(sorted((_loose(one) for one in value), key=repr))
    return repr(value)


def evidence(farm: Farm, style: Style | None = None) -> dict[str, dict[str, bytes]]:
    """Return the files of every server, with the certificates of both users checked."""
    looks = style or Style()
    found = {n: dict(files) for n, files in farm_files(farm, Plan(form="script", user="alice", style=looks)).items()}
    for name, files in farm_files(farm, Plan(form="script", user="bob", style=looks)).items():
        for file, data in files.items():
            for ending, other in _SECOND.items():
                if file.endswith(ending):
                    found[name][file.removesuffix(ending) + other] = data
    return found


def told(names: Sequence[str], plan: Plan | None = None, form: str = "2+2") -> Told | None:
    """Return what is told of these scenarios' faults together; None where they do not go together.

    Without a plan both users' certificates are checked, and the outputs are English.
    """
    farm = planted(names, form)
    if farm is None:
        return None
    files = evidence(farm) if plan is None else farm_files(farm, plan)
    return Told(names=tuple(names), findings=said(files))


def said(files: Mapping[str, Mapping[str, bytes]]) -> tuple[Said, ...]:
    """Return the findings of the real analysis of these files, in its order."""
    with tempfile.TemporaryDirectory(prefix="farmsight-causes-") as folder:
        write(files, Path(folder), NOW)
        with analysed(Request(paths=(Path(folder),), roles={}), now=NOW) as analysis:
            return tuple(
                Said(
                    id=one.id,
                    code=one.rule.code,
                    subject=one.subject,
                    severity=int(one.severity),
                    servers=one.servers,
                    contexts=one.contexts,
                    caused_by=one.caused_by,
                )
                for one in analysis.picture.evaluation.findings
            )
