<#
.SYNOPSIS
Gathers what farmsight needs to know of this AD FS node or Web Application Proxy into one zip.

.DESCRIPTION
Run it on every AD FS node and on every Web Application Proxy of a farm, in an elevated PowerShell. Nothing has to
be installed. It writes the outputs of netsh and certutil, the certificate stores (certificates and CRLs only), and
three JSON files: NAME_host.json, NAME_adfs.json and NAME_wap.json. Hand the zips of all servers to
"farmsight analyze": it then says why certificate sign-in breaks, on which server, and what to do.

It only reads. What it makes is the zip, from a folder that is removed once the zip is whole, and, to ask as the
accounts that AD FS and the proxy run as, one scheduled task for each such account, which it removes again, also when
it is stopped with Ctrl-C.
Private keys are never read (only whether there is one), nor passwords, nor anything of your users but the
certificates that you name and what the event records of AD FS say.

A part that can't be gathered does not stop the rest. The table at the end, and NAME_collection.log, say which parts
are there and why others are not. What is missing counts as unknown in the analysis, never as absent.

.PARAMETER OutputFolder
A folder that does not exist yet, on a local disk. The default is farmsight-NAME-TIME in the current folder. The zip
lies beside it, under its name. Only administrators, SYSTEM and you can read either.

.PARAMETER SubCA
The certificate files (.cer) of the CAs that issue your users' certificates; several may be given. Each is verified
with its CRLs fetched, as each account. Without it, the CAs of the store CA that do not belong to the Microsoft root
programme are taken, five at most.

.PARAMETER UserCert
Certificate files (.cer) of users whose sign-in fails. Export them without their private keys: a file that holds a
key is not read.

.PARAMETER Role
adfs or wap. With auto, the default, the services that are installed tell.

.PARAMETER Contexts
The accounts to ask as: system, adfs-service, network-service, proxy-service, or none. The default is every account
that the services run as and that can be entered without a password: SYSTEM, NETWORK SERVICE and group managed
service accounts.

.PARAMETER SkipRetrievals
Fetches no CRL and verifies nothing over the network. The analysis then can't tell what this server can reach.

.PARAMETER TimeoutSec
How long one command may take, in seconds. What takes longer is ended and noted.

.PARAMETER NoZip
Leaves the folder, and makes no zip of it.

.PARAMETER Quiet
Shows no progress and no table.

.PARAMETER AllowUnelevated
Goes on without administrator's rights. Much will be missing; the table says what.

.EXAMPLE
.\Collect-FarmsightEvidence.ps1

Gathers everything on this server with the defaults.

.EXAMPLE
.\Collect-FarmsightEvidence.ps1 -SubCA .\issuing1.cer, .\issuing2.cer -UserCert .\jane.cer -OutputFolder D:\evidence

Also verifies two issuing CAs and one user's certificate, as SYSTEM and as the accounts of the services.

.EXAMPLE
Invoke-Command -ComputerName STS01, STS02, WAP01 -FilePath .\Collect-FarmsightEvidence.ps1

Gathers on several servers at once; each answers with the path of its zip.

.EXAMPLE
.\Collect-FarmsightEvidence.ps1 -WhatIf

Lists the parts that would be gathered and does nothing.

.OUTPUTS
One object: the computer, its role, the folder, the zip, and how many parts are done, failed and left out.

.LINK
https://github.com/farmsight/farmsight/blob/main/docs/collect.md
#>
#Requires -Version 4.0
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [string]$OutputFolder,
    [string[]]$SubCA,
    [string[]]$UserCert,
    [ValidateSet('auto', 'adfs', 'wap')]
    [string]$Role = 'auto',
    [ValidateSet('system', 'adfs-service', 'network-service', 'proxy-service', 'none')]
    [string[]]$Contexts,
    [switch]$SkipRetrievals,
    [ValidateRange(5, 3600)]
    [int]$TimeoutSec = 120,
    [switch]$NoZip,
    [switch]$Quiet,
    [switch]$AllowUnelevated
)

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'

# The file stays plain ASCII and within the language of Windows PowerShell 4: no classes, no ::new(), no newer cmdlets.

$script:Version = '1'
$script:Caller = $PSCmdlet
$script:Computer = $env:COMPUTERNAME
$script:Steps = New-Object System.Collections.ArrayList
$script:Files = New-Object System.Collections.ArrayList
$script:Tasks = New-Object System.Collections.ArrayList
$script:Processes = New-Object System.Collections.ArrayList
$script:WorkFolders = New-Object System.Collections.ArrayList
$script:Documents = @{ host = [ordered]@{}; adfs = [ordered]@{}; wap = [ordered]@{} }
$script:Errors = @{ host = [ordered]@{}; adfs = [ordered]@{}; wap = [ordered]@{} }
$script:FarmName = ''
$script:Given = New-Object System.Collections.ArrayList
$script:Names = New-Object System.Collections.ArrayList
$script:Accounts = @()
$script:LastFailure = $null

$MostCertificates = 5
$MostEvents = 300
$EventDays = 7
$MostCacheEntries = 3000

# Services that sign-in by certificate stands on, or that tell why it fails.
$ServiceNames = @(
    'adfssrv', 'appproxysvc', 'appproxyctrl', 'drs', 'CryptSvc', 'KeyIso', 'W32Time', 'Netlogon', 'Dnscache', 'gpsvc',
    'WinHttpAutoProxySvc', 'Schedule', 'W3SVC', 'MSSQLSERVER', 'MSSQL$MICROSOFT##WID', 'RaMgmtSvc', 'CertPropSvc'
)

# How the service database writes the accounts that have the same number everywhere.
$KnownAccounts = @{
    'LocalSystem' = 'S-1-5-18'; 'NT AUTHORITY\SYSTEM' = 'S-1-5-18'
    'NT AUTHORITY\LocalService' = 'S-1-5-19'; 'NT AUTHORITY\LOCAL SERVICE' = 'S-1-5-19'
    'NT AUTHORITY\NetworkService' = 'S-1-5-20'; 'NT AUTHORITY\NETWORK SERVICE' = 'S-1-5-20'
}

# Where Windows keeps the members of a machine's store. The spelling of Origin is that of docs/evidence.md.
$PhysicalStores = [ordered]@{
    Registry    = 'SOFTWARE\Microsoft\SystemCertificates\{0}'
    GroupPolicy = 'SOFTWARE\Policies\Microsoft\SystemCertificates\{0}'
    Enterprise  = 'SOFTWARE\Microsoft\EnterpriseCertificates\{0}'
}
$RootMembers = [ordered]@{
    AuthRoot  = 'SOFTWARE\Microsoft\SystemCertificates\AuthRoot'
    SmartCard = 'SOFTWARE\Microsoft\SystemCertificates\SmartCardRoot'
}
$StoreNames = @(
    'ROOT', 'CA', 'MY', 'AUTHROOT', 'DISALLOWED', 'TRUSTEDPEOPLE', 'TrustedDevices', 'AdfsTrustedDevices',
    'ClientAuthIssuer', 'NTAuth'
)

# What is read of AD FS and of the proxy, with the properties that matter. Each block runs alone, with a time limit.
$AdfsReads = [ordered]@{
    'Get-AdfsSyncProperties'             = {
        Get-AdfsSyncProperties | Select-Object -Property @(
            'Role', 'PrimaryComputerName', 'PrimaryComputerPort', 'LastSyncFromPrimaryComputerName',
            'LastSyncStatus', 'LastSyncTime', 'PollDuration'
        )
    }
    'Get-AdfsProperties'                 = {
        Get-AdfsProperties | Select-Object -Property @(
            'HostName', 'Identifier', 'HttpPort', 'HttpsPort', 'TlsClientPort', 'ClientCertRevocationCheck',
            'AutoCertificateRollover', 'CurrentFarmBehavior', 'ExtendedProtectionTokenCheck', 'LogLevel',
            'ArtifactDbConnection'
        )
    }
    'Get-AdfsGlobalAuthenticationPolicy' = {
        Get-AdfsGlobalAuthenticationPolicy | Select-Object -Property @(
            'PrimaryExtranetAuthenticationProvider', 'PrimaryIntranetAuthenticationProvider',
            'AdditionalAuthenticationProvider', 'DeviceAuthenticationEnabled',
            'WindowsIntegratedFallbackEnabled'
        )
    }
    'Get-AdfsAuthenticationProvider'     = {
        Get-AdfsAuthenticationProvider | Select-Object -Property @(
            'Name', 'AdminName', 'AllowedForPrimaryExtranet', 'AllowedForPrimaryIntranet',
            'AllowedForAdditionalAuthentication', 'AuthenticationMethods'
        )
    }
    'Get-AdfsAdditionalAuthenticationRule' = {
        Get-AdfsAdditionalAuthenticationRule | Select-Object -Property @(
            'AdditionalAuthenticationRules'
        )
    }
    'Get-AdfsEndpoint'                   = {
        Get-AdfsEndpoint | Select-Object -Property @(
            'AddressPath', 'Enabled', 'Proxy', 'Protocol', 'ClientCredentialType', 'FullUrl', 'SecurityMode',
            'Version'
        )
    }
    'Get-AdfsCertificate'                = {
        Get-AdfsCertificate | Select-Object -Property @(
            'CertificateType', 'IsPrimary', 'StoreLocation', 'StoreName', 'Thumbprint', 'Certificate'
        )
    }
    'Get-AdfsSslCertificate'             = {
        Get-AdfsSslCertificate | Select-Object -Property @(
            'HostName', 'PortNumber', 'CertificateHash', 'CtlStoreName', 'AppId', 'AcceptClientCerts'
        )
    }
    'Get-AdfsClaimsProviderTrust'        = {
        Get-AdfsClaimsProviderTrust -Identifier 'AD AUTHORITY' | Select-Object -Property @(
            'Name', 'Identifier', 'Enabled', 'SignatureAlgorithm', 'AcceptanceTransformRules'
        )
    }
    'Get-AdfsRelyingPartyTrust'          = {
        Get-AdfsRelyingPartyTrust -Identifier 'urn:federation:MicrosoftOnline' | Select-Object -Property @(
            'Name', 'Identifier', 'Enabled', 'SignatureAlgorithm', 'IssuanceTransformRules',
            'IssuanceAuthorizationRules', 'AdditionalAuthenticationRules', 'AccessControlPolicyName',
            'AllowedAuthenticationClassReferences'
        )
    }
    'Get-AdfsFarmInformation'            = {
        Get-AdfsFarmInformation | Select-Object -Property @(
            'CurrentFarmBehavior', 'FarmNodes'
        )
    }
}
$WapReads = [ordered]@{
    'ProxyService'                            = {
        Get-CimInstance -Namespace 'root/ADFS' -ClassName 'ProxyService' | Select-Object -Property @(
            'HostName', 'HostHttpsPort', 'TlsClientPort', 'ForwardHttpProxyAddress', 'ForwardProxy'
        )
    }
    'Get-WebApplicationProxyConfiguration'    = {
        Get-WebApplicationProxyConfiguration | Select-Object -Property @(
            'ADFSUrl', 'ConnectedServersName', 'ConfigurationVersion', 'OAuthExtension'
        )
    }
    'Get-WebApplicationProxyHealth'           = {
        Get-WebApplicationProxyHealth | Select-Object -Property @(
            'Component', 'RemoteAccessServer', 'HealthState', 'Heuristics'
        )
    }
    'Get-WebApplicationProxyApplication'      = {
        Get-WebApplicationProxyApplication | Select-Object -Property @(
            'ID', 'Name', 'ExternalUrl', 'BackendServerUrl', 'ExternalPreauthentication',
            'ExternalCertificateThumbprint'
        )
    }
    'Get-WebApplicationProxySslCertificate'   = {
        Get-WebApplicationProxySslCertificate | Select-Object -Property @(
            'HostName', 'PortNumber', 'CertificateHash', 'CtlStoreName', 'AppId', 'AcceptClientCerts'
        )
    }
}
$SingleSections = @(
    'Get-AdfsSyncProperties', 'Get-AdfsProperties', 'Get-AdfsGlobalAuthenticationPolicy', 'Get-AdfsFarmInformation',
    'Get-AdfsAdditionalAuthenticationRule', 'ProxyService', 'Get-WebApplicationProxyConfiguration'
)
# What is kept of an object inside an object; others become their text.
$InnerProperties = @(
    'FQDN', 'NodeName', 'Name', 'BehaviorLevel', 'NodeType', 'HeartbeatTimeStamp', 'HeartbeatTmeStamp', 'ErrorDesc',
    'ErrorCause'
)
# Connection strings and proxies, in which somebody may have put a password.
$SecretProperties = @('ArtifactDbConnection', 'ForwardHttpProxyAddress', 'ForwardProxy')
# The commands of the article, as a person would see them.
$AdfsTexts = [ordered]@{
    'authprovider' = {
        $FormatEnumerationLimit = -1
        Get-AdfsAuthenticationProvider | Format-List -Property * | Out-String -Width 4096
    }
    'claimstrust'  = {
        $FormatEnumerationLimit = -1
        Get-AdfsClaimsProviderTrust -Name 'Active Directory' | Out-String -Width 4096
    }
    'rptrust'      = {
        $FormatEnumerationLimit = -1
        Get-AdfsRelyingPartyTrust -Identifier 'urn:federation:MicrosoftOnline' | Out-String -Width 4096
    }
}

