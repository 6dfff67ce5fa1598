"""The chains that one server can build for a certificate under one account, from what it really has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from farmsight_collector.model.per_farm import per_farm
from farmsight_collector.model.verdict import Verdict, together
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths import ended
from farmsight_collector.pki.paths.builder import Path
from farmsight_collector.pki.paths.codes import reason
from farmsight_collector.pki.paths.judge import Case, Status, judged, told_by
from farmsight_collector.pki.paths.judgement import Judgement, Reason
from farmsight_collector.pki.paths.learned import of_ways
from farmsight_collector.pki.paths.material import DISALLOWED, Material, material
from farmsight_collector.pki.paths.pool import Candidate, pool
from farmsight_collector.pki.paths.status import Question, by_issuer
from farmsight_collector.pki.paths.terms import CRYPTOAPI
from farmsight_collector.pki.paths.ways import Ways
from farmsight_collector.pki.revocation import checks

COLLECTOR: Final = "collector"  # the reference that a server's clock is compared with


def judged_on(
    farm: Farm, server: Server, context: str, leaf: Certificate, presented: Sequence[Certificate] = ()
) -> Judgement:
    """Return what this server would make of the certificate as of the farm's instant.

    `context` is the account that checks: "system" for the operating system's
    check of a client certificate, a service's account for its own.
    `presented` are the CA certificates that the client sends along.
    """
    done, key = _done(farm), (server.name, context, leaf.sha256, tuple(one.sha256 for one in presented))
    if key not in done:
        done[key] = _Judge.of(farm, server, context).judged(leaf, presented)
    return done[key]


@per_farm
def _done(_farm: Farm) -> dict[tuple[str, str, bytes, tuple[bytes, ...]], Judgement]:
    return {}


@dataclass(frozen=True, kw_only=True)
class _Judge:
    farm: Farm
    material: Material
    ways: Ways
    checked: bool  # False: known that revocation is not checked under this account here
    ahead: timedelta  # by how much the server's own clock is, as far as that is known: it judges by its own

    @classmethod
    def of(cls, farm: Farm, server: Server, context: str) -> "_Judge":
        return cls(
            farm=farm,
            material=material(farm, server, context),
            ways=Ways(farm=farm, server=server, context=context, cached_only=_cached_only(server, context)),
            checked=context != "system" or checks(server),
            ahead=_ahead(server),
        )

    def judged(self, leaf: Certificate, presented: Sequence[Certificate]) -> Judgement:
        here = self.material
        sent = (self._candidate(one, "presented") for one in presented)
        case = Case(
            leaf=self._candidate(leaf, "presented"),
            pool=pool((*here.pool.candidates, *sent)) if presented else here.pool,
            at=self.farm.as_of + self.ahead,
            terms=CRYPTOAPI,
            statuses=self._status,
            certain=not (here.unknown or here.listed),
            ended=lambda path: ended.reasons(self.farm, here, path),
        )
        made = judged(case)
        made = told_by(made, ended.better(self.farm, here, made))
        made = _with(made, tuple(self._unknown(leaf)))
        until = made.holds_until - self.ahead if made.holds_until is not None else None
        made = replace(made, holds_until=until)
        return replace(made, why=_sentence(here, made) + self._clock(made))

    def _clock(self, made: Judgement) -> str:
        if not self.ahead or made.verdict is Verdict.PASSES:
            return ""
        way = "ahead" if self.ahead > timedelta(0) else "behind"
        return f" (its clock is {abs(self.ahead)} {way}, and it judges by that)"

    def _candidate(self, one: Certificate, place: str) -> Candidate:
        return Candidate(certificate=one, found_in=(place,), distrusted=self.material.is_distrusted(one))

    def _unknown(self, leaf: Certificate) -> Iterator[Reason]:
        why = self.material.unknown.get(DISALLOWED)
        if why is not None:
            text = f"whether {self.material.server.name} distrusts a certificate of the chain is not known: {why}"
            yield reason("store-unknown", leaf, text, leaf=True, verdict=Verdict.UNKNOWN)

    def _status(self, path: Path, place: int) -> Status:
        if not self.checked:
            return (), ()
        own, issuer = path.candidates[place].certificate, path.candidates[place + 1].certificate
        question = Question(
            certificate=own,
            issuer=issuer,
            at=self.farm.as_of + self.ahead,
            terms=CRYPTOAPI,
            signer=lambda crl: by_issuer(crl, issuer),
        )
        ways = self.ways.of(question)
        coverings = tuple(way.covering for way in ways)
        return coverings, tuple(of_ways(own, ways, leaf=not place))


def _sentence(here: Material, made: Judgement) -> str:
    where = here.server.name if here.context == "system" else f"{here.server.name} as {here.context}"
    if made.verdict is Verdict.PASSES:
        return f"{where} takes the certificate: {made.why}"
    built = bool(made.chains) and made.chains[0].anchored
    verb = "refuses the chain" if built else "cannot build the chain"
    return f"{where} {verb}: {made.why}" if made.verdict is Verdict.FAILS else f"{where}: not known: {made.why}"


def _ahead(server: Server) -> timedelta:
    """Return the offset of the server's clock from the collector's; a minute is not told from none."""
    offsets = [h.value.offset.ToTimedelta() for h in server.ask("clock").facts if h.value.reference == COLLECTOR]
    return offsets[0] if len(offsets) == 1 and abs(offsets[0]) >= timedelta(minutes=1) else timedelta(0)


def _cached_only(server: Server, context: str) -> bool:
    """Tell whether every binding that asks for client certificates is known to go by cached revocation data alone."""
    if context != "system":
        return False
    bindings = [b.value for b in server.ask("tls-binding").facts if b.value.negotiate_client_certificate]
    return bool(bindings) and all(b.cached_revocation_only for b in bindings)


def _with(made: Judgement, more: tuple[Reason, ...]) -> Judgement:
    """Return the judgement with what else is not known; a failure stays one."""
    if not more or made.verdict is Verdict.FAILS:
        return made
    verdict = together((made.verdict, *(one.verdict for one in more)))
    return replace(told_by(made, (*made.reasons, *more)), verdict=verdict, holds_until=None)
