"""What every hop looks at: the farm, what the rules say of it, and one user's certificate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths import on_server
from farmsight_collector.pki.paths.judgement import Judgement
from farmsight_collector.rules.engine import Evaluation, Finding
from farmsight_collector.rules.rule import Severity
from farmsight_collector.signin.names import Named, named


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One certificate on one farm as of its instant."""

    farm: Farm
    evaluation: Evaluation
    leaf: Certificate

    @cached_property
    def names(self) -> Named:
        """Return the names in the certificate by which an account is found."""
        return named(self.leaf)

    def judgement(self, server: Server, context: str) -> Judgement:
        """Return what this server makes of the certificate under this account; each is judged once."""
        place = (server.name, context)
        if place not in self._judged:
            self._judged[place] = on_server.judged_on(self.farm, server, context, self.leaf)
        return self._judged[place]

    def findings(self, codes: Iterable[str]) -> tuple[Finding, ...]:
        """Return the findings with these codes that something fails by: warnings may stand on belief."""
        found = (one for code in codes for one in self._by_code.get(code, ()))
        return tuple(one for one in found if one.severity >= Severity.ERROR)

    def of_entries(self, entries: Iterable[str]) -> tuple[Finding, ...]:
        """Return the findings that are instances of any of these entries of the catalogue."""
        found = {one.id: one for entry in entries for one in self._by_entry.get(entry, ())}
        return tuple(found.values())

    def root(self, finding: Finding) -> Finding:
        """Return the finding under which this one is folded in the end; itself where it is under none."""
        seen = {finding.id}
        while (above := self._by_id.get(finding.caused_by or "")) is not None and above.id not in seen:
            finding = above
            seen.add(finding.id)
        return finding

    @cached_property
    def _by_id(self) -> Mapping[str, Finding]:
        return {one.id: one for one in self.evaluation.findings}

    @cached_property
    def _judged(self) -> dict[tuple[str, str], Judgement]:
        return {}

    @cached_property
    def _by_code(self) -> Mapping[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for one in self.evaluation.findings:
            found.setdefault(one.rule.code, []).append(one)
        return found

    @cached_property
    def _by_entry(self) -> Mapping[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        for one in self.evaluation.findings:
            for entry in one.catalogue:
                found.setdefault(entry, []).append(one)
        return found
