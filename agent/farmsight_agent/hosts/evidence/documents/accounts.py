"""NAME_host.json: the accounts behind the contexts, their proxies and caches."""

from collections.abc import Sequence
from typing import Final

from farmsight_agent.hosts.evidence.documents import sections
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import instant, number, rows, text, texts, yes_or_no
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.hosts.well_known import account_sid
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME, CONTEXT_NAMES

SYSTEM: Final = Account(context=facts_pb2.CONTEXT_SYSTEM, name="NT AUTHORITY\\SYSTEM", sid="S-1-5-18")
NETWORK_SERVICE_SID: Final = "S-1-5-20"
_PROXY_SOURCES: Final = {
    "winhttp": facts_pb2.PROXY_SOURCE_WINHTTP,
    "wininet": facts_pb2.PROXY_SOURCE_WININET,
    "environment": facts_pb2.PROXY_SOURCE_ENVIRONMENT,
}


def accounts(document: Located | None) -> Sequence[Account]:
    """Return the accounts that the file names, else those its services run as."""
    if document is None:
        return (SYSTEM,)
    named = [_account(row) for row in rows(document.get("Contexts"))]
    found = {one.context: one for one in named if one is not None}
    return tuple(found.values()) or (SYSTEM, *_of_services(document))


def _account(row: Located) -> Account | None:
    context = CONTEXT_BY_NAME.get(text(row.get("Context")).lower())
    if not context:
        return None
    return Account(context=context, name=text(row.get("Account")), sid=text(row.get("Sid")))


def _of_services(document: Located) -> Sequence[Account]:
    """Return the account of adfssrv: NETWORK SERVICE on a proxy, one of its own on a node."""
    for row in rows(document.get("Services")):
        if text(row.get("Name")).lower() == "adfssrv" and text(row.get("StartName")):
            name = text(row.get("StartName"))
            sid = text(row.get("StartSid")) or account_sid(name, "adfssrv")
            own = sid != NETWORK_SERVICE_SID
            context = facts_pb2.CONTEXT_ADFS_SERVICE if own else facts_pb2.CONTEXT_NETWORK_SERVICE
            return (Account(context=context, name=name, sid=sid),)
    return ()


def proxies(document: Located, account: Account) -> Seen[facts_pb2.ProxySetting]:
    """Return the proxy settings of one account."""
    _looked_as(document, "Proxies", account)

    def read(row: Located) -> facts_pb2.ProxySetting | None:
        return _proxy(row) if _is_of(row, account) else None

    return sections.seen(document, "Proxies", read)


def _looked_as(document: Located, section: str, account: Account) -> None:
    """Raise what kept this account from being looked at, else not-collected when only others are named."""
    name = f"{section}/{CONTEXT_NAMES[account.context]}"
    errors = document.get("Errors")
    if isinstance(errors, dict) and errors.get(name) is not None:
        sections.section(document, name)
    listed = [*rows(document.get("Contexts")), *rows(sections.section(document, section))]
    named = {text(row.get("Context")).lower() for row in listed}
    if named and CONTEXT_NAMES[account.context] not in named:
        detail = f"{section} of {', '.join(sorted(named))}, not of {CONTEXT_NAMES[account.context]}"
        raise UnavailableError("not-collected", detail, source=sections.file_of(document))


def _is_of(row: Located, account: Account) -> bool:
    return CONTEXT_BY_NAME.get(text(row.get("Context")).lower()) == account.context


def _proxy(row: Located) -> facts_pb2.ProxySetting:
    source = _PROXY_SOURCES.get(text(row.get("Source")).lower())
    if source is None:
        raise sections.not_understood(row, "Source")
    proxy, pac = text(row.get("ProxyServer")), text(row.get("AutoConfigUrl"))
    detect, direct = yes_or_no(row.get("AutoDetect")), yes_or_no(row.get("Direct"))
    listed = [part.strip() for one in texts(row.get("ProxyBypass")) for part in one.split(";")]
    found = facts_pb2.ProxySetting(
        proxy_source=source,
        direct=not (proxy or pac or detect) if direct is None else direct,
        proxy=proxy,
        pac_url=pac,
        bypass=[one for one in listed if one],
    )
    if detect is not None:
        found.auto_detect = detect
    _policy(row, found)
    return found


def _policy(row: Located, found: facts_pb2.ProxySetting) -> None:
    """Add whose values these are, where the row tells it."""
    common, differs = yes_or_no(row.get("PerMachine")), yes_or_no(row.get("OwnDiffers"))
    if common is not None:
        found.per_machine = common
    if differs is not None:
        found.own_differs = differs


def url_cache(document: Located, account: Account) -> Seen[facts_pb2.UrlCacheEntry]:
    """Return the URL cache of one account."""
    _looked_as(document, "UrlCache", account)

    def read(row: Located) -> facts_pb2.UrlCacheEntry | None:
        return _cached(row) if _is_of(row, account) else None

    return sections.seen(document, "UrlCache", read)


def _cached(row: Located) -> facts_pb2.UrlCacheEntry:
    url = text(row.get("Url"))
    if not url:
        raise sections.not_understood(row, "Url")
    found = facts_pb2.UrlCacheEntry(url=url, size=number(row.get("Size"), (1 << 63) - 1) or 0)
    fetched, expires = instant(row.get("LastSyncTime")), instant(row.get("ExpireTime"))
    if fetched is not None:
        found.fetched_at.CopyFrom(fetched)
    if expires is not None:
        found.expires_at.CopyFrom(expires)
    return found
