"""What the analysis found is in the page, whoever reads it and with whatever."""

import re

from farmsight_collector.shown.texts import Exact, instant, place, shown
from tests.collector.report.conftest import SAMPLE, Made, made


def words(text: str) -> str:
    return " ".join(shown(Exact(text)).split())


def command(text: str) -> str:
    return " ".join(text.split())


def test_every_finding_is_in_the_page_with_its_reason_and_what_to_do(any_page: Made) -> None:
    told = any_page.root.text
    for one in any_page.document["findings"]:
        assert words(one["title"]) in told
        assert words(one["why"]) in told
        assert one["code"] in told
        assert all(entry in told for entry in one["catalogue"])
        assert words(one["limit_used"] or "") in told
        for remedy in one["remedy"]:
            assert command(remedy["command"]) in told
            assert command(remedy["check"]) in told
            assert command(remedy["undo"]) in told


def test_every_fact_that_a_finding_rests_on_is_in_the_page_with_file_and_line(any_page: Made) -> None:
    told = any_page.root.text
    for one in any_page.document["findings"]:
        for fact in one["evidence"]:
            assert words(fact["key"]) in told
            assert fact["kind"] in told
            assert words(place(fact["source"])) in told
    assert all(words(says) in told for says in any_page.says)


def test_every_finding_can_be_linked_to(any_page: Made) -> None:
    ids = [one.attributes.get("id") for one in any_page.root.all()]

    assert {f"f-{one['id']}" for one in any_page.document["findings"]} <= set(ids)
    assert len([one for one in ids if one]) == len({one for one in ids if one})


def test_every_missing_output_is_in_the_page_with_the_line_to_run_on_its_server(sparse: Made) -> None:
    assert sparse.document["lacking"]
    told = sparse.root.text
    blocks = [one.text for one in sparse.root.all("details") if one.all("pre")]
    for one in sparse.document["lacking"]:
        assert words(one["command"]) in told
        assert any(block.startswith(one["server"]) and words(one["run"]) in block for block in blocks)


def test_every_reason_why_something_is_not_known_is_in_the_page_or_its_missing_output_is(any_page: Made) -> None:
    told = any_page.root.text
    lacking = {(one["server"], part) for one in any_page.document["lacking"] for part in one["unknown"]}
    names = [one["server"] for one in any_page.document["evidence"]]
    for one in any_page.document["unknown"]:
        part = f"{one['probe']}/{one['part'] or ''}".strip("/")
        told_by = re.match(rf"({'|'.join(names)})(?: can't tell|: ([\w/-]+)): ", one["reason"])
        server = one["server"] or (told_by[1] if told_by else "")
        place = (told_by[2] if told_by else "") or part
        reason = words(one["reason"][told_by.end() :] if told_by and not one["server"] else one["reason"])
        either = {reason, reason.replace(server, "%computername%") if server else reason}
        assert (server, place) in lacking or any(each in told for each in either), one
        assert not one["code"] or one["code"] in told


def test_servers_files_leftovers_and_notes_are_in_the_page(any_page: Made) -> None:
    told = any_page.root.text
    for one in any_page.document["evidence"]:
        assert f"{one['role'] or 'unknown'} {words(one['role_reason'])}" in told
        assert all(words(name) in told for name in one["files"])
        assert all(instant(at) in told for at in one["taken"])
    for one in any_page.document["not_understood"]:
        assert words(one["file"] + (f":{one['line']}" if one["line"] else "")) in told
        assert words(one["reason"]) in told
        assert (one["resembles"] or "") in told
    assert all(words(note) in told for note in any_page.document["notes"])
    assert any_page.document["mode"]["reason"] in told


def test_a_file_of_nobody_is_listed_as_saying_nothing(sparse: Made) -> None:
    assert "WAP01/holiday.txt" in sparse.root.text.partition("that say nothing here")[2]


def test_without_a_finding_the_page_is_calm_and_does_not_call_the_farm_healthy(faultless: Made) -> None:
    verdict = next(one for one in faultless.root.all("p") if "verdict" in (one.attributes.get("class") or ""))

    assert verdict.attributes["class"] == "verdict s-unknown"
    assert verdict.text.startswith("no fault found")
    assert "That is not the same as healthy" in faultless.root.text
    assert "tls-endpoints" in faultless.root.text.partition("not the same as healthy")[2].partition("Servers")[0]


def test_the_verdict_says_its_severity_in_words_and_links_to_each_cause(sample: Made) -> None:
    verdict = next(one for one in sample.root.all("p") if "verdict" in (one.attributes.get("class") or ""))
    causes = [one for one in sample.document["findings"] if not one["caused_by"]]
    glance = next(one for one in sample.root.all("ol") if one.attributes.get("class") == "glance")

    assert verdict.text.startswith("critical certificate sign-in is broken: ")
    assert [one.attributes["href"] for one in glance.all("a")] == [f"#f-{one['id']}" for one in causes]


def test_the_page_says_how_it_was_made(sample: Made) -> None:
    footer = sample.root.all("footer")[0].text

    assert re.search(r"Made by farmsight \S+ from \d+ captured files of 4 servers", footer)
    assert instant(sample.document["as_of"]) in footer


def test_what_changed_is_told_where_there_is_an_earlier_capture_and_only_there(history: Made, sample: Made) -> None:
    told = history.root.text.partition("What changed since the captures up to 2026-11-23 10:00Z")[2]

    assert told.count("new critical") >= 3
    assert "tuesday/WAP01/WAP01_sslcert.txt" in told.partition("Servers compared")[0]
    assert "as shown since 2026-11-24 10:00Z" in history.root.text
    assert "What changed" not in sample.root.text


def test_the_same_analysis_gives_the_same_page(sample: Made) -> None:
    assert made(SAMPLE).page == sample.page


def test_the_sample_is_small_enough_to_mail(sample: Made) -> None:
    assert len(sample.page.encode()) < 400_000
