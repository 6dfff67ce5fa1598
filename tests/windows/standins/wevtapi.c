/* Stands in for the event log service: records are files, one XML document each, in
   C:\standins\events\LOG (a slash in a log's name is an underscore there).

   A log without a folder does not exist (15007). The order is that of the files' names, the last one
   first, as the agent asks for. Of a query it understands "EventID=N" and "Provider[@Name='P']", as
   plain text in both the query and the record. A file named fail in the folder says which call fails and
   with what: "query 5", "next 1460", "render 15005". Each query is appended to C:\standins\events.log,
   with its flags, and when the process ends, the number of handles that were left open. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <winevt.h>

#define ROOT L"C:\\standins\\events"
#define MOST 2000

struct results {
    int kind; /* 'q', as 'e' for an event: both are closed by the same call */
    wchar_t folder[MAX_PATH];
    wchar_t *names[MOST];
    int count, at;
};

struct event {
    int kind;
    wchar_t *xml;
    DWORD fails;
};

static LONG open_handles;

static void note(const wchar_t *what, const wchar_t *path, const wchar_t *query, long number)
{
    FILE *log = _wfopen(L"C:\\standins\\events.log", L"a, ccs=UTF-8");
    if (!log)
        return;
    fwprintf(log, L"%ls\t%ls\t%ld\t%ls\n", what, path, number, query);
    fclose(log);
}

static DWORD failure(const wchar_t *folder, const char *call)
{
    wchar_t path[MAX_PATH];
    char name[16] = "";
    unsigned long code = 0;
    swprintf(path, MAX_PATH, L"%ls\\fail", folder);
    FILE *file = _wfopen(path, L"r");
    if (!file)
        return 0;
    if (fscanf(file, "%15s %lu", name, &code) != 2)
        code = 0;
    fclose(file);
    return strcmp(name, call) ? 0 : code;
}

static wchar_t *content(const wchar_t *folder, const wchar_t *name)
{
    wchar_t path[MAX_PATH];
    swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name);
    FILE *file = _wfopen(path, L"rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *bytes = malloc(size + 1);
    size = (long)fread(bytes, 1, size, file);
    fclose(file);
    int length = MultiByteToWideChar(CP_UTF8, 0, bytes, (int)size, NULL, 0);
    wchar_t *text = calloc(length + 1, sizeof *text);
    MultiByteToWideChar(CP_UTF8, 0, bytes, (int)size, text, length);
    free(bytes);
    return text;
}

/* Whether what stands in the record from the first `open` after `tag` to `end` is named in the query, if it names any. */
static int wanted(const wchar_t *xml, const wchar_t *query, const wchar_t *asked, const wchar_t *tag, wchar_t open,
                  wchar_t end)
{
    const wchar_t *mark = wcsstr(query, asked), *held = wcsstr(xml, tag);
    if (!mark)
        return 1;
    held = held ? wcschr(held, open) : NULL;
    if (!held)
        return 0;
    held++;
    for (; mark; mark = wcsstr(mark + 1, asked)) {
        const wchar_t *value = mark + wcslen(asked);
        size_t length = 0;
        while (held[length] && held[length] != end)
            length++;
        if (!wcsncmp(value, held, length) && wcschr(L"' )]", value[length]))
            return 1;
    }
    return 0;
}

static int descending(const void *one, const void *other)
{
    return wcscmp(*(wchar_t *const *)other, *(wchar_t *const *)one);
}

EVT_HANDLE WINAPI EvtQuery(EVT_HANDLE session, LPCWSTR path, LPCWSTR query, DWORD flags)
{
    (void)session;
    struct results *found = calloc(1, sizeof *found);
    found->kind = 'q';
    swprintf(found->folder, MAX_PATH, ROOT L"\\%ls", path);
    for (wchar_t *c = found->folder + wcslen(ROOT) + 1; *c; c++)
        if (*c == L'/')
            *c = L'_';
    note(L"query", path, query, (long)flags);

    WIN32_FIND_DATAW entry;
    wchar_t pattern[MAX_PATH + 8];
    swprintf(pattern, MAX_PATH + 8, L"%ls\\*.xml", found->folder);
    DWORD code = GetFileAttributesW(found->folder) == INVALID_FILE_ATTRIBUTES ? ERROR_EVT_CHANNEL_NOT_FOUND
                                                                               : failure(found->folder, "query");
    if (code) {
        free(found);
        SetLastError(code);
        return NULL;
    }
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search != INVALID_HANDLE_VALUE) {
        do {
            wchar_t *xml = content(found->folder, entry.cFileName);
            if (xml && found->count < MOST && wanted(xml, query, L"EventID=", L"<EventID", L'>', L'<') &&
                wanted(xml, query, L"Provider[@Name='", L"<Provider Name=", L'\'', L'\''))
                found->names[found->count++] = wcsdup(entry.cFileName);
            free(xml);
        } while (FindNextFileW(search, &entry));
        FindClose(search);
    }
    qsort(found->names, found->count, sizeof *found->names, descending);
    InterlockedIncrement(&open_handles);
    return found;
}

BOOL WINAPI EvtNext(EVT_HANDLE handle, DWORD most, EVT_HANDLE *into, DWORD timeout, DWORD flags, PDWORD returned)
{
    struct results *found = handle;
    (void)timeout;
    (void)flags;
    *returned = 0;
    DWORD code = failure(found->folder, "next");
    if (!code && found->at >= found->count)
        code = ERROR_NO_MORE_ITEMS;
    if (code) {
        SetLastError(code);
        return FALSE;
    }
    while (*returned < most && found->at < found->count) {
        struct event *event = calloc(1, sizeof *event);
        event->kind = 'e';
        event->xml = content(found->folder, found->names[found->at++]);
        event->fails = failure(found->folder, "render");
        into[(*returned)++] = event;
        InterlockedIncrement(&open_handles);
    }
    return TRUE;
}

BOOL WINAPI EvtRender(EVT_HANDLE context, EVT_HANDLE handle, DWORD flags, DWORD size, PVOID into, PDWORD used,
                      PDWORD properties)
{
    struct event *event = handle;
    (void)context;
    DWORD needed = (DWORD)((wcslen(event->xml) + 1) * sizeof(wchar_t));
    *used = needed;
    *properties = 0;
    DWORD code = event->fails                  ? event->fails
                 : flags != EvtRenderEventXml ? ERROR_INVALID_PARAMETER
                 : size < needed              ? ERROR_INSUFFICIENT_BUFFER
                                              : 0;
    if (code) {
        SetLastError(code);
        return FALSE;
    }
    memcpy(into, event->xml, needed);
    return TRUE;
}

BOOL WINAPI EvtClose(EVT_HANDLE handle)
{
    if (*(int *)handle == 'e') {
        free(((struct event *)handle)->xml);
    } else {
        struct results *found = handle;
        for (int n = 0; n < found->count; n++)
            free(found->names[n]);
    }
    free(handle);
    InterlockedDecrement(&open_handles);
    return TRUE;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_DETACH)
        note(L"left open", L"", L"", open_handles);
    return TRUE;
}
