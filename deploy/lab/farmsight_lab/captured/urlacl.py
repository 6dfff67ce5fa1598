"""`netsh http show urlacl`."""

from farmsight_lab.captured.languages.words import NetshWords
from farmsight_lab.farm.state import Entry, Reservation

_ALL = ("GA", "GXGW")


def text(reservations: list[Reservation], words: NetshWords) -> str:
    """Return what is printed of the URL reservations."""
    lines = ["", words.reservations, "-" * len(words.reservations), ""]
    for reservation in reservations:
        lines.append(f"    {words.reserved_url} {reservation.url} ")
        for entry in reservation.entries:
            lines += _entry(entry, words)
        acl = "".join(f"(A;;{entry.rights};;;{entry.sid})" for entry in reservation.entries)
        lines += [f"            SDDL: D:{acl} ", ""]
    return "\r\n".join(lines) + "\r\n"


def _entry(entry: Entry, words: NetshWords) -> list[str]:
    if not entry.account:
        return [f"        {words.no_such_sid}"]
    return [
        f"        {words.user} {entry.account}",
        f"            {words.listen} {words.yes if entry.rights in (*_ALL, 'GX') else words.no}",
        f"            {words.delegate} {words.yes if entry.rights in (*_ALL, 'GW') else words.no}",
    ]
