"""How well the findings of a combination name the faults that were planted: recall, precision, rank."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from farmsight_lab.scenario import Expected
from tests.causes.combined import Said, Told, expected, scenario

WARNING: Final = 2


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The measure of one combination; findings are shown as `code [servers] subject`."""

    names: tuple[str, ...]
    wanted: int  # findings that the scenarios expect
    missed: tuple[str, ...]  # expected, and not there
    folded: tuple[str, ...]  # true causes that lie under another finding
    causes: int  # at the top
    worst_rank: int  # 1 + what is listed before a true cause and is none itself; 0 where no cause is expected or found
    extra: tuple[str, ...]  # at the top, a warning or worse, and no true cause
    loose: tuple[str, ...]  # at the top, of no weight, and not foreseen
    strayed: tuple[str, ...]  # folded under the cause of another scenario than its own
    right: int
    all: int

    @property
    def perfect(self) -> bool:
        """Tell whether nothing is to be wished."""
        return self.worst_rank <= 1 and not (self.missed or self.folded or self.extra or self.loose or self.strayed)


def measured(told: Told, alone: Mapping[str, Told]) -> Measured:
    """Return the measure; `alone` has what each scenario told by itself, for whose symptom is whose."""
    wanted = expected(told.names)
    causes = [one for one in wanted if one.cause]
    true = {said.id for said in told.findings if any(said.meets(one) for one in causes)}
    foreseen = {code for name in told.names for code in scenario(name).also}
    # Where the files can't show the cause, what follows from it stands for itself.
    orphans = {code for name in told.names if not expected([name]) for code in scenario(name).also}
    roots = _roots(told)
    tops = [said for said in told.findings if said.caused_by is None and said.id not in true]
    stray = [said for said in told.findings if roots[said.id] not in _homes(said, told, alone)]
    right = [said for said in told.findings if roots[said.id] in true or _right(said, wanted, foreseen)]
    return Measured(
        names=told.names,
        wanted=len(wanted),
        missed=tuple(_shown(one) for one in wanted if not any(said.meets(one) for said in told.findings)),
        folded=tuple(_said(met[0]) for met in _met(told, causes) if met and all(one.caused_by for one in met)),
        causes=sum(said.caused_by is None for said in told.findings),
        worst_rank=_rank(told.findings, true | {one.id for one in told.findings if one.code in orphans}, causes),
        extra=tuple(_said(said) for said in tops if said.severity >= WARNING and said.code not in orphans),
        loose=tuple(_said(said) for said in tops if said.severity < WARNING and said.code not in orphans),
        strayed=tuple(_said(said) for said in stray),
        right=len(right),
        all=len(told.findings),
    )


def _met(told: Told, causes: Iterable[Expected]) -> list[list[Said]]:
    """Return the findings that meet each expected cause: one of them at the top is enough."""
    return [[said for said in told.findings if said.meets(one)] for one in causes]


def _right(said: Said, wanted: Iterable[Expected], foreseen: set[str]) -> bool:
    return said.code in foreseen or any(said.meets(one) for one in wanted)


def _rank(findings: Iterable[Said], true: set[str], causes: Iterable[Expected]) -> int:
    """Return the rank of the true cause that comes last, of each expected the best that meets it."""
    listed = list(findings)
    worst = 0
    for cause in causes:
        at = next((place for place, said in enumerate(listed) if said.meets(cause)), None)
        if at is not None:
            worst = max(worst, 1 + sum(said.id not in true for said in listed[:at]))
    return worst


def _roots(told: Told) -> dict[str, str]:
    above = {said.id: said.caused_by for said in told.findings}
    found = {}
    for one in above:
        root = one
        while (higher := above[root]) is not None:
            root = higher
        found[one] = root
    return found


def _homes(said: Said, told: Told, alone: Mapping[str, Told]) -> set[str]:
    """Return the causes that the finding has where one scenario is alone; what none of them shows may be anywhere."""
    homes = set()
    for name in told.names:
        roots = _roots(alone[name])
        homes |= {roots[said.id]} & roots.keys() if said.id in roots else set()
    return homes or {_roots(told)[said.id]}


def _shown(one: Expected) -> str:
    return f"{one.code} [{', '.join(one.servers) or 'farm'}]"


def _said(one: Said) -> str:
    return f"{one.code} [{', '.join(one.servers) or 'farm'}] {one.subject[:60]}"
