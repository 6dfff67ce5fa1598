"""Objects as Windows PowerShell prints them: lists and tables, broken to the width of a console as it breaks them.

Breaking follows what consoles show: words go to the next line with the blank
behind them left on the line before, and a word that is wider than a line
fills lines to the last cell.
"""

import re

ERROR = """{cmdlet} : {message}
{at}:1 {char}:1
+ {command}
+ {tilde}
    + CategoryInfo          : {category}
    + FullyQualifiedErrorId : {code},Microsoft.IdentityServer.Management.Commands.GetServicePropertiesCommand
"""


def format_list(*rows, width=120, more="...", most=4):
    """Return objects (dicts) as Format-List prints them."""
    blocks = []
    for row in rows:
        column = max(map(len, row))
        lines = [
            line for name, value in row.items() for line in _property(name, shown(value, more, most), column, width)
        ]
        blocks.append("\n".join(lines))
    return "\n\n" + "\n\n".join(blocks) + "\n\n\n\n"


def shown(value, more="...", most=4):
    """Return a value as text."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        some = ", ".join(shown(one) for one in value[:most])
        return "{" + some + (more if len(value) > most else "") + "}"
    return str(value)


def _property(name, text, column, width):
    head = f"{name:<{column}} : "
    pieces = [piece for line in text.split("\n") for piece in wrapped(line, width - len(head))]
    return [head + pieces[0], *(" " * len(head) + piece for piece in pieces[1:])]


def wrapped(text, room):
    """Return the lines that a value is broken into."""
    lines, line = [], ""
    for word in re.findall(r"[^ ]* ?", text):
        if len(word) > room:
            for character in word:
                if len(line) == room:
                    lines.append(line)
                    line = ""
                line += character
        elif len(line) + len(word) > room:
            lines.append(line)
            line = word
        else:
            line += word
    return [*lines, line]


def format_table(*rows, widths=None, right=(), more="..."):
    """Return objects as Format-Table prints them; `widths` by column cut what is longer."""
    names = list(rows[0])
    cells = [[shown(row[name], more) for name in names] for row in rows]
    sizes = [
        (widths or {}).get(name) or max(len(name), *(len(row[at]) for row in cells)) for at, name in enumerate(names)
    ]
    body = [names, ["-" * len(name) for name in names], *cells]
    return "\n\n" + "\n".join(_row(row, names, sizes, right, more) for row in body) + "\n\n\n"


def _row(cells, names, sizes, right, more):
    cut = [
        cell if len(cell) <= size else cell[: size - len(more)] + more for cell, size in zip(cells, sizes, strict=True)
    ]
    return " ".join(
        cell.rjust(size) if name in right else cell.ljust(size)
        for cell, name, size in zip(cut, names, sizes, strict=True)
    )


def error(cmdlet, message, category, code, *, at="At line", char="char", command=None):
    """Return an error record of Windows PowerShell; the words of "At line:1 char:1" are translated."""
    command = command or cmdlet
    return ERROR.format(
        cmdlet=cmdlet,
        message=message,
        at=at,
        char=char,
        command=command,
        tilde="~" * len(command),
        category=category,
        code=code,
    )
