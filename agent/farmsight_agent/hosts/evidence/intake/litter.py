"""What operating systems and editors leave in folders, which is nobody's evidence."""

from typing import Final

_NAMES: Final = frozenset({".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".localized", ".directory"})
_FOLDERS: Final = frozenset(
    {"__macosx", ".spotlight-v100", ".trashes", ".fseventsd", "system volume information", "$recycle.bin"}
)


def is_litter(name: str) -> bool:
    """Tell a file or folder that is passed over without a word; `name` may have folders in front."""
    *folders, base = name.lower().split("/")
    if base in _NAMES or base.startswith(("~$", "._")) or base.endswith(":zone.identifier"):
        return True
    return not _FOLDERS.isdisjoint((*folders, base))
