"""A CRL begins in the future, as this server's clock has it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import told
from farmsight_collector.pki.freshness import doubt, spelled, this_update
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.network.commands import set_clock
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_ROUNDING = timedelta(seconds=5)  # offsets are facts in whole seconds, measured over a network


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL whose this update lies after the server's own time."""
    at = _own_time(farm, server)
    clockless = tuple(unseen((server,), "clock", named=True))
    yield from clockless
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        begins = this_update(one.value.crl) if one.ok and not clockless else None
        if begins is not None and begins > at + _ROUNDING:
            if begins <= at + doubt(one.value):
                if told.word(one.value) not in told.GOOD:
                    yield _undecided(one, begins)
                continue
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"The CRL at {one.value.url} begins on {spelled(one.value, begins)}, in the future",
                why=RULE.why,
                evidence=server.ask("clock").facts,
                remedy=(
                    set_clock(server),
                    powershell("the CA", "certutil -getreg CA\\ClockSkewMinutes  # 10 by default: CRLs are back-dated"),
                ),
            )


def _undecided(one: Fetched, begins: datetime) -> CannotTell:
    reason = f"it begins on {begins:%Y-%m-%d %H:%M} in a time zone that is not shown"
    return CannotTell(
        server=one.server.name, subject=one.value.url, reason=reason, probe="retrievals", context=one.context
    )


def _own_time(farm: Farm, server: Server) -> datetime:
    clocks: dict[str, timedelta] = {
        held.value.reference: held.value.offset.ToTimedelta() for held in server.ask("clock").facts
    }
    return farm.as_of + clocks.get("collector", timedelta(0))


RULE = Rule(
    code="crl.not-yet-valid",
    catalogue=("CRL-05",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("retrieval", "clock", "store-certificate", "entra-authority"),
    what="The this update of a CRL is later than the server's clock.",
    why=(
        "A CRL that has not begun is not used: sign-in fails until the server's clock gets there, or "
        "for minutes after each publication."
    ),
    remedy="Set the clocks of the server and of the CA right; let the CA back-date its CRLs (ClockSkewMinutes).",
    check="w32tm /query /status on the server and on the CA: whose clock is wrong?",
    source="RFC 5280 5.1.2.4; that no tolerance is allowed is field experience",
    explains=("chain.revocation-offline",),
    on_server=check,
)
