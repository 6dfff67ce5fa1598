"""The collection script read through its grammar: what it calls, what it writes, and that it changes nothing."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tree_sitter import Node

from tests.windows import cmdlets
from tests.windows.syntax import Function, Script, bare, every, line, text, unquoted

ROOT = Path(__file__).parents[2]
SCRIPT = Script(ROOT / "deploy/windows/Collect-FarmsightEvidence.ps1")
PAGE = (ROOT / "docs/collect.md").read_text(encoding="utf-8")
FUNCTIONS = list(SCRIPT.functions.values())


def _function_of(node: Node) -> str:
    at = node.parent
    while at is not None:
        if at.type == "function_statement":
            return text(next(child for child in at.children if child.type == "function_name"))
        at = at.parent
    return ""


# -- the grammar


def test_the_grammar_takes_the_whole_script() -> None:
    assert SCRIPT.faults() == []
    assert len(FUNCTIONS) > 50


@pytest.mark.parametrize("broken", ["if ($a -eq 1 { 2 }", "function F { param([string]$A\n", "@{ A = 1\n"])
def test_the_grammar_refuses_what_is_no_powershell(tmp_path: Path, broken: str) -> None:
    (tmp_path / "broken.ps1").write_text(broken, encoding="ascii")

    assert Script(tmp_path / "broken.ps1").faults()


def test_it_is_plain_ascii_so_that_every_version_reads_the_same() -> None:
    assert SCRIPT.bytes.isascii()
    assert b"\t" not in SCRIPT.bytes
    assert b"\r" not in SCRIPT.bytes
    assert [n for n, one in enumerate(SCRIPT.text.splitlines(), 1) if len(one) > 120 or one != one.rstrip()] == []


def test_functions_stay_readable() -> None:
    assert [(one.name, one.lines) for one in FUNCTIONS if one.lines > 40] == []


def test_nothing_in_it_is_newer_than_windows_powershell_4() -> None:
    newer = {
        "class_statement", "enum_statement", "using_statement", "ternary_expression", "null_coalesce_expression",
        "ternary_argument_expression", "null_coalesce_argument_expression",
    }  # fmt: skip
    assert [line(node) for node in every(SCRIPT.root, *newer)] == []
    chained = [line(node) for node in every(SCRIPT.root) if node.type in {"&&", "||"}]
    assert chained == []
    assert [line(node) for name, node in SCRIPT.members() if name.lower().endswith("::new")] == []
    assert {call.name for call in SCRIPT.commands()} & cmdlets.LATER_THAN_4 == set()
    assert "?." not in SCRIPT.text.split("#Requires")[1].replace("(?", "")
    assert re.search(r"(?m)^#Requires -Version 4\.0$", SCRIPT.text)


# -- what it calls


def test_only_listed_commands_are_called() -> None:
    allowed = {*SCRIPT.functions, *cmdlets.READING, *cmdlets.ROLES, *cmdlets.TASKS, *cmdlets.CALLED}

    assert [(line(call.node), call.name) for call in SCRIPT.commands() if call.name not in allowed] == []


def test_every_cmdlet_is_called_with_parameters_that_it_has() -> None:
    known = {**cmdlets.READING, **cmdlets.ROLES, **{name: held for name, (held, _) in cmdlets.TASKS.items()}}
    wrong = [
        (line(call.node), call.name, name)
        for call in SCRIPT.commands()
        if call.name in known
        for name in call.named
        if name not in known[call.name] | cmdlets.COMMON
    ]
    assert wrong == []


def test_every_own_function_is_called_with_its_own_parameters_by_name() -> None:
    optional = {("Add-RegistryNumbers", "only")}
    wrong = []
    for call in SCRIPT.commands():
        if call.name not in SCRIPT.functions:
            continue
        has = SCRIPT.functions[call.name].parameters
        needed = {name for name, (kind, default) in has.items() if kind != "[switch]" and not default}
        missing = {name for name in needed - set(call.named) if (call.name, name) not in optional}
        if set(call.named) - set(has) or missing or call.positional:
            wrong.append((line(call.node), call.name, sorted(set(call.named) - set(has)), missing, call.positional))
    assert wrong == []


def test_every_own_function_is_used() -> None:
    called = {call.name for call in SCRIPT.commands()}

    assert sorted(set(SCRIPT.functions) - called) == []


def _left_side(node: Node) -> str:
    """The variable that an assignment gives a value; "" where it is a member or an element of one."""
    left = bare(node.children[0])
    while left.type in {"expression_with_unary_operator", "cast_expression"}:
        left = bare(left.children[-1])
    return text(left).lstrip("$").lower() if left.type == "variable" else ""


def _given(node: Node) -> Iterator[str]:
    for assignment in every(node, "assignment_expression", into=False):
        yield _left_side(assignment)
    for loop in every(node, "foreach_statement", into=False):
        yield text(next(child for child in loop.children if child.type == "variable")).lstrip("$").lower()
    for parameter in every(node, "script_parameter", into=False):
        yield text(next(child for child in parameter.children if child.type == "variable")).lstrip("$").lower()


def _read(node: Node) -> Iterator[tuple[int, str]]:
    for variable in every(node, "variable", into=False):
        yield line(variable), text(variable).lstrip("$@").strip("{}").lower()


@cache
def _of_script() -> set[str]:
    """Variables of the script's own scope: its parameters, what it sets on top, what any function sets for it."""
    own = {one.removeprefix("script:") for one in _given(SCRIPT.root) if one}
    for function in FUNCTIONS:
        own |= {one.removeprefix("script:") for one in _given(function.node.children[-2]) if one.startswith("script:")}
    return own


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: one.name)
def test_every_variable_that_is_read_was_given_a_value(function: Function) -> None:
    body = next(child for child in function.node.children if child.type == "script_block")
    given = set(_given(body))
    shared = _of_script()
    unknown = [
        (at, name)
        for at, name in _read(body)
        if name.removeprefix("script:") not in shared
        and name not in given | cmdlets.AUTOMATIC
        and not name.startswith("env:")
    ]
    assert unknown == []


