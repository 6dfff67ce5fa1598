"""The chains that one server can build for a certificate under one account, from what it really has."""

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.certificates import Certificate
from farmsight_collector.pki.paths.judgement import Judgement


def judged_on(_farm: Farm, _server: Server, _context: str, _leaf: Certificate) -> Judgement:
    """Return what this server would make of the certificate as of the farm's instant."""
    return Judgement(verdict=Verdict.UNKNOWN, why="not looked at", chains=())
