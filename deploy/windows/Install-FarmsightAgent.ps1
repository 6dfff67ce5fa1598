<#
.SYNOPSIS
Installs, upgrades or removes the farmsight agent on many servers at once, over PowerShell remoting.

.DESCRIPTION
Run it on an administrator's computer that can reach the servers. The package is read here and goes to each server
through the remoting session: no share is needed, and a server downloads nothing. There its SHA-256 is checked before
Windows Installer gets it. A server that has this version already is left alone, so the script can be run again until
every row says what you want. Nothing restarts a server: where Windows asks for a restart, the table says so.

First every server is looked at; -WhatIf stops there and shows what would be done. Then the servers that need it are
worked on, a few at a time. The result is one object a server, for the screen, Export-Csv or Where-Object.

A join token never stands on a command line: it travels encrypted within the session, and is handed to Windows
Installer in memory, whose log masks it. Make the tokens with "farmsight-collector token create --list".

.PARAMETER ComputerName
The servers, as names that remoting can reach.

.PARAMETER Csv
A file with the columns Name, Role and, for servers that are new, Token. The columns Collector, Proxy and
AgentName may stand beside them and win over the parameters. "farmsight-collector token create --list" makes such
a file.

.PARAMETER Local
This computer alone, without remoting: for startup scripts and Configuration Manager. The exit code is then that of
Windows Installer.

.PARAMETER MsiPath
The package, farmsight-agent-VERSION.msi. With -Local it may lie on a share.

.PARAMETER Sha256
What the package's SHA-256 must be, from SHA256SUMS beside it. Without it the file's own is taken here, and the
servers check that they got the same bytes.

.PARAMETER RequireSignature
Goes on only where the package carries an Authenticode signature that this computer trusts.

.PARAMETER Collector
Where the agents report to, HOST:PORT; several with commas between.

.PARAMETER Role
adfs, wap, proxy or vantage, for servers whose row names none. It may be left out: the join token says it.

.PARAMETER Token
A join token for the servers whose row has none. One that lets in one server serves one server.

.PARAMETER TokenFile
A file whose first line is the join token. For -Local; %COMPUTERNAME% in its path is the name of the computer.

.PARAMETER Proxy
The HTTP proxy through which the agents reach the collector, HOST:PORT.

.PARAMETER Uninstall
Removes the agent. Its identity and what it has not sent yet stay, unless -Purge is given.

.PARAMETER Purge
With -Uninstall: removes identity, spool and configuration, too. The server then needs a new join token.

.PARAMETER Credential
The account for remoting. Needed for Web Application Proxies in a workgroup: give one that is an administrator there.

.PARAMETER UseSSL
Remoting over HTTPS, port 5986. For servers in a workgroup this needs no TrustedHosts; their listener's certificate
must be trusted here.

.PARAMETER ThrottleLimit
How many servers are worked on at the same time.

.PARAMETER TimeoutMinutes
How long one server may take. After that its row says that the outcome is not known.

.EXAMPLE
.\Install-FarmsightAgent.ps1 -Csv .\servers.csv -MsiPath .\farmsight-agent-0.1.0.msi `
    -Collector col.contoso.com:7443 -WhatIf

Looks at every server of the list and says what would be done.

.EXAMPLE
.\Install-FarmsightAgent.ps1 -Csv .\dmz.csv -MsiPath .\farmsight-agent-0.1.0.msi -Collector col.contoso.com:7443 `
    -Credential WAP01\admin -UseSSL | Format-Table

Installs on Web Application Proxies in a workgroup.

.EXAMPLE
.\Install-FarmsightAgent.ps1 -ComputerName STS01, STS02 -MsiPath .\farmsight-agent-0.2.0.msi

Upgrades; no token is needed, since the agents keep their identity.

.EXAMPLE
.\Install-FarmsightAgent.ps1 -ComputerName WAP03 -Uninstall -Purge

.OUTPUTS
One object a server: Server, Outcome, VersionBefore, VersionAfter, ExitCode, Seconds, Service, RestartNeeded, Why.
Outcome is one of installed, upgraded, removed, same, newer, absent, would install, would upgrade, would remove,
declined, failed, unknown.

