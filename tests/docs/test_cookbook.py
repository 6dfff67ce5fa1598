"""The cookbook: what it says to try is there, and is what it shows."""

import re
from pathlib import Path

import pytest

from farmsight_lab.faults.catalogue import KINDS
from farmsight_lab.scenario import load, packaged

PAGE = (Path(__file__).parents[2] / "docs/cookbook.md").read_text(encoding="utf-8")
RECIPES = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
# What they show is not one fault: a month, a report, and what nobody knows.
OF_NO_FAULT = {"demo", "unknown"}


def test_there_is_a_recipe_for_each_thing_that_people_say() -> None:
    """By its title, as it is looked for."""
    assert len(RECIPES) >= 13
    for words in ("one WAP only", "nobody gets a prompt", "inside but not outside", "network team", "last night"):
        assert any(words in title for title in RECIPES), words


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_names_the_code_of_the_fault_that_its_scenario_plants(title: str) -> None:
    """Who tries it sees what is shown."""
    named = re.findall(r"--scenario ([\w-]+)", RECIPES[title])

    assert set(named) <= set(packaged())
    for name in set(named) - OF_NO_FAULT:
        causes = {one.code for one in load(name).expected if one.cause}
        assert any(code in RECIPES[title] for code in causes), (name, causes)


def test_faults_that_are_planted_by_hand_are_faults_of_the_lab() -> None:
    """With parameters that they take."""
    planted = re.findall(r"lab plant ([\w-]+)((?: [\w-]+=\S+?)*)(?: --on \w+)+`", PAGE)

    assert len(planted) >= 4
    for name, given in planted:
        parameters = {one.partition("=")[0] for one in given.split()}
        assert parameters <= {one.name for one in KINDS[name].parameters}, name
