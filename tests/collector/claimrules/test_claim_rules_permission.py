"""Authorization rules decide on whether there is a token to put claims into."""

import pytest

from farmsight_collector.claimrules.permission import DENY, PERMIT, permitted
from farmsight_collector.model.verdict import Verdict

ALL = "c:[] => issue(claim = c);"
PERMIT_ALL = f'@RuleTemplate = "AllowAllAuthzRule" => issue(Type = "{PERMIT}", Value = "true");'
INSIDE = '[Type == "http://schemas.microsoft.com/ws/2012/01/insidecorporatenetwork", Value == "true"]'
GROUP = '[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/groupsid", Value == "S-1-5-21-1-2-3-513"]'


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (PERMIT_ALL, Verdict.PASSES),
        (f'=> issue(Type = "{DENY}", Value = "DenyUsersWithClaim");', Verdict.FAILS),
        (f'{PERMIT_ALL} => issue(Type = "{DENY}", Value = "x");', Verdict.FAILS),
        (f'=> add(Type = "{PERMIT}", Value = "true");', Verdict.FAILS),
        (f'exists({GROUP}) => issue(Type = "{PERMIT}", Value = "PermitUsersWithClaim");', Verdict.UNKNOWN),
        (f'{PERMIT_ALL} c:[Type ~~ "x"] => issue(claim = c);', Verdict.UNKNOWN),
        (f'c:[Type ~~ "x"] => issue(claim = c); => issue(Type = "{DENY}", Value = "x");', Verdict.FAILS),
        ('=> issue(Type = "urn:other", Value = "true");', Verdict.FAILS),
        ("", Verdict.UNKNOWN),
    ],
)
def test_what_authorization_rules_permit(rules, expected):
    assert permitted(ALL, rules).verdict is expected
    assert permitted(ALL, rules).why


def test_a_policy_by_name_takes_the_place_of_rules_and_is_not_known_here():
    found = permitted(ALL, "", policy="Permit everyone and require MFA")
    assert found.verdict is Verdict.UNKNOWN
    assert "Permit everyone and require MFA" in found.why


def test_inside_only_is_certain_on_a_known_path():
    rules = f'exists({INSIDE}) => issue(Type = "{PERMIT}", Value = "true");'
    assert permitted(ALL, rules).verdict is Verdict.UNKNOWN
    assert permitted(ALL, rules, extranet=True).verdict is Verdict.FAILS
    assert permitted(ALL, rules, extranet=False).verdict is Verdict.PASSES


def test_a_group_that_the_providers_rules_do_not_pass_on_permits_nobody():
    rules = f'exists({GROUP}) => issue(Type = "{PERMIT}", Value = "true");'
    assert permitted("", rules).verdict is Verdict.FAILS
    assert permitted(None, rules).verdict is Verdict.UNKNOWN
    assert "S-1-5-21-1-2-3-513" in permitted(None, rules).why
