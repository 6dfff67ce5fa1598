"""How the pages become a site: `make docs` writes it to build/site, and any warning ends it.

The site is files alone: no font, script or picture of another host, and its
search works when a page is opened from the disk.
"""

import sys
import tomllib
from pathlib import Path
from typing import Final

from sphinx.application import Sphinx

_ROOT: Final = Path(__file__).parents[1]
sys.path.insert(0, str(_ROOT))

from docs.tools.navigation import toctrees  # noqa: E402 - from here, wherever Sphinx was started

_VERSION: Final = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

project = "farmsight"
author = "The farmsight authors"
version = release = _VERSION
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["tools/**", "sample-evidence/*/**"]

myst_heading_anchors = 4  # links such as rules/crl.md#crlexpired, by GitHub's way of naming headings
myst_enable_extensions: list[str] = []
nitpicky = True
smartquotes = False  # what is copied from a page must be what is typed
suppress_warnings: list[str] = []

html_theme = "furo"
html_title = f"farmsight {_VERSION}"
html_static_path = ["tools/static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = True
html_use_index = False
html_domain_indices = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
highlight_language = "text"
pygments_style = "default"
pygments_dark_style = "github-dark"

_RULES: Final = "\n```{toctree}\n:hidden:\n:glob:\n\nrules/*\n```\n"


def _with_navigation(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give the first page the navigation that its own lists are, and the rules' page those of the themes."""
    if page == "index":
        source[0] += toctrees(source[0])
    if page == "rules":
        source[0] += _RULES


def setup(app: Sphinx) -> dict[str, bool]:
    """Let Sphinx know of the above."""
    app.connect("source-read", _with_navigation)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
