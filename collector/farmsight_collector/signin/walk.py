"""Walks the sign-in path of one user's certificate, hop by hop, on every pair of servers."""

from collections.abc import Collection

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.rules.engine import Evaluation
from farmsight_collector.signin.trace import PATHS, Trace


def traced(farm: Farm, _evaluation: Evaluation, leaf: Certificate, _paths: Collection[str] = PATHS) -> Trace:
    """Return what becomes of the certificate on these paths of the farm."""
    return Trace(
        farm=farm.name,
        as_of=farm.as_of,
        certificate=leaf.sha1,
        subject=leaf.subject,
        verdict=Verdict.UNKNOWN,
        answer="not known: no hop was looked at",
        paths=(),
    )
