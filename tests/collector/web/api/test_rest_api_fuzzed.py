"""Whatever the API's own description lets in is answered as the description says."""

import pytest
from hypothesis import HealthCheck, settings

from farmsight_collector.web.api.contract import document
from tests.fakes.watched_farm import FARM

schemathesis = pytest.importorskip("schemathesis", reason="the lowest versions are tried without it")
openapi_checks = pytest.importorskip("schemathesis.specs.openapi.checks")

CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.response_schema_conformance,
]
# What is heard until the caller goes has no end that could be checked; test_rest_operations.py listens to it.
SCHEMA = schemathesis.openapi.from_dict(document()).exclude(operation_id="Watch")


@pytest.mark.slow
@SCHEMA.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_description_lets_in_is_answered_as_it_says(
    address: str, operator: dict[str, str], case: "schemathesis.Case"
) -> None:
    case.path_parameters = dict.fromkeys(case.path_parameters or {}, FARM)
    answer = case.call(base_url=f"{address}/api/v1", headers=operator)
    case.validate_response(answer, checks=CHECKS)
