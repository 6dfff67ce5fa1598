"""Reads rule sets. What it can't read it names by line and column; the rules around it are read all the same."""

from functools import lru_cache
from typing import Final

from farmsight_collector.claimrules.rules import (
    ClaimRule,
    Comparison,
    Computed,
    Condition,
    Literal,
    Quantifier,
    Reference,
    RuleSet,
    Statement,
    Unreadable,
    Value,
)
from farmsight_collector.claimrules.tokens import ClaimRuleError, Kind, Token, tokenise, with_quotes_restored, words

PROPERTIES: Final = frozenset({"type", "value", "issuer", "originalissuer", "valuetype", "properties"})
COMPARISONS: Final = ("==", "!=", "=~", "!~")
COUNTS: Final = ("==", "!=", ">", "<", ">=", "<=")
MAX_DEPTH: Final = 32


@lru_cache(maxsize=64)
def read(text: str) -> RuleSet:
    """Return the rules of a rule set and the places that could not be read; never raises."""
    try:
        tokens = with_quotes_restored(words(text))
    except ClaimRuleError as error:
        return RuleSet(unreadable=(_unreadable(error),))
    rules: list[ClaimRule] = []
    unreadable: list[Unreadable] = []
    for part in _split(tokens):
        try:
            rules.append(_Parser(part).rule())
        except ClaimRuleError as error:
            unreadable.append(_unreadable(error))
    literals = tuple(_literal(t) for t in tokens if t.kind in (Kind.STRING, Kind.BARE_URI))
    return RuleSet(rules=tuple(rules), unreadable=tuple(unreadable), literals=literals)


def parse(text: str) -> tuple[ClaimRule, ...]:
    """Return the rules of a rule set; raises ClaimRuleError at the first place that can't be read."""
    return tuple(_Parser(part).rule() for part in _split(with_quotes_restored(tokenise(text))))


def _unreadable(error: ClaimRuleError) -> Unreadable:
    return Unreadable(message=error.message, line=error.line, column=error.column)


