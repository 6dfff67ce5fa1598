"""Which translated word is the yes: proven, or not known."""

from itertools import pairwise

import pytest

from farmsight_agent.hosts.evidence.netsh import sslcert_words
from tests.fakes import netsh


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_a_binding_that_checks_usage_and_maps_nothing_tells_the_words(language):
    yes, no = language.enabled, language.disabled
    found = sslcert_words.switches([yes, no, no], [(yes, no)])

    assert (found[sslcert_words.folded(yes)], found[sslcert_words.folded(no)]) == (True, False)


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
def test_versions_of_tls_that_share_a_word_are_not_all_disabled(language):
    found = sslcert_words.flags([language.set, language.unset], [(language.unset,) * 3])

    assert (found[sslcert_words.folded(language.set)], found[sslcert_words.folded(language.unset)]) == (True, False)


def test_bindings_that_contradict_each_other_tell_nothing():
    assert sslcert_words.switches(["Da", "Ne"], [("Da", "Ne"), ("Ne", "Da")]) == sslcert_words.ENGLISH
    assert sslcert_words.flags(["Da", "Ne"], [("Da",) * 3, ("Ne",) * 3]) == sslcert_words.ENGLISH
    assert sslcert_words.switches(["Aktiviert", "Deaktiviert"], [("Deaktiviert", "Aktiviert")]) == sslcert_words.ENGLISH


def test_a_word_with_something_before_it_is_the_no_where_nothing_else_tells():
    assert sslcert_words.switches(["Activé", "Désactivé"], [("Activé", "Activé")])["désactivé"] is False
    assert sslcert_words.flags(["Festgelegt", "Nicht festgelegt"], [])["festgelegt"] is True


@pytest.mark.parametrize("words", [[], ["Da"], ["Da", "Ne", "Mozda"], ["Da", "Da"], ["????????", "?????????"]])
def test_too_few_too_many_or_lost_words_tell_nothing(words):
    """Two words of question marks differ in their length alone, and so does the third that is none of them."""
    pairs = list(pairwise(words))

    assert sslcert_words.switches(words, pairs) == sslcert_words.ENGLISH
    assert sslcert_words.flags(words, []) == sslcert_words.ENGLISH


def test_one_word_alone_is_the_no_where_the_versions_of_tls_prove_it():
    assert sslcert_words.flags(["Ne", "Ne"], [("Ne",) * 3]) == {**sslcert_words.ENGLISH, "ne": False}


def test_an_exception_does_not_hide_what_the_others_say():
    """A binding that checks no usage shows the same word twice and has no say."""
    assert sslcert_words.switches(["Da", "Ne"], [("Ne", "Ne"), ("Da", "Ne")])["da"] is True
