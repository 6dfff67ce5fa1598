"""Claim rules on the table: any that the language has, and how they are written."""

from hypothesis import strategies as st

from farmsight_collector.claimrules.parser import COMPARISONS, COUNTS
from farmsight_collector.claimrules.rules import (
    ClaimRule,
    Comparison,
    Computed,
    Condition,
    Literal,
    Quantifier,
    Reference,
    Statement,
    Value,
)

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters='"\r\n', exclude_categories=["Cs", "Cc"]), max_size=12)
LITERALS = TEXTS.map(lambda text: Literal(text=text))
PROPERTIES = ("type", "value", "issuer", "originalissuer", "valuetype")


def values(names: tuple[str, ...]) -> st.SearchStrategy[Value]:
    """Return expressions that speak of no claims but these."""
    single = [LITERALS]
    if names:
        single.append(st.builds(Reference, identifier=st.sampled_from(names), property=st.sampled_from(PROPERTIES)))
        of_property = st.builds(Reference, identifier=st.sampled_from(names), property=st.just("properties"), key=TEXTS)
        single.append(of_property)
    atoms = st.one_of(*single)
    call = st.builds(
        Computed,
        function=st.sampled_from(["RegExReplace", "f"]),
        arguments=st.lists(atoms, min_size=1, max_size=3).map(tuple),
    )
    joined = st.builds(
        Computed, function=st.just("+"), arguments=st.lists(st.one_of(atoms, call), min_size=2, max_size=3).map(tuple)
    )
    return st.one_of(atoms, call, joined)


def comparisons(names: tuple[str, ...]) -> st.SearchStrategy[tuple[Comparison, ...]]:
    plain = st.builds(
        Comparison, property=st.sampled_from(PROPERTIES), operator=st.sampled_from(COMPARISONS), value=values(names)
    )
    keyed = st.builds(
        Comparison, property=st.just("properties"), operator=st.just("=="), value=values(names), key=TEXTS
    )
    return st.lists(st.one_of(plain, keyed), max_size=3).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> ClaimRule:
    """Draw one rule."""
    conditions: list[Condition] = []
    names: tuple[str, ...] = ()
    for number in range(draw(st.integers(0, 3))):
        quantifier = draw(st.sampled_from(Quantifier))
        held = draw(comparisons(names))
        if quantifier is Quantifier.COUNT:
            operator, limit = draw(st.sampled_from(COUNTS)), draw(st.integers(0, 99))
            conditions.append(Condition(quantifier=quantifier, comparisons=held, operator=operator, number=limit))
        elif quantifier is Quantifier.EACH and draw(st.booleans()):
            conditions.append(Condition(identifier=f"c{number}", comparisons=held))
            names = (*names, f"c{number}")
        else:
            conditions.append(Condition(quantifier=quantifier, comparisons=held))
    statement = draw(statements(names))
    return ClaimRule(
        name=" ".join(draw(TEXTS).split()),
        template=draw(TEXTS),
        conditions=tuple(conditions),
        statement=statement,
        line=1,
    )


@st.composite
def statements(draw: st.DrawFn, names: tuple[str, ...]) -> Statement:
    issues = draw(st.booleans())
    form = draw(st.sampled_from(["claim", "fields", "store"] if names else ["fields", "store"]))
    if form == "claim":
        return Statement(issues=issues, claim=draw(st.sampled_from(names)))
    if form == "store":
        types = tuple(draw(st.lists(LITERALS, max_size=3)))
        fields = [("query", draw(LITERALS)), *(("param", draw(values(names))) for _ in range(draw(st.integers(0, 2))))]
        return Statement(issues=issues, store=draw(TEXTS) or "s", types=types, fields=tuple(fields))
    others = draw(st.lists(st.sampled_from([*PROPERTIES[1:], "properties[k]"]), unique=True, max_size=4))
    return Statement(issues=issues, fields=tuple((name, draw(values(names))) for name in ["type", *others]))


def written(rule: ClaimRule, gap: str = " ") -> str:
    """Return a rule as an administrator would write it, with this between the words."""
    parts = [f'@RuleTemplate = "{rule.template}"', f'@RuleName = "{rule.name}"']
    parts.append(f"{gap}&&{gap}".join(_condition(condition, gap) for condition in rule.conditions))
    parts.append(f"=>{gap}{_statement(rule.statement, gap)};")
    return gap.join(parts)


def _condition(condition: Condition, gap: str) -> str:
    said = f",{gap}".join(
        f"{_property(c.property, c.key)}{gap}{c.operator}{gap}{_value(c.value)}" for c in condition.comparisons
    )
    if condition.quantifier is Quantifier.EACH:
        return f"{condition.identifier}:[{said}]" if condition.identifier else f"[{said}]"
    counted = f"{gap}{condition.operator}{gap}{condition.number}" if condition.quantifier is Quantifier.COUNT else ""
    return f"{condition.quantifier.value.upper()}([{said}]){counted}"


def _statement(statement: Statement, gap: str) -> str:
    verb = "issue" if statement.issues else "add"
    if statement.claim:
        return f"{verb}(claim{gap}={gap}{statement.claim})"
    fields = [
        (f'Properties["{name[11:-1]}"]' if name.startswith("properties[") else name) + f"{gap}={gap}{_value(value)}"
        for name, value in statement.fields
    ]
    if not statement.store:
        return f"{verb}({f',{gap}'.join(fields)})"
    types = ", ".join(f'"{literal.text}"' for literal in statement.types)
    return f'{verb}(store = "{statement.store}", types = ({types}), {", ".join(fields)})'


def _property(name: str, key: str) -> str:
    return f'Properties["{key}"]' if name == "properties" else name.capitalize()


def _value(value: Value) -> str:
    if isinstance(value, Literal):
        return f'"{value.text}"'
    if isinstance(value, Reference):
        return f"{value.identifier}.{_property(value.property, value.key)}"
    if value.function == "+":
        return " + ".join(_value(argument) for argument in value.arguments)
    return f"{value.function}({', '.join(_value(argument) for argument in value.arguments)})"
