"""What is not known, as text for people: one line for what holds of many servers for one reason."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from farmsight_collector.cli.output import Output
from farmsight_wire.v1 import query_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

SHOWN: Final = 20  # lines; on a sparse farm the rest says the same again
_NAMES_SHOWN: Final = 6
_SOME_SERVER: Final = "the server"
# A rule about several servers names the one that could not tell, and the part of it.
_OF_SERVER: Final = re.compile(r"(?P<server>[^\s:]+)(?: can't tell|: (?P<what>[a-z-]+(?:/[\w-]+)?)): ")


@dataclass
class _Group:
    """One thing that is not known for one reason: of which servers and accounts, and the rules that can't tell."""

    what: str
    reason: str
    contexts: dict[str, list[str]] = field(default_factory=dict)  # by server
    codes: set[str] = field(default_factory=set)


def print_unknown(out: Output, items: Iterable[query_pb2.UnknownItem], servers: Collection[str] = ()) -> None:
    """Print what is not known, what most rules wait for first; nothing where all is known."""
    lines = list(_lines(_grouped(items, Places(servers)), len(servers)))
    if not lines:
        return
    out.line()
    out.line(f"not known ({len(lines)}):", "unknown")
    for line in lines[:SHOWN]:
        out.line(f"    {line}")
    if len(lines) > SHOWN:
        out.line(f"    and {len(lines) - SHOWN} more; --json shows all")


def names_of(servers: Sequence[str], total: int = 0) -> str:
    """Return servers' names for a line, the first of many."""
    if len(servers) <= _NAMES_SHOWN:
        return ", ".join(servers)
    if len(servers) == total:
        return f"all {total} servers"
    return f"{', '.join(servers[: _NAMES_SHOWN - 1])} and {len(servers) - _NAMES_SHOWN + 1} more"


class Places:
    """Tells of which server an item speaks, also where a rule about the farm names it."""

    def __init__(self, servers: Collection[str]) -> None:
        """Take the names of all servers."""
        names = "|".join(sorted(map(re.escape, servers), key=len, reverse=True))
        self._named = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])") if servers else None
        self._servers = frozenset(servers)

    def told(self, item: query_pb2.UnknownItem) -> tuple[str, str, str]:
        """Return the server ("" for the farm), the part that is not known, and why."""
        what, reason = f"{item.probe}/{item.part}".rstrip("/"), item.reason
        if item.server or self._named is None:
            return item.server, what, reason
        found = _OF_SERVER.match(reason)
        if found is not None and found["server"] in self._servers:
            return found["server"], found["what"] or what, reason[found.end() :]
        names = set(self._named.findall(reason))
        return names.pop() if len(names) == 1 else "", what, reason


def _grouped(items: Iterable[query_pb2.UnknownItem], places: Places) -> list[_Group]:
    groups: dict[tuple[str, str], _Group] = {}
    for item in items:
        server, what, reason = places.told(item)
        alike = reason.replace(server, _SOME_SERVER) if server else reason
        group = groups.setdefault((what, alike), _Group(what=what, reason=reason))
        contexts = group.contexts.setdefault(server, [])
        context = CONTEXT_NAMES[item.context] or ""
        if context and context not in contexts:
            contexts.append(context)
        if len(group.contexts) > 1:
            group.reason = alike
        group.codes |= {item.code} - {""}
    return sorted(groups.values(), key=lambda group: -len(group.codes))


def _lines(groups: Iterable[_Group], total: int) -> Iterable[str]:
    for group in groups:
        alike: dict[tuple[str, ...], list[str]] = {}
        for server, contexts in group.contexts.items():
            alike.setdefault(tuple(sorted(contexts)), []).append(server)
        for accounts, servers in alike.items():
            where = names_of([one for one in servers if one], total) or "farm"
            what = f"  {group.what}" if group.what else ""
            whose = f" as {', '.join(accounts)}" if accounts else ""
            yield f"{where}{what}{whose}: {group.reason}{_waiting(len(group.codes))}"


def _waiting(rules: int) -> str:
    return f" ({rules} rule{'s' if rules > 1 else ''} cannot tell)" if rules else ""
