"""What the contract's .proto files say in comments, by message, field and method; their code has no comments."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROTO: Final = Path(__file__).parents[2] / "proto/farmsight_wire/v1"
_OPENS: Final = re.compile(r"^\s*(?:message|enum|service|oneof)\s+(\w+)\s*\{")
_FIELD: Final = re.compile(r"^\s*(?:repeated\s+|optional\s+)?[\w.<>, ]+?\s+(\w+)\s*=\s*\d+[^;]*;(?:\s*//\s*(.*))?$")
_RPC: Final = re.compile(r"^\s*rpc\s+(\w+)\(")
_COMMENT: Final = re.compile(r"^\s*//\s?(.*)$")


def comments(file: str) -> dict[str, str]:
    """Return the comment of each `Message`, `Message.field` and `Service.Method` of one file; only those with one."""
    return dict(_read((PROTO / file).read_text(encoding="utf-8").splitlines()))


def _read(lines: list[str]) -> Iterator[tuple[str, str]]:
    scope: list[str] = []
    above: list[str] = []
    for line in lines:
        if comment := _COMMENT.match(line):
            above.append(comment[1])
            continue
        if opened := _OPENS.match(line):
            scope.append("" if line.lstrip().startswith("oneof") else opened[1])
            if above:
                yield opened[1], " ".join(above)
        elif method := _RPC.match(line):
            yield f"{_inside(scope)}.{method[1]}", " ".join(above)
        elif field := _FIELD.match(line):
            yield f"{_inside(scope)}.{field[1]}", " ".join([*above, field[2] or ""]).strip()
        if (line.strip() in {"}", "};"} and scope) or line.rstrip().endswith("{}"):
            scope.pop()
        above = []


def _inside(scope: list[str]) -> str:
    return next((name for name in reversed(scope) if name), "")
