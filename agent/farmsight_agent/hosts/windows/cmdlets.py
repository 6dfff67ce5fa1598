"""What only the AD FS and Web Application Proxy cmdlets know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from google.protobuf.message import Message

from farmsight_agent.clock import Clock, SystemClock
from farmsight_agent.hosts.evidence.documents import adfs, sections, wap
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.documents.shapes import text
from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.windows.programs.cmdlets_document import CUT_SHORT, document
from farmsight_agent.hosts.windows.programs.powershell_text import LIMIT_S, SOURCE, script
from farmsight_agent.hosts.windows.programs.program_output import Printed
from farmsight_agent.outcome import NotApplicableError, NotObservedError

_GOOD_FOR_S: Final = 60.0  # the parts of one probe run ask one after another, at once

Keep = Callable[[bytes], bytes]
Run = Callable[[str], Printed]
Running = Callable[[str], bool | None]


@dataclass(frozen=True, kw_only=True)
class _Role:
    """One role: its script, its service, and which sections each part is made of, the first one foremost."""

    name: str
    service: str
    part: Callable[[Located, str, Keep], Seen[Message]]
    parts: Mapping[str, tuple[str, ...]]

    @property
    def sections(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self.parts.values() for name in names))


ADFS: Final = _Role(
    name="adfs",
    service="adfssrv",
    part=adfs.part,
    parts={
        "properties": ("Get-AdfsProperties", "Get-AdfsFarmInformation"),
        "global-policy": ("Get-AdfsGlobalAuthenticationPolicy", "Get-AdfsAdditionalAuthenticationRule"),
        "sync": ("Get-AdfsSyncProperties",),
        "authentication-providers": ("Get-AdfsAuthenticationProvider",),
        "endpoints": ("Get-AdfsEndpoint",),
        "certificates": ("Get-AdfsCertificate", "Get-AdfsSslCertificate"),
        "trusts": ("Get-AdfsClaimsProviderTrust", "Get-AdfsRelyingPartyTrust"),
        "nodes": ("Get-AdfsFarmInformation",),
    },
)
WAP: Final = _Role(
    name="wap",
    service="appproxysvc",
    part=wap.part,
    parts={
        "configuration": (
            "Get-WebApplicationProxyConfiguration",
            "ProxyService",
            "Get-WebApplicationProxyHealth",
        ),
        "applications": ("Get-WebApplicationProxyApplication",),
        "trust-certificates": ("ProxyTrustCertificates",),
    },
)


@dataclass(kw_only=True)
class _Answer:
    """What one run came to: a document, or what kept it from running; and the parts that took it."""

    at: float
    document: Located | NotObservedError
    taken: set[str] = field(default_factory=set)


class Cmdlets:
    """One run of PowerShell answers every part of a role for a while: until one is asked for again."""

    def __init__(self, run: Run, running: Running, clock: Clock | None = None) -> None:
        """Take what runs a script, and what tells of a service whether it runs (None: it is not there)."""
        self._run, self._running = run, running
        self._clock = clock or SystemClock()
        self._answers: dict[str, _Answer] = {}

    def adfs(self, part: str, keep: Keep) -> Seen[Message]:
        """Return one part of the AD FS configuration; raises a NotObservedError."""
        return self._part(ADFS, part, keep)

    def wap(self, part: str, keep: Keep) -> Seen[Message]:
        """Return one part of the proxy's configuration; raises a NotObservedError."""
        return self._part(WAP, part, keep)

    def _part(self, role: _Role, part: str, keep: Keep) -> Seen[Message]:
        held = self._taken(role, part)
        _raise_if_cut_short(held, role.parts[part])
        return replace(role.part(held, part, keep), source=SOURCE, lines=())

    def _taken(self, role: _Role, part: str) -> Located:
        """Return the document for a part, from a run of its own or of another part's a moment ago."""
        answer = self._answers.get(role.name)
        if answer is None or part in answer.taken or self._clock.monotonic() - answer.at > _GOOD_FOR_S:
            answer = _Answer(document=self._asked(role), at=self._clock.monotonic())
            self._answers[role.name] = answer
        answer.taken.add(part)
        if answer.taken >= role.parts.keys():
            del self._answers[role.name]  # nobody else will ask
        if isinstance(answer.document, NotObservedError):
            raise answer.document
        return answer.document

    def _asked(self, role: _Role) -> Located | NotObservedError:
        try:
            running = self._running(role.service)
            if running is None:
                raise NotApplicableError("role-not-installed", f"no service {role.service} here", source="scm")
            printed = self._run(script(role.name))
        except NotObservedError as error:
            return error
        return document(printed, role.sections, running=running, limit_s=LIMIT_S)


def _raise_if_cut_short(held: Located, names: tuple[str, ...]) -> None:
    """Raise where the run ended before a section that the part is also made of was told.

    A cmdlet that refuses lets the others stand; a run that was cut off would
    make what it did not come to look as if it were gone.
    """
    for name in names:
        entry = held["Errors"].get(name)
        if isinstance(entry, Located) and text(entry.get("Reason")) in CUT_SHORT:
            sections.section(held, name)