def _split(tokens: tuple[Token, ...]) -> list[list[Token]]:
    """Cut the words after each semicolon; each part ends with a semicolon or with END."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        parts[-1].append(token)
        if token.kind is Kind.SYMBOL and token.text == ";":
            parts.append([])
    last = parts[-1]
    return parts if any(t.kind is not Kind.END for t in last) else parts[:-1]


def _literal(token: Token) -> Literal:
    return Literal(text=token.text, bare=token.kind is Kind.BARE_URI, line=token.line, column=token.column)


class _Parser:
    """One rule, from its words. The end of the words is a word too, so looking ahead never fails."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.bound: set[str] = set()  # names of claims, in lower case

    @property
    def here(self) -> Token:
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        last = self.tokens[-1]
        return Token(kind=Kind.END, text="", line=last.line, column=last.column)

    def wrong(self, expected: str) -> ClaimRuleError:
        here = self.here
        if here.kind is Kind.WRONG:
            return ClaimRuleError(here.text, here.line, here.column)
        return ClaimRuleError(
            f"expected {expected}, found {(here.text or here.kind.value)[:60]!r}", here.line, here.column
        )

    def take(self, kind: Kind, *texts: str) -> Token:
        token = self.here
        if token.kind is not kind or (texts and token.text.lower() not in texts):
            raise self.wrong(" or ".join(texts) or kind.value)
        self.at += 1
        return token

    def skip(self, kind: Kind, *texts: str) -> bool:
        if self.here.kind is kind and self.here.text.lower() in texts:
            self.at += 1
            return True
        return False

    def rule(self) -> ClaimRule:
        began = self.here
        attributes: dict[str, str] = {}
        while self.here.kind is Kind.ATTRIBUTE:
            attribute = self.take(Kind.ATTRIBUTE).text.lower()
            self.take(Kind.SYMBOL, "=")
            attributes[attribute] = self.take(Kind.STRING).text
        conditions = self.conditions()
        statement = self.statement()
        self.take(Kind.SYMBOL, ";")
        return ClaimRule(
            name=" ".join(attributes.get("rulename", "").split()),
            template=attributes.get("ruletemplate", ""),
            conditions=conditions,
            statement=statement,
            line=began.line,
            column=began.column,
        )

    def conditions(self) -> tuple[Condition, ...]:
        found: list[Condition] = []
        if not self.skip(Kind.SYMBOL, "=>"):
            found.append(self.condition())
            while self.skip(Kind.SYMBOL, "&&"):
                found.append(self.condition())
            self.take(Kind.SYMBOL, "=>")
        return tuple(found)

    def condition(self) -> Condition:
        if self.here.kind is Kind.NAME:
            word = self.take(Kind.NAME).text
            if word.lower() == "not":
                self.take(Kind.NAME, "exists")
                return self.in_brackets(Quantifier.NOT_EXISTS)
            if word.lower() == "exists" and self.here.text == "(":
                return self.in_brackets(Quantifier.EXISTS)
            if word.lower() == "count" and self.here.text == "(":
                return self.count()
            return self.named(word)
        return Condition(comparisons=self.comparisons())

    def named(self, name: str) -> Condition:
        self.take(Kind.SYMBOL, ":")
        if name.lower() in self.bound:
            raise self.wrong(f"another name than {name}, which names a claim already")
        comparisons = self.comparisons()  # may speak of earlier claims alone, not of this very one
        self.bound.add(name.lower())
        return Condition(identifier=name, comparisons=comparisons)

    def in_brackets(self, quantifier: Quantifier) -> Condition:
        self.take(Kind.SYMBOL, "(")
        comparisons = self.comparisons()
        self.take(Kind.SYMBOL, ")")
        return Condition(quantifier=quantifier, comparisons=comparisons)

    def count(self) -> Condition:
        comparisons = self.in_brackets(Quantifier.COUNT).comparisons
        operator = self.take(Kind.SYMBOL, *COUNTS).text
        number = int(self.take(Kind.NUMBER).text[:9])
        return Condition(quantifier=Quantifier.COUNT, comparisons=comparisons, operator=operator, number=number)

    def comparisons(self) -> tuple[Comparison, ...]:
        self.take(Kind.SYMBOL, "[")
        found: list[Comparison] = []
        if not self.skip(Kind.SYMBOL, "]"):
            found.append(self.comparison())
            while self.skip(Kind.SYMBOL, ","):
                found.append(self.comparison())
            self.take(Kind.SYMBOL, "]")
        return tuple(found)

    def comparison(self) -> Comparison:
        name = self.take(Kind.NAME, *PROPERTIES).text.lower()
        key = self.key() if name == "properties" else ""
        operator = self.take(Kind.SYMBOL, *COMPARISONS).text
        return Comparison(property=name, operator=operator, value=self.value(), key=key)

    def key(self) -> str:
        self.take(Kind.SYMBOL, "[")
        key = self.take(Kind.STRING).text
        self.take(Kind.SYMBOL, "]")
        return key

    def value(self, depth: int = 0) -> Value:
        parts = [self.operand(depth)]
        while self.skip(Kind.SYMBOL, "+"):
            parts.append(self.operand(depth))
        return parts[0] if len(parts) == 1 else Computed(function="+", arguments=tuple(parts))

    def operand(self, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise self.wrong("less nesting")
        if self.here.kind in (Kind.STRING, Kind.BARE_URI):
            self.at += 1
            return _literal(self.tokens[self.at - 1])
        name = self.take(Kind.NAME).text
        if self.skip(Kind.SYMBOL, "("):
            return self.call(name, depth)
        self.known(name)
        self.take(Kind.SYMBOL, ".")
        of = self.take(Kind.NAME, *PROPERTIES).text.lower()
        return Reference(identifier=name, property=of, key=self.key() if of == "properties" else "")

    def known(self, name: str) -> None:
        if name.lower() not in self.bound:
            last = self.tokens[self.at - 1]
            raise ClaimRuleError(f"no condition names a claim {name!r}", last.line, last.column)

    def call(self, name: str, depth: int) -> Computed:
        arguments = [self.value(depth + 1)]
        while self.skip(Kind.SYMBOL, ","):
            arguments.append(self.value(depth + 1))
        self.take(Kind.SYMBOL, ")")
        return Computed(function=name, arguments=tuple(arguments))

    def statement(self) -> Statement:
        issues = self.take(Kind.NAME, "issue", "add").text.lower() == "issue"
        self.take(Kind.SYMBOL, "(")
        first = self.field_name()
        if first == "claim":
            made = Statement(issues=issues, claim=self.take(Kind.NAME).text)
            self.known(made.claim)
        elif first == "store":
            made = self.from_store(issues)
        else:
            made = Statement(issues=issues, fields=self.fields(first))
        self.take(Kind.SYMBOL, ")")
        return made

    def field_name(self) -> str:
        name = self.take(Kind.NAME).text.lower()
        if name == "properties":
            name = f"properties[{self.key()}]"
        self.take(Kind.SYMBOL, "=")
        return name

    def fields(self, first: str) -> tuple[tuple[str, Value], ...]:
        if first.partition("[")[0] not in PROPERTIES:
            raise self.wrong(f"the value of a property, not of {first!r},")
        found = {first: self.value()}
        while self.skip(Kind.SYMBOL, ","):
            name = self.field_name()
            if name in found or name.partition("[")[0] not in PROPERTIES:
                raise self.wrong(f"the value of another property, not of {name!r},")
            found[name] = self.value()
        if "type" not in found:
            raise self.wrong("a type for the claim")
        return tuple(found.items())

    def from_store(self, issues: bool) -> Statement:
        store = self.take(Kind.STRING).text
        if not store:
            raise self.wrong("the name of a store before")
        types: tuple[Literal, ...] = ()
        fields: list[tuple[str, Value]] = []
        while self.skip(Kind.SYMBOL, ","):
            name = self.field_name()
            if name == "types":
                types = self.types()
            else:
                fields.append((name, self.value()))
        return Statement(issues=issues, store=store, types=types, fields=tuple(fields))

    def types(self) -> tuple[Literal, ...]:
        self.take(Kind.SYMBOL, "(")
        found = []
        while self.here.kind in (Kind.STRING, Kind.BARE_URI):
            self.at += 1
            found.append(_literal(self.tokens[self.at - 1]))
            if not self.skip(Kind.SYMBOL, ","):
                break
        self.take(Kind.SYMBOL, ")")
        return tuple(found)
