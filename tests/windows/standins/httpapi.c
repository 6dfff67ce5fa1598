/* A httpapi.dll that answers from C:\standins\httpapi.txt, one record a line, fields parted by "|":

     urlacl|URL|SDDL
     ssl|ADDRESS:PORT|HASH|{APPLICATION}|STORE|CHECK MODE|FRESHNESS|URL TIMEOUT|CTL IDENTIFIER|CTL STORE|FLAGS
     sni|NAME:PORT|...       ccs|ADDRESS:PORT|...       scoped|NAME:PORT|...       (as ssl)
     iplisten|ADDRESS        timeout|KEY|SECONDS
     err|ID|STATUS           calls for this identifier fail so; STATUS is decimal
     grow|ID|TIMES           so many calls ask for more room than they asked for before
     vanish|ID|CALLS         the first record of this kind is there for so many calls only

   It keeps the protocol of http.sys: an input of another size is refused (87), a buffer that is too small is told
   the size needed (122), behind the last record come no more items (259), and a kind without any has none (2).
   All that an answer points to lies in the answer's own buffer. Nothing can be changed through it (5). */
#define _WIN32_WINNT 0x0A00
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#define HTTPAPI_LINKAGE __declspec(dllexport)
#include <http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpapi_later.h"

enum { IP_LISTEN, SSL_ADDRESS, URL_ACL, TIMEOUT, SSL_SNI = 5, SSL_CCS = 6, SSL_SCOPED = 11, IDS = 32 };
enum { MAX_LINES = 8192, MAX_FIELD = 4096 };

static char *lines[MAX_LINES];
static int line_count = -1; /* -1: HttpInitialize was not called */
static unsigned calls[IDS];
static char empty[1];

static void load(void)
{
    static char line[16384];
    FILE *file = fopen("C:\\standins\\httpapi.txt", "rb");
    line_count = 0;
    while (file && line_count < MAX_LINES && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line && *line != '#')
            lines[line_count++] = _strdup(line);
    }
    if (file)
        fclose(file);
}

/* The text of a field, in one of some buffers that take turns. */
static char *field(const char *line, int index)
{
    static char buffers[8][MAX_FIELD];
    static int turn;
    char *out = buffers[turn++ % 8];
    while (index-- && line)
        line = (line = strchr(line, '|')) ? line + 1 : NULL;
    if (!line)
        return empty;
    snprintf(out, MAX_FIELD, "%.*s", (int)strcspn(line, "|"), line);
    return out;
}

static unsigned long number(const char *line, int index)
{
    return strtoul(field(line, index), NULL, 0);
}

static const char *nth(const char *kind, unsigned index)
{
    for (int at = 0; at < line_count; at++)
        if (!strcmp(field(lines[at], 0), kind) && !index--)
            return lines[at];
    return NULL;
}

/* What an order ("err", "grow", "vanish") says for an identifier, or the other value where there is none. */
static unsigned long ordered(const char *order, unsigned id, unsigned long otherwise)
{
    const char *line;
    for (unsigned at = 0; (line = nth(order, at)); at++)
        if (number(line, 1) == id)
            return number(line, 2);
    return otherwise;
}

/* Room in the caller's buffer, counted on behind its end, so that the size needed comes out. */
typedef struct {
    BYTE *base;
    ULONG size, used;
} Room;

static void *take(Room *room, ULONG size)
{
    ULONG at = (room->used + 7) & ~7u;
    room->used = at + size;
    return room->used <= room->size ? memset(room->base + at, 0, size) : NULL;
}

static PWSTR text(Room *room, const char *utf8)
{
    if (!*utf8)
        return NULL;
    int count = MultiByteToWideChar(CP_UTF8, 0, utf8, -1, NULL, 0);
    PWSTR out = take(room, count * sizeof *out);
    if (out)
        MultiByteToWideChar(CP_UTF8, 0, utf8, -1, out, count);
    return out;
}

static void address(SOCKADDR_STORAGE *out, const char *host, unsigned port)
{
    SOCKADDR_IN *four = (SOCKADDR_IN *)out;
    SOCKADDR_IN6 *six = (SOCKADDR_IN6 *)out;
    memset(out, 0, sizeof *out);
    if (strchr(host, ':')) {
        int size = sizeof *out;
        WSAStringToAddressA((char *)host, AF_INET6, NULL, (SOCKADDR *)out, &size);
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
    } else {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        four->sin_addr.s_addr = strcmp(host, "255.255.255.255") ? inet_addr(host) : INADDR_NONE;
    }
}

