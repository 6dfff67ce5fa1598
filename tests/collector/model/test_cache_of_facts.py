"""Facts are parsed once for all who hold the same, but never with another server's file beside them."""

import itertools

from farmsight_collector.model.cache import parsed
from tests.fakes.agents import service


def test_the_file_and_line_of_one_server_are_not_shown_for_another() -> None:
    """The digest leaves out the source, so that a moved line changes no fact."""
    for order in itertools.permutations(("", "evidence:WAP01_host.json:7", "evidence:WAP02_host.json:7")):
        digest = repr(order).encode()
        for source in order:
            fact = service("adfssrv")
            fact.source = source

            assert parsed(digest, fact.SerializeToString(deterministic=True)).source == source


def test_what_has_no_source_is_parsed_once() -> None:
    data = service("adfssrv").SerializeToString(deterministic=True)

    assert parsed(b"once", data) is parsed(b"once", data)
