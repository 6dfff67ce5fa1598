"""Which services are looked at, and what the service manager's numbers mean."""

import re
from pathlib import Path

import pytest

from farmsight_agent.hosts import well_known
from farmsight_agent.hosts.windows.accounts_and_services import service_rows
from farmsight_wire.v1 import facts_pb2

SCRIPT = Path(__file__).parents[4] / "deploy" / "windows" / "Collect-FarmsightEvidence.ps1"


def test_the_services_are_those_of_the_collection_script_and_two_that_it_can_not_see():
    listed = re.search(r"\$ServiceNames = @\((.*?)\)\n", SCRIPT.read_text(encoding="utf-8"), re.DOTALL)[1]

    assert set(service_rows.OF_INTEREST) == {*re.findall(r"'([^']+)'", listed), "HTTP", "KPSSVC"}


def test_a_service_that_the_manager_hides_is_looked_at_and_names_are_spelled_as_it_does():
    found = service_rows.wanted({"ADFSSRV": 10, "w32time": 0}, ())

    assert "ADFSSRV" in found
    assert "adfssrv" not in found
    assert "w32time" in found
    assert "appproxysvc" in found


def test_databases_and_whoever_listens_on_a_sign_in_port_are_looked_at():
    found = service_rows.wanted({"MSSQL$FARM": 0, "Spooler": 7, "Apache2.4": 99, "System": 4}, (99, 4))

    assert {"MSSQL$FARM", "Apache2.4"} <= set(found)
    assert not {"Spooler", "System"} & set(found)


def test_a_list_full_of_junk_is_bounded():
    assert len(service_rows.wanted({f"MSSQL${n}": 0 for n in range(5000)}, ())) == service_rows.MAX_SERVICES


@pytest.mark.parametrize(
    ("number", "state"),
    [(1, "STOPPED"), (2, "PENDING"), (3, "PENDING"), (4, "RUNNING"), (5, "PENDING"), (6, "PENDING"), (7, "PAUSED"),
     (0, "UNKNOWN"), (99, "UNKNOWN")],
)  # fmt: skip
def test_states_by_number(number, state):
    assert facts_pb2.ServiceState.Name(service_rows.state(number)) == f"SERVICE_STATE_{state}"


@pytest.mark.parametrize(
    ("number", "start"),
    [(0, "AUTOMATIC"), (1, "AUTOMATIC"), (2, "AUTOMATIC"), (3, "MANUAL"), (4, "DISABLED"), (5, "UNKNOWN")],
)
def test_start_types_by_number(number, start):
    assert facts_pb2.ServiceStart.Name(service_rows.start(number)) == f"SERVICE_START_{start}"


@pytest.mark.parametrize(
    ("account", "sid"),
    [
        ("LocalSystem", "S-1-5-18"),
        (r"NT AUTHORITY\NetworkService", "S-1-5-20"),
        (r"nt authority\network service", "S-1-5-20"),
        (r"NT AUTHORITY\Local Service", "S-1-5-19"),
        (r"NT SERVICE\adfssrv", "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"),
        (r"NT SERVICE\other", ""),
        (r"CONTOSO\gmsa-adfs$", ""),
        ("", ""),
    ],
)
def test_accounts_that_have_the_same_number_everywhere(account, sid):
    assert well_known.account_sid(account, "adfssrv") == sid
