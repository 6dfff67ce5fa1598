"""Observers that could not look: what they saw before is neither confirmed nor gone."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.rules.rule import CannotTell
from farmsight_collector.rules.unseen import unseen


def blind(farm: Farm) -> Iterator[CannotTell]:
    """Yield a doubt, about the farm as a whole, for each observer whose looks are not known.

    A server of which the addresses are not known may be the one that was
    looked at: that is in doubt for this server.
    """
    yield from unseen(farm.of_role("adfs", "wap", "proxy"), "host", named=True)
    for observer in farm.servers:
        if not any(row.probe == "tls-endpoints" for row in observer.coverage):
            continue  # never looked, so nothing is known from it
        answer = observer.ask("tls-endpoint")
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(reason=f"{observer.name} can't tell: {answer.reason}", probe="tls-endpoints")
