"""What commands print on one server: each output with its command and the name of its file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from farmsight_lab.captured import adfs, listing, sslcert, urlacl, verify, winhttp
from farmsight_lab.captured.chains import Engine
from farmsight_lab.captured.plan import Plan
from farmsight_lab.farm.state import Farm, Json, Server
from farmsight_lab.names import Role

# Under whose account certutil ran, as the name of its file has it: what %username% was, or what the script writes.
BY_HAND: Final[dict[Role, dict[str, str]]] = {
    "adfs": {"system": "{server}$", "adfs-service": "gmsa-adfs$"},
    "wap": {"system": "{server}$", "network-service": "NETWORK SERVICE"},
}
BY_SCRIPT: Final[dict[Role, dict[str, str]]] = {
    "adfs": {"system": "SYSTEM", "adfs-service": "gmsa-adfs$"},
    "wap": {"system": "SYSTEM", "network-service": "NETWORKSERVICE"},
}
_SCRIPT_WIDTH: Final = 4096  # the script asks for lines that are not broken
ISSUER_OF: Final = {"alice": "issuing-1", "bob": "issuing-2"}


@dataclass(frozen=True, kw_only=True)
class Output:
    """One output: `name` is that of its file, after the computer's; `powershell` where only it has the command."""

    name: str
    command: str
    text: str
    powershell: bool = False


def outputs(farm: Farm, server: Server, plan: Plan) -> Iterator[Output]:
    """Yield what commands print on a server, in the order in which people would type them."""
    yield from _netsh(server, plan)
    yield from _verify(farm, server, plan)
    yield from _stores(farm, server, plan)
    if server.adfs is not None:
        yield from _adfs(server.adfs, plan, server.name)


def _netsh(server: Server, plan: Plan) -> Iterator[Output]:
    style = plan.style_of(server.name)
    words = style.words.netsh
    text = urlacl.text(server.reservations, words)
    yield Output(name="49443.txt", command="netsh http show urlacl", text=text)
    text = sslcert.text(server.bindings, words, style.system)
    yield Output(name="sslcert.txt", command="netsh http show sslcert", text=text)
    text = winhttp.text(server.host.get("Proxies", []), words)
    yield Output(name="winhttp.txt", command="netsh winhttp show proxy", text=text)


def _verify(farm: Farm, server: Server, plan: Plan) -> Iterator[Output]:
    style = plan.style_of(server.name)
    accounts = BY_HAND if plan.article else BY_SCRIPT
    for context, account in accounts[server.role].items():
        engine = Engine(farm=farm, server=server, context=context, fetches_issuers=plan.fetches_issuers)
        user = account.format(server=server.name)
        for file, certificate in (("SubCA", ISSUER_OF[plan.user]), ("usercert", f"user-{plan.user}")):
            yield Output(
                name=f"{user}_{file}.txt",
                command=f"certutil.exe -verify -urlfetch {file}.cer",
                text=verify.text(engine.build(certificate), style),
            )


def _stores(farm: Farm, server: Server, plan: Plan) -> Iterator[Output]:
    style = plan.style_of(server.name)
    engine = Engine(farm=farm, server=server, context="system", fetches_issuers=plan.fetches_issuers)
    for store in ("root", "ca", "my"):
        if store.upper() in server.stores:
            text = listing.text(engine, store, style)
            yield Output(name=f"store_{store}.txt", command=f"certutil -verifystore {store}", text=text)


def _adfs(document: Json, plan: Plan, server: str) -> Iterator[Output]:
    style = plan.style_of(server)
    if not plan.article:
        style = replace(style, width=_SCRIPT_WIDTH)
    for name, (cmdlet, text) in adfs.texts(document, style).items():
        yield Output(name=name, command=cmdlet, text=text, powershell=True)
