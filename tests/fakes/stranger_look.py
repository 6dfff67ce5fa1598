"""Looks at a stranger's farm by `farmsight analyze`'s own way, and spoils what it tells."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from farmsight_collector.offline.analysis import Analysis, analysed
from farmsight_collector.offline.reading import Request
from farmsight_collector.rules.engine import Finding
from farmsight_collector.rules.rule import Severity
from tests.fakes.stranger_farm import StrangerFarm
from tests.fakes.stranger_pki import AT

TIMED_OUT: Final = "The operation timed out 0x80072ee2 (WinHttp: 12002 ERROR_WINHTTP_TIMEOUT)"
EVERYBODY: Final = ("ADFS01", "ADFS02", "PRX01", "PRX02")
Cause = tuple[str, tuple[str, ...]]


class Look:
    """Analyses a farm as `farmsight analyze` does."""

    def __init__(self, where: Path) -> None:
        self._where = where

    def __call__(
        self,
        farm: StrangerFarm,
        *,
        drop: Callable[[str, str], bool] = lambda _server, _file: False,
        change: Callable[[Path], object] = lambda _folder: None,
        tenant: bool = True,
        handed_in: bool = True,
    ) -> Analysis:
        """Return what is told: `drop` says which files nobody captured, `change` spoils what is there."""
        folder = farm.write(self._where / "evidence")
        for path in sorted(folder.rglob("*.txt")):
            if drop(path.parent.name, path.stem.partition("_")[2]):
                path.unlink()
        change(folder)
        given = self._where / "given.cer"
        given.write_bytes(farm.pki.user.der)
        extra = (farm.write_tenant(self._where / "entra.json"),) if tenant else ()
        users = (given,) if handed_in else ()
        paths = (folder,) if any(folder.rglob("*.*")) else extra or users
        request = Request(paths=paths, roles={}, at=AT, tenant=extra, user_certificates=users)
        with analysed(request, now=AT) as told:
            return told


def heavy(told: Analysis) -> list[Finding]:
    found = told.picture.evaluation.findings
    broken = [one for one in told.picture.evaluation.unknown if "the rule failed" in one.verdict.reason]
    assert not broken
    return [one for one in found if one.severity >= Severity.WARNING and one.caused_by is None]


def causes(told: Analysis) -> list[Cause]:
    return [(one.rule.code, one.servers) for one in heavy(told)]


def spoil(farm: StrangerFarm, url: str, error: str, *names: str, account: str = "") -> None:
    for name in names or EVERYBODY:
        for (who, _what), said in farm.servers[name].verified.items():
            for place, tried in enumerate(said.fetches if account in who else ()):
                for one in (one for one in tried if url in one.url):
                    one.error = error
                    if all(other.error for other in tried):
                        said.errors[place] |= 0x1000040
                        said.offline = said.offline or place == 0