.LINK
https://github.com/farmsight/farmsight/blob/main/docs/many-servers.md
#>
#Requires -Version 4.0
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium', DefaultParameterSetName = 'Names')]
param(
    [Parameter(Mandatory = $true, Position = 0, ParameterSetName = 'Names')]
    [string[]]$ComputerName,
    [Parameter(Mandatory = $true, ParameterSetName = 'List')]
    [string]$Csv,
    [Parameter(Mandatory = $true, ParameterSetName = 'Local')]
    [switch]$Local,
    [string]$MsiPath,
    [ValidatePattern('^[0-9A-Fa-f]{64}$')]
    [string]$Sha256,
    [switch]$RequireSignature,
    [ValidatePattern('^[A-Za-z0-9_.:,\[\]-]+$')]
    [string]$Collector,
    [ValidateSet('adfs', 'wap', 'proxy', 'vantage')]
    [string]$Role,
    [System.Security.SecureString]$Token,
    [string]$TokenFile,
    [ValidatePattern('^[A-Za-z0-9_.:\[\]-]+:[0-9]{1,5}$')]
    [string]$Proxy,
    [switch]$Uninstall,
    [switch]$Purge,
    [System.Management.Automation.PSCredential]
    [System.Management.Automation.Credential()]
    $Credential = [System.Management.Automation.PSCredential]::Empty,
    [switch]$UseSSL,
    [ValidateRange(1, 64)]
    [int]$ThrottleLimit = 8,
    [ValidateRange(1, 240)]
    [int]$TimeoutMinutes = 20
)

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'

# The file stays plain ASCII and within the language of Windows PowerShell 4: no classes, no ::new(), no newer cmdlets.
# A row that holds a token never goes through a cmdlet's pipeline: module logging (event 4103) would write it down.

$script:Caller = $PSCmdlet
$script:Bytes = $null
$script:Package = $null
$script:MostServers = 1000

# -- what runs on a server

# What is there: versions of the agent, the identity that it kept, its service, and whether we may install.
$script:Look = {
    $ErrorActionPreference = 'Stop'
    $mode = [string]$ExecutionContext.SessionState.LanguageMode
    if ($mode -ne 'FullLanguage') { return @{ Language = $mode; Version = ''; Service = '' } }
    $best = $null
    $hive = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $path = 'SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall'
    $list = $hive.OpenSubKey($path)
    foreach ($name in $list.GetSubKeyNames()) {
        if ($name -notmatch '^\{[0-9A-Fa-f-]{36}\}$') { continue }
        $key = $list.OpenSubKey($name)
        if ($null -eq $key -or $key.GetValue('DisplayName') -ne 'farmsight agent') { continue }
        $version = [string]$key.GetValue('DisplayVersion')
        if ($null -eq $best -or [version]$version -gt [version]$best.Version) {
            $best = @{ Version = $version; ProductCode = $name }
        }
    }
    $service = Get-Service -Name 'farmsight-agent' -ErrorAction SilentlyContinue
    $user = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    $state = Join-Path -Path $env:ProgramData -ChildPath 'farmsight-agent\identity\agent.crt'
    @{
        Version = $(if ($best) { $best.Version } else { '' })
        ProductCode = $(if ($best) { $best.ProductCode } else { '' })
        Service = $(if ($service) { [string]$service.Status } else { '' })
        Identity = [IO.File]::Exists($state)
        Administrator = $user.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
        Language = $mode
        Wide = [Environment]::Is64BitOperatingSystem
    }
}

