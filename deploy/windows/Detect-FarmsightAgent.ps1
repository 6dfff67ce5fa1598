<#
.SYNOPSIS
Tells whether the farmsight agent is installed here: a detection script for Configuration Manager and Group Policy.

.DESCRIPTION
Writes one line and ends with 0 where the agent is installed in at least the version wanted. Writes nothing and ends
with 0 where it is not. Ends with 1 where it can't be told. That is what Configuration Manager expects of a detection
script. It only reads the registry, always the 64-bit part of it, and, with -Running, the service.

Configuration Manager gives a script no parameters: to require a version, change the default below.

.PARAMETER MinimumVersion
The lowest version that counts.

.PARAMETER Running
Counts only where the service runs, too.

.EXAMPLE
.\Detect-FarmsightAgent.ps1 -MinimumVersion 0.2.0

.LINK
https://github.com/farmsight/farmsight/blob/main/docs/many-servers.md
#>
#Requires -Version 4.0
[CmdletBinding()]
param(
    [version]$MinimumVersion = '0.0.0',
    [switch]$Running
)

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'

function Get-InstalledVersion {
    $best = $null
    $hive = [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64')
    $list = $hive.OpenSubKey('SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall')
    foreach ($name in $list.GetSubKeyNames()) {
        if ($name -notmatch '^\{[0-9A-Fa-f-]{36}\}$') { continue }
        $key = $list.OpenSubKey($name)
        if ($null -eq $key -or $key.GetValue('DisplayName') -ne 'farmsight agent') { continue }
        $version = [version]$key.GetValue('DisplayVersion')
        if ($null -eq $best -or $version -gt $best) { $best = $version }
    }
    return $best
}

try {
    $found = Get-InstalledVersion
    if ($null -eq $found -or $found -lt $MinimumVersion) { exit 0 }
    if ($Running) {
        $service = Get-Service -Name 'farmsight-agent' -ErrorAction SilentlyContinue
        if ($null -eq $service -or $service.Status -ne 'Running') { exit 0 }
    }
    Write-Output "farmsight agent $found"
    exit 0
}
catch {
    # Silence with 0 would mean that it is not installed, which is not known.
    [Console]::Error.WriteLine("can't tell: $($_.Exception.Message)")
    exit 1
}
