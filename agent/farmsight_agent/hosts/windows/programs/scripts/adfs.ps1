# What the AD FS cmdlets say on this node, in the sections of NAME_adfs.json. Trusts by identifier: a farm may have
# hundreds, and names are changed and translated.

Import-Cmdlets -Module 'ADFS'

Write-Section -Name 'Get-AdfsSyncProperties' -Single -Read {
    Get-AdfsSyncProperties | Select-Object -Property @(
        'PrimaryComputerName', 'PrimaryComputerPort', 'LastSyncFromPrimaryComputerName', 'LastSyncStatus',
        'PollDuration',
        @{ Name = 'Role'; Expression = { [string]$_.Role } },
        @{ Name = 'LastSyncTime'; Expression = { ConvertTo-Instant -Time $_.LastSyncTime } }
    )
}
Write-Section -Name 'Get-AdfsProperties' -Single -Read {
    Get-AdfsProperties | Select-Object -Property @(
        'HostName', 'HttpPort', 'HttpsPort', 'TlsClientPort', 'AutoCertificateRollover', 'CurrentFarmBehavior',
        @{ Name = 'Identifier'; Expression = { [string]$_.Identifier } },
        @{ Name = 'ClientCertRevocationCheck'; Expression = { [string]$_.ClientCertRevocationCheck } },
        @{ Name = 'ExtendedProtectionTokenCheck'; Expression = { [string]$_.ExtendedProtectionTokenCheck } },
        @{ Name = 'LogLevel'; Expression = { ConvertTo-Words -Value $_.LogLevel } },
        @{
            # The connection string itself, which may hold a password, stays here.
            Name       = 'ConfigurationDatabase'
            Expression = {
                if ($_.ArtifactDbConnection -match '##(wid|ssee)') { 'WID' }
                elseif ($_.ArtifactDbConnection) { 'SQL' }
            }
        }
    )
}
Write-Section -Name 'Get-AdfsGlobalAuthenticationPolicy' -Single -Read {
    Get-AdfsGlobalAuthenticationPolicy | Select-Object -Property @(
        'DeviceAuthenticationEnabled', 'WindowsIntegratedFallbackEnabled',
        @{
            Name       = 'PrimaryExtranetAuthenticationProvider'
            Expression = { ConvertTo-Words -Value $_.PrimaryExtranetAuthenticationProvider }
        },
        @{
            Name       = 'PrimaryIntranetAuthenticationProvider'
            Expression = { ConvertTo-Words -Value $_.PrimaryIntranetAuthenticationProvider }
        },
        @{
            Name       = 'AdditionalAuthenticationProvider'
            Expression = { ConvertTo-Words -Value $_.AdditionalAuthenticationProvider }
        }
    )
}
Write-Section -Name 'Get-AdfsAuthenticationProvider' -Read {
    Get-AdfsAuthenticationProvider | Select-Object -Property @(
        'Name', 'AdminName', 'AllowedForPrimaryExtranet', 'AllowedForPrimaryIntranet',
        'AllowedForAdditionalAuthentication',
        @{ Name = 'AuthenticationMethods'; Expression = { ConvertTo-Words -Value $_.AuthenticationMethods } }
    )
}
Write-Section -Name 'Get-AdfsAdditionalAuthenticationRule' -Single -Read {
    Get-AdfsAdditionalAuthenticationRule | Select-Object -Property @('AdditionalAuthenticationRules')
}
Write-Section -Name 'Get-AdfsEndpoint' -Read {
    Get-AdfsEndpoint | Select-Object -Property @(
        'AddressPath', 'Enabled', 'Proxy',
        @{ Name = 'Protocol'; Expression = { [string]$_.Protocol } },
        @{ Name = 'ClientCredentialType'; Expression = { [string]$_.ClientCredentialType } },
        @{ Name = 'FullUrl'; Expression = { [string]$_.FullUrl } },
        @{ Name = 'SecurityMode'; Expression = { [string]$_.SecurityMode } },
        @{ Name = 'Version'; Expression = { [string]$_.Version } }
    )
}
Write-Section -Name 'Get-AdfsCertificate' -Read {
    Get-AdfsCertificate | Select-Object -Property @(
        'IsPrimary', 'Thumbprint',
        @{ Name = 'CertificateType'; Expression = { [string]$_.CertificateType } },
        @{ Name = 'StoreLocation'; Expression = { [string]$_.StoreLocation } },
        @{ Name = 'StoreName'; Expression = { [string]$_.StoreName } },
        @{ Name = 'Certificate'; Expression = { $_.Certificate | Select-Object -Property $Certificate } }
    )
}
Write-Section -Name 'Get-AdfsSslCertificate' -Read {
    Get-AdfsSslCertificate | Select-Object -Property @(
        'HostName', 'PortNumber', 'CertificateHash', 'CtlStoreName', 'AcceptClientCerts',
        @{ Name = 'AppId'; Expression = { [string]$_.AppId } }
    )
}
Write-Section -Name 'Get-AdfsClaimsProviderTrust' -Read {
    Get-AdfsClaimsProviderTrust -Identifier 'AD AUTHORITY' | Select-Object -Property @(
        'Name', 'Enabled', 'AcceptanceTransformRules',
        @{ Name = 'Identifier'; Expression = { ConvertTo-Words -Value $_.Identifier } },
        @{ Name = 'SignatureAlgorithm'; Expression = { [string]$_.SignatureAlgorithm } }
    )
}
Write-Section -Name 'Get-AdfsRelyingPartyTrust' -Read {
    Get-AdfsRelyingPartyTrust -Identifier 'urn:federation:MicrosoftOnline' | Select-Object -Property @(
        'Name', 'Enabled', 'IssuanceTransformRules', 'IssuanceAuthorizationRules', 'AdditionalAuthenticationRules',
        'AccessControlPolicyName',
        @{ Name = 'Identifier'; Expression = { ConvertTo-Words -Value $_.Identifier } },
        @{ Name = 'SignatureAlgorithm'; Expression = { [string]$_.SignatureAlgorithm } },
        @{
            Name       = 'AllowedAuthenticationClassReferences'
            Expression = { ConvertTo-Words -Value $_.AllowedAuthenticationClassReferences }
        }
    )
}
Write-Section -Name 'Get-AdfsFarmInformation' -Single -Read {
    Get-AdfsFarmInformation | Select-Object -Property @(
        'CurrentFarmBehavior',
        @{
            # Versions spell the heartbeat in two ways.
            Name       = 'FarmNodes'
            Expression = {
                , @($_.FarmNodes | Select-Object -Property @(
                        'FQDN', 'BehaviorLevel',
                        @{ Name = 'NodeType'; Expression = { [string]$_.NodeType } },
                        @{
                            Name       = 'HeartbeatTimeStamp'
                            Expression = {
                                if ($_.HeartbeatTimeStamp) { ConvertTo-Instant -Time $_.HeartbeatTimeStamp }
                                else { ConvertTo-Instant -Time $_.HeartbeatTmeStamp }
                            }
                        }
                    ))
            }
        }
    )
}
Write-Json -Value @{ Complete = $true }
exit 0