def test_the_main_part_reads_only_what_was_given_a_value() -> None:
    shared = _of_script() | cmdlets.AUTOMATIC
    unknown = [
        (at, name)
        for at, name in _read(SCRIPT.root)
        if name.removeprefix("script:") not in shared and not name.startswith("env:")
    ]
    assert unknown == []


def test_no_automatic_variable_is_overwritten() -> None:
    bodies = [SCRIPT.root, *(function.node.children[-2] for function in FUNCTIONS)]
    taken = {name for body in bodies for name in _given(body)} & cmdlets.AUTOMATIC

    assert taken - cmdlets.SETTABLE == set()


# -- that it changes nothing


def test_tasks_are_made_started_and_removed_in_one_place_each() -> None:
    for call in SCRIPT.commands():
        if call.name in cmdlets.TASKS:
            assert _function_of(call.node) == cmdlets.TASKS[call.name][1], call.name


def test_files_are_changed_only_where_it_is_meant() -> None:
    for member, node in SCRIPT.members():
        if member in cmdlets.CHANGING:
            assert _function_of(node) in cmdlets.CHANGING[member], (line(node), member)


def test_no_other_static_member_and_no_writing_method_is_used() -> None:
    used = {member for member, _ in SCRIPT.members()}

    assert {one for one in used if "::" in one} - cmdlets.HARMLESS - set(cmdlets.CHANGING) == set()
    assert used & cmdlets.FORBIDDEN == set()


def test_of_a_private_key_only_its_presence_is_asked() -> None:
    code = re.sub(r"(?s)<#.*?#>|#.*?$", "", SCRIPT.text, flags=re.MULTILINE)

    assert set(re.findall(r"\w*PrivateKey\w*", code)) == {"HasPrivateKey"}
    assert re.search(r"(?i)get-credential|convertto-securestring|-credential\b|invoke-expression|\biex\b", code) is None


def test_programs_are_asked_to_show_and_never_to_set() -> None:
    said = [
        one for one in SCRIPT.strings() if re.search(r"certutil|netsh|(?:^| )(?:http|winhttp|int) |^-?verifystore", one)
    ]
    netsh = [unquoted(text(bare(node))) for node in _netsh_entries().values()]

    assert all(re.search(r" show ", f" {one} ") for one in netsh)
    verbs = {verb for one in said for verb in re.findall(r"(?<![\w/-])-([a-z]{4,})", one)}
    assert verbs <= {"verifystore", "store", "verify", "urlfetch", "urlcache"}
    assert "delete" not in " ".join(said)


def _netsh_entries() -> dict[str, Node]:
    body = SCRIPT.functions["Invoke-NetshParts"].node
    table = next(every(body, "hash_literal_body"))
    return {unquoted(text(entry.children[0])): entry.children[-1] for entry in every(table, "hash_entry")}


def test_a_task_is_removed_however_its_work_ends() -> None:
    body = SCRIPT.functions["Invoke-AsAccount"].node
    finally_ = next(every(body, "finally_clause"))
    registered = next(call for call in SCRIPT.commands(body) if call.name == "Register-OwnTask")

    assert [call.name for call in SCRIPT.commands(finally_)] == ["Unregister-OwnTask"]
    assert registered.node.start_byte < finally_.start_byte
    assert {"Start-ScheduledTask", "Wait-OwnTask"} <= {call.name for call in SCRIPT.commands(finally_.parent)}


