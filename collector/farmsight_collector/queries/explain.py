"""What the rules say of themselves."""

from farmsight_collector.errors import NotFoundError
from farmsight_collector.queries.messages import SEVERITIES
from farmsight_collector.rules.explanation import explained_by, how, looked_up, meant, symptoms
from farmsight_collector.rules.limits import used_by
from farmsight_collector.rules.rule import Rule
from farmsight_wire.v1 import query_pb2


def answer(request: query_pb2.ExplainRequest) -> query_pb2.ExplainResponse:
    """Return the texts of what a code, a theme or an entry's id means, or of all rules.

    Raises NotFoundError, with what may have been meant.
    """
    rules, entry = looked_up(request.code)
    if not rules and entry is None:
        near = meant(request.code)
        raise NotFoundError(f"there is no rule '{request.code}'" + (f"; nearest: {', '.join(near)}" if near else ""))
    response = query_pb2.ExplainResponse(rules=[_text(rule) for rule in rules])
    if entry is not None:
        response.entry.CopyFrom(
            query_pb2.EntryText(
                id=entry.id, title=entry.title, symptom=entry.symptom, unseen=entry.unseen, instead=entry.instead
            )
        )
    return response


def _text(rule: Rule) -> query_pb2.RuleText:
    return query_pb2.RuleText(
        code=rule.code,
        catalogue=rule.catalogue,
        severity=SEVERITIES[rule.severity],
        title=rule.what,
        what=rule.what,
        why=rule.why,
        remedy=rule.remedy,
        source=rule.source,
        roles=sorted(rule.roles),
        reads=rule.reads,
        explains=rule.explains,
        symptoms=symptoms(rule),
        how=how(rule),
        check=rule.check,
        undo=rule.undo,
        limits=[f"{limit.text}: {limit.why}" for limit in used_by(rule.code)],
        explained_by=explained_by(rule),
    )