# A folder for the package that only administrators and SYSTEM can reach.
$script:Open = {
    $ErrorActionPreference = 'Stop'
    $folder = Join-Path -Path $env:SystemRoot -ChildPath ('Temp\farmsight-' + [Guid]::NewGuid().ToString('N'))
    [void][IO.Directory]::CreateDirectory($folder)
    $rules = Get-Acl -LiteralPath $folder
    $rules.SetAccessRuleProtection($true, $false)
    foreach ($sid in 'S-1-5-18', 'S-1-5-32-544') {
        $who = New-Object Security.Principal.SecurityIdentifier $sid
        $rules.AddAccessRule((New-Object Security.AccessControl.FileSystemAccessRule (
                    $who, 'FullControl', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    Set-Acl -LiteralPath $folder -AclObject $rules -Confirm:$false
    $folder
}

$script:Append = {
    param([string]$File, [byte[]]$Part)
    $stream = [IO.File]::Open($File, 'Append', 'Write', 'None')
    try { $stream.Write($Part, 0, $Part.Length) } finally { $stream.Dispose() }
}

$script:Check = {
    param([string]$File, [string]$Sha256)
    $found = (Get-FileHash -LiteralPath $File -Algorithm SHA256 -ErrorAction Stop).Hash
    if ($found -ne $Sha256) { throw "the package arrived damaged: SHA-256 is $found, not $Sha256; nothing was changed" }
}

$script:Drop = {
    param([string]$Folder)
    if ([IO.Directory]::Exists($Folder)) { Remove-Item -LiteralPath $Folder -Recurse -Force -Confirm:$false }
}

# Windows Installer is called as msiexec calls it, in this process: a command line could be read by others and logged.
$script:Act = {
    param([hashtable]$Plan, [Security.SecureString]$Token)
    $ErrorActionPreference = 'Stop'
    if (-not ('Farmsight.WindowsInstaller' -as [type])) {
        Add-Type -Namespace Farmsight -Name WindowsInstaller -MemberDefinition @'
[DllImport("msi.dll", CharSet = CharSet.Unicode)]
public static extern int MsiSetInternalUI(int level, IntPtr window);
[DllImport("msi.dll", CharSet = CharSet.Unicode)]
public static extern uint MsiEnableLog(uint mode, string file, uint attributes);
[DllImport("msi.dll", CharSet = CharSet.Unicode)]
public static extern uint MsiInstallProduct(string package, string properties);
[DllImport("msi.dll", CharSet = CharSet.Unicode)]
public static extern uint MsiConfigureProductEx(string product, int level, int state, string properties);
'@
    }
    # INSTALLUILEVEL_NONE. The log has everything but verbose lines and the dump of properties.
    [void][Farmsight.WindowsInstaller]::MsiSetInternalUI(2, [IntPtr]::Zero)
    $log = Join-Path -Path $env:SystemRoot -ChildPath 'Temp\farmsight-agent-install.log'
    [void][Farmsight.WindowsInstaller]::MsiEnableLog(0xBDF, $log, 0)
    $line = $Plan.Properties
    $plain = [IntPtr]::Zero
    try {
        if ($Token -and $Token.Length) {
            $plain = [Runtime.InteropServices.Marshal]::SecureStringToBSTR($Token)
            $line += ' TOKEN="' + [Runtime.InteropServices.Marshal]::PtrToStringBSTR($plain) + '"'
        }
        if ($Plan.Do -eq 'remove') {
            $code = [Farmsight.WindowsInstaller]::MsiConfigureProductEx($Plan.ProductCode, 0, 2, $line)
        }
        else { $code = [Farmsight.WindowsInstaller]::MsiInstallProduct($Plan.File, $line) }
    }
    finally {
        $line = $null
        if ($plain -ne [IntPtr]::Zero) { [Runtime.InteropServices.Marshal]::ZeroFreeBSTR($plain) }
        [void][Farmsight.WindowsInstaller]::MsiEnableLog(0, [NullString]::Value, 0)
    }
    # The service starts by itself; a slow disk gets a minute.
    $until = [DateTime]::UtcNow.AddSeconds(60)
    while ($Plan.Do -ne 'remove' -and $code -in 0, 1641, 3010 -and [DateTime]::UtcNow -lt $until) {
        $service = Get-Service -Name 'farmsight-agent' -ErrorAction SilentlyContinue
        if ($service -and $service.Status -eq 'Running') { break }
        Start-Sleep -Milliseconds 500
    }
    @{ ExitCode = [long]$code; Log = $log }
}

# -- what runs here for one server, in a runspace of its own

$script:OneServer = {
    param([hashtable]$Job)
    $ErrorActionPreference = 'Stop'
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $said = @{
        Server = $Job.Server; Error = ''; ErrorId = ''; Before = $null; After = $null
        ExitCode = $null; Log = ''; Seconds = $null; Begun = $false
    }
    $session = $null
    $folder = ''
    $block = @{}
    foreach ($name in @($Job.Blocks.Keys)) { $block[$name] = [scriptblock]::Create($Job.Blocks[$name]) }
    try {
        $remoting = $Job.Remoting
        $options = New-PSSessionOption -OpenTimeout 60000 -CancelTimeout 10000
        $session = New-PSSession -ComputerName $Job.Server -SessionOption $options @remoting
        $said.Before = Invoke-Command -Session $session -ScriptBlock $block.Look
        if ($Job.Plan) {
            $plan = $Job.Plan
            if ($Job.Bytes) {
                $folder = Invoke-Command -Session $session -ScriptBlock $block.Open
                $plan.File = $folder + '\farmsight-agent.msi'
                # Parts of a megabyte, since a session bounds what one command may send.
                $size = 1048576
                for ($at = 0; $at -lt $Job.Bytes.Length; $at += $size) {
                    $part = New-Object byte[] ([Math]::Min($size, $Job.Bytes.Length - $at))
                    [Array]::Copy($Job.Bytes, $at, $part, 0, $part.Length)
                    Invoke-Command -Session $session -ScriptBlock $block.Append -ArgumentList $plan.File, $part
                }
                Invoke-Command -Session $session -ScriptBlock $block.Check -ArgumentList $plan.File, $plan.Sha256
            }
            $said.Begun = $true
            $done = Invoke-Command -Session $session -ScriptBlock $block.Act -ArgumentList $plan, $Job.Token
            $said.ExitCode = $done.ExitCode
            $said.Log = $done.Log
            $said.After = Invoke-Command -Session $session -ScriptBlock $block.Look
        }
    }
    catch {
        $said.Error = $_.Exception.Message
        $said.ErrorId = $_.FullyQualifiedErrorId
    }
    finally {
        if ($session) {
            if ($folder) {
                # Where the session is gone the folder stays behind, and what is known of the outcome counts more.
                try { Invoke-Command -Session $session -ScriptBlock $block.Drop -ArgumentList $folder }
                catch { $said.Left = $folder }
            }
            Remove-PSSession -Session $session
        }
    }
    $said.Seconds = [Math]::Round($watch.Elapsed.TotalSeconds, 1)
    $said
}

# -- values into values

function Get-Doing {
    param([string]$Installed, [string]$Offered, [bool]$Remove)
    if ($Remove) {
        if ($Installed) { return 'remove' }
        return 'absent'
    }
    if (-not $Installed) { return 'install' }
    if ([version]$Installed -eq [version]$Offered) { return 'same' }
    if ([version]$Installed -gt [version]$Offered) { return 'newer' }
    return 'upgrade'
}

function Get-Properties {
    param([string]$Doing, [hashtable]$Row, [bool]$Purge)
    $line = 'REBOOT=ReallySuppress'
    if ($Doing -eq 'remove') {
        if ($Purge) { return $line + ' PURGE=1' }
        return $line
    }
    foreach ($name in 'Collector', 'Role', 'Proxy') {
        if ($Row[$name]) { $line = $line + ' ' + $name.ToUpperInvariant() + '="' + $Row[$name] + '"' }
    }
    if ($Row['AgentName']) { $line = $line + ' NAME="' + $Row['AgentName'] + '"' }
    return $line
}

# Values of winerror.h that Windows Installer ends with.
function Get-ExitCodeText {
    param([string]$Code)
    $texts = @{
        '' = ''
        '0' = ''
        '1601' = 'the Windows Installer service could not be reached'
        '1602' = 'the installation was cancelled'
        '1603' = 'the installation failed and was rolled back'
        '1605' = 'this product is not installed'
        '1612' = 'the source of the installed version is missing'
        '1618' = 'another installation is running on the server; run this again afterwards'
        '1619' = 'the package could not be opened'
        '1620' = 'the package is no Windows Installer package'
        '1622' = 'the log file could not be written'
        '1625' = 'a policy of this server forbids the installation'
        '1633' = 'the package is for another kind of processor'
        '1638' = 'another version is installed'
        '1641' = 'Windows Installer has begun a restart'
        '3010' = 'Windows asks for a restart; when, is yours to say'
    }
    if ($texts.ContainsKey($Code)) { return $texts[$Code] }
    return 'Windows Installer ended with ' + $Code
}

function Get-ConnectionText {
    param([string]$Id, [string]$Message)
    $hints = @{
        'ServerNotTrusted' = 'not in the domain: give -Credential with -UseSSL, or add the server to TrustedHosts'
        'AccessDenied' = 'give the -Credential of an administrator of that server'
        'LogonFailure' = 'check user name and password; for a workgroup, SERVER\user'
        'NetworkPathNotFound' = 'check the name, and that TCP 5985 (5986 with -UseSSL) is open to it'
        'CannotConnect' = 'on the server: Enable-PSRemoting -Force; TCP 5985 (5986 with -UseSSL) must be open'
        'WinRMOperationTimeout' = 'the server did not answer in time; is a firewall between?'
    }
    $what = $Id -replace ',.*$', ''
    $said = ($Message -replace '\s+', ' ').Trim()
    if ($hints.ContainsKey($what)) { return $hints[$what] + ' (' + $said + ')' }
    return $said
}

function Get-RowFault {
    param([hashtable]$Row)
    if ($Row['Server'] -notmatch '^[A-Za-z0-9_.-]{1,255}$') { return 'Name: not the name of a server' }
    if ($Row['Role'] -and $Row['Role'] -notin 'adfs', 'wap', 'proxy', 'vantage') {
        return 'Role: one of adfs, wap, proxy, vantage'
    }
    if ($Row['Collector'] -and $Row['Collector'] -notmatch '^[A-Za-z0-9_.:,\[\]-]+$') { return 'Collector: HOST:PORT' }
    if ($Row['Proxy'] -and $Row['Proxy'] -notmatch '^[A-Za-z0-9_.:\[\]-]+:[0-9]{1,5}$') { return 'Proxy: HOST:PORT' }
    if ($Row['AgentName'] -and $Row['AgentName'] -notmatch '^[A-Za-z0-9_.-]{1,63}$') {
        return 'AgentName: 1 to 63 letters, digits, dots, hyphens or underlines'
    }
    return ''
}

# Why a server can't be worked on though it answered; nothing where it can.
function Get-Hindrance {
    param([string]$Doing, [object]$Seen, [hashtable]$Row, [bool]$HasToken)
    if ($Doing -notin 'install', 'upgrade', 'remove') { return '' }
    if (-not $Seen.Administrator) { return 'the account is no administrator there' }
    if (-not $Seen.Wide) { return 'the server has 32-bit Windows; the agent is for 64-bit' }
    if ($Doing -ne 'install' -or $Seen.Identity) { return '' }
    if (-not $Row['Collector']) { return 'new here: -Collector is needed' }
    if (-not $HasToken) { return 'new here: a join token is needed, in the list or as -Token' }
    return ''
}

# -- what is given

function ConvertTo-Hidden {
    param([string]$Text)
    if (-not $Text) { return $null }
    if ($Text -cnotmatch '^fs1\.[A-Za-z0-9_-]{20,200}$') {
        throw 'a join token begins with fs1. and has no spaces; was it copied whole?'
    }
    # ConvertTo-SecureString would have its argument logged.
    $hidden = New-Object System.Security.SecureString
    foreach ($letter in $Text.ToCharArray()) { $hidden.AppendChar($letter) }
    $hidden.MakeReadOnly()
    return $hidden
}

function Get-TokenOfFile {
    param([string]$Path)
    $file = [Environment]::ExpandEnvironmentVariables($Path)
    if (-not [IO.File]::Exists($file)) { return $null }
    $lines = [IO.File]::ReadAllLines($file)
    if ($lines.Length -eq 0) { throw "$file is empty" }
    return ConvertTo-Hidden -Text ($lines[0].Trim())
}

function New-Row {
    param([string]$Server)
    $held = $Token
    if (-not $held -and $TokenFile) { $held = Get-TokenOfFile -Path $TokenFile }
    return @{ Server = $Server; Role = $Role; Collector = $Collector; Proxy = $Proxy; AgentName = ''; Token = $held }
}

function Read-Rows {
    param([string]$Path)
    $file = $script:Caller.GetUnresolvedProviderPathFromPSPath($Path)
    $found = New-Object System.Collections.ArrayList
    # Excel writes semicolons where commas are decimal.
    $head = @([IO.File]::ReadAllLines($file))[0]
    $between = $(if ($head -match ';') { ';' } else { ',' })
    $lines = @(Import-Csv -LiteralPath $file -Delimiter $between)
    foreach ($one in $lines) {
        if (-not $one.Name) { throw "$file has a row without Name; its columns are Name,Role,Token" }
        $row = New-Row -Server ($one.Name.Trim())
        foreach ($name in 'Role', 'Collector', 'Proxy', 'AgentName') {
            $given = $one.$name
            if ($given) { $row[$name] = $given.Trim() }
        }
        if ($one.Token) { $row.Token = ConvertTo-Hidden -Text ($one.Token.Trim()) }
        [void]$found.Add($row)
    }
    return , $found.ToArray()
}

function Get-Rows {
    if ($Local) { return , @(New-Row -Server $env:COMPUTERNAME) }
    if ($Csv) { $rows = Read-Rows -Path $Csv }
    else {
        $rows = @(foreach ($name in $ComputerName) { New-Row -Server ($name.Trim()) })
    }
    if ($rows.Length -gt $script:MostServers) { throw "more than $script:MostServers servers: split the list" }
    $seen = @{}
    foreach ($row in $rows) {
        $fault = Get-RowFault -Row $row
        if ($fault) { throw "$($row.Server): $fault" }
        if ($seen.ContainsKey($row.Server.ToUpperInvariant())) { throw "$($row.Server) stands in the list twice" }
        $seen[$row.Server.ToUpperInvariant()] = $true
    }
    return , $rows
}

# The properties of a package, as Windows Installer itself reads them.
function Read-Package {
    param([string]$Path)
    $call = [Reflection.BindingFlags]::InvokeMethod
    $get = [Reflection.BindingFlags]::GetProperty
    $held = @{}
    $installer = New-Object -ComObject WindowsInstaller.Installer
    $base = $null
    $view = $null
    try {
        $base = $installer.GetType().InvokeMember('OpenDatabase', $call, $null, $installer, @($Path, 0))
        $query = @('SELECT `Property`, `Value` FROM `Property`')
        $view = $base.GetType().InvokeMember('OpenView', $call, $null, $base, $query)
        [void]$view.GetType().InvokeMember('Execute', $call, $null, $view, $null)
        while ($record = $view.GetType().InvokeMember('Fetch', $call, $null, $view, $null)) {
            $name = $record.GetType().InvokeMember('StringData', $get, $null, $record, @(1))
            $held[$name] = $record.GetType().InvokeMember('StringData', $get, $null, $record, @(2))
        }
    }
    finally {
        foreach ($one in $view, $base, $installer) {
            if ($one) { [void][Runtime.InteropServices.Marshal]::ReleaseComObject($one) }
        }
    }
    return $held
}

function Open-Package {
    if (-not $MsiPath) { throw '-MsiPath is needed: farmsight-agent-VERSION.msi' }
    $file = $script:Caller.GetUnresolvedProviderPathFromPSPath($MsiPath)
    if (-not [IO.File]::Exists($file)) { throw "$file is not there" }
    $hash = (Get-FileHash -LiteralPath $file -Algorithm SHA256).Hash
    if ($Sha256 -and $hash -ne $Sha256) { throw "$file has the SHA-256 $hash, not $Sha256: do not install it" }
    if ($RequireSignature) {
        $signature = Get-AuthenticodeSignature -LiteralPath $file
        if ($signature.Status -ne 'Valid') { throw "the signature of $file is not valid: $($signature.StatusMessage)" }
    }
    $held = Read-Package -Path $file
    $product = $held['ProductName']
    if ($product -ne 'farmsight agent') { throw "$file installs '$product', not the farmsight agent" }
    $script:Bytes = [IO.File]::ReadAllBytes($file)
    $script:Package = @{ Version = $held['ProductVersion']; Sha256 = $hash }
}

# -- many at once

function New-Job {
    param([hashtable]$Row, [hashtable]$Plan)
    $remoting = @{}
    if ($Credential -ne [System.Management.Automation.PSCredential]::Empty) { $remoting.Credential = $Credential }
    if ($UseSSL) { $remoting.UseSSL = $true }
    $blocks = @{}
    foreach ($name in 'Look', 'Open', 'Append', 'Check', 'Act', 'Drop') {
        $blocks[$name] = (Get-Variable -Name $name -Scope Script -ValueOnly).ToString()
    }
    $job = @{ Server = $Row.Server; Remoting = $remoting; Blocks = $blocks; Plan = $Plan; Bytes = $null; Token = $null }
    if ($Plan -and $Plan.Do -ne 'remove') { $job.Bytes = $script:Bytes }
    if ($Plan -and $Plan.Do -eq 'install') { $job.Token = $Row.Token }
    return $job
}

function Get-Unheard {
    param([string]$Server, [string]$Text)
    return @{
        Server = $Server; Error = $Text; ErrorId = 'unheard'; Before = $null; After = $null
        ExitCode = $null; Log = ''; Seconds = $null; Begun = $true
    }
}

function Receive-Work {
    param([hashtable]$Work)
    try {
        foreach ($one in $Work.Shell.EndInvoke($Work.Handle)) {
            if ($one -is [hashtable]) { return $one }
        }
        return Get-Unheard -Server $Work.Server -Text 'nothing came back'
    }
    catch { return Get-Unheard -Server $Work.Server -Text $_.Exception.Message }
    finally { $Work.Shell.Dispose() }
}

function Stop-Work {
    param([hashtable]$Work)
    [void]$Work.Shell.BeginStop($null, $null)
    $text = "no end after $TimeoutMinutes minutes; it may still go on there"
    return Get-Unheard -Server $Work.Server -Text $text
}

function Start-Work {
    param([hashtable]$Job, [System.Management.Automation.Runspaces.RunspacePool]$Pool)
    $shell = [PowerShell]::Create()
    $shell.RunspacePool = $Pool
    [void]$shell.AddScript($script:OneServer.ToString()).AddArgument($Job)
    $until = [DateTime]::UtcNow.AddMinutes($TimeoutMinutes)
    return @{ Server = $Job.Server; Shell = $shell; Handle = $shell.BeginInvoke(); Until = $until }
}

# One runspace a server, no more than the limit at once; yields each answer as it comes.
function Invoke-OnMany {
    param([object[]]$Jobs, [string]$Activity)
    $pool = [RunspaceFactory]::CreateRunspacePool(1, $ThrottleLimit)
    $pool.Open()
    $begun = 0
    $done = 0
    $running = @()
    try {
        while ($done -lt $Jobs.Length) {
            while ($begun -lt $Jobs.Length -and $running.Length -lt $ThrottleLimit) {
                $running += Start-Work -Job $Jobs[$begun] -Pool $pool
                $begun++
            }
            $names = @(foreach ($work in $running) { $work.Server }) -join ', '
            $share = [int](100 * $done / $Jobs.Length)
            Write-Progress -Activity $Activity -Status "$done of $($Jobs.Length): $names" -PercentComplete $share
            $still = @()
            foreach ($work in $running) {
                if ($work.Handle.IsCompleted) { Receive-Work -Work $work }
                elseif ([DateTime]::UtcNow -gt $work.Until) { Stop-Work -Work $work }
                else { $still += $work; continue }
                $done++
            }
            $running = $still
            if ($running.Length) { Start-Sleep -Milliseconds 200 }
        }
    }
    finally {
        foreach ($work in $running) { [void]$work.Shell.BeginStop($null, $null) }
        [void]$pool.BeginClose($null, $null)
        Write-Progress -Activity $Activity -Completed
    }
}

# -- this computer alone

function Invoke-Here {
    param([hashtable]$Plan, [System.Security.SecureString]$Held)
    $folder = & $script:Open
    try {
        if ($Plan.Do -ne 'remove') {
            $Plan.File = $folder + '\farmsight-agent.msi'
            [IO.File]::WriteAllBytes($Plan.File, $script:Bytes)
            & $script:Check $Plan.File $Plan.Sha256
        }
        $done = & $script:Act $Plan $Held
    }
    finally { & $script:Drop $folder }
    $answer = Get-Unheard -Server $env:COMPUTERNAME -Text ''
    $answer.ExitCode = $done.ExitCode
    $answer.Log = $done.Log
    $answer.After = & $script:Look
    return $answer
}

# -- results

function New-Result {
    param(
        [string]$Server, [string]$Outcome, [object]$Before, [object]$After, [object]$ExitCode, [object]$Seconds,
        [string]$Why
    )
    $now = $(if ($After) { $After } elseif ($Outcome -ne 'unknown') { $Before })
    [pscustomobject]@{
        Server = $Server
        Outcome = $Outcome
        VersionBefore = $(if ($Before) { $Before.Version } else { $null })
        VersionAfter = $(if ($now) { $now.Version } else { $null })
        ExitCode = $ExitCode
        Seconds = $Seconds
        Service = $(if ($now) { $now.Service } else { $null })
        RestartNeeded = ($ExitCode -in 1641, 3010)
        Why = $Why
    }
}

# Done is what is seen afterwards, not what an exit code promises.
function Get-Outcome {
    param([string]$Doing, [object]$ExitCode, [object]$After, [string]$Offered)
    if ($null -eq $ExitCode -or $null -eq $After) { return 'unknown' }
    if ($ExitCode -notin 0, 1641, 3010) { return 'failed' }
    if ($Doing -eq 'remove') {
        if ($After.Version) { return 'failed' }
        return 'removed'
    }
    if (-not $After.Version -or [version]$After.Version -ne [version]$Offered) { return 'failed' }
    if ($Doing -eq 'upgrade') { return 'upgraded' }
    return 'installed'
}

function ConvertTo-Result {
    param([hashtable]$Task, [hashtable]$Answer)
    $outcome = Get-Outcome -Doing $Task.Plan.Do -ExitCode $Answer.ExitCode -After $Answer.After -Offered $Task.Offered
    $why = @()
    if ($Answer.Error) {
        $why += Get-ConnectionText -Id $Answer.ErrorId -Message $Answer.Error
        # Before Windows Installer was called nothing has changed; a session that broke later tells nothing.
        if (-not $Answer.Begun) { $outcome = 'failed' }
    }
    $text = Get-ExitCodeText -Code ([string]$Answer.ExitCode)
    if ($text) { $why += $text }
    if ($outcome -eq 'failed' -and $Answer.Log) { $why += "log on the server: $($Answer.Log)" }
    if ($outcome -in 'installed', 'upgraded' -and $Answer.After.Service -ne 'Running') {
        $why += 'the service does not run; on the server: farmsight-agent doctor'
    }
    New-Result -Server $Task.Row.Server -Outcome $outcome -Before $Task.Seen -After $Answer.After `
        -ExitCode $Answer.ExitCode -Seconds $Answer.Seconds -Why ($why -join '; ')
}

# What is to be done on a server that was looked at: a result where nothing is, else a task.
function Get-Task {
    param([hashtable]$Row, [object]$Seen, [object]$Seconds)
    $offered = $(if ($Uninstall) { '' } else { $script:Package.Version })
    $doing = Get-Doing -Installed $Seen.Version -Offered $offered -Remove $Uninstall.IsPresent
    $given = @{ Server = $Row.Server; Before = $Seen; Seconds = $Seconds }
    # In another language mode not even the version could be looked up.
    if ($Seen.Language -ne 'FullLanguage') {
        $why = "PowerShell is in $($Seen.Language) there (application control); use Group Policy or ConfigMgr"
        return New-Result @given -Outcome 'failed' -Why $why
    }
    if ($doing -eq 'same') { return New-Result @given -Outcome 'same' -Why "has $offered already" }
    if ($doing -eq 'absent') { return New-Result @given -Outcome 'absent' -Why 'is not installed' }
    if ($doing -eq 'newer') { return New-Result @given -Outcome 'newer' -Why "left as it is: newer than $offered" }
    $hindrance = Get-Hindrance -Doing $doing -Seen $Seen -Row $Row -HasToken ($null -ne $Row.Token)
    if ($hindrance) { return New-Result @given -Outcome 'failed' -Why $hindrance }
    $what = "$doing the farmsight agent"
    if ($Seen.Version) { $what += " $($Seen.Version)" }
    if ($offered) { $what += " (package: $offered)" }
    if (-not $script:Caller.ShouldProcess($Row.Server, $what)) {
        $outcome = $(if ($WhatIfPreference) { "would $doing" } else { 'declined' })
        return New-Result @given -Outcome $outcome -Why ''
    }
    $line = Get-Properties -Doing $doing -Row $Row -Purge $Purge.IsPresent
    $plan = @{ Do = $doing; Properties = $line; ProductCode = $Seen.ProductCode; File = ''; Sha256 = '' }
    if ($script:Package) { $plan.Sha256 = $script:Package.Sha256 }
    return @{ Row = $Row; Seen = $Seen; Plan = $plan; Offered = $offered }
}

# Looks at every server, then works where it must; writes results, and leaves out what could not even be reached.
function Invoke-All {
    param([object[]]$Rows)
    $byName = @{}
    foreach ($row in $Rows) { $byName[$row.Server] = $row }
    $tasks = [ordered]@{}
    $jobs = @(foreach ($row in $Rows) { New-Job -Row $row -Plan $null })
    foreach ($answer in @(Invoke-OnMany -Jobs $jobs -Activity 'Looking at the servers')) {
        if (-not $answer.Before) {
            $why = Get-ConnectionText -Id $answer.ErrorId -Message $answer.Error
            New-Result -Server $answer.Server -Outcome 'failed' -Seconds $answer.Seconds -Why $why
            continue
        }
        $task = Get-Task -Row $byName[$answer.Server] -Seen $answer.Before -Seconds $answer.Seconds
        if ($task -is [hashtable]) { $tasks[$answer.Server] = $task } else { $task }
    }
    if (-not $tasks.Count) { return }
    $jobs = @(foreach ($task in $tasks.Values) { New-Job -Row $task.Row -Plan $task.Plan })
    foreach ($answer in @(Invoke-OnMany -Jobs $jobs -Activity 'Working on the servers')) {
        ConvertTo-Result -Task $tasks[$answer.Server] -Answer $answer
    }
}

function Invoke-Alone {
    param([hashtable]$Row)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    $task = Get-Task -Row $Row -Seen (& $script:Look) -Seconds $null
    if ($task -isnot [hashtable]) { return $task }
    $held = $(if ($task.Plan.Do -eq 'install') { $Row.Token } else { $null })
    $answer = Invoke-Here -Plan $task.Plan -Held $held
    $answer.Seconds = [Math]::Round($watch.Elapsed.TotalSeconds, 1)
    return ConvertTo-Result -Task $task -Answer $answer
}

if ($Purge -and -not $Uninstall) { throw '-Purge goes with -Uninstall' }
$script:Rows = Get-Rows
if (-not $Uninstall) { Open-Package }
if ($Local) { $script:Results = @(Invoke-Alone -Row $script:Rows[0]) }
else { $script:Results = @(Invoke-All -Rows $script:Rows) }
$script:Results

$script:Bad = 0
foreach ($result in $script:Results) {
    if ($result.Outcome -in 'failed', 'unknown') { $script:Bad = 1 }
    if ($Local -and $result.ExitCode) { $script:Bad = $result.ExitCode }
}
exit $script:Bad
