"""The site's navigation is what docs/index.md lists: a heading is a part, a link at a list's beginning is a page."""

import re
from typing import Final

_PART: Final = re.compile(r"^## (.+)$")
_PAGE: Final = re.compile(r"^- \[[^\]]+\]\(([\w/.-]+)\.md\)")


def parts(text: str) -> dict[str, list[str]]:
    """Return the pages of each part, by its heading, in their order."""
    found: dict[str, list[str]] = {}
    pages: list[str] = []
    for line in text.splitlines():
        if heading := _PART.match(line):
            pages = found.setdefault(heading[1], [])
        elif page := _PAGE.match(line):
            pages.append(page[1])
    return {heading: pages for heading, pages in found.items() if pages}


def toctrees(text: str) -> str:
    """Return the navigation as Sphinx wants it, to be added to the first page; nothing of it is shown there."""
    return "".join(
        "\n```{toctree}\n:hidden:\n:caption: " + heading + "\n\n" + "\n".join(pages) + "\n```\n"
        for heading, pages in parts(text).items()
    )