/* Takes "HOST:PORT" apart in place; an address of IPv6 loses its brackets. */
static unsigned part(char *place, char **host)
{
    char *colon = strrchr(place, ':');
    unsigned port = colon ? strtoul(colon + 1, NULL, 10) : 0;
    *host = place;
    if (colon)
        *colon = 0;
    if (*place == '[') {
        *host = place + 1;
        place[strcspn(place, "]")] = 0;
    }
    return port;
}

static void parameters(Room *room, HTTP_SERVICE_CONFIG_SSL_PARAM *out, const char *line)
{
    HTTP_SERVICE_CONFIG_SSL_PARAM made = {0};
    char *hash = field(line, 2);
    unsigned guid[11] = {0};
    made.SslHashLength = strlen(hash) / 2;
    BYTE *bytes = made.SslHashLength ? take(room, made.SslHashLength) : NULL;
    for (ULONG at = 0; bytes && at < made.SslHashLength; at++) {
        unsigned value = 0;
        sscanf(hash + 2 * at, "%2x", &value);
        bytes[at] = value;
    }
    made.pSslHash = bytes;
    sscanf(field(line, 3), "{%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x}", guid, guid + 1, guid + 2, guid + 3, guid + 4,
           guid + 5, guid + 6, guid + 7, guid + 8, guid + 9, guid + 10);
    made.AppId.Data1 = guid[0], made.AppId.Data2 = guid[1], made.AppId.Data3 = guid[2];
    for (int at = 0; at < 8; at++)
        made.AppId.Data4[at] = guid[3 + at];
    made.pSslCertStoreName = text(room, field(line, 4));
    made.DefaultCertCheckMode = number(line, 5);
    made.DefaultRevocationFreshnessTime = number(line, 6);
    made.DefaultRevocationUrlRetrievalTimeout = number(line, 7);
    made.pDefaultSslCtlIdentifier = text(room, field(line, 8));
    made.pDefaultSslCtlStoreName = text(room, field(line, 9));
    made.DefaultFlags = number(line, 10);
    if (out)
        *out = made;
}

static void url_acl(Room *room, const char *line)
{
    HTTP_SERVICE_CONFIG_URLACL_SET *out = take(room, sizeof *out);
    PWSTR url = text(room, field(line, 1)), descriptor = text(room, field(line, 2));
    if (out) {
        out->KeyDesc.pUrlPrefix = url;
        out->ParamDesc.pStringSecurityDescriptor = descriptor;
    }
}

static void ssl_address(Room *room, const char *line)
{
    HTTP_SERVICE_CONFIG_SSL_SET *out = take(room, sizeof *out);
    SOCKADDR_STORAGE *place = take(room, sizeof *place);
    char *host;
    unsigned port = part(field(line, 1), &host);
    if (place)
        address(place, host, port);
    if (out)
        out->KeyDesc.pIpPort = (SOCKADDR *)place;
    parameters(room, out ? &out->ParamDesc : NULL, line);
}

static void ssl_name(Room *room, const char *line)
{
    HTTP_SERVICE_CONFIG_SSL_SNI_SET *out = take(room, sizeof *out);
    char *host;
    unsigned port = part(field(line, 1), &host);
    PWSTR name = text(room, host);
    if (out) {
        address(&out->KeyDesc.IpPort, "0.0.0.0", port);
        out->KeyDesc.Host = name;
    }
    parameters(room, out ? &out->ParamDesc : NULL, line);
}

static void ssl_central(Room *room, const char *line)
{
    HTTP_SERVICE_CONFIG_SSL_CCS_SET *out = take(room, sizeof *out);
    char *host;
    unsigned port = part(field(line, 1), &host);
    if (out)
        address(&out->KeyDesc.LocalAddress, host, port);
    parameters(room, out ? &out->ParamDesc : NULL, line);
}

static ULONG listen_list(Room *room)
{
    const char *line;
    unsigned count = 0;
    while (nth("iplisten", count))
        count++;
    if (!count)
        return ERROR_FILE_NOT_FOUND;
    HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY *out =
        take(room, offsetof(HTTP_SERVICE_CONFIG_IP_LISTEN_QUERY, AddrList) + count * sizeof(SOCKADDR_STORAGE));
    for (unsigned at = 0; out && (line = nth("iplisten", at)); at++)
        address(&out->AddrList[at], field(line, 1), 0);
    if (out)
        out->AddrCount = count;
    return NO_ERROR;
}

static ULONG timeout(Room *room, DWORD key)
{
    unsigned long seconds = ordered("timeout", key, 0);
    USHORT *out;
    if (!seconds)
        return ERROR_FILE_NOT_FOUND;
    if ((out = take(room, sizeof *out)))
        *out = seconds;
    return NO_ERROR;
}

