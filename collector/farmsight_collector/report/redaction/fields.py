"""What each text of a fact names. A test tells when a field of the contract stands in neither list."""

from collections.abc import Mapping
from typing import Final

# Message and field of facts.proto -> what stands in it, a method of `gathered.Gatherer`.
NAMING: Final[Mapping[str, str]] = {
    "ContextProof.account": "user",
    "HostIdentity.computer_name": "host",
    "HostIdentity.fqdn": "host",
    "HostIdentity.domain_or_workgroup": "domain",
    "HostIdentity.dns_suffixes": "domain",
    "NameResolution.name": "host",
    "CertificateSummary.sha1": "thumbprint",
    "CertificateSummary.subject": "subject",
    "CertificateSummary.issuer": "issuer",
    "CertificateSummary.serial_number": "serial",
    "CertificateSummary.subject_key_identifier": "key",
    "CertificateSummary.authority_key_identifier": "key",
    "StoreCertificate.friendly_name": "friendly_name",
    "StoreCertificate.account": "user",
    "StoreCrl.sha1": "thumbprint",
    "StoreCtl.sha1": "thumbprint",
    "CrlSummary.issuer": "issuer",
    "CrlSummary.authority_key_identifier": "key",
    "CrlSummary.freshest_urls": "url",
    "UrlReservation.url": "url",
    "Trustee.name": "user",
    "TlsBinding.host": "host",
    "TlsBinding.certificate_sha1": "thumbprint",
    "TlsBinding.client_ca_file": "path",
    "TlsBinding.client_ca_names": "issuer",
    "Listener.account": "user",
    "Service.account_name": "user",
    "ProxySetting.proxy": "place",
    "ProxySetting.bypass": "place",
    "ProxySetting.pac_url": "url",
    "Hop.url": "url",
    "Hop.location": "url",
    "OcspSummary.certificate_serial": "serial",
    "OcspSummary.responder": "issuer",
    "OcspSummary.responder_sha1": "thumbprint",
    "Retrieval.url": "url",
    "Retrieval.proxy": "place",
    "Retrieval.expected_issuer_sha1": "thumbprint",
    "Retrieval.named_by": "thumbprint",
    "UrlRegistration.url": "url",
    "GivenCertificate.user_principal_names": "user",
    "GivenCertificate.rfc822_names": "user",
    "GivenCertificate.template": "template",
    "UrlCacheEntry.url": "url",
    "DistinguishedName.text": "issuer",
    "TlsEndpoint.name": "host",
    "AdfsProperties.host_name": "host",
    "AdfsProperties.identifier": "url",
    "AdfsEndpoint.full_url": "url",
    "AdfsTrust.identifier": "trust",
    "AdfsTrust.identifiers": "trust",
    "AdfsTrust.name": "trust",
    "AdfsTrust.access_control_policy": "policy",
    "AdfsNode.name": "host",
    "AdfsSync.primary_name": "host",
    "AdfsSync.last_sync_from": "host",
    "WapConfiguration.adfs_url": "url",
    "WapConfiguration.federation_service_name": "host",
    "WapConfiguration.connected_servers": "host",
    "WapConfiguration.forward_proxy": "place",
    "WapApplication.name": "application",
    "WapApplication.external_url": "url",
    "WapApplication.backend_url": "url",
    "WapApplication.certificate_sha1": "thumbprint",
    "EntraAuthority.crl_url": "url",
    "EntraAuthority.delta_crl_url": "url",
    "EntraAuthority.display_name": "authority",
    "EntraAuthority.container": "container",
    "EntraDomain.name": "domain",
    "EntraDomain.issuer_uri": "url",
    "EntraDomain.passive_sign_in_uri": "url",
    "EntraDomain.active_sign_in_uri": "url",
    "EntraDomain.metadata_exchange_uri": "url",
    "EntraDomain.sign_out_uri": "url",
    "EntraCertificatePolicy.crl_exempt_key_identifiers": "key",
    "EntraRollout.display_name": "group",
}
# Texts that name nobody, or whose names have a shape that is known anywhere: addresses, SIDs, GUIDs, URLs, names.
NAMELESS: Final = frozenset(
    str.split(
        """
    ContextProof.sid Fact.key Fact.source HostIdentity.addresses HostIdentity.os_name HostIdentity.os_version
    HostIdentity.installed_updates HostIdentity.pending_reboot_reasons HostIdentity.installation_type
    HostIdentity.dns_servers NameResolution.addresses ClockOffset.reference ClockOffset.time_source
    CertificateSummary.parse_error CertificateSummary.public_key_algorithm CertificateSummary.signature_algorithm
    StoreCertificate.store StoreCertificate.allowed_usages StoreCertificate.key_provider StoreCrl.store StoreCtl.store
    StoreCtl.identifier StoreCtl.usages StoreCtl.parse_error CrlSummary.number CrlSummary.delta_base_number
    CrlSummary.signature_algorithm CrlSummary.parse_error UrlReservation.sddl Trustee.sid Trustee.rights
    TlsBinding.application_id TlsBinding.store TlsBinding.ctl_identifier TlsBinding.ctl_store TlsBinding.product
    Listener.address Listener.process_name Listener.service PortExclusion.protocol Service.name Service.display_name
    Service.account_sid SchannelSetting.name SchannelSetting.text Hop.address Hop.addresses_tried OcspWay.method
    Retrieval.detail Retrieval.dns_addresses Retrieval.content_type Retrieval.content_encoding Retrieval.platform_error
    Retrieval.platform_word Retrieval.remarks PlatformAnswer.error PlatformAnswer.detail IpListen.address
    UrlRegistration.request_queue HttpTimeout.name ChainVerdict.revocation_error ChainVerdict.chain_error
    ChainVerdict.application_policies GivenCertificate.other_names GivenCertificate.extended_key_usages
    GivenCertificate.account_sid Handshake.version_tried Handshake.protocol Handshake.cipher Handshake.detail
    TlsEndpoint.path TlsEndpoint.address TlsEndpoint.detail TlsEndpoint.server_header
    AdfsProperties.client_certificate_revocation_check AdfsProperties.extended_protection AdfsProperties.log_level
    AdfsProperties.configuration_database AdfsAuthenticationProvider.name AdfsAuthenticationProvider.admin_name
    AdfsAuthenticationProvider.methods AdfsGlobalPolicy.primary_extranet AdfsGlobalPolicy.primary_intranet
    AdfsGlobalPolicy.additional AdfsGlobalPolicy.additional_authentication_rules AdfsEndpoint.path AdfsEndpoint.protocol
    AdfsEndpoint.client_credential_type AdfsEndpoint.security_mode AdfsEndpoint.version AdfsCertificate.type
    AdfsCertificate.store AdfsTrust.acceptance_transform_rules AdfsTrust.issuance_transform_rules
    AdfsTrust.issuance_authorization_rules AdfsTrust.additional_authentication_rules AdfsTrust.signature_algorithm
    AdfsTrust.allowed_authentication_class_references AdfsNode.node_type WapConfiguration.version
    WapConfiguration.health_state WapConfiguration.health_notes WapApplication.id WapApplication.preauthentication
    EntraDomain.authentication_type EntraDomain.preferred_protocol EntraDomain.mfa_behavior
    EntraCertificatePolicy.default_mode EntraCertificatePolicy.included EntraCertificatePolicy.excluded
    EntraUserBinding.certificate_field EntraUserBinding.user_property EntraUserBinding.trust_affinity EntraRollout.id
    EntraRollout.applies_to EventRecord.log EventRecord.provider AgentHealth.version AgentHealth.platform
    AgentHealth.last_trouble AgentHealth.python_version ContextAvailability.account ContextAvailability.reason
    """
    )
)
