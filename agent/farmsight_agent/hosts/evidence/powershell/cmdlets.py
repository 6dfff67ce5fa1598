"""Which cmdlet an object comes from, told by its properties, which no language translates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Cmdlet:
    """A cmdlet that is known here.

    `marks`: any of these sets of property names (lower case) tells it.
    `key`: a row without any of these says nothing. `also`: other cmdlets
    that answer the same. `single`: it gives one object.
    """

    name: str
    marks: tuple[frozenset[str], ...]
    spelled: tuple[str, ...]  # its properties
    key: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    single: bool = False

    @cached_property
    def properties(self) -> frozenset[str]:
        """Return the names of its properties, in lower case."""
        return frozenset(one.lower() for one in self.spelled)


def _cmdlet(name: str, marks: str, more: str = "", *, key: str = "", also: str = "", single: bool = False) -> Cmdlet:
    """Return a cmdlet; in `marks`, names joined by "+" tell it only together."""
    sets = tuple(frozenset(mark.split("+")) for mark in marks.lower().split())
    spelled = (*marks.replace("+", " ").split(), *more.split())
    return Cmdlet(
        name=name,
        marks=sets,
        spelled=spelled,
        key=tuple(key.lower().split()),
        also=tuple(also.split()),
        single=single,
    )


TRUSTED_CA: Final = "Get-EntraTrustedCertificateAuthority"
FEDERATION_SETTINGS: Final = "Get-EntraDomainFederationSettings"
FEDERATION_PROPERTY: Final = "Get-EntraFederationProperty"
TENANT_DOMAIN: Final = "Get-EntraDomain"
CLAIMS_PROVIDER: Final = "Get-AdfsClaimsProviderTrust"
RELYING_PARTY: Final = "Get-AdfsRelyingPartyTrust"
PROXY_RELYING_PARTY: Final = "Get-AdfsWebApplicationProxyRelyingPartyTrust"
PROPERTIES_OF_FARM: Final = "Get-AdfsProperties"
SYNC: Final = "Get-AdfsSyncProperties"
FARM: Final = "Get-AdfsFarmInformation"
ENDPOINT: Final = "Get-AdfsEndpoint"
SSL: Final = "Get-AdfsSslCertificate"
PROXY_SSL: Final = "Get-WebApplicationProxySslCertificate"
PROXY_SERVICE: Final = "ProxyService"  # the WMI class of the proxy's own configuration

_SSL_MARKS: Final = "HostName+PortNumber HostName+CertificateHash PortNumber+CertificateHash"
_SSL_MORE: Final = "AppId CtlStoreName AcceptClientCerts PSComputerName"
_TRUST: Final = (
    "AlwaysRequireAuthentication AllowCreate AutoUpdateEnabled MonitoringEnabled MetadataUrl LastMonitoredTime "
    "ConflictWithPublishedPolicy LastPublishedPolicyCheckSuccessful LastUpdateTime ClaimsOffered Enabled Identifier "
    "Name Notes OrganizationInfo ProtocolProfile SamlEndpoints SignatureAlgorithm WSFedEndpoint SupportsMFA "
    "EncryptionCertificate EncryptionCertificateRevocationCheck SigningCertificateRevocationCheck "
    "EncryptedNameIdRequired SignedSamlRequestsRequired AdditionalAuthenticationRules"
)

CMDLETS: Final[tuple[Cmdlet, ...]] = (
    _cmdlet(
        "Get-AdfsAuthenticationProvider",
        "AllowedForPrimaryExtranet AllowedForPrimaryIntranet AllowedForAdditionalAuthentication "
        "AdminName+AuthenticationMethods AdminName+Name",
        "Descriptions DisplayNames IdentityClaims IsCustom RequiresIdentity",
        key="Name",
    ),
    _cmdlet(
        "Get-AdfsGlobalAuthenticationPolicy",
        "PrimaryExtranetAuthenticationProvider PrimaryIntranetAuthenticationProvider AdditionalAuthenticationProvider "
        "WindowsIntegratedFallbackEnabled DeviceAuthenticationEnabled+DeviceAuthenticationMethod",
        "DeviceAuthenticationEnabled AllowAdditionalAuthenticationAsPrimary EnablePaginatedAuthenticationPages "
        "TreatDomainJoinedDevicesAsCompliant ClientAuthenticationMethods",
        single=True,
    ),
    _cmdlet(
        "Get-AdfsProperties",
        "TlsClientPort+HostName TlsClientPort+HttpsPort TlsClientPort+Identifier ClientCertRevocationCheck "
        "ArtifactDbConnection AutoCertificateRollover ExtendedProtectionTokenCheck FederationPassiveAddress "
        "CertificateSharingContainer AcceptableIdentifiers WIASupportedUserAgents SsoLifetime KmsiEnabled "
        "HostName+HttpsPort+Identifier HostName+LogLevel",
        "HttpPort LogLevel CurrentFarmBehavior DisplayName AddProxyAuthorizationRules ContactPerson NetTcpPort "
        "InstalledLanguage MonitoringInterval OrganizationInfo PreventTokenReplays CertificateDuration",
        single=True,
    ),
    _cmdlet(SSL, _SSL_MARKS, _SSL_MORE, key="HostName"),
    _cmdlet(PROXY_SSL, _SSL_MARKS, _SSL_MORE, key="HostName"),
    _cmdlet(
        "Get-AdfsCertificate",
        "CertificateType+IsPrimary CertificateType+Thumbprint CertificateType+StoreName CertificateType+Certificate",
        "StoreLocation",
        key="Thumbprint Certificate",
    ),
    _cmdlet(
        ENDPOINT,
        "AddressPath ClientCredentialType+FullUrl FullUrl+SecurityMode",
        "Enabled FullUrl Proxy Protocol Version ClientCredentialType SecurityMode CanProxy",
        key="AddressPath",
    ),
    _cmdlet(
        FARM,
        "FarmNodes FarmRoles CurrentFarmBehavior FQDN+BehaviorLevel FQDN+NodeType FQDN+HeartbeatTimeStamp",
        "HeartbeatTmeStamp HeartbeatTimeStamp NodeType BehaviorLevel",
        single=True,
    ),
    _cmdlet(
        SYNC,
        "LastSyncFromPrimaryComputerName LastSyncStatus LastSyncTime+PollDuration PrimaryComputerName "
        "PrimaryComputerPort Role+PollDuration",
        "Role PollDuration LastSyncTime",
        single=True,
    ),
    _cmdlet(
        CLAIMS_PROVIDER,
        "AcceptanceTransformRules OrganizationalAccountSuffix AnchorClaimType CustomMFAUri RequiredNameIdFormat "
        "PromptLoginFederation AlternateLoginID",
        _TRUST + " IsLocal IdentifierType Identities LookupForests TokenSigningCertificates AuthorityGroupId",
        key="Name Identifier",
    ),
    _cmdlet(
        RELYING_PARTY,
        "IssuanceTransformRules IssuanceAuthorizationRules AccessControlPolicyName AdditionalWSFedEndpoint "
        "AllowedAuthenticationClassReferences PublishedThroughProxy ClaimsProviderName EncryptClaims "
        "ImpersonationAuthorizationRules DelegationAuthorizationRules IssueOAuthRefreshTokensTo",
        _TRUST + " NotBeforeSkew EnableJWT TokenLifetime ClaimsAccepted ObjectIdentifier ProxyEndpointMappings "
        "ProxyTrustedEndpoints RequestSigningCertificate SamlResponseSignature AllowedClientTypes ScopeGroupId "
        "RequestMFAFromClaimsProviders RefreshTokenProtectionEnabled ResultantPolicy AccessControlPolicyParameters",
        key="Name Identifier",
    ),
    _cmdlet(PROXY_RELYING_PARTY, "RelyingPartyType", _TRUST + " NotBeforeSkew TokenLifetime IssuanceTransformRules "
            "IssuanceAuthorizationRules"),
    _cmdlet("Get-AdfsDeviceRegistration", "DrsObjectDN DevicesPerUser DeviceObjectLocation", "MaximumInactiveDays "
            "IsEnabledOnPremises IsEnabledInCloud", single=True),
    _cmdlet("Get-AdfsAdditionalAuthenticationRule", "AdditionalAuthenticationRules", single=True),
    _cmdlet(
        "Get-WebApplicationProxyConfiguration",
        "ADFSUrl ConnectedServersName ConfigurationChangesPollingIntervalSec ADFSTokenSigningCertificatePublicKey "
        "ADFSWebApplicationProxyRelyingPartyUri OAuthAuthenticationURL ADFSSignOutUrl",
        "ConfigurationVersion UserIdleTimeoutAction UserIdleTimeoutSec ADFSTokenAcceptanceDurationSec PSComputerName",
        single=True,
    ),
    _cmdlet(PROXY_SERVICE, "HostHttpsPort ForwardHttpProxyAddress", "HostName TlsClientPort ForwardProxy", single=True),
    _cmdlet(
        "Get-WebApplicationProxyHealth",
        "Component+HealthState RemoteAccessServer+HealthState HealthState+Heuristics",
        "TimeStamp PSComputerName",
        key="HealthState",
    ),
    _cmdlet(
        "Get-WebApplicationProxyApplication",
        "ExternalUrl BackendServerUrl ExternalPreauthentication+Name ExternalCertificateThumbprint",
        "ID Name ADFSRelyingPartyID ADFSRelyingPartyName ExternalPreauthentication PSComputerName",
        key="ID",
    ),
    _cmdlet(
        "Get-WebApplicationProxyAvailableADFSRelyingParty", "IWA+Published ID+Published Name+Published",
        "Enabled PSComputerName",
    ),
    _cmdlet(
        TRUSTED_CA,
        "TrustedIssuer TrustedIssuerSki TrustedCertificate+AuthorityType CrlDistributionPoint+AuthorityType "
        "CrlDistributionPoint+DeltaCrlDistributionPoint",
        "AuthorityType TrustedCertificate",
        key="TrustedIssuerSki TrustedCertificate TrustedIssuer",
        also="Get-AzureADTrustedCertificateAuthority Get-EntraBetaTrustedCertificateAuthority",
    ),
    _cmdlet(
        FEDERATION_SETTINGS,
        "PassiveLogOnUri ActiveLogOnUri FederationBrandName PromptLoginBehavior PassiveSignInUri ActiveSignInUri "
        "IssuerUri FederatedIdpMfaBehavior NextSigningCertificate",
        "LogOffUri SignOutUri MetadataExchangeUri SigningCertificate PreferredAuthenticationProtocol SupportsMfa "
        "DefaultInteractiveAuthenticationMethod OpenIdConnectDiscoveryEndpoint SigningCertificateUpdateStatus "
        "PasswordResetUri PasswordChangeUri ExtensionData LogOnUri DisplayName Id "
        "IsSignedAuthenticationRequestRequired",
        also="Get-MsolDomainFederationSettings Get-EntraBetaDomainFederationSettings "
        "Get-MgDomainFederationConfiguration Get-MgBetaDomainFederationConfiguration",
    ),
    _cmdlet(
        FEDERATION_PROPERTY,
        "Source+TokenSigningCertificate FederationServiceDisplayName FederationServiceIdentifier "
        "NextTokenSigningCertificate PassiveClientSignInUrl ActiveClientSignInUrl",
        "PassiveClientSignOutUrl FederationMetadataUrl PreferredAuthenticationProtocol",
        key="Source",
        also="Get-MsolFederationProperty",
    ),
    _cmdlet(
        TENANT_DOMAIN,
        "Name+Status+Authentication Id+AuthenticationType AuthenticationType+IsVerified Name+Authentication",
        "IsDefault IsRoot IsInitial VerificationMethod RootDomain Capabilities AvailabilityStatus IsAdminManaged "
        "SupportedServices PasswordNotificationWindowInDays PasswordValidityPeriodInDays State",
        key="Name Id",
        also="Get-MsolDomain Get-MgDomain Get-AzureADDomain Get-EntraBetaDomain Get-MgBetaDomain",
    ),
)  # fmt: skip

BY_NAME: Final[Mapping[str, Cmdlet]] = {
    name.lower(): cmdlet for cmdlet in CMDLETS for name in (cmdlet.name, *cmdlet.also)
}
SPELLINGS: Final[Mapping[str, str]] = {name.lower(): name for cmdlet in CMDLETS for name in (cmdlet.name, *cmdlet.also)}
SPELLED: Final[Mapping[str, str]] = {one.lower(): one for cmdlet in CMDLETS for one in cmdlet.spelled}
_PROXY_TRUST: Final = "urn:appproxy:com"


def tell(names: Collection[str], hint: str = "", values: Mapping[str, str] | None = None) -> str:
    """Return the cmdlet that an object with these properties comes from, or "".

    `hint` is what the command or the file's name says; it decides where the
    properties leave a choice. `values` are those of the object in lower case.
    """
    held, shown = frozenset(names), values or {}
    fitting = [one for one in CMDLETS if any(mark <= held for mark in one.marks)]
    named = BY_NAME.get(hint.lower())
    if named is not None and (named in fitting or (not fitting and held & named.properties)):
        return SPELLINGS[hint.lower()]
    if not fitting and "role" in held and shown.get("role", "").endswith("computer"):
        return SYNC
    if "relyingpartytype" in held or _PROXY_TRUST in shown.get("identifier", ""):
        return PROXY_RELYING_PARTY
    told = {one.name for one in fitting}
    if told == {SSL, PROXY_SSL}:  # the two answer alike, and what they show is the same
        return SSL
    told -= _less_telling(told)
    return told.pop() if len(told) == 1 else ""


def _less_telling(told: Collection[str]) -> set[str]:
    """Return the cmdlets whose properties others of these have too."""
    weak = {"Get-AdfsAdditionalAuthenticationRule"} if len(told) > 1 else set()
    if {PROPERTIES_OF_FARM, FARM} <= set(told):
        weak.add(FARM)
    if PROXY_SERVICE in told:
        weak.add(PROPERTIES_OF_FARM)
    return weak
