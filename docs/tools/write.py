"""Writes the generated pages: `make reference`."""

from pathlib import Path
from typing import Final

from docs.tools import collected, commands, exit_codes, interfaces, settings

DOCS: Final = Path(__file__).parents[1]


def pages() -> dict[str, str]:
    """Return every generated page of this folder by its name; raises UndocumentedError of `settings`."""
    return {
        "collected.md": collected.page(),
        "commands.md": commands.page(),
        "exit-codes.md": exit_codes.page(),
        "interfaces.md": interfaces.page(),
        "settings.md": settings.page(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
