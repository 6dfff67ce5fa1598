"""What a broken way to the hosts of CRLs shows as, and the accounts whose way is looked at."""

from collections.abc import Callable, Iterator
from typing import Final

from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Held, Server, UnknownFactError
from farmsight_collector.rules.rule import CannotTell, Verdict
from farmsight_wire.v1 import facts_pb2 as f

FETCHES_FAIL: Final = (
    "crl.unreachable",
    "crl.mirror-unreachable",
    "crl.delta-unreachable",
    "crl.ocsp-failing",
    "crl.fetch-differs",
    "entra.crl-url-unreachable",
    "chain.aia-unusable",
)
# No connection came about: what a missing proxy looks like.
BLOCKED: Final = frozenset(
    {
        f.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED,
        f.RETRIEVAL_OUTCOME_REFUSED,
        f.RETRIEVAL_OUTCOME_UNREACHABLE,
        f.RETRIEVAL_OUTCOME_CONNECT_TIMED_OUT,
        f.RETRIEVAL_OUTCOME_RESET,
    }
)


def by_http(url: str) -> bool:
    """Tell whether a web proxy has a part in fetching a URL: none has in asking a directory."""
    return url.lower().startswith(("http:", "https:"))


def each_account(server: Server, judge: Callable[[str, tuple[Held, ...]], Iterator[Verdict]]) -> Iterator[Verdict]:
    """Yield what `judge` says of each account's context and proxy settings, or that they are not known.

    Raises UnknownFactError where they are known of no account.
    """
    contexts = server.contexts("proxy-settings")
    if not contexts:
        server.need("proxy-setting")  # says why it is not known
    for context in contexts:
        try:
            settings = server.need("proxy-setting", context=context)
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, context=context)
        else:
            yield from judge(context, settings)


def lost(server: Server, host: str) -> Iterator[Held]:
    """Yield what this server did not get from a host for want of a connection, where it got nothing from there."""
    rows = [row for context in server.contexts("retrievals") for row in _direct(server, host, context)]
    if rows and all(row.value.outcome in BLOCKED for row in rows):
        yield from rows


def _direct(server: Server, host: str, context: str) -> Iterator[Held]:
    for row in server.ask("retrieval", context=context).facts:
        if host_of(row.value.url) == host and not row.value.proxy:
            yield row