# Event logs and the ids worth having. They are the same in every language.
$EventQueries = @(
    @{ Log = 'AD FS/Admin'; Ids = @(102, 111, 133, 199, 276, 315, 316, 317, 319, 360, 364, 374, 381, 383, 385, 387) },
    @{ Log = 'AD FS/Admin'; Ids = @(389, 7023, 180, 224, 230, 231, 244, 245, 249, 393, 394, 401, 422) },
    @{ Log = 'Microsoft-Windows-WebApplicationProxy/Admin'; Ids = @() },
    @{ Log = 'Microsoft-Windows-CAPI2/Operational'; Ids = @(11, 30, 41, 53) },
    @{ Log = 'System'; Provider = 'Schannel'; Ids = @(36870, 36871, 36874, 36877, 36882, 36885, 36887, 36888) },
    @{ Log = 'System'; Provider = 'Microsoft-Windows-HttpEvent'; Ids = @() },
    @{ Log = 'System'; Provider = 'Service Control Manager'; Ids = @(7000, 7023, 7024, 7031, 7034, 7038, 7041) }
)

# ---------------------------------------------------------------------------------------------------- steps and files

function Write-Log {
    param([string]$Line)
    if (-not $script:Folder) { return }
    $stamp = [DateTime]::UtcNow.ToString('yyyy-MM-dd HH:mm:ss', [Globalization.CultureInfo]::InvariantCulture)
    $path = Join-Path -Path $script:Folder -ChildPath ($script:Computer + '_collection.log')
    [IO.File]::AppendAllText($path, $stamp + 'Z ' + $Line + [Environment]::NewLine, $script:Utf8)
}

function Get-Causes {
    # Every exception in the chain, the records of other runspaces included.
    param([Exception]$Exception)
    $one = $Exception
    for ($depth = 0; $one -and $depth -lt 10; $depth++) {
        $one
        $record = $one.ErrorRecord
        if ($record -and $record.Exception -and $record.Exception -ne $one) { $record.Exception }
        $one = $one.InnerException
    }
}

function Get-Failure {
    # Why something failed: a word for the reader and the text for the person. Types and codes tell, never words.
    param([System.Management.Automation.ErrorRecord]$Record)
    $causes = @(Get-Causes -Exception $Record.Exception)
    $reason = 'command-failed'
    foreach ($one in $causes) {
        $native = [string]$one.NativeErrorCode
        if ($one -is [System.Management.Automation.CommandNotFoundException]) { $reason = 'no-such-command' }
        elseif ($one -is [TimeoutException]) { $reason = 'timed-out' }
        elseif ($one -is [UnauthorizedAccessException] -or $one -is [Security.SecurityException]) { $reason = 'denied' }
        elseif ($one.HResult -eq -2147024891 -or $native -eq 'AccessDenied') { $reason = 'denied' }
        elseif ($native -eq 'InvalidNamespace' -or $native -eq 'InvalidClass') { $reason = 'no-such-class' }
        elseif ($one.Message -match 'PS0033') { $reason = 'not-primary' }
        elseif ($one.GetType().Name -eq 'EndpointNotFoundException') { $reason = 'service-stopped' }
        if ($one.Data.Contains('Reason')) { $reason = [string]$one.Data['Reason'] }
        if ($reason -ne 'command-failed') { break }
    }
    $message = ''
    foreach ($one in $causes) { if ($one.Message) { $message = $one.Message } }
    if ($message.Length -gt 1000) { $message = $message.Substring(0, 1000) }
    return [pscustomobject]@{ Reason = $reason; Message = $message.Trim() }
}

function Get-Refusal {
    # An exception that carries its reason.
    param([string]$Reason, [string]$Message)
    $refusal = New-Object System.InvalidOperationException -ArgumentList $Message
    $refusal.Data['Reason'] = $Reason
    return $refusal
}

function Invoke-Step {
    # Runs one part, notes how it ended, and lets nothing of it stop the others.
    param([string]$Part, [scriptblock]$Do)
    if (-not $script:Caller.ShouldProcess($script:Computer, $Part)) { return }
    $done = [Math]::Min(99, $script:Steps.Count * 2)
    if (-not $Quiet) {
        Write-Progress -Activity 'Gathering evidence for farmsight' -Status $Part -PercentComplete $done
    }
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $script:LastFailure = $null
    $step = [pscustomobject]@{ Part = $Part; Outcome = 'interrupted'; Reason = ''; Message = ''; Seconds = 0.0 }
    [void]$script:Steps.Add($step)
    try {
        & $Do | Out-Null
        $step.Outcome = 'done'
    }
    catch {
        $script:LastFailure = Get-Failure -Record $_
        $step.Outcome = 'failed'
        if ($script:LastFailure.Reason -eq 'not-primary') { $step.Outcome = 'left out' }
        $step.Reason = $script:LastFailure.Reason
        $step.Message = $script:LastFailure.Message
    }
    finally {
        $step.Seconds = [Math]::Round($watch.Elapsed.TotalSeconds, 2)
        Write-Log -Line ('{0}: {1} {2} {3} ({4} s)' -f $Part, $step.Outcome, $step.Reason, $step.Message, $step.Seconds)
    }
}

function Add-Section {
    # One section of a JSON document; where it can't be read, an entry under Errors says why.
    param([string]$Document, [string]$Section, [scriptblock]$Read, [switch]$Single)
    Invoke-Step -Part ($Document + '.json ' + $Section) -Do {
        try {
            $found = @(& $Read)
            if ($Single) { $script:Documents[$Document][$Section] = @($found)[0] }
            else { $script:Documents[$Document][$Section] = [object[]]$found }
        }
        catch {
            $failure = Get-Failure -Record $_
            $entry = [ordered]@{ Reason = $failure.Reason; Message = $failure.Message }
            $script:Errors[$Document][$Section] = $entry
            throw
        }
    }
}

function Write-WholeFile {
    # A file is there whole or not at all.
    param([string]$Name, [byte[]]$Bytes)
    $path = Join-Path -Path $script:Folder -ChildPath $Name
    [IO.File]::WriteAllBytes($path + '.tmp', $Bytes)
    [IO.File]::Move($path + '.tmp', $path)
    [void]$script:Files.Add($Name)
}

function Write-TextFile {
    param([string]$Name, [string]$Text)
    Write-WholeFile -Name $Name -Bytes ($script:Utf8.GetBytes($Text))
}

function Write-Document {
    param([string]$Document)
    $whole = [ordered]@{
        CollectedAt = $script:CollectedAt
        Computer    = $script:Computer
        Collector   = 'Collect-FarmsightEvidence ' + $script:Version
    }
    foreach ($name in @($script:Documents[$Document].Keys)) { $whole[$name] = $script:Documents[$Document][$name] }
    $whole['Errors'] = $script:Errors[$Document]
    $json = ConvertTo-Json -InputObject $whole -Depth 12
    Write-TextFile -Name ($script:Computer + '_' + $Document + '.json') -Text $json
}

# ---------------------------------------------------------------------------------------------- programs, time limited

function Invoke-Silently {
    # Runs a program whose output does not matter and returns its exit code.
    param([string]$File, [string]$Arguments)
    $start = New-Object System.Diagnostics.ProcessStartInfo -ArgumentList $File, $Arguments
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $process = [Diagnostics.Process]::Start($start)
    if (-not $process.WaitForExit(30000)) { return -1 }
    return $process.ExitCode
}

function Stop-OwnProcess {
    # cmd and what it started; only ever a process of our own.
    param([Diagnostics.Process]$Process)
    try {
        if (-not $Process.HasExited) {
            [void](Invoke-Silently -File $script:TaskKill -Arguments ('/T /F /PID ' + $Process.Id))
        }
    }
    catch { Write-Log -Line ('a process of ours did not end: ' + $_.Exception.Message) }
}

function Clear-Half {
    # What is left of a file that was not finished.
    param([string]$Path)
    try { if ([IO.File]::Exists($Path)) { [IO.File]::Delete($Path) } }
    catch { Write-Log -Line ($Path + ' could not be removed: ' + $_.Exception.Message) }
}

function Invoke-Program {
    # What a program prints, byte for byte in the console's code page, through cmd into a file of ours.
    param([string]$Name, [string]$Command, [switch]$OnlyIfItSucceeds)
    $part = $Name + '.tmp'
    $path = Join-Path -Path $script:Folder -ChildPath $Name
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $script:Cmd
    $start.Arguments = '/d /s /c "{0} > "{1}" 2>&1"' -f $Command, $part
    $start.WorkingDirectory = $script:Folder
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $process = [Diagnostics.Process]::Start($start)
    [void]$script:Processes.Add($process)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not $process.WaitForExit(200)) {
        if ($watch.Elapsed.TotalSeconds -gt $TimeoutSec) {
            Stop-OwnProcess -Process $process
            Clear-Half -Path ($path + '.tmp')
            throw (New-Object System.TimeoutException -ArgumentList ('no end after ' + $TimeoutSec + ' s: ' + $Command))
        }
    }
    Write-Log -Line ($Command + ' ended with ' + $process.ExitCode)
    if ($OnlyIfItSucceeds -and $process.ExitCode -ne 0) {
        Clear-Half -Path ($path + '.tmp')
        throw (Get-Refusal -Reason 'no-such-command' -Message ($Command + ' ended with ' + $process.ExitCode))
    }
    [IO.File]::Move($path + '.tmp', $path)
    [void]$script:Files.Add($Name)
}

function Invoke-Limited {
    # What a block of cmdlets answers; a block that hangs is left behind.
    param([scriptblock]$Block)
    $shell = [PowerShell]::Create()
    [void]$shell.AddScript('$ErrorActionPreference = "Stop"' + [Environment]::NewLine + $Block.ToString())
    $running = $shell.BeginInvoke()
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not $running.IsCompleted) {
        if ($watch.Elapsed.TotalSeconds -gt $TimeoutSec) {
            [void]$shell.BeginStop($null, $null)
            throw (New-Object System.TimeoutException -ArgumentList ('no answer after ' + $TimeoutSec + ' s'))
        }
        Start-Sleep -Milliseconds 100
    }
    try { $found = $shell.EndInvoke($running) }
    finally { $shell.Dispose() }
    foreach ($one in $found) { if ($null -ne $one) { $one } }
}

# ------------------------------------------------------------------------------------------------------- plain values

function ConvertTo-Instant {
    param($Time)
    if ($Time -isnot [DateTime] -or $Time -eq [DateTime]::MinValue) { return $null }
    $utc = $Time.ToUniversalTime()
    return $utc.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", [Globalization.CultureInfo]::InvariantCulture)
}

function ConvertTo-Secretless {
    # A proxy or a connection string without what may be a password in it.
    param([string]$Text)
    $Text = $Text -replace '(?i)(password|pwd)\s*=\s*[^;]*', '$1=***'
    return $Text -replace '//[^/@\s;]*@', '//***@'
}

function ConvertTo-PlainCertificate {
    param([Security.Cryptography.X509Certificates.X509Certificate2]$Certificate)
    return [pscustomobject][ordered]@{
        Thumbprint    = $Certificate.Thumbprint
        RawData       = [Convert]::ToBase64String($Certificate.RawData)
        Subject       = $Certificate.Subject
        Issuer        = $Certificate.Issuer
        SerialNumber  = $Certificate.SerialNumber
        NotBefore     = ConvertTo-Instant -Time $Certificate.NotBefore
        NotAfter      = ConvertTo-Instant -Time $Certificate.NotAfter
        HasPrivateKey = $Certificate.HasPrivateKey
    }
}

