"""The cmdlets that the collection script may call, with the parameters that Windows PowerShell 4 gives them.

Everything here only reads, writes to the screen, or makes objects in memory; what changes a server is named apart.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMON: Final = _words("erroraction")

READING: Final[dict[str, frozenset[str]]] = {
    name: _words(parameters)
    for name, parameters in {
        "Add-Type": "assemblyname",  # into the memory of this process
        "ConvertTo-Json": "inputobject depth",
        "ForEach-Object": "process",
        "Format-List": "property",
        "Get-CimInstance": "classname namespace",
        "Get-Command": "name",
        "Get-ExecutionPolicy": "",
        "Get-NetTCPConnection": "state",
        "Get-Process": "",
        "Get-ScheduledTaskInfo": "taskname",
        "Get-Service": "name",
        "Get-WinEvent": "filterhashtable maxevents",
        "Join-Path": "path childpath",
        "New-Object": "argumentlist",
        "New-TimeSpan": "seconds",
        "Out-Null": "",
        "Out-String": "width",
        "Resolve-Path": "literalpath",
        "Select-Object": "property first unique",
        "Set-StrictMode": "off",  # of this script alone
        "Sort-Object": "unique",
        "Start-Sleep": "milliseconds",
        "Where-Object": "filterscript",
        "Write-Host": "",
        "Write-Progress": "activity status percentcomplete completed",
        "Write-Warning": "",
    }.items()
}
ROLES: Final[dict[str, frozenset[str]]] = {
    "Get-AdfsAdditionalAuthenticationRule": _words(""),
    "Get-AdfsAuthenticationProvider": _words(""),
    "Get-AdfsCertificate": _words(""),
    "Get-AdfsClaimsProviderTrust": _words("identifier name"),
    "Get-AdfsEndpoint": _words(""),
    "Get-AdfsFarmInformation": _words(""),
    "Get-AdfsGlobalAuthenticationPolicy": _words(""),
    "Get-AdfsProperties": _words(""),
    "Get-AdfsRelyingPartyTrust": _words("identifier"),
    "Get-AdfsSslCertificate": _words(""),
    "Get-AdfsSyncProperties": _words(""),
    "Get-WebApplicationProxyApplication": _words(""),
    "Get-WebApplicationProxyConfiguration": _words(""),
    "Get-WebApplicationProxyHealth": _words(""),
    "Get-WebApplicationProxySslCertificate": _words(""),
}
# Its own one-shot tasks, each with the one function that may call it.
TASKS: Final[dict[str, tuple[frozenset[str], str]]] = {
    "New-ScheduledTaskAction": (_words("argument execute workingdirectory"), "Register-OwnTask"),
    "New-ScheduledTaskPrincipal": (_words("logontype runlevel userid"), "Get-TaskPrincipal"),
    "New-ScheduledTaskSettingsSet": (
        _words("allowstartifonbatteries deleteexpiredtaskafter dontstopifgoingonbatteries executiontimelimit"),
        "Register-OwnTask",
    ),
    "New-ScheduledTaskTrigger": (_words("at once"), "Register-OwnTask"),
    "Register-ScheduledTask": (_words("action description principal settings taskname trigger"), "Register-OwnTask"),
    "Start-ScheduledTask": (_words("taskname"), "Invoke-AsAccount"),
    "Stop-ScheduledTask": (_words("taskname"), "Unregister-OwnTask"),
    "Unregister-ScheduledTask": (_words("confirm taskname"), "Unregister-OwnTask"),
}
# Blocks of the script itself, and the same script in Windows PowerShell.
CALLED: Final = _words("$Do $Read $script:Netstat $shell $File")

# Static members that make or change files, and the only functions that may use them.
CHANGING: Final[dict[str, frozenset[str]]] = {
    "IO.File::WriteAllBytes": _words("Write-WholeFile"),
    "IO.File::AppendAllText": _words("Write-Log"),
    "IO.File::Move": _words("Compress-Folder Invoke-Program Write-WholeFile"),
    "IO.File::Copy": _words("New-WorkFolder"),
    "IO.File::Delete": _words("Clear-Half"),
    "IO.Directory::CreateDirectory": _words("New-OutputFolder New-WorkFolder"),
    "IO.Directory::Delete": _words("Clear-OwnTraces Remove-PackedFolder"),
    "IO.Compression.ZipFile::CreateFromDirectory": _words("Compress-Folder"),
    "Diagnostics.Process::Start": _words("Invoke-Program Invoke-Silently"),
    "PowerShell::Create": _words("Invoke-Limited"),
}
# Other static members, all there since .NET 4.5.
HARMLESS: Final = _words(
    """
    Array::Copy BitConverter::ToInt32 BitConverter::ToInt64 BitConverter::ToUInt32 Convert::FromBase64String
    Convert::ToBase64String DateTime::FromFileTimeUtc DateTime::MinValue DateTime::Now DateTime::TryParse
    DateTime::UtcNow DateTimeKind::Utc Diagnostics.Stopwatch::StartNew Environment::ExpandEnvironmentVariables
    Environment::Is64BitOperatingSystem Environment::Is64BitProcess Environment::NewLine
    Globalization.CultureInfo::InvariantCulture IO.Directory::Exists IO.Directory::GetFiles IO.File::Exists
    IO.File::GetAttributes IO.FileAttributes::ReparsePoint
    IO.File::Open IO.File::ReadAllBytes IO.File::ReadAllLines IO.File::ReadAllText IO.Path::GetFileName
    IO.Path::GetPathRoot Math::Min Math::Round Microsoft.Win32.RegistryKey::OpenBaseKey
    Net.Dns::GetHostAddressesAsync Net.IPAddress::Any
    Net.NetworkInformation.NetworkInterface::GetAllNetworkInterfaces Net.ServicePointManager::SecurityProtocol
    Net.WebRequest::Create Security.Principal.WindowsBuiltInRole::Administrator
    Security.Principal.WindowsIdentity::GetCurrent Text.Encoding::ASCII Text.Encoding::Unicode
    """
)
# Members of objects that would write, or reach a private key.
FORBIDDEN: Final = _words(
    """
    .CreateSubKey .DeleteSubKey .DeleteSubKeyTree .DeleteValue .DownloadFile .DownloadString .Export
    .GetRSAPrivateKey .Import .Invoke .InvokeMethod .InvokeScript .Kill .NewScriptBlock .PrivateKey .Put .Save
    .SaveChanges .SetAccessControl .SetValue .UploadString
    """
)

# What a version of Windows PowerShell after 4 brought.
LATER_THAN_4: Final = _words(
    """
    Clear-RecycleBin Compress-Archive ConvertFrom-SddlString Expand-Archive ForEach-Object-Parallel Format-Hex
    Get-Clipboard Get-ComputerInfo Get-Error Get-ItemPropertyValue Get-TimeZone Get-Uptime Join-String New-Guid
    New-TemporaryFile Remove-Service Set-Clipboard Test-Json Write-Information
    """
)
# Variables that PowerShell itself gives a value.
AUTOMATIC: Final = _words(
    """
    _ args confirmpreference error erroractionpreference event executioncontext false formatenumerationlimit
    home host input lastexitcode matches myinvocation null pid profile psboundparameters pscmdlet pscommandpath
    psitem psscriptroot psversiontable sender shellid stacktrace this true whatifpreference
    """
)
# May be given a value; every other automatic variable is read-only, or means something that should not change.
SETTABLE: Final = _words("erroractionpreference formatenumerationlimit")
