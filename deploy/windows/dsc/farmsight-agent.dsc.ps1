<#
.SYNOPSIS
The commands of the DSC v3 resource Farmsight/Agent: get, test and set, JSON in and JSON out.

.DESCRIPTION
DSC starts it as farmsight-agent.dsc.resource.json says, with the instance's properties on standard input. "get" and
"test" only read. "set" calls Install-FarmsightAgent.ps1 -Local, which lies beside this file or one folder above.

.PARAMETER Do
get, test or set.

.EXAMPLE
'{"version": "0.1.0"}' | .\farmsight-agent.dsc.ps1 test

.LINK
https://github.com/farmsight/farmsight/blob/main/docs/many-servers.md
#>
#Requires -Version 4.0
param(
    [ValidateSet('get', 'test', 'set')]
    [string]$Do = 'get'
)

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'

# No parameter takes the pipeline: the lines on standard input are in $input.

function Get-Installed {
    $best = $null
    $hive = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $list = $hive.OpenSubKey('SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall')
    foreach ($name in $list.GetSubKeyNames()) {
        if ($name -notmatch '^\{[0-9A-Fa-f-]{36}\}$') { continue }
        $key = $list.OpenSubKey($name)
        if ($null -eq $key -or $key.GetValue('DisplayName') -ne 'farmsight agent') { continue }
        $version = [string]$key.GetValue('DisplayVersion')
        if ($null -eq $best -or [version]$version -gt [version]$best.Version) {
            $best = @{ Version = $version; ProductCode = $name }
        }
    }
    return $best
}

function Get-ServiceState {
    $service = Get-Service -Name 'farmsight-agent' -ErrorAction SilentlyContinue
    if ($null -eq $service) { return $null }
    return ([string]$service.Status).ToLowerInvariant()
}

function Get-State {
    param([object]$Installed, [object]$Service)
    if ($null -eq $Installed) { return [ordered]@{ _exist = $false } }
    return [ordered]@{
        _exist = $true
        version = $Installed.Version
        productCode = $Installed.ProductCode
        service = $Service
    }
}

function Test-Desired {
    param([object]$Wanted, [object]$State)
    $exist = $null -eq $Wanted._exist -or $Wanted._exist
    if ($exist -ne $State._exist) { return $false }
    if (-not $exist) { return $true }
    if ($Wanted.version -and [version]$State.version -lt [version]$Wanted.version) { return $false }
    return $State.service -eq 'running'
}

# What Install-FarmsightAgent.ps1 is given, by the names of its parameters.
function Get-Arguments {
    param([object]$Wanted)
    $given = @{ Local = $true }
    if ($null -ne $Wanted._exist -and -not $Wanted._exist) {
        $given['Uninstall'] = $true
        if ($Wanted.purge) { $given['Purge'] = $true }
        return $given
    }
    foreach ($name in 'MsiPath', 'Sha256', 'Collector', 'Role', 'TokenFile', 'Proxy') {
        $value = $Wanted.$name
        if ($value) { $given[$name] = [string]$value }
    }
    return $given
}

function Get-Installer {
    foreach ($folder in $PSScriptRoot, (Split-Path -Path $PSScriptRoot -Parent)) {
        $file = Join-Path -Path $folder -ChildPath 'Install-FarmsightAgent.ps1'
        if ([IO.File]::Exists($file)) { return $file }
    }
    throw 'Install-FarmsightAgent.ps1 is neither beside this script nor one folder above'
}

function Set-Desired {
    param([object]$Wanted)
    $given = Get-Arguments -Wanted $Wanted
    $result = & (Get-Installer) @given
    if ($result.Outcome -in 'failed', 'unknown') { throw "$($result.Outcome): $($result.Why)" }
    if ($result.Outcome -eq 'same' -and $result.Service -ne 'Running') { Start-Service -Name 'farmsight-agent' }
    return $result
}

function Invoke-Verb {
    param([string]$Verb, [object]$Wanted)
    $restart = $false
    if ($Verb -eq 'set') {
        $before = Get-State -Installed (Get-Installed) -Service (Get-ServiceState)
        if (-not (Test-Desired -Wanted $Wanted -State $before)) {
            $restart = [bool](Set-Desired -Wanted $Wanted).RestartNeeded
        }
    }
    $state = Get-State -Installed (Get-Installed) -Service (Get-ServiceState)
    if ($Verb -eq 'test') { $state['_inDesiredState'] = Test-Desired -Wanted $Wanted -State $state }
    if ($restart) { $state['_rebootRequested'] = $true }
    return $state
}

try {
    $given = ''
    foreach ($part in $input) { $given += $part }
    if (-not $given) { $given = '{}' }
    $wanted = ConvertFrom-Json -InputObject $given
    $state = Invoke-Verb -Verb $Do -Wanted $wanted
    ConvertTo-Json -InputObject $state -Compress -Depth 3
    exit 0
}
catch {
    # DSC shows what a resource writes there, as JSON lines.
    [Console]::Error.WriteLine((ConvertTo-Json -InputObject @{ error = $_.Exception.Message } -Compress))
    exit 1
}
