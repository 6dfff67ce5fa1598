"""Servers of one role use different proxies for the same account."""

from collections import defaultdict
from collections.abc import Iterator

from farmsight_collector.correlate.peers import NotKnown, compare
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.commands import powershell, told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Rule, Severity, Verdict

Setting = tuple[bool, str, tuple[str, ...], str, bool]


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each proxy setting (winhttp, wininet, environment) of an account that differs within a role."""
    for role in sorted(SIGN_IN):
        servers = farm.of_role(role)
        for context in sorted({c for server in servers for c in server.contexts("proxy-settings")}):
            held: dict[str, dict[str, Held]] = defaultdict(dict)
            known = set()
            for server in servers:
                answer = server.ask("proxy-setting", context=context)
                if answer.knowledge.value == "unknown":
                    yield CannotTell(server=server.name, reason=answer.reason, probe="proxy-settings", context=context)
                    continue
                known.add(server.name)
                for row in answer.facts:
                    held[row.key][server.name] = row
            for key, rows in sorted(held.items()):
                yield from _compared(role, context, key, rows, known)


def _compared(role: str, context: str, key: str, rows: dict[str, Held], known: set[str]) -> Iterator[Holds]:
    values: dict[str, Setting | NotKnown] = dict.fromkeys(known, _DIRECT)
    values |= {name: _setting(row) for name, row in rows.items()}
    compared = compare(values)
    if not compared.differs:
        return
    described = "; ".join(f"{_text(value)} on {', '.join(servers)}" for value, servers in compared.groups)
    yield Holds(
        subject=f"{key} of {context} on {role} servers",
        servers=compared.concerned,
        contexts=(context,),
        title=f"The {key} proxy of {context} differs between the {role} servers: {described}",
        evidence=tuple(rows.values()),
        remedy=tuple(
            powershell(name, "netsh winhttp show proxy") if role != "proxy" else told(name, "Compare the environment")
            for name in compared.concerned
        ),
    )


_DIRECT: Setting = (True, "", (), "", False)


def _setting(held: Held) -> Setting:
    value = held.value
    used = bool(value.proxy or value.pac_url or value.auto_detect)
    bypass = tuple(sorted({entry.strip().lower() for entry in value.bypass}))
    proxy = value.proxy.lower()
    return (not used, proxy, bypass if proxy else (), value.pac_url, bool(value.auto_detect))


def _text(value: Setting) -> str:
    direct, proxy, bypass, pac, detect = value
    if direct:
        return "none"
    shown = proxy or pac or ("automatic detection" if detect else "none")
    return f"{shown} with bypass {';'.join(bypass)}" if bypass else shown


RULE = Rule(
    code="network.proxy-differs",
    catalogue=("NET-02",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("proxy-setting",),
    what="The proxy setting of one account is not the same on all servers of a role.",
    why="What one server can fetch another can't: sign-in works or fails by the server that answers.",
    remedy="Make the settings equal: netsh winhttp set proxy, import proxy source=ie, or reset proxy.",
    check="netsh winhttp show proxy on both: keep the output; which one is meant?",
    undo="netsh winhttp set proxy with the values that were kept.",
    source="Microsoft Japan support on AD FS certificate authentication; comparison between servers",
    explains=("crl.fetch-differs",),
    on_farm=check,
)
