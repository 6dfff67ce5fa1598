/* Stands in for powershell.exe, netsh.exe and others: answers recorded bytes, and logs how it was called.

   Copied under the other program's name. C:\standins\NAME.txt holds its rules, one a line, the first that
   matches counts:

       exit code | delay in ms | file for standard output | file for standard error | part of the command line

   Files are in C:\standins, "-" is none; the part may be "*" for any, and may hold bars. Each call is added to
   C:\standins\calls.log as NAME, tab, command line; what comes on standard input to C:\standins\NAME.stdin.
   A call that no rule names exits with 9009, what cmd.exe says of a program that does not exist. */
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

#define FOLDER "C:\\standins\\"
#define UNPLANNED 9009

static char command[65536];
static char name[MAX_PATH];

static void add_to(const char *file, const char *bytes, DWORD length)
{
    char path[MAX_PATH + 32];
    DWORD written;
    HANDLE out;

    snprintf(path, sizeof path, FOLDER "%s", file);
    out = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    if (out == INVALID_HANDLE_VALUE)
        return;
    WriteFile(out, bytes, length, &written, NULL);
    CloseHandle(out);
}

/* One write: lines of calls at the same time don't mix. */
static void log_call(void)
{
    static char line[sizeof command + sizeof name + 8];
    int length = snprintf(line, sizeof line, "%s\t%s\n", name, command);

    for (char *at = line; at < line + length - 1; at++)
        if (*at == '\r' || *at == '\n')
            *at = ' ';
    add_to("calls.log", line, (DWORD)length);
}

static void keep_input(void)
{
    static char bytes[65536];
    char file[MAX_PATH + 8];
    DWORD length;
    HANDLE in = GetStdHandle(STD_INPUT_HANDLE);

    snprintf(file, sizeof file, "%s.stdin", name);
    if (GetFileType(in) != FILE_TYPE_PIPE)
        return;
    while (ReadFile(in, bytes, sizeof bytes, &length, NULL) && length)
        add_to(file, bytes, length);
}

static void say(const char *file, FILE *to)
{
    static char bytes[65536];
    char path[MAX_PATH + 32];
    size_t length;
    FILE *from;

    if (!strcmp(file, "-"))
        return;
    snprintf(path, sizeof path, FOLDER "%s", file);
    if (!(from = fopen(path, "rb"))) {
        fprintf(stderr, "stand-in %s: no file %s\n", name, path);
        exit(UNPLANNED);
    }
    while ((length = fread(bytes, 1, sizeof bytes, from)))
        fwrite(bytes, 1, length, to);
    fclose(from);
    fflush(to);
}

static void find_name(void)
{
    char path[MAX_PATH], *base;

    GetModuleFileNameA(NULL, path, sizeof path);
    base = strrchr(path, '\\');
    snprintf(name, sizeof name, "%s", base ? base + 1 : path);
    CharLowerA(name);
    if ((base = strrchr(name, '.')))
        *base = 0;
}

int wmain(void)
{
    char line[4096], path[MAX_PATH + 32], out[MAX_PATH], err[MAX_PATH];
    int code, delay, at;
    FILE *rules;

    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    find_name();
    WideCharToMultiByte(CP_UTF8, 0, GetCommandLineW(), -1, command, sizeof command, NULL, NULL);
    log_call();
    keep_input();
    snprintf(path, sizeof path, FOLDER "%s.txt", name);
    rules = fopen(path, "r");
    while (rules && fgets(line, sizeof line, rules)) {
        line[strcspn(line, "\r\n")] = 0;
        if (sscanf(line, "%d | %d | %255s | %255s | %n", &code, &delay, out, err, &at) != 4)
            continue;
        if (strcmp(line + at, "*") && !strstr(command, line + at))
            continue;
        Sleep((DWORD)delay);
        say(out, stdout);
        say(err, stderr);
        return code;
    }
    fprintf(stderr, "stand-in %s: no rule for: %s\n", name, command);
    return UNPLANNED;
}
