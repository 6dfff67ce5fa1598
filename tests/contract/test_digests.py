"""What makes a fact another fact, and what does not."""

from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.digests import fact_digest


def reserved(sddl: str, source: str) -> facts_pb2.Fact:
    value = facts_pb2.UrlReservation(url="https://+:49443/adfs/", sddl=sddl)
    return facts_pb2.Fact(key=value.url, source=source, url_reservation=value)


def test_a_line_more_at_the_top_of_a_file_changes_no_fact_below_it() -> None:
    before = reserved("D:(A;;GA;;;WD)", "evidence:WAP01_49443.txt:4")
    after = reserved("D:(A;;GA;;;WD)", "evidence:WAP01_49443.txt:5")

    assert fact_digest(before) == fact_digest(after)
    assert after.source.endswith(":5")  # the fact handed in is left as it was


def test_another_value_is_another_fact() -> None:
    assert fact_digest(reserved("D:(A;;GA;;;WD)", "")) != fact_digest(reserved("D:(A;;GX;;;WD)", ""))
