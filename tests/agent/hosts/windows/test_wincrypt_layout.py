"""The structures of wincrypt.h lie as the compiler for Windows lays them out."""
# ruff: noqa: N801 - the header's names

import ctypes
import shutil

import pytest

from farmsight_agent.hosts.windows.api import wincrypt_layout
from tests.windows.bed.places import COMPILER
from tests.windows.layout.assertions import proof, refused

EXTRA_FIELDS = ("CERT_CHAIN_PARA_HAS_EXTRA_FIELDS",)

pytestmark = pytest.mark.skipif(not shutil.which(COMPILER), reason=f"{COMPILER} is not installed")


def test_every_member_is_where_the_compiler_has_it(tmp_path):
    code = proof(wincrypt_layout.STRUCTURES, ["wincrypt.h"], EXTRA_FIELDS)

    assert refused(code, tmp_path) == []
    assert code.count("offsetof") == 2 * sum(len(one._fields_) for one in wincrypt_layout.STRUCTURES)


def test_every_structure_of_the_file_is_proven():
    defined = {one for one in vars(wincrypt_layout).values() if isinstance(one, type)}
    structures = {one for one in defined if issubclass(one, ctypes.Structure) and one is not ctypes.Structure}

    assert structures == set(wincrypt_layout.STRUCTURES)


def test_a_member_that_is_left_out_is_noticed(tmp_path):
    class CERT_TRUST_STATUS(ctypes.Structure):
        _fields_ = (("dwInfoStatus", ctypes.c_uint32),)

    told = refused(proof([CERT_TRUST_STATUS], ["wincrypt.h"]), tmp_path)

    assert told == ["sizeof(CERT_TRUST_STATUS) is not 4", "offsetof(CERT_TRUST_STATUS, dwInfoStatus) is not 0"]


def test_a_member_of_another_size_is_noticed(tmp_path):
    class CTL_USAGE(ctypes.Structure):
        _fields_ = (("cUsageIdentifier", ctypes.c_uint64), ("rgpszUsageIdentifier", ctypes.c_void_p))

    told = refused(proof([CTL_USAGE], ["wincrypt.h"]), tmp_path)

    assert told == ["sizeof(((CTL_USAGE *)0)->cUsageIdentifier) is not 8"]


def test_a_member_that_the_header_has_not_is_noticed(tmp_path):
    class CERT_TRUST_STATUS(ctypes.Structure):
        _fields_ = (("dwErrorStatus", ctypes.c_uint32), ("dwWarningStatus", ctypes.c_uint32))

    with pytest.raises(RuntimeError, match="no member named 'dwWarningStatus'"):
        refused(proof([CERT_TRUST_STATUS], ["wincrypt.h"]), tmp_path)
