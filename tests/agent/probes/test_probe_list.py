"""The list of probes, the vocabulary and the documentation speak of the same things."""

import re
from pathlib import Path

import pytest

from farmsight_agent.probes import PROBES, host, listed
from farmsight_wire.v1.vocabulary import KINDS, PROBE_NAMES

DOCS = Path(__file__).parents[3] / "docs" / "probes.md"


def test_every_probe_of_the_vocabulary_is_listed_once():
    assert sorted(probe.id for probe in PROBES) == sorted(PROBE_NAMES)


def test_a_probe_listed_twice_is_refused():
    with pytest.raises(ValueError, match="host"):
        listed(host.PROBE, host.PROBE)


def test_known_parts_are_those_of_the_vocabulary():
    """So that a whole run that failed leaves each part of it unknown."""
    for probe in PROBES:
        parts = {kind.part for kind in KINDS if kind.probe == probe.id}
        assert parts in ({"*"}, set(probe.parts)), probe.id


def test_every_probe_is_documented_and_nothing_else():
    headings = re.findall(r"^## `([a-z-]+)`$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(probe.id for probe in PROBES)
