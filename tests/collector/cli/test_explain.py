"""`farmsight explain`, which needs no collector."""

import json

import pytest

from farmsight_collector.cli.main import main


def test_a_code_is_explained_with_its_check_and_its_undo(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "http.negotiate-off"]) == 0

    told = capsys.readouterr().out
    for head in ("what", "why", "seen as", "found by", "remedy", "check first", "to undo", "catalogue", "cause of"):
        assert f"  {head} " in told


def test_an_entry_of_the_catalogue_finds_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "STORE-03"]) == 0

    told = capsys.readouterr().out
    assert told.startswith("STORE-03: ")
    assert "store.issuing-ca-missing" in told


def test_an_entry_that_no_fact_shows_says_why_and_what_to_do_instead(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "client-02"]) == 0

    told = capsys.readouterr().out
    assert "not shown" in told
    assert "instead" in told


def test_a_mistyped_code_is_an_error_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "crl.expird"]) == 2

    assert "did you mean crl.expired" in capsys.readouterr().err


def test_programs_get_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "CRL-21", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "farmsight.rules/1"
    assert told["entry"]["id"] == "CRL-21"
    slow = next(rule for rule in told["rules"] if rule["code"] == "crl.slow")
    assert slow["limits"][0]["source"]
    assert slow["check"]
    assert slow["symptoms"]
    assert "crl.too-large" in slow["explained_by"]
