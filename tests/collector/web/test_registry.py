"""The list of pages: names, keys and paths are said once, and every template is there."""

import re
from collections import Counter

import pytest

from farmsight_collector.web.page import Page
from farmsight_collector.web.registry import ACTIONS, PAGES, PARTS
from farmsight_collector.web.rendering import _ENVIRONMENT

EVERY = (*PAGES, *PARTS, *ACTIONS)
OWN_KEYS = {"/", "?", "a", "l", "g"}  # of the frame
TEMPLATES = _ENVIRONMENT.list_templates(extensions=["j2"])


def twice(values) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_names_and_paths_are_of_one_page_each() -> None:
    assert not twice(one.name for one in EVERY)
    assert not twice(one.path for one in (*PAGES, *PARTS))
    assert not twice(one.path for one in ACTIONS)


def test_a_key_goes_to_one_page_and_is_none_of_the_frames_own() -> None:
    keys = [one.key for one in PAGES if one.key]

    assert not twice(keys)
    assert all(len(key) == 1 for key in keys)
    assert not set(keys) & OWN_KEYS


@pytest.mark.parametrize("one", [one for one in (*PAGES, *PARTS) if one.template], ids=lambda one: one.name)
def test_a_page_extends_the_layout_and_a_part_extends_nothing(one) -> None:
    source = _ENVIRONMENT.loader.get_source(_ENVIRONMENT, one.template)[0]  # type: ignore[union-attr]

    assert ('{% extends "layout.html.j2" %}' in source) is isinstance(one, Page)


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_template_holds_what_the_policy_forbids(template) -> None:
    source = _ENVIRONMENT.loader.get_source(_ENVIRONMENT, template)[0]  # type: ignore[union-attr]
    if template.startswith("report/"):
        return  # the report has a policy of its own

    assert "|safe" not in source.replace(" ", "")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|hx-vals=.js:", source)
    assert not re.search(r"<script(?![^>]*(?:\ssrc=|type=\"application/json\"))", source)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", source)


def test_forms_that_change_something_carry_the_sessions_proof() -> None:
    for template in TEMPLATES:
        source = _ENVIRONMENT.loader.get_source(_ENVIRONMENT, template)[0]  # type: ignore[union-attr]
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source, re.DOTALL):
            assert "csrf" in form or 'action="/sign-in"' in form or "{{ caller()" in form, (template, form[:200])
