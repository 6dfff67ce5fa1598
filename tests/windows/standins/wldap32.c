/* A wldap32.dll that answers from C:\standins\wldap32.txt, one order a line, fields parted by "|":

     connect|CODE    bind|CODE    search|CODE    words|WHAT THE SERVER SAYS
     value|ATTRIBUTE|HEX     one entry holds these; `entry` alone makes one without a value
     hang|MILLISECONDS       the bind takes so long

   What is asked of it is written to C:\standins\wldap32.log, a call a line. */
#include <windows.h>
#undef DECLSPEC_IMPORT
#define DECLSPEC_IMPORT /* these functions are ours */
#include <winldap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 8, MAX_VALUE = 65536 };

static ULONG codes[3]; /* connect, bind, search */
static unsigned hang, entries, value_count, at_value;
static WCHAR words[512], names[MAX_VALUES][128];
static BERVAL values[MAX_VALUES];
static LDAP connection;
static char entry_mark, message_mark;

static void logged(const char *format, ...)
{
    FILE *file = fopen("C:\\standins\\wldap32.log", "ab");
    va_list given;
    va_start(given, format);
    if (file) {
        vfprintf(file, format, given);
        fputc('\n', file);
        fclose(file);
    }
    va_end(given);
}

static void take_value(char *order)
{
    char *hex = strchr(order, '|');
    size_t length = hex ? strlen(hex + 1) / 2 : 0;
    if (!hex || value_count == MAX_VALUES || length > MAX_VALUE)
        return;
    *hex++ = 0;
    MultiByteToWideChar(CP_UTF8, 0, order, -1, names[value_count], 128);
    values[value_count].bv_len = (ULONG)length;
    values[value_count].bv_val = malloc(length + 1);
    for (size_t n = 0; n < length; n++) {
        char two[3] = {hex[2 * n], hex[2 * n + 1], 0};
        values[value_count].bv_val[n] = (char)strtoul(two, NULL, 16);
    }
    value_count++;
    entries = 1;
}

static void load(void)
{
    static char line[2 * MAX_VALUE + 256];
    static const char *const doing[] = {"connect|", "bind|", "search|"};
    FILE *file = fopen("C:\\standins\\wldap32.txt", "rb");
    while (file && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = 0;
        for (int n = 0; n < 3; n++)
            if (!strncmp(line, doing[n], strlen(doing[n])))
                codes[n] = strtoul(line + strlen(doing[n]), NULL, 10);
        if (!strncmp(line, "hang|", 5))
            hang = strtoul(line + 5, NULL, 10);
        if (!strncmp(line, "words|", 6))
            MultiByteToWideChar(CP_UTF8, 0, line + 6, -1, words, 512);
        if (!strcmp(line, "entry"))
            entries = 1;
        if (!strncmp(line, "value|", 6))
            take_value(line + 6);
    }
    if (file)
        fclose(file);
}

LDAP *ldap_initW(const PWCHAR host, ULONG port)
{
    load();
    logged("init %ls %lu", host, port);
    return &connection;
}

ULONG ldap_unbind(LDAP *ld)
{
    logged("unbind %d", ld == &connection);
    return 0;
}

ULONG LdapGetLastError(void) { return 0; }

ULONG ldap_set_optionW(LDAP *ld, int option, const void *value)
{
    int by_value = option == LDAP_OPT_REFERRALS || option == LDAP_OPT_AREC_EXCLUSIVE;
    (void)ld;
    logged("option %#x=%lu", option, by_value ? (unsigned long)(ULONG_PTR)value : *(const ULONG *)value);
    return 0;
}

ULONG ldap_get_optionW(LDAP *ld, int option, void *value)
{
    (void)ld;
    if (option != LDAP_OPT_SERVER_ERROR || !words[0])
        return LDAP_PARAM_ERROR;
    *(WCHAR **)value = _wcsdup(words);
    return 0;
}

ULONG ldap_connect(LDAP *ld, struct l_timeval *limit)
{
    (void)ld;
    logged("connect %lu", (unsigned long)(limit->tv_sec * 1000 + limit->tv_usec / 1000));
    return codes[0];
}

ULONG ldap_bind_sW(LDAP *ld, PWCHAR dn, PWCHAR credentials, ULONG method)
{
    (void)ld;
    logged("bind %s credentials %#lx", dn || credentials ? "with" : "without", method);
    Sleep(hang);
    return codes[1];
}

ULONG ldap_search_ext_sW(LDAP *ld, const PWCHAR base, ULONG scope, const PWCHAR filter, PWCHAR attributes[],
                         ULONG types_only, PLDAPControlW *server, PLDAPControlW *client, struct l_timeval *limit,
                         ULONG size_limit, LDAPMessage **result)
{
    (void)ld, (void)server, (void)client, (void)limit, (void)types_only;
    logged("search %ls scope %lu", base, scope);
    logged("filter %ls entries %lu", filter, size_limit);
    for (; *attributes; attributes++)
        logged("attribute %ls", *attributes);
    *result = (LDAPMessage *)&message_mark;
    return codes[2];
}

LDAPMessage *ldap_first_entry(LDAP *ld, LDAPMessage *message)
{
    (void)ld, (void)message;
    return entries ? (LDAPMessage *)&entry_mark : NULL;
}

LDAPMessage *ldap_next_entry(LDAP *ld, LDAPMessage *entry) { return (void)ld, (void)entry, NULL; }

LDAPMessage *ldap_first_reference(LDAP *ld, LDAPMessage *message) { return (void)ld, (void)message, NULL; }

PWCHAR ldap_next_attributeW(LDAP *ld, LDAPMessage *entry, BerElement *cursor)
{
    (void)ld, (void)entry, (void)cursor;
    return at_value < value_count ? _wcsdup(names[at_value++]) : NULL;
}

PWCHAR ldap_first_attributeW(LDAP *ld, LDAPMessage *entry, BerElement **cursor)
{
    at_value = 0;
    *cursor = calloc(1, sizeof **cursor);
    return ldap_next_attributeW(ld, entry, *cursor);
}

struct berval **ldap_get_values_lenW(LDAP *ld, LDAPMessage *entry, const PWCHAR name)
{
    struct berval **found = calloc(2, sizeof *found);
    (void)ld, (void)entry;
    for (unsigned n = 0; n < value_count; n++)
        if (!wcscmp(names[n], name))
            found[0] = &values[n];
    return found;
}

ULONG ldap_count_values_len(struct berval **found) { return found[0] != NULL; }

ULONG ldap_value_free_len(struct berval **found) { return free(found), 0; }

ULONG ldap_msgfree(LDAPMessage *message) { return logged("free %d", message == (LDAPMessage *)&message_mark), 0; }

VOID ldap_memfreeW(PWCHAR text) { free(text); }

VOID ber_free(BerElement *one, INT whole) { (void)whole, free(one); }
