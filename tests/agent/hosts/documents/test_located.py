"""JSON objects that know their line, whatever stands in the strings between them."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents.located import Located, load_any
from farmsight_agent.outcome import FailedError, NotObservedError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def text(content, first_line=1):
    return Text(name="WAP01_host.json", text=content, first_line=first_line)


def objects(value):
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def line_of(one):
    return int(one.source.rpartition(":")[2])


@given(JSON, st.sampled_from([None, 0, 2]))
def test_every_object_stands_on_the_line_that_it_names(value, indent):
    printed = json.dumps(value, indent=indent, ensure_ascii=False)
    found = load_any(text(printed))
    assert found == value
    lines = printed.split("\n")
    for one in objects(found):
        assert isinstance(one, Located)
        assert "{" in lines[line_of(one) - 1]
    if indent is not None:  # each begins a line of its own, in the order in which they are met
        told = [line_of(one) for one in objects(found)]
        assert told == sorted(set(told))


def test_braces_quotes_and_line_breaks_in_strings_are_none_of_json():
    found = load_any(text('\ufeff{\n"Rule": "c:[Type == \\"x\\"]\n=> issue(claim = c); }{\\\\",\n"Of": {\n"a": [{}]}}'))
    assert [line_of(one) for one in objects(found)] == [2 - 1, 4, 5]


def test_lines_are_counted_from_where_the_stretch_begins():
    assert load_any(text("[\n{}]", first_line=40))[0].source == "evidence:WAP01_host.json:41"


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_file_that_is_cut_off_is_no_json(cut):
    whole = '{"Certificates": [{"Store": "ROOT"}, {"a": {}}]}'
    with pytest.raises(FailedError) as refused:
        load_any(text(whole[:-cut]))
    assert refused.value.reason == "not-json"


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 2_000_000,
        "[" + "{}," * 2_000_000 + "{}]",
        '{"a":' * 200_000,
        "[{}," + '"' + '\\"' * 2_000_000,
        '["' + '\\"' * 2_000_000,
        "1" * 100_000,
    ],
    ids=["deep lists", "many objects", "deep objects", "an open string behind an object", "an open string", "a number"],
)
def test_hostile_json_is_refused_at_once(hostile):
    began = time.process_time()
    with pytest.raises(NotObservedError):
        load_any(text(hostile))
    assert time.process_time() - began < 2
