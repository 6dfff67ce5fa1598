# What the Web Application Proxy cmdlets and WMI say on this proxy, in the sections of NAME_wap.json.

Import-Cmdlets -Module 'WebApplicationProxy'

Write-Section -Name 'ProxyService' -Single -Read {
    Get-CimInstance -Namespace 'root/ADFS' -ClassName 'ProxyService' | Select-Object -Property @(
        'HostName', 'HostHttpsPort', 'TlsClientPort',
        @{
            Name       = 'ForwardHttpProxyAddress'
            Expression = { ConvertTo-Secretless -Text $_.ForwardHttpProxyAddress }
        },
        @{ Name = 'ForwardProxy'; Expression = { ConvertTo-Secretless -Text $_.ForwardProxy } }
    )
}
# AD FS itself names the certificate of the trust, in no language.
Write-Section -Name 'ProxyTrustCertificates' -Read {
    Get-ChildItem -LiteralPath 'Cert:\LocalMachine\My' |
        Where-Object -FilterScript { $_.Subject -match '^CN=ADFS ProxyTrust' } |
        Select-Object -Property (@('HasPrivateKey') + $Certificate)
}
Write-Section -Name 'Get-WebApplicationProxyConfiguration' -Single -Read {
    Get-WebApplicationProxyConfiguration | Select-Object -Property @(
        'OAuthExtension',
        @{ Name = 'ADFSUrl'; Expression = { [string]$_.ADFSUrl } },
        @{ Name = 'ConfigurationVersion'; Expression = { [string]$_.ConfigurationVersion } },
        @{ Name = 'ConnectedServersName'; Expression = { ConvertTo-Words -Value $_.ConnectedServersName } }
    )
}
Write-Section -Name 'Get-WebApplicationProxyApplication' -Read {
    Get-WebApplicationProxyApplication | Select-Object -Property @(
        'Name', 'ExternalCertificateThumbprint',
        @{ Name = 'ID'; Expression = { [string]$_.ID } },
        @{ Name = 'ExternalUrl'; Expression = { [string]$_.ExternalUrl } },
        @{ Name = 'BackendServerUrl'; Expression = { [string]$_.BackendServerUrl } },
        @{ Name = 'ExternalPreauthentication'; Expression = { [string]$_.ExternalPreauthentication } }
    )
}
Write-Section -Name 'Get-WebApplicationProxyHealth' -Read {
    Get-WebApplicationProxyHealth | Select-Object -Property @(
        'Component', 'RemoteAccessServer',
        @{ Name = 'HealthState'; Expression = { [string]$_.HealthState } },
        @{
            Name       = 'Heuristics'
            Expression = { , @($_.Heuristics | Select-Object -Property @('ErrorDesc', 'ErrorCause')) }
        }
    )
}
Write-Json -Value @{ Complete = $true }
exit 0
