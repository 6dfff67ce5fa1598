"""Holds the pages against the programs: `make docs` stops where a command, a link or a generated page is wrong."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.tools import navigation, shown, write
from docs.tools.settings import UndocumentedError

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
# Beside the site, whose links Sphinx checks.
OUTSIDE: Final = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)


def pages() -> list[Path]:
    """Return every page that people read, in the order of their names."""
    return [ROOT / name for name in OUTSIDE] + sorted(DOCS.rglob("*.md"))


def commands() -> Iterator[str]:
    """Yield a sentence for each command that its program would refuse."""
    for page in pages():
        for one in shown.of_page(page):
            if wrong := shown.problem(one):
                yield f"{page.relative_to(ROOT)}:{one.line}: {one.text}\n    {wrong}"


def stale() -> Iterator[str]:
    """Yield a sentence for each generated page that is not what would be made now."""
    try:
        made = write.pages()
    except UndocumentedError as error:
        yield str(error)
        return
    for name, text in made.items():
        file = DOCS / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            yield f"docs/{name} is stale: run `make reference`"


def links() -> Iterator[str]:
    """Yield a sentence for each link of a page outside of the site that leads nowhere."""
    for name in OUTSIDE:
        for target in _LINK.findall((ROOT / name).read_text(encoding="utf-8")):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            file = ROOT / (path or name)
            if not file.exists():
                yield f"{name}: {target} is not there"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield f"{name}: {target}: the page has no such heading"


def anchors(file: Path) -> set[str]:
    """Return what headings of a page are called in links, by GitHub's way."""
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in _HEADING.findall(file.read_text(encoding="utf-8")))
    return {heading.strip().replace(" ", "-") for heading in plain}


def unlisted() -> Iterator[str]:
    """Yield a sentence for each page that the first one does not lead to, and for each of its that is not there."""
    listed = {
        page for part in navigation.parts((DOCS / "index.md").read_text(encoding="utf-8")).values() for page in part
    }
    found = {str(page.relative_to(DOCS).with_suffix("")) for page in DOCS.rglob("*.md")}
    beside = {"index"} | {page for page in found if page.startswith("rules/")}
    yield from (f"docs/index.md does not list {page}.md" for page in sorted(found - listed - beside))
    yield from (f"docs/index.md lists {page}.md, which is not there" for page in sorted(listed - found))


if __name__ == "__main__":
    faults = [*stale(), *unlisted(), *links(), *commands()]
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    sys.exit(1 if faults else 0)
