"""What a claim rule consists of."""

import enum
from dataclasses import dataclass, field


class Quantifier(enum.Enum):
    """How a condition picks claims."""

    EACH = "each"  # c:[...]: the statement is done once for each claim that matches
    EXISTS = "exists"
    NOT_EXISTS = "not exists"
    COUNT = "count"


@dataclass(frozen=True, kw_only=True)
class Literal:
    """A text in quotes, or a URI that should have been, as others beside it are."""

    text: str
    bare: bool = False
    line: int = 0
    column: int = 0


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A property of a claim that a condition picked: c.Value."""

    identifier: str
    property: str
    key: str = ""  # of Properties["..."]


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A call or a concatenation; what it is made of."""

    function: str  # "+" for concatenation
    arguments: tuple["Value", ...]


Value = Literal | Reference | Computed


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison inside a condition."""

    property: str  # lower case: type, value, issuer, originalissuer, valuetype, properties
    operator: str  # == != =~ !~
    value: Value
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition; without comparisons it matches every claim."""

    quantifier: Quantifier = Quantifier.EACH
    identifier: str = ""  # names are told apart by their case no more than words are
    comparisons: tuple[Comparison, ...] = ()
    operator: str = ""  # of a count
    number: int = 0


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What the rule does: issue (into the token) or add (for later rules)."""

    issues: bool
    claim: str = ""  # issue(claim = c)
    fields: tuple[tuple[str, Value], ...] = ()  # issue(Type = ..., Value = ...)
    store: str = ""  # issue(store = ...)
    types: tuple[Literal, ...] = ()  # of a store


@dataclass(frozen=True, kw_only=True)
class ClaimRule:
    """One rule."""

    name: str
    conditions: tuple[Condition, ...]
    statement: Statement
    line: int
    column: int = 1
    template: str = ""

    @property
    def words(self) -> str:
        """Return the rule as a sentence names it."""
        return f'rule "{self.name}"' if self.name else f"the rule in line {self.line}"


@dataclass(frozen=True, kw_only=True)
class Unreadable:
    """A rule that could not be read, and the place that could not."""

    message: str
    line: int
    column: int


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """The rules of one trust, in their order."""

    rules: tuple[ClaimRule, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    literals: tuple[Literal, ...] = field(default=(), repr=False)  # every text and bare URI, read or not
