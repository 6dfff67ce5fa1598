"""The structures of wincrypt.h that crypt32.dll is spoken to with, as a 64-bit Windows lays them out.

Free of the platform: the types have one size everywhere, so that a test on
any system compares every member's offset with what a compiler for Windows
makes of the header. Names are the header's own.
Source: learn.microsoft.com/windows/win32/api/wincrypt.
"""
# ruff: noqa: N801 - the header's names

from ctypes import POINTER, Structure, c_int32, c_uint8, c_uint32, c_void_p
from typing import Any, ClassVar, Final

Fields = list[tuple[str, Any]]


class CERT_CONTEXT(Structure):
    """A certificate in a store, encoded and decoded."""

    _fields_: ClassVar[Fields] = [
        ("dwCertEncodingType", c_uint32),
        ("pbCertEncoded", c_void_p),
        ("cbCertEncoded", c_uint32),
        ("pCertInfo", c_void_p),
        ("hCertStore", c_void_p),
    ]


class CRL_CONTEXT(Structure):
    """A CRL in a store."""

    _fields_: ClassVar[Fields] = [
        ("dwCertEncodingType", c_uint32),
        ("pbCrlEncoded", c_void_p),
        ("cbCrlEncoded", c_uint32),
        ("pCrlInfo", c_void_p),
        ("hCertStore", c_void_p),
    ]


class CTL_CONTEXT(Structure):
    """A certificate trust list in a store: the signed message, and the list in it."""

    _fields_: ClassVar[Fields] = [
        ("dwMsgAndCertEncodingType", c_uint32),
        ("pbCtlEncoded", c_void_p),
        ("cbCtlEncoded", c_uint32),
        ("pCtlInfo", c_void_p),
        ("hCertStore", c_void_p),
        ("hCryptMsg", c_void_p),
        ("pbCtlContent", c_void_p),
        ("cbCtlContent", c_uint32),
    ]


class CRYPT_KEY_PROV_INFO(Structure):
    """Where a certificate's private key is kept: by name, never the key."""

    _fields_: ClassVar[Fields] = [
        ("pwszContainerName", c_void_p),
        ("pwszProvName", c_void_p),
        ("dwProvType", c_uint32),
        ("dwFlags", c_uint32),
        ("cProvParam", c_uint32),
        ("rgProvParam", c_void_p),
        ("dwKeySpec", c_uint32),
    ]


class CTL_USAGE(Structure):
    """A list of object identifiers (CERT_ENHKEY_USAGE is the same)."""

    _fields_: ClassVar[Fields] = [("cUsageIdentifier", c_uint32), ("rgpszUsageIdentifier", c_void_p)]


class CERT_USAGE_MATCH(Structure):
    """Usages that a chain must be good for."""

    _fields_: ClassVar[Fields] = [("dwType", c_uint32), ("Usage", CTL_USAGE)]


class CERT_CHAIN_PARA(Structure):
    """What is asked of a chain (with the fields of CERT_CHAIN_PARA_HAS_EXTRA_FIELDS)."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("RequestedUsage", CERT_USAGE_MATCH),
        ("RequestedIssuancePolicy", CERT_USAGE_MATCH),
        ("dwUrlRetrievalTimeout", c_uint32),
        ("fCheckRevocationFreshnessTime", c_int32),
        ("dwRevocationFreshnessTime", c_uint32),
        ("pftCacheResync", c_void_p),
        ("pStrongSignPara", c_void_p),
        ("dwStrongSignFlags", c_uint32),
    ]


class CERT_TRUST_STATUS(Structure):
    """The error and information bits of a chain or of one element."""

    _fields_: ClassVar[Fields] = [("dwErrorStatus", c_uint32), ("dwInfoStatus", c_uint32)]


class CERT_REVOCATION_INFO(Structure):
    """What the check of one element's revocation came to."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("dwRevocationResult", c_uint32),
        ("pszRevocationOid", c_void_p),
        ("pvOidSpecificInfo", c_void_p),
        ("fHasFreshnessTime", c_int32),
        ("dwFreshnessTime", c_uint32),
        ("pCrlInfo", c_void_p),
    ]


class CERT_CHAIN_ELEMENT(Structure):
    """One certificate of a chain."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("pCertContext", POINTER(CERT_CONTEXT)),
        ("TrustStatus", CERT_TRUST_STATUS),
        ("pRevocationInfo", POINTER(CERT_REVOCATION_INFO)),
        ("pIssuanceUsage", POINTER(CTL_USAGE)),
        ("pApplicationUsage", POINTER(CTL_USAGE)),
        ("pwszExtendedErrorInfo", c_void_p),
    ]


class CERT_SIMPLE_CHAIN(Structure):
    """A chain from the leaf to a root, or to where it ends."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("TrustStatus", CERT_TRUST_STATUS),
        ("cElement", c_uint32),
        ("rgpElement", POINTER(POINTER(CERT_CHAIN_ELEMENT))),
        ("pTrustListInfo", c_void_p),
        ("fHasRevocationFreshnessTime", c_int32),
        ("dwRevocationFreshnessTime", c_uint32),
    ]


class CERT_CHAIN_CONTEXT(Structure):
    """Simple chains, joined by trust lists where there is more than one."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("TrustStatus", CERT_TRUST_STATUS),
        ("cChain", c_uint32),
        ("rgpChain", POINTER(POINTER(CERT_SIMPLE_CHAIN))),
        ("cLowerQualityChainContext", c_uint32),
        ("rgpLowerQualityChainContext", c_void_p),
        ("fHasRevocationFreshnessTime", c_int32),
        ("dwRevocationFreshnessTime", c_uint32),
        ("dwCreateFlags", c_uint32),
        ("ChainId", c_uint8 * 16),
    ]


class CERT_CHAIN_POLICY_PARA(Structure):
    """How a chain is judged by a policy."""

    _fields_: ClassVar[Fields] = [("cbSize", c_uint32), ("dwFlags", c_uint32), ("pvExtraPolicyPara", c_void_p)]


class CERT_CHAIN_POLICY_STATUS(Structure):
    """A policy's judgement of a chain."""

    _fields_: ClassVar[Fields] = [
        ("cbSize", c_uint32),
        ("dwError", c_uint32),
        ("lChainIndex", c_int32),
        ("lElementIndex", c_int32),
        ("pvExtraPolicyStatus", c_void_p),
    ]


STRUCTURES: Final[tuple[type[Structure], ...]] = (
    CERT_CONTEXT,
    CRL_CONTEXT,
    CTL_CONTEXT,
    CRYPT_KEY_PROV_INFO,
    CTL_USAGE,
    CERT_USAGE_MATCH,
    CERT_CHAIN_PARA,
    CERT_TRUST_STATUS,
    CERT_REVOCATION_INFO,
    CERT_CHAIN_ELEMENT,
    CERT_SIMPLE_CHAIN,
    CERT_CHAIN_CONTEXT,
    CERT_CHAIN_POLICY_PARA,
    CERT_CHAIN_POLICY_STATUS,
)
