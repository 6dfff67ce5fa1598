/* A Windows service that does nothing: running until it is told to stop. Stands in for adfssrv and the like,
   whose state, process and account are what an agent looks at. */
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static HANDLE over;

static void say(DWORD state)
{
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, SERVICE_ACCEPT_STOP, NO_ERROR, 0, 0, 0};

    SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, LPVOID data, LPVOID context)
{
    (void)type, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP)
        SetEvent(over);
    return NO_ERROR;
}

static void WINAPI run(DWORD count, LPWSTR *arguments)
{
    (void)count;
    handle = RegisterServiceCtrlHandlerExW(arguments[0], control, NULL);
    say(SERVICE_RUNNING);
    WaitForSingleObject(over, INFINITE);
    say(SERVICE_STOPPED);
}

int wmain(void)
{
    WCHAR name[] = L"";
    SERVICE_TABLE_ENTRYW table[] = {{name, run}, {NULL, NULL}};

    over = CreateEventW(NULL, TRUE, FALSE, NULL);
    return !StartServiceCtrlDispatcherW(table);
}
