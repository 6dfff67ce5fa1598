"""What each store of each server is known to hold."""

import pytest

from farmsight_collector.model.view import Knowledge, UnknownFactError
from farmsight_collector.pki.inventory import inventory
from tests.fakes.farms import farm, server


def test_of_a_server_that_is_listed_and_reports_nothing_no_store_is_known() -> None:
    silent = server("STS03", "adfs")
    held = inventory(farm(server("STS01", "adfs")))

    assert held.answer(silent, "ROOT").knowledge is Knowledge.UNKNOWN
    assert held.thumbprints(silent, "ROOT", "CA") is None
    with pytest.raises(UnknownFactError, match="no run of certificate-stores was reported"):
        held.need(silent, "NTAuth")
