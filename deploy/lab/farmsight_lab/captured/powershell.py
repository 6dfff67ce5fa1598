"""Objects as PowerShell lays them out when nobody asks for another form: a list of properties, or an error."""

from collections.abc import Mapping, Sequence
from typing import Final

_MOST_SHOWN: Final = 4  # $FormatEnumerationLimit


def listing(rows: Sequence[Mapping[str, object]], width: int) -> str:
    """Return objects as `Format-List` lays them out in a console of this width: values wrap below themselves."""
    blocks = []
    for row in rows:
        widest = max(map(len, row))
        blocks.append("\r\n".join(line for name, value in row.items() for line in _field(name, value, widest, width)))
    return "\r\n\r\n" + "\r\n\r\n".join(blocks) + "\r\n\r\n\r\n\r\n"


def refusal(command: str, message: str, kind: str, width: int) -> str:
    """Return what PowerShell prints of a command whose cmdlet gave an error."""
    name = command.split(maxsplit=1)[0]
    category = f"    + CategoryInfo          : {kind}: (:) [{name}], {_EXCEPTIONS.get(kind, 'Exception')}"
    code = message.partition(":")[0] if message.startswith("PS") else kind
    class_name = name.replace("-", "", 1).replace("Adfs", "", 1)
    lines = [
        *_wrapped(f"{name} : {message}", width),
        "At line:1 char:1",
        f"+ {command}",
        f"+ {'~' * len(command)}",
        *_wrapped(category, width, "   "),
        *_wrapped(f"    + FullyQualifiedErrorId : {code},{_COMMANDS}.{class_name}Command", width, "   "),
        " ",
    ]
    return "\r\n".join(lines) + "\r\n"


_COMMANDS: Final = "Microsoft.IdentityServer.Management.Commands"
_EXCEPTIONS: Final = {
    "PermissionDenied": "UnauthorizedAccessException",
    "NotSpecified": "InvalidOperationException",
}


def _field(name: str, value: object, widest: int, width: int) -> list[str]:
    head = f"{name:<{widest}} : "
    lines: list[str] = []
    for part in _shown(value).replace("\r\n", "\n").split("\n"):
        lines += _wrapped(part, width - 1 - len(head)) or [""]
    return [(head + lines[0]).rstrip(" ") if not lines[0] else head + lines[0]] + [
        " " * len(head) + line for line in lines[1:]
    ]


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | int | str):
        return str(value)
    if isinstance(value, bytes):
        return _shown([*value])
    assert isinstance(value, Sequence)
    # What stands behind the fourth is cut to its first words too, by the three dots.
    some = [_shown(one) for one in value[:_MOST_SHOWN]]
    return "{" + ", ".join(some) + ("..." if len(value) > _MOST_SHOWN else "") + "}"


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Break a line at its last blank before the edge, or at the edge."""
    lines = []
    while len(text) > width:
        at = text.rfind(" ", 1, width + 1)
        at = width if at <= len(indent) else at
        lines.append(text[:at].rstrip(" "))
        text = indent + text[at:].lstrip(" ")
    return [*lines, text] if text else lines