def test_the_traces_are_cleared_however_the_script_ends() -> None:
    (ending,) = [
        one
        for one in every(SCRIPT.root, "finally_clause", into=False)
        if any(call.name == "Clear-OwnTraces" for call in SCRIPT.commands(one))
    ]
    begun = [call.name for call in SCRIPT.commands(ending.parent)]

    assert begun.index("New-OutputFolder") < begun.index("Invoke-Everything") < begun.index("Clear-OwnTraces")
    cleared = {call.name for call in SCRIPT.commands(SCRIPT.functions["Clear-OwnTraces"].node)}
    assert {"Stop-OwnProcess", "Unregister-OwnTask", "Clear-Half"} <= cleared


def test_once_the_zip_is_whole_nothing_else_stays() -> None:
    packing, removing = (
        next(call.node for call in SCRIPT.commands(into=False) if call.name == name)
        for name in ("Compress-Folder", "Remove-PackedFolder")
    )
    condition = removing
    while condition.type != "if_statement":
        assert condition.parent is not None
        condition = condition.parent

    assert packing.start_byte < removing.start_byte
    assert text(condition).startswith("if ($zip)")
    assert [call.name for call in SCRIPT.commands()].count("Remove-PackedFolder") == 1


def test_a_file_gets_its_name_only_when_it_is_whole() -> None:
    for name in ("Write-WholeFile", "Invoke-Program"):
        body = text(SCRIPT.functions[name].node)
        assert body.index(".tmp") < body.index("[IO.File]::Move(")
    for command in SCRIPT.strings(SCRIPT.functions["Get-TaskCommands"].node):
        if command.startswith("{0}"):
            assert re.search(r"> (\S+)\.out 2>&1 & ren \1\.out \1\.txt$", command), command


def test_every_step_and_every_program_has_a_limit() -> None:
    for name in ("Invoke-Program", "Invoke-Limited"):
        assert "$TimeoutSec" in text(SCRIPT.functions[name].node)
    blocks = [*SCRIPT.entries("$AdfsReads"), *SCRIPT.entries("$WapReads"), *SCRIPT.entries("$AdfsTexts")]
    assert len(blocks) > 15
    inside = {call.name for call in SCRIPT.commands() if call.name in cmdlets.ROLES}
    outside = {call.name for function in FUNCTIONS for call in SCRIPT.commands(function.node)}
    assert inside & outside == set()  # the roles' cmdlets run in the limited blocks alone


def test_ctrl_c_is_noticed_while_a_program_runs() -> None:
    assert "WaitForExit(200)" in text(SCRIPT.functions["Invoke-Program"].node)


# -- its help, and the page


def test_its_help_teaches_every_parameter() -> None:
    shown = SCRIPT.help()
    told = dict(re.findall(r"(?ms)^\.PARAMETER (\w+)\n(.+?)(?=^\.|\Z)", shown))

    assert list(told) == list(SCRIPT.parameters)
    assert all(len(one.strip()) > 30 for one in told.values())
    for section in (".SYNOPSIS", ".DESCRIPTION", ".EXAMPLE", ".OUTPUTS", ".LINK"):
        assert re.search(rf"(?m)^\{section}\s*$", shown), section
    assert SCRIPT.text.startswith("<#\n.SYNOPSIS\n")
    assert "SupportsShouldProcess = $true" in SCRIPT.text


def test_its_examples_use_parameters_that_are_there() -> None:
    for example in re.findall(r"(?m)^\.EXAMPLE\n(.+)$", SCRIPT.help()):
        used = {
            one for one in re.findall(r"(?<=\s)-(\w+)", example) if one not in {"ComputerName", "FilePath", "WhatIf"}
        }
        assert used <= set(SCRIPT.parameters), example


def test_the_page_names_every_parameter_and_none_that_is_not_there() -> None:
    named = set(re.findall(r"`-([A-Z]\w+)", PAGE))

    assert named >= set(SCRIPT.parameters)
    assert named - set(SCRIPT.parameters) <= {"WhatIf", "FromSession", "ArgumentList"}


def test_the_page_gives_each_netsh_command_by_hand_with_its_file() -> None:
    for name, node in _netsh_entries().items():
        command = f"netsh {unquoted(text(bare(node)))}"
        assert f"{command} > %computername%_{name}.txt" in PAGE


def test_it_says_what_is_missing_without_administrators_rights() -> None:
    warnings = " ".join(text(call.node) for call in SCRIPT.commands() if call.name == "Write-Warning")

    assert "-AllowUnelevated" in warnings
    assert "Run as administrator" in warnings
