"""What is wrong with the remedies of a rule's findings, also where everything on the farm has a hostile name.

PowerShell is parsed by its real grammar, a POSIX shell's lines are split as it splits them, and of a command
prompt's the quotes are counted. Names that hold every kind of quote must not make a command of their own.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import tree_sitter_powershell
from google.protobuf.message import Message
from tree_sitter import Language, Node, Parser

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.rules.commands import on_windows, only_looks
from farmsight_collector.rules.engine import Finding, evaluate
from farmsight_collector.rules.rule import Remedy, Rule

HOSTILE = "co'n\u2019t\"os$(Stop-Computer)`;|&{o\r\nStop-Computer"
_PARSER = Parser(Language(tree_sitter_powershell.language()))
_RETIRED = re.compile(r"(?i)\b\w+-(AzureAD|Msol)\w*")
_BARE_APPLICATION = re.compile(r"appid=\{")
_APPLICATION = re.compile(r"appid='\{([0-9A-Fa-f-]+)\}'")
_ADDED = re.compile(r"netsh http add (sslcert|urlacl) ('?(?:hostnameport|ipport|url)=\S+)")
_OF_THE_FARM = re.compile(
    r"(?m)^(Set|Enable|Disable|Update)-Adfs(Endpoint|Properties|GlobalAuthenticationPolicy|RelyingPartyTrust"
    r"|ClaimsProviderTrust|Certificate)\b"
)


def faults(rule: Rule, farm: Farm) -> list[str]:
    """Return what is wrong with the remedies of a rule on a farm, and on the same farm with hostile names."""
    plain = evaluate(farm, [rule]).findings
    worse = evaluate(hostile(farm), [rule]).findings
    found = [fault for finding in plain for fault in _of_finding(farm, finding)]
    found += [fault for finding in worse for remedy in finding.remedy for fault in of_remedy(remedy, rule)]
    if len(plain) == len(worse):  # else a name decides, and there is nothing to compare with
        run, also = ({name for f in fs for r in f.remedy for name in names(r)} for fs in (plain, worse))
        found += [f"a hostile name runs {name}" for name in sorted(also - run)]
    return found


def _of_finding(farm: Farm, finding: Finding) -> Iterator[str]:
    for remedy in finding.remedy:
        yield from of_remedy(remedy, finding.rule)
        yield from _elsewhere(farm, remedy)


def of_remedy(remedy: Remedy, rule: Rule) -> Iterator[str]:
    """Yield what is wrong with one remedy, with its text."""
    for what, text in (("command", remedy.command), ("check", remedy.check), ("undo", remedy.undo)):
        for fault in _of_text(remedy.shell, text):
            yield f"{what} of {remedy.server} in {remedy.shell}: {fault}: {text!r}"
    if not only_looks(remedy):
        if not remedy.check:
            yield f"nothing says what to look at before {remedy.command!r}"
        if not remedy.undo and rule.undo:
            yield f"nothing takes back {remedy.command!r}"
    for kind, place in _ADDED.findall(remedy.command):
        before = remedy.command.partition(f"add {kind} {place}")[0]
        if f"delete {kind} {place}" not in before and f"show {kind} {place}" not in remedy.check:
            yield f"netsh adds {place} where one may be: {remedy.command!r}"


def _of_text(shell: str, text: str) -> Iterator[str]:
    if shell == "powershell":
        yield from _powershell_faults(text)
    elif shell == "sh":
        yield from _sh_faults(text)
    elif shell == "cmd":
        yield from (f"quotes in {line!r}" for line in text.splitlines() if line.count('"') % 2)
    elif shell != "text":
        yield f"there is no shell {shell!r}"
    if shell != "text" and (retired := _RETIRED.search(text)):
        yield f"{retired[0]} is of a module that is retired"
    if _BARE_APPLICATION.search(text):
        yield "PowerShell reads the braces of an application id as a block"


def _parsed(text: str) -> Node:
    """Return the syntax tree; the grammar does not know braces in a quoted part of a word, which PowerShell does."""
    return _PARSER.parse((_APPLICATION.sub(r"appid='\1'", text) + "\n").encode()).root_node


@lru_cache(maxsize=4096)
def _powershell_faults(text: str) -> tuple[str, ...]:
    if all(line.startswith("#") for line in text.splitlines()):
        return ()  # the grammar wants a statement; PowerShell does not
    root = _parsed(text)
    return tuple(
        f"the grammar does not take {(n.text or b'')[:60]!r}" for n in _every(root) if n.is_error or n.is_missing
    )


def _sh_faults(text: str) -> Iterator[str]:
    for line in text.splitlines():
        try:
            shlex.split(line, comments=True)
        except ValueError as error:
            yield f"{error} in {line!r}"


def _every(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _every(child)


def names(remedy: Remedy) -> set[str]:
    """Return the names of the commands that a remedy's texts run."""
    found: set[str] = set()
    for text in (remedy.command, remedy.check, remedy.undo):
        if remedy.shell == "powershell":
            called = (n for n in _every(_parsed(text)) if n.type in ("command_name", "command_name_expr"))
            found |= {(n.text or b"").decode() for n in called}
        elif remedy.shell == "sh":
            found |= {line.split()[0] for line in text.splitlines() if line.split() and not line.startswith("#")}
    return found


def _elsewhere(farm: Farm, remedy: Remedy) -> Iterator[str]:
    """Yield what would be run on a secondary, where the primary is known, or where there is no such shell."""
    known = {server.name: server for server in farm.servers}
    if remedy.shell in ("powershell", "cmd") and remedy.server in known and not on_windows(known[remedy.server]):
        yield f"{remedy.server} is no Windows: {remedy.command!r}"
    held = [h for s in farm.of_role("adfs") for h in s.ask("adfs-sync").facts]
    primaries = {h.server for h in held if h.value.role == 1}
    if len(primaries) == 1 and _OF_THE_FARM.search(remedy.command) and remedy.server not in primaries:
        yield f"the farm is changed on {remedy.server}, and its primary is {', '.join(primaries)}: {remedy.command!r}"


def hostile(farm: Farm) -> Farm:
    """Return the same farm with a hostile name in place of contoso, wherever it stands."""
    return replace(farm, name=_worse(farm.name), servers=tuple(_server(server) for server in farm.servers))


def _server(server: Server) -> Server:
    facts = {kind: tuple(_held(held) for held in rows) for kind, rows in server.facts.items()}
    return replace(server, facts=facts)


def _held(held: Held) -> Held:
    fact = type(held.fact)()
    fact.CopyFrom(held.fact)
    _walk(fact)
    return replace(held, key=_worse(held.key), fact=fact)


def _walk(message: Message) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            continue
        values: Any = value if field.is_repeated else [value]
        if field.type == field.TYPE_MESSAGE:
            for one in values:
                _walk(one)
        elif field.type == field.TYPE_STRING and field.is_repeated:
            changed = [_worse(text) for text in values]
            del value[:]
            value.extend(changed)
        elif field.type == field.TYPE_STRING:
            setattr(message, field.name, _worse(value))


def _worse(text: str) -> str:
    return re.sub("(?i)contoso", lambda _: HOSTILE, text)