/* One record of a kind whose input is a query with a token; `size` is what its structure measures. */
static ULONG one(Room *room, unsigned id, const char *kind, const void *input, ULONG given, ULONG size, ULONG token_at,
                 void (*fill)(Room *, const char *))
{
    DWORD token;
    const char *line;
    if (!input || given != size || *(const int *)input != HttpServiceConfigQueryNext)
        return ERROR_INVALID_PARAMETER;
    memcpy(&token, (const BYTE *)input + token_at, sizeof token);
    token += calls[id] > ordered("vanish", id, calls[id]);
    if (!(line = nth(kind, token)))
        return nth(kind, 0) ? ERROR_NO_MORE_ITEMS : ERROR_FILE_NOT_FOUND;
    fill(room, line);
    return NO_ERROR;
}

#define ONE(KIND, QUERY, FILL) one(&room, id, KIND, input, given, sizeof(QUERY), offsetof(QUERY, dwToken), FILL)

ULONG WINAPI HttpQueryServiceConfiguration(HANDLE service, HTTP_SERVICE_CONFIG_ID which, PVOID input, ULONG given,
                                           PVOID output, ULONG size, PULONG needed, LPOVERLAPPED later)
{
    Room room = {output, output ? size : 0, 0};
    unsigned id = which;
    ULONG status;
    if (line_count < 0)
        return ERROR_INVALID_HANDLE;
    if (service || later || id >= IDS)
        return ERROR_INVALID_PARAMETER;
    calls[id]++;
    if ((status = ordered("err", id, NO_ERROR)))
        return status;
    switch (id) {
    case IP_LISTEN: status = input || given ? ERROR_INVALID_PARAMETER : listen_list(&room); break;
    case SSL_ADDRESS: status = ONE("ssl", HTTP_SERVICE_CONFIG_SSL_QUERY, ssl_address); break;
    case URL_ACL: status = ONE("urlacl", HTTP_SERVICE_CONFIG_URLACL_QUERY, url_acl); break;
    case TIMEOUT:
        status = !input || given != sizeof(HTTP_SERVICE_CONFIG_TIMEOUT_KEY) ? ERROR_INVALID_PARAMETER
                                                                           : timeout(&room, *(DWORD *)input);
        break;
    case SSL_SNI: status = ONE("sni", HTTP_SERVICE_CONFIG_SSL_SNI_QUERY, ssl_name); break;
    case SSL_CCS: status = ONE("ccs", HTTP_SERVICE_CONFIG_SSL_CCS_QUERY, ssl_central); break;
    case SSL_SCOPED: status = ONE("scoped", HTTP_SERVICE_CONFIG_SSL_SNI_QUERY, ssl_name); break;
    default: return ERROR_INVALID_PARAMETER;
    }
    if (status)
        return status;
    if (calls[id] <= ordered("grow", id, 0))
        room.used = size + 1;
    if (needed)
        *needed = room.used;
    return room.used > room.size ? ERROR_INSUFFICIENT_BUFFER : NO_ERROR;
}

ULONG WINAPI HttpInitialize(HTTPAPI_VERSION version, ULONG flags, PVOID reserved)
{
    WSADATA sockets;
    if (version.HttpApiMajorVersion < 1 || flags != HTTP_INITIALIZE_CONFIG || reserved)
        return ERROR_INVALID_PARAMETER;
    WSAStartup(0x202, &sockets);
    if (line_count < 0)
        load();
    return ordered("err", IDS, NO_ERROR); /* the identifier behind the last stands for this call */
}

ULONG WINAPI HttpTerminate(ULONG flags, PVOID reserved)
{
    return flags != HTTP_INITIALIZE_CONFIG || reserved ? ERROR_INVALID_PARAMETER : NO_ERROR;
}

ULONG WINAPI HttpSetServiceConfiguration(HANDLE service, HTTP_SERVICE_CONFIG_ID which, PVOID input, ULONG given,
                                         LPOVERLAPPED later)
{
    (void)service, (void)which, (void)input, (void)given, (void)later;
    return ERROR_ACCESS_DENIED;
}

ULONG WINAPI HttpDeleteServiceConfiguration(HANDLE service, HTTP_SERVICE_CONFIG_ID which, PVOID input, ULONG given,
                                            LPOVERLAPPED later)
{
    (void)service, (void)which, (void)input, (void)given, (void)later;
    return ERROR_ACCESS_DENIED;
}
