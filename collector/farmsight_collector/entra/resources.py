"""What is asked of Microsoft Graph: which permission each answer takes, and what stays unknown without it.

Every permission is one to read. Sources: Microsoft Graph v1.0 reference, the
pages of the methods named here.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One answer; `name` is what entra.json calls it, `parts` are those of the probe that stand on it."""

    name: str
    path: str  # below /v1.0; {tenant} is the tenant's id
    permission: str
    parts: tuple[str, ...]
    gives: str
    without: str
    source: str
    if_missing: bool = False  # a 404 says that there is no such thing in this tenant or cloud


CLASSIC: Final = Resource(
    name="certificateBasedAuthConfiguration",
    path="/organization/{tenant}/certificateBasedAuthConfiguration",
    permission="Organization.Read.All",
    parts=("authorities",),
    gives="the certificate authorities that federated sign-in goes by, with their CRL and delta URLs",
    without="nothing can be said of the tenant's certificate authorities and their CRLs",
    source="certificatebasedauthconfiguration-list",
)
PKI: Final = Resource(
    name="certificateBasedAuthConfigurations",
    path="/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations",
    permission="PublicKeyInfrastructure.Read.All",
    parts=("pki-store",),
    gives="the newer, PKI-based trust store with its containers",
    without="a CA that stands in the newer store alone is not noticed",
    source="publickeyinfrastructureroot-list-certificatebasedauthconfigurations",
    if_missing=True,
)
DOMAINS: Final = Resource(
    name="domains",
    path="/domains?$select=id,authenticationType,isVerified,isDefault,isRoot",
    permission="Domain.Read.All",
    parts=("domains",),
    gives="the domains: verified or not, federated or managed",
    without="whether any domain sends its users to the farm is not known",
    source="domain-list",
)
FEDERATION: Final = Resource(
    name="federationConfiguration",
    path="/domains/{domain}/federationConfiguration",
    permission="Domain.Read.All",
    parts=("domains",),
    gives="each federated domain's issuer, sign-in URIs, token-signing certificates, prompt and MFA behaviour",
    without="prompt=login, token-signing certificates and endpoints can't be compared with the farm's",
    source="domain-list-federationconfiguration",
)
POLICY: Final = Resource(
    name="x509Certificate",
    path="/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate",
    permission="Policy.Read.All",
    parts=("certificate-policy",),
    gives="the tenant's own certificate sign-in: on or off, bindings, whether a CRL is required",
    without="whether users sign in with certificates past the farm, and whether a missing CRL fails them, is not known",
    source="x509certificateauthenticationmethodconfiguration-get",
    if_missing=True,
)
ROLLOUTS: Final = Resource(
    name="featureRolloutPolicies",
    path="/policies/featureRolloutPolicies",
    permission="Directory.ReadWrite.All (delegated only)",
    parts=("rollouts",),
    gives="staged rollouts of the tenant's own certificate sign-in",
    without="whether a group of users is taken past the farm by staged rollout is not known; "
    "Microsoft documents no permission to read it without one to write: do not give that one",
    source="featurerolloutpolicies-list",
    if_missing=True,
)

RESOURCES: Final = (CLASSIC, PKI, DOMAINS, FEDERATION, POLICY, ROLLOUTS)
# What to consent to.
PERMISSIONS: Final = ("Organization.Read.All", "Domain.Read.All", "Policy.Read.All", "PublicKeyInfrastructure.Read.All")
