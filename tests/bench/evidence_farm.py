"""The evidence of a large farm, written in moments: a few servers are captured, the others are these under other names.

A server's files have the size that they have in the field: its root store holds a root programme.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from farmsight_lab.captured.folder import Files, server_files
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.farm.healthy import healthy
from farmsight_lab.farm.state import Farm, Stored
from farmsight_lab.pki.certificates import Request, issue
from farmsight_lab.pki.hierarchy import Pki, make
from farmsight_lab.pki.keys import Keys

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ROOT_PROGRAMME = 60
SEED = 11

ENGLISH = Style()
# Every tenth server differs from the others, in turn as these do.
OTHERS = (
    Style(language="de", windows="2019"),
    Style(encoding="utf-16", windows="2016"),
    Style(language="ja"),
    Style(language="fr", encoding="ansi"),
    Style(encoding="utf-8", windows="2025"),
)


def write_farm(folder: Path, adfs: int = 50, waps: int = 50) -> list[str]:
    """Write a folder for each server (STS01.., WAP01..), some fifteen files in each; return the servers' names."""
    farm = _farm()
    templates: dict[tuple[str, Style], Files] = {}
    written = []
    for template, name, number in _servers(adfs, waps):
        style = ENGLISH if number % 10 else OTHERS[number // 10 % len(OTHERS)]
        if (template, style) not in templates:
            templates[template, style] = server_files(farm, farm.servers[template], Plan(style=style))
        _write(folder / name, templates[template, style], template, name, style)
        written.append(name)
    return written


def _servers(adfs: int, waps: int) -> Iterator[tuple[str, str, int]]:
    """Yield for each server which one it is captured from, its name and its number."""
    for number in range(1, adfs + 1):
        yield "STS01" if number == 1 else "STS02", f"STS{number:02}", number
    for number in range(1, waps + 1):
        yield "WAP01", f"WAP{number:02}", number


def _farm() -> Farm:
    pki, keys = make(NOW, SEED), Keys(SEED)
    issued = dict(pki.issued)
    programme = [f"programme-{number:02}" for number in range(ROOT_PROGRAMME)]
    for name in programme:
        request = Request(common_name=name.replace("programme-", "Root Programme CA "), days=6000, path_length=-1)
        issued[name] = issue(name, request, None, NOW, keys)
    farm = healthy(Pki(issued=issued), NOW)
    for server in farm.servers.values():
        server.stores["ROOT"] += [Stored(certificate=name, origin="AuthRoot") for name in programme]
    return farm


def _write(folder: Path, files: Files, template: str, name: str, style: Style) -> None:
    folder.mkdir(parents=True)
    for file, data in files.items():
        wide = file.endswith(".txt") and style.encoding == "utf-16"
        (folder / file.replace(template, name)).write_bytes(_renamed(data, template, name, wide=wide))


def _renamed(data: bytes, template: str, name: str, *, wide: bool) -> bytes:
    """Return a file with another server's name in it; names are ASCII, and so alike in every code page."""
    encoding = "utf-16-le" if wide else "ascii"
    for old, new in ((template, name), (template.lower(), name.lower())):
        data = data.replace(old.encode(encoding), new.encode(encoding))
    return data
