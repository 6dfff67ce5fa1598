"""What the service is called and how it is set up; the manager and the process share it."""

from typing import Final

NAME: Final = "farmsight-agent"  # also the source of its records in the event log
DISPLAY_NAME: Final = "farmsight agent"
PROCESS: Final = "farmsight_agent.service.windows.process"  # the module that the service is
DESCRIPTION: Final = "Gathers facts about this server for farmsight. Read-only: it changes nothing but its own files."

# What is left to LocalSystem (SERVICE_REQUIRED_PRIVILEGES_INFO); the rest is taken away by the
# service control manager. The first is everybody's. The next two let a process start with the token
# of a service's account, the last with CreateProcessWithTokenW where the first way is refused.
PRIVILEGES: Final = (
    "SeChangeNotifyPrivilege",
    "SeAssignPrimaryTokenPrivilege",
    "SeIncreaseQuotaPrivilege",
    "SeImpersonatePrivilege",
)
RESTARTS_AFTER_MS: Final = (5_000, 30_000, 120_000)  # the last one for every further failure
FAILURES_FORGOTTEN_AFTER_S: Final = 24 * 3600
STOPS_WITHIN_MS: Final = 20_000
STARTS_WITHIN_MS: Final = 60_000

# Its source in the Application log. The messages 1 to 1000 of Windows' own tool for records of scripts
# are the text that is handed in; the types are error, warning and information.
EVENT_MESSAGES: Final = r"%SystemRoot%\System32\EventCreate.exe"
EVENT_TYPES: Final = 7
