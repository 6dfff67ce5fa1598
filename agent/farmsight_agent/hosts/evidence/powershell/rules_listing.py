"""The article's listings of claim rules, as a form of its own.

They begin with a rule, or with the command that printed them; nothing in
them is a property with a label.
"""

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.evidence.powershell import commands, document, listing, rules_text
from farmsight_agent.hosts.evidence.powershell.lines import plain


def likeness(text: Text) -> Likeness:
    """Tell rules that stand alone: the first line that is no command begins one, and some rule does something."""
    first = next((line.text for line in plain(text) if line.text and not is_echo(line.text)), "")
    if listing.label(first) is not None or not rules_text.reads_as_rule(first):
        return Likeness.NO
    return Likeness.CERTAIN if rules_text.holds_rules(text.text) else Likeness.NO


def is_echo(line: str) -> bool:
    """Tell a command, behind a prompt or alone."""
    return commands.prompted(line) is not None or commands.is_command(line)


def read(text: Text) -> Located:
    """Return the trusts with their rules as sections; raises FailedError where nothing says whose rules these are."""
    return document.read(text)
