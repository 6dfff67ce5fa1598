"""Each text of the contract's facts is either known to name something, or known to name nobody."""

from google.protobuf.descriptor import FieldDescriptor

from farmsight_collector.report.redaction.fields import NAMELESS, NAMING
from farmsight_collector.report.redaction.gathered import Gatherer
from farmsight_wire.v1 import facts_pb2


def texts() -> set[str]:
    return {
        f"{message.name}.{field.name}"
        for message in facts_pb2.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
        if field.type == FieldDescriptor.TYPE_STRING
    }


def test_a_new_text_in_a_fact_says_what_it_names() -> None:
    assert texts() - NAMING.keys() - NAMELESS == set(), "say in redaction/fields.py what stands in it"
    assert (NAMING.keys() | NAMELESS) - texts() == set()
    assert NAMING.keys() & NAMELESS == set()


def test_each_kind_of_name_has_who_gathers_it() -> None:
    assert all(callable(getattr(Gatherer, what)) for what in NAMING.values())
