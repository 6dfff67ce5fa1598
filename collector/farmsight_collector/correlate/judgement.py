"""What the rules say of a farm, with symptoms folded under their causes."""

from farmsight_collector.correlate.causes import fold
from farmsight_collector.model.view import Farm
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import Evaluation, evaluate


def judge(farm: Farm) -> Evaluation:
    """Run every rule over a farm, and fold symptoms under their causes."""
    return fold(evaluate(farm, RULES))
