"""Names come from certificates, URLs and strangers' files: none of them may speak as the page."""

import dataclasses
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from farmsight_collector.report import render
from farmsight_collector.shown.texts import LONGEST, Exact, breakable, cut, instant, shown
from farmsight_collector.topology.graph import Graph
from tests.collector.report.conftest import Made
from tests.fakes.pages import Element, read

# Ours, from closed sets: they choose colours and words.
OURS = {"severity", "state", "counts", "version", "kind", "found"}
HOSTILE = st.one_of(
    st.text(min_size=1, max_size=40),
    st.text(alphabet="<>&\"'/=!-` \n\t\x00\u202e\u2066{}%#scriptonload", min_size=1, max_size=60),
    st.sampled_from(
        [
            "</style><script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "{{ 7*7 }}{% raw %}",
            "<!--",
            "]]>",
            "javascript:alert(1)",
            "\u202egpj.exe",
            "&lt;b&gt;",
        ]
    ),
)


def spoiled(value: Any, hostile: str) -> Any:
    """Return a view in which each text starts with a hostile one; the map is tried by itself."""
    if isinstance(value, Markup | Graph):
        return value
    if isinstance(value, str):
        return type(value)(hostile + value) if value else value
    if isinstance(value, dict):
        return {name: one if name in OURS else spoiled(one, hostile) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(spoiled(one, hostile) for one in value)
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value) if f.name not in OURS]
        return dataclasses.replace(value, **{name: spoiled(getattr(value, name), hostile) for name in names})
    return value


def outline(root: Element) -> list[tuple[str, tuple[str, ...]]]:
    """Return tags with the names of their attributes; where a line may be broken is no matter."""
    return [(one.tag, tuple(sorted(one.attributes))) for one in root.all() if one.tag != "wbr"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=HOSTILE)
def test_no_text_adds_or_takes_markup_anywhere_in_the_page(sparse: Made, hostile: str) -> None:
    page = render(spoiled(sparse.view, hostile))
    root = read(page)

    assert outline(root) == outline(sparse.root)
    assert [one.attributes.get("class") for one in root.all("td", "span", "p", "article")] == [
        one.attributes.get("class") for one in sparse.root.all("td", "span", "p", "article")
    ]
    assert all((one.attributes.get("href") or "#").startswith("#") for one in root.all())
    assert "".join(c for c in page if not c.isprintable() and c != "\n") == ""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=HOSTILE)
def test_the_same_holds_for_causes_changes_and_all_tables(history: Made, hostile: str) -> None:
    assert outline(read(render(spoiled(history.view, hostile)))) == outline(history.root)


def test_control_and_bidirectional_characters_are_made_visible() -> None:
    assert shown("CN=\u202egpj.exe\x1b[31m\nCA") == "CN=\ufffdgpj.exe\ufffd[31m ↵ CA"
    assert "\u202e" not in breakable("http://pki/\u202elrc.a")


def test_absurd_lengths_are_cut_and_say_so_and_commands_never_are() -> None:
    assert shown("a" * (LONGEST + 1)) == "a" * (LONGEST - 1) + "…"
    assert shown("a" * LONGEST) == "a" * LONGEST
    assert shown(Exact("certutil " * LONGEST)) == "certutil " * LONGEST
    assert cut("one two", 5) == "one…"


@given(st.text())
def test_where_a_line_may_break_changes_no_character(text: str) -> None:
    assert read(f"<p>{breakable(text)}</p>").texts == [] or "".join(
        read(f"<p>{breakable(text)}</p>").all("p")[0].texts
    ) == shown(text)


def test_a_thumbprint_and_a_url_may_be_broken_between_their_parts() -> None:
    assert str(
        breakable("http://pki.contoso.test/a<b.crl")
    ) == "http://<wbr>pki.<wbr>contoso.<wbr>test/<wbr>a&lt;b.<wbr>crl".replace("//<wbr>", "//<wbr>")
    assert str(breakable("ab" * 20)).count("<wbr>") == 3


def test_times_are_told_to_the_second_where_there_are_some() -> None:
    assert instant("2026-11-23T10:00:00Z") == "2026-11-23 10:00Z"
    assert instant("2026-11-23T10:00:05Z") == "2026-11-23 10:00:05Z"
    assert instant(None) == ""
