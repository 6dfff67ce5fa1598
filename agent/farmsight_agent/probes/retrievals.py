"""CRLs, delta CRLs, issuers' certificates and OCSP answers, fetched as each account that matters."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from farmsight_agent.contexts.protocol import ChildRequest
from farmsight_agent.contexts.runner import own_account
from farmsight_agent.hosts.absent import LIVE
from farmsight_agent.hosts.host import Account, Host
from farmsight_agent.outcome import NotApplicableError, NotObservedError
from farmsight_agent.probe import Part, Probe, Tools, part_not_observed
from farmsight_agent.probes.answers import keep_referred
from farmsight_agent.retrieve.limits import Limits
from farmsight_agent.retrieve.shown import show
from farmsight_agent.retrieve.url_files import listed

DEADLINE_S: Final = 600
FOR_THE_CHOICE_S: Final = 60.0
FOR_THE_CHILDREN_S: Final = 520.0


def collect(tools: Tools) -> Iterator[Part]:
    """Yield one part for each context: what it fetched, or why it could not be entered."""
    accounts = list(tools.host.accounts()) or [own_account()]
    if _is_live(tools.host, accounts[0]):
        yield from _fetched(tools)
    else:
        yield from (_recorded(tools, account) for account in accounts)


def _is_live(host: Host, account: Account) -> bool:
    try:
        host.recorded("retrievals", account)
    except NotApplicableError as error:
        return error.reason == LIVE
    except NotObservedError:
        pass
    return False


def _recorded(tools: Tools, account: Account) -> Part:
    """Return what was recorded as an account; to have fetched nothing is another thing than not to have looked."""
    try:
        seen = tools.host.recorded("retrievals", account)
    except NotObservedError as error:
        return part_not_observed(error, context=account.context)
    for fact in seen.values:
        keep_referred(fact, tools.host, tools.blobs)
    return Part(context=account.context, facts=seen.values, source=seen.source)


def _fetched(tools: Tools) -> Iterator[Part]:
    accounts = list(tools.host.accounts()) or [own_account()]
    selection = _selected(tools)
    for account in accounts:
        yield _as(account, selection, tools, FOR_THE_CHILDREN_S / len(accounts))


def _selected(tools: Tools) -> Mapping[str, Any]:
    """Return the targets and the notes, as JSON: chosen in a child, for it takes checking many signatures."""
    settings = tools.config.retrieval
    urls, troubles = listed(settings.urls_from)
    payload = {
        "authorities": list(settings.authorities),
        "user_certificates": [str(path) for path in settings.user_certificates],
        "urls": [*settings.urls, *urls],
        "shown": show(tools.host),
    }
    request = ChildRequest(op="select", payload=payload, deadline_s=FOR_THE_CHOICE_S)
    chosen = tools.contexts.run(own_account(), request).result
    return {**chosen, "notes": [*troubles, *chosen["notes"]]}


def _as(account: Account, selection: Mapping[str, Any], tools: Tools, deadline_s: float) -> Part:
    settings = tools.config.retrieval
    limits = Limits(
        connect_timeout_s=min(Limits.connect_timeout_s, settings.timeout_s),
        timeout_s=settings.timeout_s,
        total_s=settings.total_s,
        max_bytes=settings.max_bytes,
        max_redirects=settings.max_redirects,
    )
    payload = {
        "targets": selection["targets"],
        "limits": limits.to_json(),
        "connect_to": dict(tools.config.connect_to),
    }
    request = ChildRequest(op="retrieve", payload=payload, deadline_s=deadline_s)
    try:
        answer = tools.contexts.run(account, request)
    except NotObservedError as error:
        return part_not_observed(error, context=account.context)
    part = Part(context=account.context, facts=answer.facts, samples=answer.samples, source="network")
    return replace(part, detail="; ".join(selection["notes"])[:2000])


PROBE = Probe(
    id="retrievals",
    reads="every CRL, delta CRL, issuer's certificate and OCSP answer that the CAs on this server name, "
    "fetched as each account of the services",
    period_s=900,
    deadline_s=DEADLINE_S,
    collect=collect,
)
