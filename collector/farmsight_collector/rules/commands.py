"""Commands of remedies: right for their shell, whatever names and URLs hold."""

import re

from farmsight_collector.pki.gaps import Gap
from farmsight_collector.rules.rule import Remedy

# PowerShell takes each of these for a single quote.
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def quoted(text: str) -> str:
    """Return the text as one PowerShell argument."""
    return "'" + _QUOTES.sub(r"\1\1", _one_line(text)) + "'"


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def powershell(server: str, *lines: str) -> Remedy:
    """Return PowerShell lines to be run, elevated, on a server; what a line holds can't start another."""
    command = "\n".join(_one_line(line) for line in lines)
    return Remedy(server=server, shell="powershell", command=command)  # noqa: S604 - a word for people


def told(server: str, text: str) -> Remedy:
    """Return what is to be done where no command can do it."""
    return Remedy(server=server, shell="text", command=text)  # noqa: S604 - a word for people


def as_account(server: str, context: str, url: str) -> Remedy:
    """Return how to repeat one fetch as the account of a context (PsExec of Sysinternals)."""
    flags = {"system": "-s", "network-service": "-u 'NT AUTHORITY\\NETWORK SERVICE'"}.get(context)
    fetch = f"curl.exe --silent --show-error --output NUL --write-out '%{{http_code}}' {quoted(url)}"
    if flags is None:
        return powershell(
            server, f"# as the account of the context {context}, e.g. through a one-shot scheduled task:", fetch
        )
    return powershell(server, f"psexec.exe {flags} {fetch}")


def install(server: str, gap: Gap) -> tuple[Remedy, ...]:
    """Return how to bring a CA certificate into the right store, from a server that has it."""
    newest = gap.authority.certificates[0].sha1
    file = f"C:\\Windows\\Temp\\{newest}.cer"
    holders = [h for h in gap.elsewhere if h.kind == "store-certificate" and h.value.certificate.sha1 == newest]
    export: tuple[Remedy, ...] = ()
    if holders:
        export = (
            powershell(
                holders[0].server,
                f"certutil -store {quoted(holders[0].value.store)} {newest} {quoted(file)}",
                f"# then copy {file} to the servers that lack it, and compare the thumbprint with the CA's own",
            ),
        )
    name = "Root" if gap.store == "ROOT" else "CA"
    return (
        *export,
        powershell(
            server,
            f"certutil -f -addstore {name} {quoted(file)}",
            f"# to undo: certutil -delstore {name} {newest}",
        ),
    )
