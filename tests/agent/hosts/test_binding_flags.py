"""Every bit of a binding's flags and check mode, on the builds that know it and on those that don't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts import binding_flags
from farmsight_wire.v1 import facts_pb2

BUILDS = {"2012 R2": 9600, "2016": 14393, "2019": 17763, "2022": 20348, "2025": 26100}
NUMBERS = st.integers(0, 0xFFFFFFFF)


def flagged(flags, build=BUILDS["2025"]):
    binding = facts_pb2.TlsBinding()
    binding_flags.set_flags(binding, flags, build)
    return binding


def told(binding):
    """Return what a binding says of each flag that it says anything of."""
    return {name: getattr(binding, name) for name in binding_flags.FLAGS.values() if binding.HasField(name)}


@pytest.mark.parametrize(("bit", "name"), binding_flags.FLAGS.items())
def test_each_bit_is_its_own_field(bit, name):
    said = told(flagged(bit))

    assert [field for field, value in said.items() if value] == [name]


@pytest.mark.parametrize(
    ("server", "silent"),
    [
        ("2025", {"no_raw_filter"}),
        ("2022", {"no_raw_filter", "disable_session_id"}),
        ("2019", {"no_raw_filter", "disable_session_id", "enable_token_binding", "log_extended_events",
                  "enable_session_ticket"}),
        ("2016", set(binding_flags.FLAGS.values())
                 - {"ds_mapper", "negotiate_client_certificate", "reject", "disable_http2"}),
        ("2012 R2", set(binding_flags.FLAGS.values()) - {"ds_mapper", "negotiate_client_certificate"}),
    ],
)  # fmt: skip
def test_a_build_says_no_only_to_what_it_knows(server, silent):
    said = told(flagged(0, BUILDS[server]))

    assert set(said) == set(binding_flags.FLAGS.values()) - silent
    assert not any(said.values())


@given(NUMBERS, st.sampled_from(sorted(BUILDS.values())))
def test_no_bit_is_lost_and_none_is_made_up(flags, build):
    binding = flagged(flags, build)

    assert binding.raw_flags == flags
    assert {name for name, value in told(binding).items() if value} == {
        name for bit, name in binding_flags.FLAGS.items() if flags & bit
    }


@given(NUMBERS)
def test_the_check_mode(mode):
    binding = facts_pb2.TlsBinding()
    binding_flags.set_check_mode(binding, mode)

    assert binding.raw_check_mode == mode
    assert binding.verify_client_revocation == (mode % 2 == 0)
    assert binding.cached_revocation_only == (mode // 2 % 2 == 1)
    assert binding.usage_check == (mode // 0x10000 % 2 == 0)


@given(st.integers(0, 100_000))
def test_a_later_build_knows_all_that_an_earlier_one_does(build):
    assert binding_flags.known_flags(build) & ~binding_flags.known_flags(build + 1) == 0
