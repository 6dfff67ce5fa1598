"""What the rules say of themselves."""

from farmsight_collector.errors import NotFoundError
from farmsight_collector.queries.messages import SEVERITIES
from farmsight_collector.rules.catalogue import RULES
from farmsight_wire.v1 import query_pb2


def answer(request: query_pb2.ExplainRequest) -> query_pb2.ExplainResponse:
    """Return one rule's text, or all of them."""
    rules = [rule for rule in RULES if request.code in ("", rule.code)]
    if not rules:
        raise NotFoundError(f"there is no rule '{request.code}'")
    return query_pb2.ExplainResponse(
        rules=[
            query_pb2.RuleText(
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
            )
            for rule in rules
        ]
    )