function ConvertTo-Plain {
    # What JSON can hold: words for enumerations, UTC for times, seconds for spans, base64 for bytes.
    param($Value, [int]$Depth = 0)
    if ($null -eq $Value) { return $null }
    if ($Value -is [string]) { return $Value }
    if ($Value -is [bool]) { return $Value }
    if ($Value -is [Enum]) { return $Value.ToString() }
    if ($Value -is [ValueType] -and $Value.GetType().IsPrimitive) { return $Value }
    if ($Value -is [DateTime]) { return (ConvertTo-Instant -Time $Value) }
    if ($Value -is [TimeSpan]) { return [long]$Value.TotalSeconds }
    if ($Value -is [Uri]) { return $Value.OriginalString }
    if ($Value -is [Security.Cryptography.X509Certificates.X509Certificate2]) {
        return (ConvertTo-PlainCertificate -Certificate $Value)
    }
    if ($Value -is [byte[]]) { return [Convert]::ToBase64String($Value) }
    if ($Depth -gt 4) { return [string]$Value }
    if ($Value -is [Collections.IEnumerable] -and $Value -isnot [Collections.IDictionary]) {
        $list = New-Object System.Collections.ArrayList
        foreach ($one in $Value) { [void]$list.Add((ConvertTo-Plain -Value $one -Depth ($Depth + 1))) }
        return , $list.ToArray()
    }
    return (ConvertTo-PlainObject -Value $Value -Depth $Depth)
}

function ConvertTo-PlainObject {
    # A selected row keeps all its properties, an object inside one only those that are known.
    param($Value, [int]$Depth)
    $names = $InnerProperties
    if ($Depth -eq 0) { $names = @($Value.PSObject.Properties | ForEach-Object -Process { $_.Name }) }
    $plain = [ordered]@{}
    foreach ($name in $names) {
        $property = $Value.PSObject.Properties[$name]
        if (-not $property) { continue }
        $plain[$name] = ConvertTo-Plain -Value $property.Value -Depth ($Depth + 1)
        if ($SecretProperties -contains $name) { $plain[$name] = ConvertTo-Secretless -Text $plain[$name] }
    }
    if ($plain.Count -eq 0) { return [string]$Value }
    return [pscustomobject]$plain
}

# ----------------------------------------------------------------------------------------------------------- registry

function Get-RegistryKey {
    # Opened for reading, in the 64-bit view. A key that is not there is $null.
    param([string]$Path, [string]$Hive = 'LocalMachine')
    $base = [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, 'Registry64')
    return $base.OpenSubKey($Path)
}

function Get-RegistryValue {
    param([string]$Path, [string]$Name, [string]$Hive = 'LocalMachine')
    $key = Get-RegistryKey -Path $Path -Hive $Hive
    if (-not $key) { return $null }
    $value = $key.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
    $key.Close()
    return , $value
}

function Test-RegistryKey {
    # Closed at once: an open key would keep a profile from being unloaded.
    param([string]$Path, [string]$Hive)
    $key = Get-RegistryKey -Path $Path -Hive $Hive
    if (-not $key) { return $false }
    $key.Close()
    return $true
}

function ConvertTo-Unsigned {
    # .NET shows a DWORD with its highest bit set as a negative number.
    param($Value)
    if ($Value -is [int] -and $Value -lt 0) { return [long]$Value + 4294967296 }
    return $Value
}

