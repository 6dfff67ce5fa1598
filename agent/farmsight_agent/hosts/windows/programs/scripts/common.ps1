# What the agent hands to Windows PowerShell, first part: how each cmdlet's answer is told.
#
# Plain ASCII, single quotes alone (it is given on a command line), the language of version 4, and nothing that
# Constrained Language forbids: no methods but those of texts and times, no types made. It only reads.

Set-StrictMode -Off
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
# What is written below is ASCII in any case; errors of PowerShell itself are not. Constrained Language refuses it.
try { [Console]::OutputEncoding = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false }
catch { $null = $_ }

function ConvertTo-Ascii {
    # JSON in letters that every code page shares, so that no console can spoil a name.
    param([string]$Text)
    foreach ($found in @([regex]::Matches($Text, '[^\x00-\x7f]'))) {
        $letter = [string]$found.Value
        if ($Text.Contains($letter)) { $Text = $Text.Replace($letter, ('\u{0:x4}' -f [int][char]$letter)) }
    }
    return $Text
}

function ConvertTo-Instant {
    # A time in UTC as ISO 8601 has it; null for none. What is no time (a text) stays as it is.
    param($Time)
    if ($Time -isnot [DateTime]) { return $Time }
    if ($Time.Year -lt 1900) { return $null }
    return $Time.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [CultureInfo]::InvariantCulture)
}

function ConvertTo-Words {
    # The names of an enumeration's or a list's members, never their numbers.
    param($Value)
    $words = @()
    foreach ($one in @($Value)) { if ($null -ne $one) { $words += [string]$one } }
    return , $words
}

function ConvertTo-Secretless {
    # A proxy's address without the name and password that may stand in it.
    param([string]$Text)
    return ($Text -replace '//[^/@\s;]*@', '//***@')
}

function Write-Json {
    param($Value)
    ConvertTo-Ascii -Text (ConvertTo-Json -InputObject $Value -Depth 6 -Compress)
}

function Get-Why {
    # What a reader needs to tell a refusal from a fault without reading its words.
    param($Record)
    return @{
        Id       = [string]$Record.FullyQualifiedErrorId
        Category = [string]$Record.CategoryInfo.Category
        Type     = [string]$Record.CategoryInfo.Reason
        Message  = [string]$Record.Exception.Message
    }
}

function Write-Section {
    # One line of JSON, told at once: what one cmdlet answered, or why it did not.
    param([string]$Name, [scriptblock]$Read, [switch]$Single)
    try {
        $rows = @(& $Read)
        if ($Single) { $rows = $rows[0] }
        Write-Json -Value @{ $Name = $rows }
    }
    catch { Write-Json -Value @{ Errors = @{ $Name = Get-Why -Record $_ } } }
}

function Import-Cmdlets {
    # Where the module is not there, or does not load, no cmdlet of it need be tried.
    param([string]$Module)
    try { Import-Module -Name $Module }
    catch {
        Write-Json -Value @{ Errors = @{ 'Import-Module' = Get-Why -Record $_ } }
        exit 0
    }
}

$Certificate = @(
    'Thumbprint', 'Subject', 'Issuer', 'SerialNumber', 'RawData',
    @{ Name = 'NotBefore'; Expression = { ConvertTo-Instant -Time $_.NotBefore } },
    @{ Name = 'NotAfter'; Expression = { ConvertTo-Instant -Time $_.NotAfter } }
)
