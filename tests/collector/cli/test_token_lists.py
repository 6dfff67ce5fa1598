"""`token create --list`: the list that installs many servers, and tokens with several uses."""

import csv
import io
import json
import stat
from pathlib import Path

import pytest

from farmsight_collector.cli.administration.token_lists import MOST_BYTES
from farmsight_collector.cli.collector import main
from farmsight_collector.identity import tokens

LIST = "\ufeffName,Role,Proxy\nsts01.contoso.com,adfs,\nWAP01,wap,proxy.contoso.com:8080\n"


@pytest.fixture
def data(tmp_path: Path, capsys) -> Path:
    folder = tmp_path / "data"
    assert main(["init", "--data", str(folder), "--name", "collector.contoso.com", "--farm", "sts.contoso.com"]) == 0
    capsys.readouterr()
    return folder


def listed(data: Path, text: str, *more: str) -> int:
    file = data.parent / "servers.csv"
    file.write_text(text, encoding="utf-8")
    return main(["token", "create", "--data", str(data), "--list", str(file), *more])


def refused(capsys, code: int) -> str:
    assert code == 2
    return capsys.readouterr().err


def test_each_server_of_a_list_gets_a_token_of_its_own_for_its_own_name(data: Path, capsys) -> None:
    assert listed(data, LIST, "--ttl", "4h") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["Name"], row["Role"], row["Proxy"]) for row in rows] == [
        ("sts01.contoso.com", "adfs", ""),
        ("WAP01", "wap", "proxy.contoso.com:8080"),
    ]
    made = [tokens.parse(row["Token"]) for row in rows]
    assert main(["token", "list", "--data", str(data), "--json"]) == 0
    kept = {one["id"]: one for one in json.loads(capsys.readouterr().out)["tokens"]}
    # An agent calls itself by the computer name, whatever name it is reached by.
    assert [kept[one.token_id]["host"] for one in made] == ["sts01", "WAP01"]
    assert {one["uses"] for one in kept.values()} == {1}


def test_a_list_with_tokens_is_for_its_owner_alone_and_is_never_written_over(data: Path, capsys) -> None:
    output = data.parent / "tokens.csv"
    assert listed(data, LIST, "--output", str(output)) == 0
    said = capsys.readouterr().out
    assert "fs1." not in said
    assert "2 join tokens of sts.contoso.com" in said
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    before = output.read_text()
    assert before.count("fs1.") == 2
    assert "is there already" in refused(capsys, listed(data, LIST, "--output", str(output)))
    assert output.read_text() == before


def test_where_the_list_can_not_be_written_no_token_is_made(data: Path, capsys) -> None:
    gone = data.parent / "no such folder" / "tokens.csv"
    assert "can't be written" in refused(capsys, listed(data, LIST, "--output", str(gone)))
    assert main(["token", "list", "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Name,Role\nWAP01,wap\nwap01.contoso.com,wap\n", "stands there twice"),
        ("Name,Role\nWAP01,reverse\n", "line 2: Role: one of adfs, wap, proxy, vantage"),
        ("Name,Role\n10.0.0.4,wap\n", "AgentName must say"),
        ("Server,Role\nWAP01,wap\n", "the columns are Name,Role"),
        ("Name,Role\nWAP 01,wap\n", "1 to 63 letters"),
        ("Name,Role\n", "must name 1 to 1000 servers"),
        ("", "must name 1 to 1000 servers"),
        ('Name,Role\n"WAP01,wap\n', "no CSV"),
    ],
)
def test_a_list_at_fault_makes_no_token_and_says_where(data: Path, capsys, text: str, says: str) -> None:
    assert says in refused(capsys, listed(data, text))
    assert main(["token", "list", "--data", str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == []


def test_a_list_beyond_its_bounds_is_refused(data: Path, capsys) -> None:
    assert "a megabyte" in refused(capsys, listed(data, "Name,Role\n" + "x" * MOST_BYTES))
    many = "Name,Role\n" + "".join(f"S{n},adfs\n" for n in range(1001))
    assert "1 to 1000" in refused(capsys, listed(data, many))


def test_a_list_that_a_spreadsheet_wrote_with_semicolons_is_read(data: Path, capsys) -> None:
    assert listed(data, "Name;Role\r\nWAP01;wap\r\n") == 0
    assert capsys.readouterr().out.startswith("Name,Role,Token\nWAP01,wap,fs1.")


def test_an_address_may_stand_in_a_list_with_the_name_that_the_server_has(data: Path, capsys) -> None:
    assert listed(data, "name,role,agentname\n10.0.0.4,wap,WAP07\n", "--json") == 0
    assert json.loads(capsys.readouterr().out)["tokens"][0]["host"] == "WAP07"


def test_a_token_for_many_servers_says_so_and_how_often_it_was_used(data: Path, capsys) -> None:
    assert main(["token", "create", "--data", str(data), "--role", "adfs", "--uses", "12"]) == 0
    said = capsys.readouterr().out
    assert "Join token for 12 servers (adfs) of sts.contoso.com, good 12 times" in said
    assert "On each of them" in said
    assert main(["token", "list", "--data", str(data)]) == 0
    assert "0 of 12" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--role", "adfs", "--uses", "0"], "--uses from 1 to 500"),
        (["--role", "adfs", "--uses", "501"], "--uses from 1 to 500"),
        (["--role", "adfs", "--uses", "2", "--host", "STS01"], "good once"),
        (["--role", "adfs", "--uses", "2", "--ttl", "8d"], "--ttl is at most 7d"),
        (["--role", "adfs", "--output", "x"], "goes with --list"),
        (["--list", "x", "--uses", "3"], "neither --host nor --uses"),
    ],
)
def test_what_does_not_go_together_is_refused(data: Path, capsys, arguments: list[str], says: str) -> None:
    assert says in refused(capsys, main(["token", "create", "--data", str(data), *arguments]))