function Add-RegistryNumbers {
    # Puts the numbers and short texts of a key, and of the keys below it, into a table of names and values.
    param([System.Collections.IDictionary]$Table, [string]$Path, [string]$Prefix, [string[]]$Only, [int]$Depth = 0)
    $key = Get-RegistryKey -Path $Path
    if (-not $key) { return }
    foreach ($name in $key.GetValueNames()) {
        $value = $key.GetValue($name)
        $wanted = -not $Only -or $Only -contains $name
        if ($name -and $wanted -and ($value -is [int] -or $value -is [long] -or $value -is [string])) {
            $Table[$Prefix + $name] = ConvertTo-Unsigned -Value $value
        }
    }
    if ($Depth -gt 0) {
        foreach ($below in $key.GetSubKeyNames()) {
            $name = $Prefix + $below + '/'
            Add-RegistryNumbers -Table $Table -Path ($Path + '\' + $below) -Prefix $name -Only $Only -Depth ($Depth - 1)
        }
    }
    $key.Close()
}

# ------------------------------------------------------------------------------------------- certificates, CRLs, DER

function Read-DerHeader {
    # Tag, where the content begins, and where it ends, which for a cut-off object may lie behind the bytes.
    param([byte[]]$Bytes, [int]$At)
    if ($At -lt 0 -or $At + 2 -gt $Bytes.Length) { return $null }
    $length = [long]$Bytes[$At + 1]
    $body = $At + 2
    if ($length -ge 0x80) {
        $count = $length - 0x80
        if ($count -lt 1 -or $count -gt 4 -or $body + $count -gt $Bytes.Length) { return $null }
        $length = 0
        for ($n = 0; $n -lt $count; $n++) { $length = $length * 256 + $Bytes[$body + $n] }
        $body += $count
    }
    return [pscustomobject]@{ Tag = [int]$Bytes[$At]; Body = [int]$body; End = [long]$body + $length }
}

function ConvertFrom-DerTime {
    # UTCTime (tag 0x17) and GeneralizedTime (0x18), both in UTC as RFC 5280 wants them.
    param([byte[]]$Bytes, $Header)
    if ($Header.End -gt $Bytes.Length) { return $null }
    $text = [Text.Encoding]::ASCII.GetString($Bytes, $Header.Body, [int]($Header.End - $Header.Body))
    if ($text -notmatch '^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$') { return $null }
    $year = [int]$Matches[1]
    if ($Matches[1].Length -eq 2) {
        if ($year -lt 50) { $year += 2000 }
        else { $year += 1900 }
    }
    return '{0:0000}-{1}-{2}T{3}:{4}:{5}Z' -f $year, $Matches[2], $Matches[3], $Matches[4], $Matches[5], $Matches[6]
}

function Get-CrlNextUpdate {
    # Of the first bytes of a file: when the CRL in it ends. $null for what is no CRL.
    param([byte[]]$Bytes)
    $outer = Read-DerHeader -Bytes $Bytes -At 0
    if (-not $outer -or $outer.Tag -ne 0x30) { return $null }
    $inner = Read-DerHeader -Bytes $Bytes -At $outer.Body
    if (-not $inner -or $inner.Tag -ne 0x30) { return $null }
    $at = [long]$inner.Body
    $times = @()
    for ($n = 0; $n -lt 5 -and $at -lt $Bytes.Length; $n++) {
        $field = Read-DerHeader -Bytes $Bytes -At $at
        if (-not $field) { return $null }
        if ($field.Tag -eq 0x17 -or $field.Tag -eq 0x18) {
            $times += @(ConvertFrom-DerTime -Bytes $Bytes -Header $field)
        }
        elseif ($times.Count -gt 0) { return $null }
        if ($times.Count -eq 2) { return $times[1] }
        $at = $field.End
    }
    return $null
}

function Find-StoreRecord {
    # The first property or element of these kinds in what Windows keeps of a certificate or CRL in the registry.
    param([byte[]]$Blob, [int[]]$Kinds)
    $at = 0
    while ($at + 12 -le $Blob.Length) {
        $kind = [BitConverter]::ToUInt32($Blob, $at)
        $size = [BitConverter]::ToUInt32($Blob, $at + 8)
        $at += 12
        if ($size -gt $Blob.Length - $at) { return $null }
        if ($Kinds -contains $kind) {
            $bytes = New-Object byte[] $size
            [Array]::Copy($Blob, $at, $bytes, 0, [int]$size)
            return @{ Kind = $kind; Bytes = $bytes }
        }
        $at += [int]$size
    }
    return $null
}

function Read-StoreElement {
    # A certificate or CRL as Windows keeps it in the registry: properties, then the element (32 or 33).
    param([byte[]]$Blob)
    $found = Find-StoreRecord -Blob $Blob -Kinds @(32, 33)
    if (-not $found) { return $null }
    return , $found.Bytes
}

function Read-UsageProperty {
    # What a stored copy may be used for (its property 9), base64; empty: it is not restricted, $null: not to be read.
    param([byte[]]$Blob)
    $found = Find-StoreRecord -Blob $Blob -Kinds @(9, 32)
    if (-not $found) { return $null }
    if ($found.Kind -eq 32) { return '' }
    return [Convert]::ToBase64String($found.Bytes)
}

function Get-ExtensionUrls {
    # The URLs that an extension names, whatever stands around them: [6] IA5String.
    param([Security.Cryptography.X509Certificates.X509Certificate2]$Certificate, [string]$Oid)
    foreach ($extension in $Certificate.Extensions) {
        if ($extension.Oid.Value -ne $Oid) { continue }
        $raw = $extension.RawData
        for ($at = 0; $at -lt $raw.Length - 2; $at++) {
            if ($raw[$at] -ne 0x86) { continue }
            $header = Read-DerHeader -Bytes $raw -At $at
            if (-not $header -or $header.End -gt $raw.Length) { continue }
            $text = [Text.Encoding]::ASCII.GetString($raw, $header.Body, [int]($header.End - $header.Body))
            if ($text -match '^[A-Za-z][A-Za-z0-9+.-]*:') { $text }
        }
    }
}

function Get-PhysicalMembers {
    # Where a store's registry members lie, by origin.
    param([string]$Store)
    $members = [ordered]@{}
    foreach ($origin in $PhysicalStores.Keys) { $members[$origin] = $PhysicalStores[$origin] -f $Store }
    if ($Store -eq 'ROOT') { foreach ($origin in $RootMembers.Keys) { $members[$origin] = $RootMembers[$origin] } }
    return $members
}

function Get-Origins {
    # Which physical stores hold a certificate, by thumbprint.
    param([string]$Store)
    $origins = @{}
    $members = Get-PhysicalMembers -Store $Store
    foreach ($origin in $members.Keys) {
        $key = Get-RegistryKey -Path ($members[$origin] + '\Certificates')
        if (-not $key) { continue }
        foreach ($thumbprint in $key.GetSubKeyNames()) {
            $folded = $thumbprint.ToUpperInvariant()
            if (-not $origins.ContainsKey($folded)) { $origins[$folded] = @() }
            $origins[$folded] += $origin
        }
        $key.Close()
    }
    return $origins
}

function Get-RegistryElements {
    # The elements of a store as the registry has them: Certificates or CRLs, with their origin.
    param([string]$Store, [string]$Kind)
    $members = Get-PhysicalMembers -Store $Store
    foreach ($origin in $members.Keys) {
        $path = $members[$origin] + '\' + $Kind
        $key = Get-RegistryKey -Path $path
        if (-not $key) { continue }
        $names = $key.GetSubKeyNames()
        $key.Close()
        foreach ($name in $names) {
            $blob = Get-RegistryValue -Path ($path + '\' + $name) -Name 'Blob'
            if ($blob -isnot [byte[]]) { continue }
            $bytes = Read-StoreElement -Blob $blob
            if ($bytes) { [pscustomobject]@{ Origin = $origin; Bytes = [byte[]]$bytes } }
        }
    }
}

function Get-StoreCertificates {
    # The certificates of a machine's store. The enterprise store is read from the registry: .NET does not open it.
    param([string]$Store)
    if ($Store -eq 'NTAuth') {
        foreach ($element in @(Get-RegistryElements -Store $Store -Kind 'Certificates')) {
            New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $element.Bytes)
        }
        return
    }
    $opened = New-Object System.Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'LocalMachine'
    try { $opened.Open('ReadOnly, OpenExistingOnly') }
    catch {
        foreach ($one in @(Get-Causes -Exception $_.Exception)) { if ($one.HResult -eq -2147024894) { return } }
        throw
    }
    try { foreach ($one in $opened.Certificates) { $one } }
    finally { $opened.Close() }
}

function Get-StoreSpelling {
    # Known stores as they are documented, others in lower case, as their file names say them.
    param([string]$Store)
    foreach ($known in $StoreNames) { if ($known -eq $Store.Trim()) { return $known } }
    return $Store.Trim().ToLowerInvariant()
}

function Get-BindingStores {
    # The stores that TLS bindings name, from http.sys' own settings.
    $base = 'SYSTEM\CurrentControlSet\Services\HTTP\Parameters\'
    foreach ($kind in @('SslBindingInfo', 'SslSniBindingInfo', 'SslCcsBindingInfo', 'SslScopedCcsBindingInfo')) {
        $key = Get-RegistryKey -Path ($base + $kind)
        if (-not $key) { continue }
        foreach ($name in $key.GetSubKeyNames()) {
            foreach ($value in @('SslCertStoreName', 'DefaultSslCtlStoreName')) {
                $store = Get-RegistryValue -Path ($base + $kind + '\' + $name) -Name $value
                if ($store -is [string] -and $store.Trim()) { $store }
            }
        }
        $key.Close()
    }
    foreach ($row in @($script:Documents['adfs']['Get-AdfsSslCertificate'])) {
        if ($row.CtlStoreName) { $row.CtlStoreName }
    }
}

function Add-Store {
    # One store into NAME_host.json and NAME_store_NAME.pem.
    param([string]$Store)
    $pem = New-Object System.Text.StringBuilder
    $origins = Get-Origins -Store $Store
    $members = Get-PhysicalMembers -Store $Store
    $location = 'LocalMachine'
    if ($Store -eq 'NTAuth') { $location = 'Enterprise' }
    $rows = New-Object System.Collections.ArrayList
    foreach ($certificate in @(Get-StoreCertificates -Store $Store)) {
        $raw = [Convert]::ToBase64String($certificate.RawData)
        [void]$pem.AppendLine((ConvertTo-Pem -Label 'CERTIFICATE' -Bytes $certificate.RawData))
        $from = @($origins[$certificate.Thumbprint.ToUpperInvariant()])
        foreach ($origin in $from) {
            $usages = $null
            if ($origin) {
                $path = $members[$origin] + '\Certificates\' + $certificate.Thumbprint
                $blob = Get-RegistryValue -Path $path -Name 'Blob'
                if ($blob -is [byte[]]) { $usages = Read-UsageProperty -Blob $blob }
            }
            [void]$rows.Add([pscustomobject][ordered]@{
                Store = $Store; Location = $location; Origin = $origin; Thumbprint = $certificate.Thumbprint
                Subject = $certificate.Subject; Issuer = $certificate.Issuer; FriendlyName = $certificate.FriendlyName
                HasPrivateKey = $certificate.HasPrivateKey; UsageProperty = $usages; RawData = $raw
            })
        }
    }
    foreach ($crl in @(Get-RegistryElements -Store $Store -Kind 'CRLs')) {
        [void]$pem.AppendLine((ConvertTo-Pem -Label 'X509 CRL' -Bytes $crl.Bytes))
        $raw = [Convert]::ToBase64String($crl.Bytes)
        [void]$script:Crls.Add([pscustomobject][ordered]@{ Store = $Store; Origin = $crl.Origin; RawData = $raw })
    }
    foreach ($row in $rows) { [void]$script:Certificates.Add($row) }
    [void]$script:Stores.Add($Store)
    Write-TextFile -Name ($script:Computer + '_store_' + $Store.ToLowerInvariant() + '.pem') -Text ($pem.ToString())
}

function ConvertTo-Pem {
    param([string]$Label, [byte[]]$Bytes)
    $lines = @(
        ('-----BEGIN ' + $Label + '-----'), [Convert]::ToBase64String($Bytes, 'InsertLineBreaks'),
        ('-----END ' + $Label + '-----')
    )
    return $lines -join [Environment]::NewLine
}

function Read-GivenCertificate {
    # The DER of a certificate file; a file that is or holds anything else, a key above all, is refused unread.
    param([string]$Path)
    $bytes = [IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).ProviderPath)
    $text = [Text.Encoding]::ASCII.GetString($bytes)
    if ($text -match 'PRIVATE KEY-----') {
        $message = $Path + ' holds a private key; export the certificate only'
        throw (Get-Refusal -Reason 'private-key-in-file' -Message $message)
    }
    if ($text -match '-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END') {
        $bytes = [Convert]::FromBase64String(($Matches[1] -replace '\s', ''))
    }
    elseif ($text -match '^[A-Za-z0-9+/=\s]+$') { $bytes = [Convert]::FromBase64String(($text -replace '\s', '')) }
    $outer = Read-DerHeader -Bytes $bytes -At 0
    $inner = $null
    if ($outer) { $inner = Read-DerHeader -Bytes $bytes -At $outer.Body }
    # PKCS #12 and bare keys begin with a number, PKCS #7 with an identifier; a certificate with a sequence.
    if (-not $inner -or $outer.Tag -ne 0x30 -or $inner.Tag -ne 0x30) {
        throw (Get-Refusal -Reason 'no-certificate' -Message ($Path + ' is no certificate file (.cer)'))
    }
    return , [byte[]]$bytes
}

function Add-Given {
    # A certificate to verify: SubCA.cer, SubCA2.cer, ...; usercert.cer, usercert2.cer, ...
    param([string]$Kind, [byte[]]$Bytes)
    $count = @($script:Given | Where-Object -FilterScript { $_.Kind -eq $Kind }).Count
    $stem = $Kind
    if ($count -gt 0) { $stem = $Kind + ($count + 1) }
    $certificate = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2 -ArgumentList (, $Bytes)
    Write-WholeFile -Name ($stem + '.cer') -Bytes $Bytes
    [void]$script:Given.Add([pscustomobject]@{ Kind = $Kind; Stem = $stem; Certificate = $certificate })
}

function Test-CertificateAuthority {
    param([Security.Cryptography.X509Certificates.X509Certificate2]$Certificate)
    foreach ($extension in $Certificate.Extensions) {
        if ($extension -is [Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]) {
            return $extension.CertificateAuthority
        }
    }
    return $false
}

function Select-OwnAuthorities {
    # The issuing CAs that are the organisation's own: their root does not come from the Microsoft root programme.
    $roots = Get-Origins -Store 'AUTHROOT'
    $known = @{}
    $all = @(Get-StoreCertificates -Store 'CA') + @(Get-StoreCertificates -Store 'ROOT')
    foreach ($one in $all) { $known[$one.Subject] = $one }
    $now = [DateTime]::Now
    foreach ($one in @(Get-StoreCertificates -Store 'CA')) {
        if ($one.Subject -eq $one.Issuer -or $one.NotAfter -lt $now) { continue }
        if (-not (Test-CertificateAuthority -Certificate $one)) { continue }
        if (@(Get-ExtensionUrls -Certificate $one -Oid '2.5.29.31').Count -eq 0) { continue }
        $top = $one
        for ($n = 0; $n -lt 8 -and $top -and $top.Subject -ne $top.Issuer; $n++) { $top = $known[$top.Issuer] }
        if ($top -and $roots.ContainsKey($top.Thumbprint.ToUpperInvariant())) { continue }
        $one
    }
}

# ------------------------------------------------------------------------------------------------------ the machine

function Get-ComputerRow {
    $row = Get-CimInstance -ClassName Win32_ComputerSystem
    return [pscustomobject][ordered]@{
        Name = $script:Computer; DNSHostName = $row.DNSHostName; Domain = $row.Domain
        PartOfDomain = $row.PartOfDomain; Workgroup = $row.Workgroup
    }
}

function Get-SystemRow {
    $row = Get-CimInstance -ClassName Win32_OperatingSystem
    $path = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    return [pscustomobject][ordered]@{
        Caption = $row.Caption; Version = $row.Version; BuildNumber = $row.BuildNumber
        UBR = Get-RegistryValue -Path $path -Name 'UBR'
        InstallationType = Get-RegistryValue -Path $path -Name 'InstallationType'
        LastBootUpTime = ConvertTo-Instant -Time $row.LastBootUpTime
    }
}

function Get-OwnAddresses {
    foreach ($interface in [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        if ($interface.OperationalStatus -ne 'Up' -or $interface.NetworkInterfaceType -eq 'Loopback') { continue }
        foreach ($one in $interface.GetIPProperties().UnicastAddresses) {
            if (-not $one.Address.IsIPv6LinkLocal) { $one.Address.ToString() }
        }
    }
}

function Get-AccountSid {
    # $null where the name can't be resolved, as with a domain that can't be reached.
    param([string]$Name, [string]$Service)
    if (-not $Name) { return $null }
    if ($KnownAccounts.ContainsKey($Name)) { return $KnownAccounts[$Name] }
    if ($Name -match '^\.\\') { $Name = $script:Computer + $Name.Substring(1) }
    try {
        $account = New-Object System.Security.Principal.NTAccount -ArgumentList $Name
        return $account.Translate([Security.Principal.SecurityIdentifier]).Value
    }
    catch {
        Write-Log -Line ('the SID of ' + $Name + ' (' + $Service + ') is not known: ' + $_.Exception.Message)
        return $null
    }
}

function Get-ServiceRows {
    $owners = @(Get-ListenerRows | Where-Object -FilterScript { $_.LocalPort -in 80, 443, 49443 })
    $processes = @($owners | ForEach-Object -Process { $_.OwningProcess } | Where-Object -FilterScript { $_ -gt 4 })
    foreach ($row in @(Get-CimInstance -ClassName Win32_Service)) {
        $listed = $ServiceNames -contains $row.Name -or $row.Name -like 'MSSQL$*'
        if (-not $listed -and $processes -notcontains $row.ProcessId) { continue }
        [pscustomobject][ordered]@{
            Name = $row.Name; DisplayName = $row.DisplayName; State = $row.State; StartMode = $row.StartMode
            StartName = $row.StartName; StartSid = Get-AccountSid -Name $row.StartName -Service $row.Name
            ProcessId = $row.ProcessId
        }
    }
}

function Get-ListeningSockets {
    # The cmdlet where it is there; else netstat, whose listening rows have no port at the far end.
    if (Get-Command -Name 'Get-NetTCPConnection' -ErrorAction SilentlyContinue) {
        foreach ($row in @(Get-NetTCPConnection -State Listen)) {
            $owner = [int]$row.OwningProcess
            [pscustomobject]@{ Address = $row.LocalAddress; Port = [int]$row.LocalPort; Process = $owner }
        }
        return
    }
    foreach ($line in @(& $script:Netstat -ano)) {
        if ($line -match '^\s*TCP\s+(\S+):(\d+)\s+\S+:0\s+\S+\s+(\d+)\s*$') {
            $address = $Matches[1].Trim('[', ']')
            [pscustomobject]@{ Address = $address; Port = [int]$Matches[2]; Process = [int]$Matches[3] }
        }
    }
}

function Get-ListenerRows {
    $names = @{}
    foreach ($process in @(Get-Process)) { $names[[int]$process.Id] = $process.ProcessName }
    $services = @{}
    foreach ($row in @(Get-CimInstance -ClassName Win32_Service)) {
        $id = [int]$row.ProcessId
        if (-not $services.ContainsKey($id)) { $services[$id] = @() }
        $services[$id] += $row
    }
    foreach ($socket in @(Get-ListeningSockets)) {
        # One service to a process tells the owner; of several any may be it. Process 4 is the system itself.
        $owners = @($services[$socket.Process] | Where-Object -FilterScript { $_ })
        $owner = $null
        if ($owners.Count -eq 1 -and $socket.Process -gt 4) { $owner = $owners[0] }
        [pscustomobject][ordered]@{
            LocalAddress = $socket.Address; LocalPort = $socket.Port; OwningProcess = $socket.Process
            ProcessName = $names[$socket.Process]; Service = $owner.Name; Account = $owner.StartName
        }
    }
}

function Get-ExcludedRanges {
    # Two numbers in a row, and a star for what an administrator has set: so it is in every language.
    $path = Join-Path -Path $script:Folder -ChildPath ($script:Computer + '_excludedportrange.txt')
    if (-not [IO.File]::Exists($path)) {
        throw (Get-Refusal -Reason 'command-failed' -Message 'netsh did not list the excluded port ranges')
    }
    foreach ($line in [IO.File]::ReadAllLines($path)) {
        if ($line -match '^\s*(\d{1,5})\s+(\d{1,5})\s*(\*?)\s*$') {
            [pscustomobject][ordered]@{
                StartPort = [int]$Matches[1]; EndPort = [int]$Matches[2]; Administered = ($Matches[3] -eq '*')
            }
        }
    }
}

function Get-IpListenRows {
    # The list that netsh http add iplisten writes. No value: http.sys listens on every address.
    $list = Get-RegistryValue -Path 'SYSTEM\CurrentControlSet\Services\HTTP\Parameters' -Name 'ListenOnlyList'
    foreach ($address in @($list)) { if ($address) { [pscustomobject]@{ Address = [string]$address } } }
}

function Get-SchannelTable {
    $table = [ordered]@{}
    $base = 'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL'
    $chain = 'SOFTWARE\Microsoft\Cryptography\OID\EncodingType 0\CertDllCreateCertificateChainEngine\Config'
    $http = @('DisableSslCertChainCacheOnlyUrlRetrieval', 'EnableHttp2Tls', 'MaxFieldLength', 'MaxRequestBytes')
    $strong = @('SchUseStrongCrypto', 'SystemDefaultTlsVersions')
    Add-RegistryNumbers -Table $table -Path $base -Prefix ''
    Add-RegistryNumbers -Table $table -Path ($base + '\Protocols') -Prefix 'Protocols/' -Depth 2
    foreach ($view in @('', 'Wow6432Node')) {
        $software = ('SOFTWARE\' + $view).TrimEnd('\')
        $prefix = ($view + '/.NETFramework/v4.0.30319/').TrimStart('/')
        Add-RegistryNumbers -Table $table -Path ($software + '\Microsoft\.NETFramework\v4.0.30319') -Prefix $prefix `
            -Only $strong
    }
    # Says that .NET's settings were looked at, also where none is set.
    Add-RegistryNumbers -Table $table -Prefix '.NETFramework/' -Only @('Release') `
        -Path 'SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'
    Add-RegistryNumbers -Table $table -Prefix 'HTTP/' -Only $http `
        -Path 'SYSTEM\CurrentControlSet\Services\HTTP\Parameters'
    Add-RegistryNumbers -Table $table -Prefix 'ChainEngine/' -Path $chain
    Add-RegistryNumbers -Table $table -Prefix 'ChainEngine/Policy/' `
        -Path 'SOFTWARE\Policies\Microsoft\SystemCertificates\ChainEngine\Config'
    Add-RegistryNumbers -Table $table -Prefix 'AuthRoot/' -Only @('DisableRootAutoUpdate') `
        -Path 'SOFTWARE\Policies\Microsoft\SystemCertificates\AuthRoot'
    Add-RegistryNumbers -Table $table -Prefix 'CAPI2/' -Only @('Enabled') `
        -Path 'SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-CAPI2/Operational'
    return $table
}

# ------------------------------------------------------------------------------------------------- names and clocks

function Get-NamesToResolve {
    # The farm's, those of the given certificates' CRLs and issuers, those of proxy scripts.
    $names = New-Object System.Collections.ArrayList -ArgumentList (, $script:Names)
    if ($script:FarmName) { $names.AddRange(@($script:FarmName, ('certauth.' + $script:FarmName))) }
    foreach ($given in $script:Given) {
        $urls = @(Get-ExtensionUrls -Certificate $given.Certificate -Oid '2.5.29.31')
        $urls += @(Get-ExtensionUrls -Certificate $given.Certificate -Oid '1.3.6.1.5.5.7.1.1')
        foreach ($url in $urls) { if ($url -match '^(?:https?|ldap)://([^/:@]+)') { [void]$names.Add($Matches[1]) } }
    }
    return @($names | ForEach-Object -Process { $_.ToLowerInvariant() } | Sort-Object -Unique)
}

function Get-HostsFileNames {
    $folder = Get-RegistryValue -Path 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters' -Name 'DataBasePath'
    if (-not $folder) { $folder = '%SystemRoot%\System32\drivers\etc' }
    $path = Join-Path -Path ([Environment]::ExpandEnvironmentVariables($folder)) -ChildPath 'hosts'
    $found = @{}
    if (-not [IO.File]::Exists($path)) { return $found }
    foreach ($line in [IO.File]::ReadAllLines($path)) {
        $words = @(($line -replace '#.*$', '').Trim() -split '\s+' | Where-Object -FilterScript { $_ })
        for ($n = 1; $n -lt $words.Count; $n++) { $found[$words[$n].ToLowerInvariant()] = $true }
    }
    return $found
}

function Get-Resolution {
    # As this machine resolves names, its hosts file included. Errors are Winsock's numbers.
    param([string]$Name, [System.Collections.IDictionary]$HostsFile)
    $byHand = $HostsFile.Contains($Name)
    $row = [ordered]@{ Name = $Name; Addresses = [object[]]@(); FromHostsFile = $byHand; Error = $null }
    try {
        $asked = [Net.Dns]::GetHostAddressesAsync($Name)
        if ($asked.Wait([Math]::Min(20, $TimeoutSec) * 1000)) {
            $row.Addresses = [object[]]@($asked.Result | ForEach-Object -Process { $_.ToString() })
        }
        else { $row.Error = '1460' }
    }
    catch {
        $row.Error = 'failed'
        foreach ($one in @(Get-Causes -Exception $_.Exception)) {
            if ($one -is [Net.Sockets.SocketException]) { $row.Error = [string][int]$one.SocketErrorCode }
        }
        # A name without an address is to us a name that is not there.
        if ($row.Error -eq '11004') { $row.Error = '9501' }
    }
    return [pscustomobject]$row
}

function ConvertFrom-NtpTime {
    # Seconds since 1900 and their fraction, eight bytes with the highest first.
    param([byte[]]$Bytes, [int]$At)
    $whole = 0.0
    $part = 0.0
    for ($n = 0; $n -lt 4; $n++) {
        $whole = $whole * 256 + $Bytes[$At + $n]
        $part = $part * 256 + $Bytes[$At + 4 + $n]
    }
    return $whole + $part / 4294967296
}

function Get-NtpOffset {
    # How far this clock is ahead of a time server's, in seconds (RFC 4330).
    param([string]$Server)
    $client = New-Object System.Net.Sockets.UdpClient
    try {
        $client.Client.ReceiveTimeout = 5000
        $client.Connect($Server, 123)
        $request = New-Object byte[] 48
        $request[0] = 0x1B
        $from = New-Object System.Net.IPEndPoint -ArgumentList ([Net.IPAddress]::Any), 0
        $epoch = New-Object System.DateTime -ArgumentList 1900, 1, 1, 0, 0, 0, ([DateTimeKind]::Utc)
        $sent = ([DateTime]::UtcNow - $epoch).TotalSeconds
        [void]$client.Send($request, 48)
        $answer = $client.Receive([ref]$from)
        $received = ([DateTime]::UtcNow - $epoch).TotalSeconds
    }
    finally { $client.Close() }
    # A server that does not know the time itself says so: leap indicator 3, or stratum 0.
    if ($answer.Length -lt 48 -or ($answer[0] -band 7) -ne 4) { return $null }
    if ($answer[0] -ge 0xC0 -or $answer[1] -eq 0) { return $null }
    $arrived = ConvertFrom-NtpTime -Bytes $answer -At 32
    $left = ConvertFrom-NtpTime -Bytes $answer -At 40
    return [Math]::Round((($sent - $arrived) + ($received - $left)) / 2, 3)
}

function Get-WebOffset {
    # How far this clock is ahead of the one of whoever answers for the farm: its Date header, to the second.
    param([string]$Url)
    $shown = Get-DateHeader -Url $Url
    $now = [DateTime]::UtcNow
    $styles = [Globalization.DateTimeStyles]'AssumeUniversal, AdjustToUniversal'
    $date = [DateTime]::MinValue
    $culture = [Globalization.CultureInfo]::InvariantCulture
    if (-not $shown -or -not [DateTime]::TryParse($shown, $culture, $styles, [ref]$date)) { return $null }
    return [Math]::Round(($now - $date).TotalSeconds, 0)
}

function Get-DateHeader {
    # Of any answer, an error's too; $null where none came.
    param([string]$Url)
    $before = [Net.ServicePointManager]::SecurityProtocol
    $response = $null
    try {
        # Server 2012 R2 would offer TLS 1.0 alone; 3072 is TLS 1.2. Zero means that the system chooses.
        if ([int]$before -ne 0) { [Net.ServicePointManager]::SecurityProtocol = [int]$before -bor 3072 }
        $request = [Net.WebRequest]::Create($Url)
        $request.Method = 'HEAD'
        $request.Timeout = 10000
        $request.Proxy = $null
        $request.AllowAutoRedirect = $false
        $response = $request.GetResponse()
    }
    catch {
        foreach ($one in @(Get-Causes -Exception $_.Exception)) { if ($one.Response) { $response = $one.Response } }
    }
    finally { [Net.ServicePointManager]::SecurityProtocol = $before }
    if (-not $response) { return $null }
    $shown = $response.Headers['Date']
    $response.Close()
    return $shown
}

function Get-TimeServers {
    $system = Get-CimInstance -ClassName Win32_ComputerSystem
    if ($system.PartOfDomain) { $system.Domain }
    $path = 'SYSTEM\CurrentControlSet\Services\W32Time\Parameters'
    if ((Get-RegistryValue -Path $path -Name 'Type') -ne 'NTP') { return }
    foreach ($peer in ([string](Get-RegistryValue -Path $path -Name 'NtpServer') -split '\s+')) {
        if ($peer) { ($peer -split ',')[0] }
    }
}

function Get-ClockRows {
    $path = 'SYSTEM\CurrentControlSet\Services\W32Time\Parameters'
    $source = [string](Get-RegistryValue -Path $path -Name 'Type')
    if ($source -eq 'NTP') { $source += ' ' + (Get-RegistryValue -Path $path -Name 'NtpServer') }
    $asked = [ordered]@{}
    foreach ($server in @(Get-TimeServers | Select-Object -First 3)) {
        try { $asked['ntp:' + $server.ToLowerInvariant()] = Get-NtpOffset -Server $server }
        catch { Write-Log -Line ('no time from ' + $server + ': ' + $_.Exception.Message) }
    }
    if ($script:FarmName) {
        foreach ($url in @('https://{0}/FederationMetadata/2007-06/FederationMetadata.xml', 'http://{0}/adfs/probe')) {
            $offset = Get-WebOffset -Url ($url -f $script:FarmName)
            if ($null -ne $offset) { $asked['http:' + $script:FarmName] = $offset; break }
        }
    }
    foreach ($name in @($asked.Keys)) {
        if ($null -eq $asked[$name]) { continue }
        [pscustomobject][ordered]@{
            Reference = $name; OffsetSeconds = $asked[$name]; Synchronised = $null; Source = $source
        }
    }
}

function Get-Clock {
    $rows = @(Get-ClockRows)
    if ($rows.Count -eq 0) {
        throw (New-Object System.TimeoutException -ArgumentList 'no time server and no farm told the time')
    }
    return $rows
}

# ------------------------------------------------------------------------------------- accounts, proxies, URL caches

function Get-AccountRow {
    param([string]$Context, [string]$Account, [string]$Sid)
    return [pscustomobject][ordered]@{
        Context = $Context; Account = $Account; Sid = $Sid; Entered = $false; Reason = 'not-asked'; Proof = $null
        FileUser = $null
    }
}

function Get-AccountRows {
    # The accounts behind the contexts. SYSTEM checks the chains of TLS clients on every server.
    $found = [ordered]@{ 'system' = Get-AccountRow -Context 'system' -Account 'NT AUTHORITY\SYSTEM' -Sid 'S-1-5-18' }
    foreach ($row in @(Get-CimInstance -ClassName Win32_Service)) {
        if ($row.Name -ne 'adfssrv' -and $row.Name -ne 'appproxysvc') { continue }
        $sid = Get-AccountSid -Name $row.StartName -Service $row.Name
        $context = 'proxy-service'
        if ($row.Name -eq 'adfssrv') { $context = 'adfs-service' }
        if ($sid -eq 'S-1-5-20') { $context = 'network-service' }
        if ($sid -eq 'S-1-5-18' -or $found.Contains($context)) { continue }
        $found[$context] = Get-AccountRow -Context $context -Account $row.StartName -Sid $sid
    }
    if ($Contexts -contains 'network-service' -and -not $found.Contains('network-service')) {
        $found['network-service'] = Get-AccountRow -Context 'network-service' -Account 'NT AUTHORITY\NETWORK SERVICE' `
            -Sid 'S-1-5-20'
    }
    foreach ($row in $found.Values) { $row }
}

function Add-AccountError {
    # What could not be read of one account must not look as if there were nothing.
    param([string]$Section, $Row, [string]$Reason, [string]$Message)
    $entry = [ordered]@{ Reason = $Reason; Message = $Message }
    $script:Errors['host'][$Section + '/' + $Row.Context] = $entry
}

function Read-ConnectionBlob {
    # How Windows keeps proxy settings: size, counter, flags, then texts with their length before them.
    param([byte[]]$Blob)
    $found = [pscustomobject]@{ Flags = [uint32]0; Texts = @('', '', '') }
    if ($Blob.Length -lt 12) { return $found }
    $found.Flags = [BitConverter]::ToUInt32($Blob, 8)
    $at = 12
    for ($n = 0; $n -lt 3 -and $at + 4 -le $Blob.Length; $n++) {
        $size = [BitConverter]::ToInt32($Blob, $at)
        $at += 4
        if ($size -lt 0 -or $size -gt $Blob.Length - $at) { break }
        $found.Texts[$n] = [Text.Encoding]::ASCII.GetString($Blob, $at, $size)
        $at += $size
    }
    return $found
}

function Get-ProxyRow {
    param([string]$Context, [string]$Source, $Blob, $PerMachine = $null, $OwnDiffers = $null)
    $row = [ordered]@{
        Context = $Context; Source = $Source; ProxyServer = $null; ProxyBypass = $null; AutoConfigUrl = $null
        AutoDetect = $false; Direct = $true; PerMachine = $PerMachine; OwnDiffers = $OwnDiffers
    }
    if ($Blob.Flags -band 2) {
        $row.ProxyServer = ConvertTo-Secretless -Text $Blob.Texts[0]
        $row.ProxyBypass = $Blob.Texts[1]
    }
    if ($Blob.Flags -band 4) { $row.AutoConfigUrl = ConvertTo-Secretless -Text $Blob.Texts[2] }
    $row.AutoDetect = [bool]($Blob.Flags -band 8)
    # Where a script decides, it matters whether its host is found.
    if ($row.AutoDetect) { [void]$script:Names.Add('wpad') }
    if ($row.AutoConfigUrl -match '^https?://(?:[^/@]*@)?([^/:]+)') { [void]$script:Names.Add($Matches[1]) }
    $row.Direct = -not ($row.ProxyServer -or $row.AutoConfigUrl -or $row.AutoDetect)
    return [pscustomobject]$row
}

function Read-InternetSettings {
    # WinINET's settings of one hive: the blob where there is one, else the plain values.
    param([string]$Hive, [string]$Base)
    $path = $Base + 'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings'
    $blob = Get-RegistryValue -Hive $Hive -Path ($path + '\Connections') -Name 'DefaultConnectionSettings'
    if ($blob -is [byte[]] -and $blob.Length -ge 12) { return (Read-ConnectionBlob -Blob $blob) }
    $found = [pscustomobject]@{ Flags = [uint32]1; Texts = @('', '', '') }
    $found.Texts[0] = [string](Get-RegistryValue -Hive $Hive -Path $path -Name 'ProxyServer')
    $found.Texts[1] = [string](Get-RegistryValue -Hive $Hive -Path $path -Name 'ProxyOverride')
    $found.Texts[2] = [string](Get-RegistryValue -Hive $Hive -Path $path -Name 'AutoConfigURL')
    if ((Get-RegistryValue -Hive $Hive -Path $path -Name 'ProxyEnable') -eq 1) { $found.Flags = $found.Flags -bor 2 }
    if ($found.Texts[2]) { $found.Flags = $found.Flags -bor 4 }
    return $found
}

function Get-ConnectionInForce {
    # What a connection's flags switch on, as one text to compare.
    param($Blob)
    $said = ''
    if ($Blob.Flags -band 2) { $said = $Blob.Texts[0] + '|' + $Blob.Texts[1] }
    if ($Blob.Flags -band 4) { $said = $said + '|script ' + $Blob.Texts[2] }
    if ($Blob.Flags -band 8) { $said = $said + '|detect' }
    return $said
}

function Test-OwnProxy {
    # Whether an account has settings of its own that say otherwise than the machine's, which count for it.
    param($Own, $Common)
    $said = Get-ConnectionInForce -Blob $Own
    return [bool]($said -and $said -ne (Get-ConnectionInForce -Blob $Common))
}

function Get-ProxyRows {
    # WinHTTP is the machine's; WinINET is each account's, and can be read while its profile is loaded.
    $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections'
    $machine = Get-RegistryValue -Path $path -Name 'WinHttpSettings'
    $winhttp = [pscustomobject]@{ Flags = [uint32]1; Texts = @('', '', '') }
    if ($machine -is [byte[]]) { $winhttp = Read-ConnectionBlob -Blob $machine }
    $policy = 'SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'
    $common = Read-InternetSettings -Hive 'LocalMachine' -Base ''
    $forAll = (Get-RegistryValue -Path $policy -Name 'ProxySettingsPerUser') -eq 0
    foreach ($row in $script:Accounts) {
        Get-ProxyRow -Context $row.Context -Source 'winhttp' -Blob $winhttp
        $own = $null
        if ($row.Sid -and (Test-RegistryKey -Hive 'Users' -Path $row.Sid)) {
            $own = Read-InternetSettings -Hive 'Users' -Base ($row.Sid + '\')
        }
        if ($forAll) {
            $differs = $null
            if ($own) { $differs = Test-OwnProxy -Own $own -Common $common }
            Get-ProxyRow -Context $row.Context -Source 'wininet' -Blob $common -PerMachine $true -OwnDiffers $differs
        }
        elseif ($own) {
            Get-ProxyRow -Context $row.Context -Source 'wininet' -Blob $own -PerMachine $false
        }
        else {
            Add-AccountError -Section 'Proxies' -Row $row -Reason 'profile-not-loaded' -Message (
                'the registry of ' + $row.Account + ' is not loaded: its service does not run, or its SID is not known')
        }
    }
}

function Get-ProfileFolder {
    param([string]$Sid)
    if (-not $Sid) { return $null }
    $path = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\' + $Sid
    $folder = Get-RegistryValue -Path $path -Name 'ProfileImagePath'
    if (-not $folder) { return $null }
    return [Environment]::ExpandEnvironmentVariables($folder)
}

function Read-CacheEntry {
    # One file of MetaData: sizes and times at fixed places, the URL behind them as UTF-16.
    param([byte[]]$Bytes)
    if ($Bytes.Length -lt 116) { return $null }
    $size = [BitConverter]::ToUInt32($Bytes, 12)
    if ($size -lt 2 -or $size -gt $Bytes.Length - 116) { return $null }
    $url = [Text.Encoding]::Unicode.GetString($Bytes, 116, [int]$size).TrimEnd([char]0)
    if ($url -notmatch '^[A-Za-z][A-Za-z0-9+.-]*:') { return $null }
    $synced = [BitConverter]::ToInt64($Bytes, 16)
    $time = $null
    # 1990 to 2100, in steps of 100 ns since 1601.
    if ($synced -gt 122756256000000000 -and $synced -lt 157469184000000000) {
        $time = ConvertTo-Instant -Time ([DateTime]::FromFileTimeUtc($synced))
    }
    return [pscustomobject]@{ Url = $url; Synced = $time; Size = [BitConverter]::ToUInt32($Bytes, 112) }
}

function Read-FirstBytes {
    param([string]$Path, [int]$Most = 4096)
    $file = [IO.File]::Open($Path, 'Open', 'Read', 'ReadWrite')
    try {
        $bytes = New-Object byte[] ([int][Math]::Min($Most, $file.Length))
        $got = 0
        while ($got -lt $bytes.Length) {
            $more = $file.Read($bytes, $got, $bytes.Length - $got)
            if ($more -le 0) { break }
            $got += $more
        }
        return , $bytes
    }
    finally { $file.Close() }
}

function Get-CacheRows {
    # What one account's URL cache holds and until when: a cached CRL hides a dead distribution point.
    param($Row)
    $owned = Get-ProfileFolder -Sid $Row.Sid
    if (-not $owned) {
        Add-AccountError -Section 'UrlCache' -Row $Row -Reason 'no-profile' -Message ('no profile of ' + $Row.Account)
        return
    }
    $cache = Join-Path -Path $owned -ChildPath 'AppData\LocalLow\Microsoft\CryptnetUrlCache'
    $listed = Join-Path -Path $cache -ChildPath 'MetaData'
    if (-not [IO.Directory]::Exists($listed)) { return }
    $strange = 0
    foreach ($path in @([IO.Directory]::GetFiles($listed) | Select-Object -First $MostCacheEntries)) {
        $entry = Read-CacheEntry -Bytes (Read-FirstBytes -Path $path -Most 65536)
        if (-not $entry) { $strange++; continue }
        $content = Join-Path -Path $cache -ChildPath ('Content\' + [IO.Path]::GetFileName($path))
        $ends = $null
        if ([IO.File]::Exists($content)) { $ends = Get-CrlNextUpdate -Bytes (Read-FirstBytes -Path $content) }
        [pscustomobject][ordered]@{
            Context = $Row.Context; Url = $entry.Url; LastSyncTime = $entry.Synced; ExpireTime = $ends
            Size = $entry.Size
        }
    }
    if ($strange -gt 0) { Write-Log -Line ('' + $strange + ' files in ' + $listed + ' are not understood') }
}

function Get-AllCacheRows {
    foreach ($row in $script:Accounts) {
        try { Get-CacheRows -Row $row }
        catch {
            $failure = Get-Failure -Record $_
            Add-AccountError -Section 'UrlCache' -Row $row -Reason $failure.Reason -Message $failure.Message
        }
    }
}

# ------------------------------------------------------------------------------------------------------------- events

function Get-EventTable {
    # An event's own data by name, from its XML, which no language changes.
    param([xml]$Xml)
    $table = [ordered]@{}
    $number = 0
    $query = '//*[local-name()="EventData" or local-name()="UserData"]//*'
    foreach ($node in $Xml.SelectNodes($query)) {
        if ($table.Count -ge 100) { break }
        $leaf = $true
        foreach ($child in $node.ChildNodes) { if ($child.NodeType -eq 'Element') { $leaf = $false } }
        $name = $node.GetAttribute('Name')
        if (-not $name) { $name = $node.LocalName }
        if ($leaf -and $node.InnerText) {
            if ($name -eq 'Data') { $name = [string]$number; $number++ }
            Add-EventValue -Table $table -Name $name -Value $node.InnerText
        }
        # XPath does not count xmlns as an attribute.
        foreach ($attribute in $node.SelectNodes('@*[local-name()!="Name"]')) {
            Add-EventValue -Table $table -Name ($node.LocalName + '.' + $attribute.LocalName) -Value $attribute.Value
        }
    }
    return $table
}

function Add-EventValue {
    param([System.Collections.IDictionary]$Table, [string]$Name, [string]$Value)
    $free = $Name
    for ($n = 2; $Table.Contains($free); $n++) { $free = $Name + '#' + $n }
    if ($Value.Length -gt 2000) { $Value = $Value.Substring(0, 2000) }
    $Table[$free] = $Value
}

function Get-EventRows {
    param($Query)
    $filter = @{ LogName = $Query.Log; StartTime = [DateTime]::Now.AddDays(-$EventDays) }
    if ($Query.Provider) { $filter['ProviderName'] = $Query.Provider }
    if ($Query.Ids.Count -gt 0) { $filter['Id'] = $Query.Ids }
    try { $records = @(Get-WinEvent -FilterHashtable $filter -MaxEvents $MostEvents) }
    catch {
        # Nothing of the kind in the log, or a log that this role does not have.
        if ($_.FullyQualifiedErrorId -match '^(NoMatching|LogsAndProvidersDontOverlap)') { return }
        throw
    }
    foreach ($record in $records) {
        $data = [ordered]@{}
        try { $data = Get-EventTable -Xml ([xml]$record.ToXml()) }
        catch { Write-Log -Line ('record ' + $record.RecordId + ' of ' + $Query.Log + ': ' + $_.Exception.Message) }
        [pscustomobject][ordered]@{
            Log = $record.LogName; Provider = $record.ProviderName; Id = [long]$record.Id; RecordId = $record.RecordId
            TimeCreated = ConvertTo-Instant -Time $record.TimeCreated; Level = [int]$record.Level
            Data = $data
        }
    }
}

function Get-AllEventRows {
    foreach ($query in $EventQueries) { Get-EventRows -Query $query }
}

# ------------------------------------------------------------------------------------------ asking as another account

function Get-TaskPrincipal {
    # Who can be entered without a password: the machine's own accounts, and group managed service accounts.
    param($Row)
    if ($Row.Sid -eq 'S-1-5-18' -or $Row.Sid -eq 'S-1-5-19' -or $Row.Sid -eq 'S-1-5-20') {
        return New-ScheduledTaskPrincipal -UserId $Row.Sid -LogonType ServiceAccount -RunLevel Highest
    }
    if ($Row.Account -match '^[^\\]+\\[^\\]+\$$' -and $Row.Account -notmatch '^NT SERVICE\\') {
        return New-ScheduledTaskPrincipal -UserId $Row.Account -LogonType Password -RunLevel Highest
    }
    $message = $Row.Account + ' can be entered only with its password, which this script never asks for'
    throw (Get-Refusal -Reason 'password-needed' -Message $message)
}

function Get-FileUser {
    # The name in the file names, as the article's %username% tells who asked.
    param($Row)
    if ($Row.Sid -eq 'S-1-5-18') { return 'SYSTEM' }
    if ($Row.Sid -eq 'S-1-5-20') { return 'NETWORKSERVICE' }
    return ($Row.Account -split '\\')[-1] -replace '[^A-Za-z0-9$.-]', '-'
}

function Get-TaskCommands {
    # Each output gets its name only when its command has ended: half a file is never taken for a whole one.
    $certutil = $script:System + '\certutil.exe'
    $script:System + '\whoami.exe /user /fo csv /nh > who.out 2>&1'
    foreach ($given in $script:Given) {
        $stem = $given.Stem
        if (-not $SkipRetrievals) {
            '{0} -verify -urlfetch {1}.cer > {1}.out 2>&1 & ren {1}.out {1}.txt' -f $certutil, $stem
        }
    }
    '{0} -urlcache > urlcache.out 2>&1 & ren urlcache.out urlcache.txt' -f $certutil
    'echo ended > ended.out'
}

function New-WorkFolder {
    # A folder in ours that the account may write to, with the certificates to verify in it.
    param($Row)
    $folder = Join-Path -Path $script:Folder -ChildPath ('as-' + $Row.Context)
    [void]$script:WorkFolders.Add($folder)
    [void][IO.Directory]::CreateDirectory($folder)
    $sid = $Row.Sid
    $message = 'the SID of ' + $Row.Account + ' is not known'
    if (-not $sid) { throw (Get-Refusal -Reason 'sid-not-known' -Message $message) }
    $granted = Invoke-Silently -File $script:Icacls -Arguments ('"{0}" /grant "*{1}:(OI)(CI)M"' -f $folder, $sid)
    $message = $sid + ' could not be let into ' + $folder
    if ($granted -ne 0) { throw (Get-Refusal -Reason 'not-granted' -Message $message) }
    foreach ($given in $script:Given) {
        [IO.File]::Copy((Join-Path $script:Folder ($given.Stem + '.cer')), (Join-Path $folder ($given.Stem + '.cer')))
    }
    return $folder
}

function Register-OwnTask {
    # A task that runs only when told to, and that Windows deletes by itself should this script be killed.
    param([string]$Name, $Row, [string]$Folder)
    $actions = @(
        foreach ($command in @(Get-TaskCommands)) {
            $argument = '/d /s /c "' + $command + '"'
            New-ScheduledTaskAction -Execute $script:Cmd -Argument $argument -WorkingDirectory $Folder
        }
    )
    $seconds = $TimeoutSec * $actions.Count
    $limit = New-TimeSpan -Seconds $seconds
    $trigger = New-ScheduledTaskTrigger -Once -At ([DateTime]::Now.AddDays(-1))
    $trigger.EndBoundary = [DateTime]::Now.AddSeconds($seconds + 3600).ToString('s')
    $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries `
        -ExecutionTimeLimit $limit -DeleteExpiredTaskAfter (New-TimeSpan -Seconds 10)
    $principal = Get-TaskPrincipal -Row $Row
    [void]$script:Tasks.Add($Name)
    Register-ScheduledTask -TaskName $Name -Action $actions -Principal $principal -Settings $settings `
        -Trigger $trigger -Description 'farmsight asks once as this account; removed when it has ended' | Out-Null
    return $seconds
}

function Unregister-OwnTask {
    param([string]$Name)
    Stop-ScheduledTask -TaskName $Name -ErrorAction SilentlyContinue
    Unregister-ScheduledTask -TaskName $Name -Confirm:$false -ErrorAction SilentlyContinue
    $script:Tasks.Remove($Name)
}

function Wait-OwnTask {
    # Until the last command has left its mark. Task Scheduler's results: running 0x41301, not yet run 0x41303, queued.
    param([string]$Name, [string]$Folder, [int]$Seconds)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $waiting = @(267009, 267011, 267045)
    while (-not [IO.File]::Exists((Join-Path -Path $Folder -ChildPath 'ended.out'))) {
        Start-Sleep -Milliseconds 500
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) {
            throw (New-Object System.TimeoutException -ArgumentList ('the task has not ended after ' + $Seconds + ' s'))
        }
        if ($watch.Elapsed.TotalSeconds -lt 10) { continue }
        $result = (Get-ScheduledTaskInfo -TaskName $Name).LastTaskResult
        $ended = [IO.File]::Exists((Join-Path -Path $Folder -ChildPath 'ended.out'))
        if (-not $ended -and $waiting -notcontains $result) {
            throw (Get-Refusal -Reason 'task-failed' -Message ('the task ended with 0x{0:X8}' -f $result))
        }
    }
}

function Get-ProvenSid {
    # The SID that whoami printed; a task that ran as somebody else proves nothing.
    param([string]$Folder)
    $path = Join-Path -Path $Folder -ChildPath 'who.out'
    if (-not [IO.File]::Exists($path)) { return '' }
    if ([IO.File]::ReadAllText($path) -match 'S-1-\d+(?:-\d+)+') { return $Matches[0] }
    return ''
}

function Invoke-AsAccount {
    # Verifies the given certificates as one account and keeps what it printed, with the proof of who printed it.
    param($Row)
    $user = Get-FileUser -Row $Row
    $name = 'farmsight-{0}-{1}-{2}' -f $Row.Context, $PID, $script:Stamp
    $folder = New-WorkFolder -Row $Row
    try {
        $seconds = Register-OwnTask -Name $name -Row $Row -Folder $folder
        Start-ScheduledTask -TaskName $name
        Wait-OwnTask -Name $name -Folder $folder -Seconds $seconds
    }
    finally { Unregister-OwnTask -Name $name }
    $proven = Get-ProvenSid -Folder $folder
    if ($proven -ne $Row.Sid) {
        throw (Get-Refusal -Reason 'sid-differs' -Message ('asked for ' + $Row.Sid + ', ran as "' + $proven + '"'))
    }
    foreach ($path in [IO.Directory]::GetFiles($folder, '*.txt')) {
        # The account may write here: a link that it made leads nowhere we go.
        if ([IO.File]::GetAttributes($path) -band [IO.FileAttributes]::ReparsePoint) { continue }
        $target = $script:Computer + '_' + $user + '_' + [IO.Path]::GetFileName($path)
        Write-WholeFile -Name $target -Bytes ([IO.File]::ReadAllBytes($path))
    }
    $Row.Entered = $true
    $Row.Reason = $null
    $Row.Proof = 'whoami /user: ' + $proven
    $Row.FileUser = $user
}

function Test-Asked {
    param($Row)
    if (-not $Contexts) { return $true }
    return ($Contexts -contains $Row.Context)
}

function Invoke-AllAccounts {
    foreach ($row in $script:Accounts) {
        if (-not (Test-Asked -Row $row)) { continue }
        Invoke-Step -Part ('as ' + $row.Account + ' (' + $row.Context + ')') -Do { Invoke-AsAccount -Row $row }
        if ($script:LastFailure) { $row.Reason = $script:LastFailure.Reason + ': ' + $script:LastFailure.Message }
    }
}

# ----------------------------------------------------------------------------------------------------------- the whole

function Test-Elevated {
    $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object System.Security.Principal.WindowsPrincipal -ArgumentList $identity
    return $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
}

function Get-InstalledRole {
    # Where both services are, the proxy's own tells: a proxy runs adfssrv as well.
    if ($Role -ne 'auto') { return $Role }
    if (Get-Service -Name 'appproxysvc' -ErrorAction SilentlyContinue) { return 'wap' }
    if (Get-Service -Name 'adfssrv' -ErrorAction SilentlyContinue) { return 'adfs' }
    return ''
}

function New-OutputFolder {
    # A new folder that only administrators, SYSTEM and the caller can enter: a task of SYSTEM reads from it.
    $path = $OutputFolder
    if (-not $path) { $path = '.\farmsight-' + $script:Computer + '-' + $script:Stamp }
    $path = $script:Caller.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)
    $path = $path.TrimEnd('\')
    $root = [IO.Path]::GetPathRoot($path)
    if ($root -notmatch '^[A-Za-z]:' -or (New-Object System.IO.DriveInfo -ArgumentList $root).DriveType -eq 'Network') {
        $message = $path + ' is not on a local disk; gather there, then copy the zip'
        throw (Get-Refusal -Reason 'not-local' -Message $message)
    }
    if ([IO.Directory]::Exists($path) -or [IO.File]::Exists($path)) {
        throw (Get-Refusal -Reason 'exists' -Message ($path + ' exists; name a folder that does not exist yet'))
    }
    [void][IO.Directory]::CreateDirectory($path)
    Protect-Own -Path $path -Inherit '(OI)(CI)'
    return $path
}

function Protect-Own {
    # Keeps what we made to administrators, SYSTEM and the caller.
    param([string]$Path, [string]$Inherit)
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    $arguments = '"{0}" /inheritance:r' -f $Path
    foreach ($sid in @('S-1-5-32-544', 'S-1-5-18', $me)) { $arguments += ' /grant:r "*{0}:{1}F"' -f $sid, $Inherit }
    if ((Invoke-Silently -File $script:Icacls -Arguments $arguments) -ne 0) {
        throw (Get-Refusal -Reason 'not-protected' -Message ($Path + ' could not be kept to administrators'))
    }
}

function Invoke-NetshParts {
    $netsh = $script:System + '\netsh.exe '
    $parts = [ordered]@{
        '49443'             = 'http show urlacl'
        'sslcert'           = 'http show sslcert'
        'iplisten'          = 'http show iplisten'
        'servicestate'      = 'http show servicestate view=requestq'
        'winhttp'           = 'winhttp show proxy'
        'excludedportrange' = 'int ipv4 show excludedportrange protocol=tcp'
    }
    foreach ($name in $parts.Keys) {
        $file = $script:Computer + '_' + $name + '.txt'
        $command = $netsh + $parts[$name]
        Invoke-Step -Part ('netsh ' + $parts[$name]) -Do { Invoke-Program -Name $file -Command $command }
    }
    # Only newer builds know this one.
    Invoke-Step -Part 'netsh winhttp show advproxy' -Do {
        $file = $script:Computer + '_advproxy.txt'
        Invoke-Program -Name $file -Command ($netsh + 'winhttp show advproxy') -OnlyIfItSucceeds
    }
}

function Invoke-CertutilStores {
    $certutil = $script:System + '\certutil.exe '
    foreach ($store in @('root', 'ca', 'my')) {
        $name = $script:Computer + '_store_' + $store + '.txt'
        if (-not $SkipRetrievals) {
            $verify = $certutil + '-verifystore ' + $store
            Invoke-Step -Part ('certutil -verifystore ' + $store) -Do { Invoke-Program -Name $name -Command $verify }
            if (-not $script:LastFailure) { continue }
        }
        # Verifying looks for revocation and may take too long; the bare listing does not.
        $list = $certutil + '-store ' + $store
        Invoke-Step -Part ('certutil -store ' + $store) -Do { Invoke-Program -Name $name -Command $list }
    }
}

function Invoke-RoleParts {
    param([string]$Kind, [System.Collections.IDictionary]$Reads)
    foreach ($name in $Reads.Keys) {
        $block = $Reads[$name]
        $one = $SingleSections -contains $name
        Add-Section -Document $Kind -Section $name -Single:$one -Read {
            foreach ($row in @(Invoke-Limited -Block $block)) { ConvertTo-Plain -Value $row }
        }
    }
}

function Invoke-AdfsParts {
    Invoke-RoleParts -Kind 'adfs' -Reads $AdfsReads
    # On a secondary of a WID farm most cmdlets refuse; its role says so where the message's number does not.
    if ([string]$script:Documents['adfs']['Get-AdfsSyncProperties'].Role -eq 'SecondaryComputer') {
        foreach ($name in @($script:Errors['adfs'].Keys)) {
            $entry = $script:Errors['adfs'][$name]
            if ($entry.Reason -eq 'command-failed') { $entry.Reason = 'not-primary' }
        }
    }
    foreach ($name in $AdfsTexts.Keys) {
        $block = $AdfsTexts[$name]
        Invoke-Step -Part ('Get-Adfs ' + $name) -Do {
            $text = @(Invoke-Limited -Block $block) -join ''
            Write-TextFile -Name ($script:Computer + '_' + $name + '.txt') -Text $text
        }
    }
    $script:FarmName = ([string]$script:Documents['adfs']['Get-AdfsProperties'].HostName).ToLowerInvariant()
    if (-not $script:FarmName) { $script:FarmName = Get-FarmOfBindings }
    Invoke-Step -Part 'adfs.json' -Do { Write-Document -Document 'adfs' }
}

function Get-FarmOfBindings {
    # The binding that asks for client certificates has the farm's name, or certauth. before it.
    foreach ($row in @($script:Documents['adfs']['Get-AdfsSslCertificate'])) {
        $name = ([string]$row.HostName).ToLowerInvariant()
        if ($row.PortNumber -eq 49443 -and $name) { return $name }
        if ($name -match '^certauth\.(.+)$') { return $Matches[1] }
    }
    return ''
}

function Invoke-WapParts {
    Invoke-RoleParts -Kind 'wap' -Reads $WapReads
    # AD FS names the certificate of the trust itself, in no language.
    Add-Section -Document 'wap' -Section 'ProxyTrustCertificates' -Read {
        foreach ($one in @(Get-StoreCertificates -Store 'MY')) {
            if ($one.Subject -match '^CN=ADFS ProxyTrust') { ConvertTo-PlainCertificate -Certificate $one }
        }
    }
    $script:FarmName = ([string]$script:Documents['wap']['ProxyService'].HostName).ToLowerInvariant()
    $url = [string]$script:Documents['wap']['Get-WebApplicationProxyConfiguration'].ADFSUrl
    if (-not $script:FarmName -and $url -match '^https?://([^/:]+)') {
        $script:FarmName = $Matches[1].ToLowerInvariant()
    }
    Invoke-Step -Part 'wap.json' -Do { Write-Document -Document 'wap' }
}

function Invoke-StoreParts {
    $script:Stores = New-Object System.Collections.ArrayList
    $script:Certificates = New-Object System.Collections.ArrayList
    $script:Crls = New-Object System.Collections.ArrayList
    $named = @($StoreNames) + @(Get-BindingStores | ForEach-Object -Process { Get-StoreSpelling -Store $_ })
    foreach ($store in @($named | Select-Object -Unique)) {
        Invoke-Step -Part ('store ' + $store) -Do { Add-Store -Store $store }
    }
    Add-Section -Document 'host' -Section 'Stores' -Read { $script:Stores.ToArray() }
    Add-Section -Document 'host' -Section 'Certificates' -Read { $script:Certificates.ToArray() }
    Add-Section -Document 'host' -Section 'Crls' -Read { $script:Crls.ToArray() }
}

function Invoke-GivenParts {
    foreach ($path in @($SubCA | Where-Object -FilterScript { $_ })) {
        Invoke-Step -Part ('SubCA ' + $path) -Do { Add-Given -Kind 'SubCA' -Bytes (Read-GivenCertificate -Path $path) }
    }
    foreach ($path in @($UserCert | Where-Object -FilterScript { $_ })) {
        Invoke-Step -Part ('UserCert ' + $path) -Do {
            Add-Given -Kind 'usercert' -Bytes (Read-GivenCertificate -Path $path)
        }
    }
    if ($SubCA) { return }
    Invoke-Step -Part 'issuing CAs of the store CA' -Do {
        foreach ($one in @(Select-OwnAuthorities | Select-Object -First $MostCertificates)) {
            Add-Given -Kind 'SubCA' -Bytes $one.RawData
        }
    }
}

function Invoke-HostParts {
    Add-Section -Document 'host' -Section 'ComputerSystem' -Single -Read { Get-ComputerRow }
    Add-Section -Document 'host' -Section 'OperatingSystem' -Single -Read { Get-SystemRow }
    Add-Section -Document 'host' -Section 'Addresses' -Read { Get-OwnAddresses }
    Add-Section -Document 'host' -Section 'Updates' -Read {
        Get-CimInstance -ClassName Win32_QuickFixEngineering | ForEach-Object -Process { $_.HotFixID }
    }
    Add-Section -Document 'host' -Section 'Services' -Read { Get-ServiceRows }
    Add-Section -Document 'host' -Section 'Listeners' -Read { Get-ListenerRows }
    Add-Section -Document 'host' -Section 'ExcludedPortRanges' -Read { Get-ExcludedRanges }
    Add-Section -Document 'host' -Section 'IpListen' -Read { Get-IpListenRows }
    Add-Section -Document 'host' -Section 'Schannel' -Single -Read { Get-SchannelTable }
    Add-Section -Document 'host' -Section 'Resolutions' -Read {
        $hosts = Get-HostsFileNames
        foreach ($name in @(Get-NamesToResolve)) { Get-Resolution -Name $name -HostsFile $hosts }
    }
    Add-Section -Document 'host' -Section 'Clock' -Read { Get-Clock }
    Add-Section -Document 'host' -Section 'Events' -Read { Get-AllEventRows }
}

function Invoke-ProxyParts {
    Invoke-Step -Part 'accounts of the services' -Do { $script:Accounts = @(Get-AccountRows) }
    Add-Section -Document 'host' -Section 'Proxies' -Read { Get-ProxyRows }
}

function Invoke-AccountParts {
    Add-Section -Document 'host' -Section 'UrlCache' -Read { Get-AllCacheRows }
    if ($Contexts -notcontains 'none') { Invoke-AllAccounts }
    Add-Section -Document 'host' -Section 'Contexts' -Read { $script:Accounts }
}

function Write-Report {
    # What was done, for the reader of the evidence: each part, how long it took, how it ended.
    param([bool]$Complete)
    $report = [ordered]@{
        Schema = 'farmsight.collection/1'; Computer = $script:Computer; Role = $script:RoleHere
        Collector = 'Collect-FarmsightEvidence ' + $script:Version; CollectedAt = $script:CollectedAt
        PowerShell = $PSVersionTable.PSVersion.ToString(); Elevated = $script:Elevated; Complete = $Complete
        Farm = $script:FarmName; Files = [object[]]$script:Files.ToArray(); Steps = [object[]]$script:Steps.ToArray()
    }
    $json = ConvertTo-Json -InputObject $report -Depth 6
    Write-TextFile -Name ($script:Computer + '_collection.json') -Text $json
}

function Compress-Folder {
    Add-Type -AssemblyName 'System.IO.Compression.FileSystem'
    $zip = $script:Folder + '.zip'
    $part = $zip + '.tmp'
    try {
        [IO.Compression.ZipFile]::CreateFromDirectory($script:Folder, $part)
        Protect-Own -Path $part -Inherit ''
        [IO.File]::Move($part, $zip)
    }
    finally { Clear-Half -Path $part }
    return $zip
}

function Remove-PackedFolder {
    # All of it is in the zip: one file is handed over, and nothing else stays here.
    try {
        [IO.Directory]::Delete($script:Folder, $true)
        $script:Folder = $null
    }
    catch { Write-Warning ($script:Folder + ' could not be removed: ' + $_.Exception.Message) }
}

function Clear-OwnTraces {
    # Tasks, processes, work folders and half files: none of them outlives the script, however it ends.
    foreach ($process in @($script:Processes)) { Stop-OwnProcess -Process $process }
    foreach ($name in @($script:Tasks)) { Unregister-OwnTask -Name $name }
    foreach ($folder in @($script:WorkFolders)) {
        try { if ([IO.Directory]::Exists($folder)) { [IO.Directory]::Delete($folder, $true) } }
        catch { Write-Log -Line ($folder + ' could not be removed: ' + $_.Exception.Message) }
    }
    if (-not $script:Folder -or -not [IO.Directory]::Exists($script:Folder)) { return }
    foreach ($half in @([IO.Directory]::GetFiles($script:Folder, '*.tmp'))) { Clear-Half -Path $half }
}

function Invoke-Everything {
    Invoke-NetshParts
    if ($script:RoleHere -eq 'adfs') { Invoke-AdfsParts }
    if ($script:RoleHere -eq 'wap') { Invoke-WapParts }
    Invoke-StoreParts
    Invoke-CertutilStores
    Invoke-GivenParts
    Invoke-ProxyParts
    Invoke-HostParts
    Invoke-AccountParts
    Invoke-Step -Part 'host.json' -Do { Write-Document -Document 'host' }
}

function Write-Outcome {
    # The table for the person, and the sentence on what to do next.
    param([string]$Zip)
    if ($Quiet) { return }
    Write-Progress -Activity 'Gathering evidence for farmsight' -Completed
    foreach ($step in $script:Steps) {
        $because = ''
        if ($step.Reason) { $because = 'because: ' + $step.Reason + ', ' + $step.Message }
        Write-Host ('{0,-9} {1,-58} {2}' -f $step.Outcome, $step.Part, $because)
    }
    Write-Host ''
    if ($Zip) { Write-Host ('Hand ' + $Zip + ' to: farmsight analyze') }
    else { Write-Host ('Hand ' + $script:Folder + ' to: farmsight analyze') }
    Write-Host 'It holds server names, accounts, certificates and event records, and no keys and no passwords.'
}

function Get-OtherShell {
    # The modules of the roles are Windows PowerShell's, and 64-bit: a newer or smaller shell hands over to it.
    $small = [Environment]::Is64BitOperatingSystem -and -not [Environment]::Is64BitProcess
    if ($PSVersionTable.PSVersion.Major -lt 6 -and -not $small) { return $null }
    $folder = 'System32'
    if ($small) { $folder = 'SysNative' }
    $path = Join-Path -Path $env:SystemRoot -ChildPath ($folder + '\WindowsPowerShell\v1.0\powershell.exe')
    if ([IO.File]::Exists($path)) { return $path }
    return $null
}

function Get-Arguments {
    # What this script was called with, as plain values that another shell can be handed.
    param([System.Collections.IDictionary]$Bound)
    $plain = @{}
    foreach ($name in @($Bound.Keys)) {
        $value = $Bound[$name]
        if ($value -is [System.Management.Automation.SwitchParameter]) { $value = [bool]$value }
        $plain[$name] = $value
    }
    return $plain
}

# ------------------------------------------------------------------------------------------------------------- main

if ($env:OS -ne 'Windows_NT') {
    Write-Warning 'This script gathers evidence on Windows servers; on Linux run: farmsight-agent collect'
    return
}
$shell = Get-OtherShell
if ($shell -and $PSCommandPath) {
    $policy = [string](Get-ExecutionPolicy)
    $handed = Get-Arguments -Bound $PSBoundParameters
    $again = { param($File, $Bound) & $File @Bound }
    & $shell -NoProfile -ExecutionPolicy $policy -Command $again -args $PSCommandPath, $handed
    return
}

$script:Utf8 = New-Object System.Text.UTF8Encoding -ArgumentList $false
$script:System = Join-Path -Path $env:SystemRoot -ChildPath 'System32'
$script:Cmd = $script:System + '\cmd.exe'
$script:TaskKill = $script:System + '\taskkill.exe'
$script:Icacls = $script:System + '\icacls.exe'
$script:Netstat = $script:System + '\netstat.exe'
$script:Stamp = [DateTime]::UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", [Globalization.CultureInfo]::InvariantCulture)
$script:CollectedAt = ConvertTo-Instant -Time ([DateTime]::UtcNow)
$script:Elevated = Test-Elevated
$script:RoleHere = Get-InstalledRole

if (-not $script:Elevated -and -not $AllowUnelevated) {
    Write-Warning ('Start PowerShell with "Run as administrator" and try again. Without administrator''s rights ' +
        'these would be missing: TLS bindings, the AD FS and proxy cmdlets, what SYSTEM and the service accounts ' +
        'can reach, their proxy settings and URL caches, and most event logs. ' +
        'To gather the rest all the same, add -AllowUnelevated.')
    return
}
if (-not $script:RoleHere -and -not $Quiet) {
    Write-Warning 'Neither AD FS nor Web Application Proxy is installed here; only the machine itself is looked at.'
}

$complete = $false
$zip = $null
try {
    if (-not $WhatIfPreference) { $script:Folder = New-OutputFolder }
    Invoke-Everything
    $complete = $true
}
catch {
    $failure = Get-Failure -Record $_
    Write-Warning ($failure.Message + ' (' + $failure.Reason + ')')
}
finally {
    if (-not $WhatIfPreference) {
        Clear-OwnTraces
        if ($script:Folder -and [IO.Directory]::Exists($script:Folder)) {
            try { Write-Report -Complete $complete }
            catch { Write-Log -Line ('no report: ' + $_.Exception.Message) }
        }
    }
}
if (-not $complete -or $WhatIfPreference) { return }

if (-not $NoZip) {
    try { $zip = Compress-Folder }
    catch { Write-Warning ('No zip was made: ' + $_.Exception.Message + '. The folder is whole.') }
    if ($zip) { Remove-PackedFolder }
}
Write-Outcome -Zip $zip
[pscustomobject][ordered]@{
    Computer = $script:Computer; Role = $script:RoleHere; Folder = $script:Folder; Zip = $zip
    Done    = @($script:Steps | Where-Object -FilterScript { $_.Outcome -eq 'done' }).Count
    Failed  = @($script:Steps | Where-Object -FilterScript { $_.Outcome -eq 'failed' }).Count
    LeftOut = @($script:Steps | Where-Object -FilterScript { $_.Outcome -eq 'left out' }).Count
}
