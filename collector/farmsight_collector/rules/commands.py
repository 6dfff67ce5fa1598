"""Commands of remedies: right for their shell, whatever names and URLs hold."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from farmsight_collector.model.view import Server
from farmsight_collector.pki.gaps import Gap
from farmsight_collector.rules.rule import Remedy, Rule

# PowerShell takes each of these for a single quote.
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")

_PLAIN: Final = re.compile(r"[\w.:/+*@%-]*|\{[0-9A-Fa-f-]+\}", re.ASCII)

# What only looks. Anything else is taken to change something.
_LOOKS: Final = re.compile(
    r"""(?ix) ^ (\$\w+ \s* = \s*)? (\(+ \s*)? (
        (get|test|resolve|select|format|where|compare|measure)-\w+
      | certutil(\.exe)? \s+ (-v \s+)? -(store|verifystore|verify|getreg|dump|viewstore|url) \b
      | certutil(\.exe)? \s+ -urlcache \s+ (crl|ocsp) \s* (\#|$)
      | netsh \s .* \b show \b
      | reg(\.exe)? \s+ query \b
      | curl(\.exe)? \s
      | psexec(\.exe)? \s .* \b (curl | certutil \S* \s+ -store)
      | w32tm \s+ /(query|stripchart) \b
      | gpresult \b | nslookup \b | getent \b | cat \b | chronyc \s tracking | timedatectl | appcmd \s+ list \b
      | farmsight-agent \s+ doctor \b
      | nc \s -vz | sudo \s+ (nginx \s+ -t | ss | openssl) \b | nginx \s+ -[tT] \b | ss \s | openssl \s | grep \s
    )"""
)
_COMMENTS: Final = {"powershell": "# ", "sh": "# ", "cmd": "rem ", "text": ""}


def quoted(text: str) -> str:
    """Return the text as one PowerShell argument."""
    return "'" + _QUOTES.sub(r"\1\1", one_line(text)) + "'"


def word(text: str) -> str:
    """Return the text as one PowerShell argument, bare where it is one plain word, as the names of stores are."""
    return text if re.fullmatch(r"\w+", text, re.ASCII) else quoted(text)


def argument(key: str, value: str) -> str:
    """Return `key=value` as one PowerShell argument, quoted as people write it where the value is plain."""
    return f"{key}={quoted(value)}" if _PLAIN.fullmatch(value) else quoted(f"{key}={value}")


def one_line(text: str) -> str:
    """Return the text on one line: what a name holds can't start another command, nor leave a comment."""
    return " ".join(text.splitlines())


def powershell(server: str, *lines: str, check: Iterable[str] = (), undo: Iterable[str] = ()) -> Remedy:
    """Return PowerShell lines to be run, elevated, on a server; what a line holds can't start another."""
    return _remedy(server, "powershell", lines, check, undo)


def sh(server: str, *lines: str, check: Iterable[str] = (), undo: Iterable[str] = ()) -> Remedy:
    """Return lines for a POSIX shell, for proxies that are no Windows."""
    return _remedy(server, "sh", lines, check, undo)


def told(server: str, text: str, *, check: str = "", undo: str = "") -> Remedy:
    """Return what is to be done where no command can do it."""
    return _remedy(server, "text", (text,), (check,) if check else (), (undo,) if undo else ())


def _remedy(server: str, shell: str, lines: Iterable[str], check: Iterable[str], undo: Iterable[str]) -> Remedy:
    command, first, back = ("\n".join(one_line(line) for line in some) for some in (lines, check, undo))
    return Remedy(server=server, shell=shell, command=command, check=first, undo=back)


def only_looks(remedy: Remedy) -> bool:
    """Tell whether every command of a remedy reads and changes nothing: then there is nothing to undo."""
    if remedy.shell == "text":
        return False
    parts = [part for line in remedy.command.splitlines() for part in _commands(line)]
    return bool(parts) and all(_LOOKS.match(part) for part in parts)


def _commands(line: str) -> list[str]:
    """Return the commands of a line; a comment that stands alone is to be done by hand, but one that says as whom."""
    if line.lstrip().startswith("#"):
        return [] if line.lstrip().startswith("# as ") else [line]
    plain = re.sub(r"\s+#.*", "", re.sub(r"'[^']*'", "''", line))  # what stands in quotes runs nothing
    return [part for part in re.split(r"\s*[;|]\s*", plain.strip()) if part]


def completed(remedy: Remedy, rule: Rule) -> Remedy:
    """Return the remedy with the rule's own words where no exact check or undo is known."""
    if only_looks(remedy):
        return remedy
    mark = _COMMENTS.get(remedy.shell, "")
    check = remedy.check or (mark + rule.check if rule.check else "")
    undo = remedy.undo or (mark + rule.undo if rule.undo else "")
    return replace(remedy, check=check, undo=undo)


def on_windows(server: Server) -> bool:
    """Tell whether a server's commands are those of Windows: AD FS and WAP are; of others their own word counts."""
    named = any("windows" in held.value.os_name.lower() for held in server.ask("host").facts)
    return server.role in ("adfs", "wap") or named or bool(server.facts.get("url-reservation"))  # http.sys is there


def either(server: Server | None, windows: Remedy, elsewhere: str) -> Remedy:
    """Return the commands where they are those of the server, else what is to be done in words."""
    if server is None or on_windows(server):
        return windows
    return told(server.name, elsewhere)


def certificates_console(server: Server) -> str:
    """Return where people find the machine's certificates: a Server Core has no console of its own."""
    if any("core" in held.value.installation_type.lower() for held in server.ask("host").facts):
        return f"On a computer with a desktop: certlm.msc, connected to {one_line(server.name)}"
    return "certlm.msc"


def doctor(server: Server) -> Remedy:
    """Return how an agent is asked what ails it."""
    return (powershell if on_windows(server) else sh)(server.name, "farmsight-agent doctor")


def as_account(server: Server, context: str, url: str) -> Remedy:
    """Return how to repeat one fetch as the account of a context (on Windows by PsExec of Sysinternals)."""
    who = f"# as the account of the context {context}"
    if not on_windows(server):
        fetch = "curl --silent --show-error --output /dev/null --write-out '%{http_code}\\n' --"
        return sh(server.name, f"{who}, e.g. by sudo -u ACCOUNT:", f"{fetch} {shlex.quote(one_line(url))}")
    if url.lower().startswith("ldap"):
        fetch = f"certutil.exe -store {quoted(url)}"
    else:
        fetch = f"curl.exe --silent --show-error --output NUL --write-out '%{{http_code}}' {quoted(url)}"
    flags = {"system": "-s", "network-service": "-u 'NT AUTHORITY\\NETWORK SERVICE'"}.get(context)
    if flags is None:
        return powershell(server.name, f"{who}, e.g. through a one-shot scheduled task:", fetch)
    return powershell(server.name, f"psexec.exe {flags} {fetch}")


def exported(sha1: str) -> str:
    """Return the file that a certificate is exported to, as one PowerShell argument."""
    return quoted(f"C:\\Windows\\Temp\\{sha1}.cer")


def install(server: str, gap: Gap) -> tuple[Remedy, ...]:
    """Return how to bring a CA certificate into the right store, from a server that has it."""
    newest = gap.authority.certificates[0].sha1
    holders = [h for h in gap.elsewhere if h.kind == "store-certificate" and h.value.certificate.sha1 == newest]
    export: tuple[Remedy, ...] = ()
    if holders:
        export = (
            powershell(
                holders[0].server,
                f"certutil -store {word(holders[0].value.store)} {newest} {exported(newest)}",
                f"# then copy C:\\Windows\\Temp\\{newest}.cer to the servers that lack it",
                check=(f"certutil -store {word(holders[0].value.store)} {newest}  # compare it with the CA's own",),
                undo=(f"Remove-Item {exported(newest)}",),
            ),
        )
    return (*export, add(server, "Root" if gap.store == "ROOT" else "CA", newest))


def add(server: str, store: str, sha1: str) -> Remedy:
    """Return how to add the exported copy of a certificate to one of the machine's stores."""
    return powershell(
        server,
        f"certutil -f -addstore {word(store)} {exported(sha1)}",
        check=(
            f"certutil -store {word(store)} {sha1}  # is it there already?",
            f"certutil -dump {exported(sha1)}  # its SHA-1 must be {sha1}: ask the CA's owner",
        ),
        undo=(f"certutil -delstore {word(store)} {sha1}",),
    )


def move(server: str, sha1: str, *, out_of: str, to: str = "", first: str = "") -> Remedy:
    """Return how to take a certificate out of one of the machine's stores, into another if `to` names one."""
    here, there = word(out_of), word(to)
    return powershell(
        server,
        f"certutil -store {here} {sha1} {exported(sha1)}  # the copy to undo with",
        *((f"certutil -f -addstore {there} {exported(sha1)}",) if to else ()),
        f"certutil -delstore {here} {sha1}",
        check=(
            *((first,) if first else ()),
            f"certutil -store {here} {sha1}  # compare it with what the CA's owner says",
        ),
        undo=(
            f"certutil -f -addstore {here} {exported(sha1)}",
            *((f"certutil -delstore {there} {sha1}  # where it was not there before",) if to else ()),
        ),
    )


def registry(server: str, key: str, name: str, number: int, before: int | None, *after: str) -> Remedy:
    """Return how to set one number of the registry; `before` None: the value is not there now."""
    place = f"{quoted(key)} /v {quoted(name)}"
    back = f"reg delete {place} /f" if before is None else f"reg add {place} /t REG_DWORD /d {before} /f"
    return powershell(
        server,
        f"reg add {place} /t REG_DWORD /d {number} /f",
        *after,
        check=(f"reg query {place}",),
        undo=(back, *after),
    )


def publish(url: str, *, issuer: str = "", delta: bool = False) -> Remedy:
    """Return how a CA publishes its CRL anew, and what brings it to the URL."""
    whose = f"  # on the CA {issuer}; one that is kept offline has to be started for it" if issuer else ""
    return powershell(
        "the CA",
        f"certutil -crl{' delta' if delta else ''}{whose}",
        f"# then copy it to {url}",
        check=(
            "Get-Service certsvc; Get-ChildItem C:\\Windows\\System32\\CertSrv\\CertEnroll",
            "# keep a copy of the file that the URL serves now",
        ),
        undo=("# put that copy back at the URL: a CRL is valid until its own end",),
    )


def right_crl(url: str) -> Remedy:
    """Return how the CRL at a URL is replaced by the right one: each key of a CA has one, CA.crl and CA(1).crl."""
    kept = "C:\\Windows\\Temp\\before.crl"
    return powershell(
        "the CA",
        "Copy-Item C:\\Windows\\System32\\CertSrv\\CertEnroll\\RIGHT.crl WEB-FOLDER",
        check=(
            "certutil -getreg CA\\CRLPublicationURLs  # <CRLNameSuffix> tells the keys apart",
            f"Invoke-WebRequest {quoted(url)} -OutFile {kept} -UseBasicParsing",
            f"certutil -dump {kept}  # its issuer and key identifier, beside the CA's",
        ),
        undo=(f"Copy-Item {kept} WEB-FOLDER",),
    )


def publication_urls(*, change: str, then: str, ca: str = "the CA") -> Remedy:
    """Return how the URLs are changed that a CA writes into certificates and CRLs; `change` and `then` in words."""
    return powershell(
        ca,
        f"certutil -setreg CA\\CRLPublicationURLs VALUES  # {change}",
        f"Restart-Service certsvc; certutil -crl  # {then}",
        check=("certutil -getreg CA\\CRLPublicationURLs > C:\\Windows\\Temp\\CRLPublicationURLs-before.txt",),
        undo=("certutil -setreg CA\\CRLPublicationURLs VALUES  # those that were kept", "Restart-Service certsvc"),
    )
