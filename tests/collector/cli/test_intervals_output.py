"""Facts over time, for programs."""

from farmsight_collector.cli.intervals_output import as_json
from farmsight_wire.v1 import facts_pb2, query_pb2


def test_a_fact_is_exported_with_the_proof_of_who_asked() -> None:
    """Who is to be convinced wants to know under which account it was, and how that is known."""
    asked = facts_pb2.ContextProof(
        sid="S-1-5-20", account="NT AUTHORITY\\NETWORK SERVICE", token_source=facts_pb2.TOKEN_SOURCE_SERVICE_PROCESS
    )
    fact = facts_pb2.Fact(retrieval=facts_pb2.Retrieval(url="http://pki.contoso.com/ca1.crl"), asked_by=asked)

    told = as_json(query_pb2.FactInterval(server="WAP01", kind="retrieval", fact=fact))

    assert told["asked_by"] == {
        "sid": "S-1-5-20",
        "account": "NT AUTHORITY\\NETWORK SERVICE",
        "tokenSource": "TOKEN_SOURCE_SERVICE_PROCESS",
    }
    assert told["source"] is None


def test_a_fact_that_depends_on_no_account_says_so_and_where_it_was_read() -> None:
    """Not left out: a program that asks for the field gets an answer."""
    fact = facts_pb2.Fact(listener=facts_pb2.Listener(port=49443), source="evidence:WAP01_host.json:12")

    told = as_json(query_pb2.FactInterval(server="WAP01", kind="listener", fact=fact))

    assert (told["asked_by"], told["source"]) == (None, "evidence:WAP01_host.json:12")
