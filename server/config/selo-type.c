/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-type.c: the scalar types of settings: one row each with its parser, its printer and the
 * words an error uses. Strict on purpose: "25 MB" or "on" might be understood, but what is guessed
 * here is what an administrator later does not find.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include <gio/gio.h>

#include "server/config/selo-option.h"

typedef struct {
    const char *suffix;
    gint64 factor;
} Unit;

/* Falling, so that the printer takes the largest that divides. The plain unit is last. */
static const Unit size_units[] = {
    { "T", G_GINT64_CONSTANT(1) << 40 },
    { "G", 1 << 30 },
    { "M", 1 << 20 },
    { "K", 1 << 10 },
    { "", 1 },
};
static const Unit duration_units[] = {
    { "d", G_GINT64_CONSTANT(86400000000) },
    { "h", G_GINT64_CONSTANT(3600000000) },
    { "min", 60000000 },
    { "s", 1000000 },
    { "ms", 1000 },
};

static GVariant *
parse_bool(const char *text)
{
    if (strcmp(text, "yes") == 0)
        return g_variant_new_boolean(TRUE);
    return strcmp(text, "no") == 0 ? g_variant_new_boolean(FALSE) : NULL;
}

static GVariant *
parse_int(const char *text)
{
    gint64 number;

    return g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL)
               ? g_variant_new_int64(number)
               : NULL;
}

static GVariant *
parse_uint(const char *text)
{
    guint64 number;

    return g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &number, NULL)
               ? g_variant_new_int64((gint64) number)
               : NULL;
}

static GVariant *
parse_units(const char *text, const Unit *units, size_t n_units)
{
    size_t n_digits = strspn(text, "0123456789");
    g_autofree char *digits = g_strndup(text, n_digits);
    guint64 number;

    if (!g_ascii_string_to_unsigned(digits, 10, 0, G_MAXINT64, &number, NULL))
        return NULL;
    for (size_t i = 0; i < n_units; i++)
        if (strcmp(text + n_digits, units[i].suffix) == 0)
            return number <= (guint64) (G_MAXINT64 / units[i].factor)
                       ? g_variant_new_int64((gint64) number * units[i].factor)
                       : NULL;
    return NULL;
}

static GVariant *
parse_size(const char *text)
{
    return parse_units(text, size_units, G_N_ELEMENTS(size_units));
}

static GVariant *
parse_duration(const char *text)
{
    return parse_units(text, duration_units, G_N_ELEMENTS(duration_units));
}

static GVariant *
parse_port(const char *text)
{
    guint64 number;

    return g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT16, &number, NULL)
               ? g_variant_new_int64((gint64) number)
               : NULL;
}

static GVariant *
parse_string(const char *text)
{
    return g_variant_new_string(text);
}

static gboolean
is_token(const char *text)
{
    if (*text == '\0')
        return FALSE;
    for (const char *at = text; *at != '\0'; at++)
        if ((guchar) *at <= ' ' || *at == 0x7f)
            return FALSE;
    return TRUE;
}

static GVariant *
parse_token(const char *text)
{
    return is_token(text) ? g_variant_new_string(text) : NULL;
}

static GVariant *
parse_path(const char *text)
{
    return g_path_is_absolute(text) ? g_variant_new_string(text) : NULL;
}

/* RFC 1123 section 2.1; underscores because people have them. */
static gboolean
is_host_name(const char *text)
{
    size_t length = 0;

    if (*text == '\0' || strlen(text) > 253)
        return FALSE;
    for (const char *at = text;; at++) {
        if (g_ascii_isalnum(*at) || *at == '_' || (*at == '-' && length > 0)) {
            if (++length > 63)
                return FALSE;
        } else if (*at == '.' || *at == '\0') {
            if (length == 0 || at[-1] == '-')
                return FALSE;
            if (*at == '\0')
                return TRUE;
            length = 0;
        } else {
            return FALSE;
        }
    }
}

static GVariant *
parse_host(const char *text)
{
    if (g_hostname_is_ip_address(text))
        return g_variant_new_string(text);
    return is_host_name(text) ? g_variant_new_take_string(g_ascii_strdown(text, -1)) : NULL;
}

/* Internationalised names are kept as A-labels, in lower case (RFC 5890 section 2.3.2.1). */
static char *
canonical_domain(const char *text)
{
    g_autofree char *ascii = NULL;

    if (!g_utf8_validate(text, -1, NULL) || g_hostname_is_ip_address(text) ||
        (ascii = g_hostname_to_ascii(text)) == NULL || !is_host_name(ascii))
        return NULL;
    return g_ascii_strdown(ascii, -1);
}

static GVariant *
parse_domain(const char *text)
{
    char *domain = canonical_domain(text);

    return domain != NULL ? g_variant_new_take_string(domain) : NULL;
}

/* "HOST:PORT", "[IPV6]:PORT" → the host without brackets. */
static char *
split_port(const char *text, guint64 *out_port)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host = NULL;

    if (colon == NULL || !g_ascii_string_to_unsigned(colon + 1, 10, 1, G_MAXUINT16, out_port, NULL))
        return NULL;
    if (*text == '[' && colon > text + 1 && colon[-1] == ']') {
        host = g_strndup(text + 1, (gsize) (colon - text - 2));
        return strchr(host, ':') != NULL && g_hostname_is_ip_address(host) ? g_steal_pointer(&host)
                                                                           : NULL;
    }
    host = g_strndup(text, (gsize) (colon - text));
    return strchr(host, ':') == NULL ? g_steal_pointer(&host) : NULL;
}

gboolean
selo_address_split(const char *text, char **out_ip, guint16 *out_port)
{
    guint64 port = 0;
    g_autofree char *ip = split_port(text, &port);

    if (ip == NULL || (strcmp(ip, "*") != 0 && !g_hostname_is_ip_address(ip)))
        return FALSE;
    *out_ip = g_steal_pointer(&ip);
    *out_port = (guint16) port;
    return TRUE;
}

static GVariant *
parse_address(const char *text)
{
    g_autofree char *ip = NULL;
    guint16 port;

    return selo_address_split(text, &ip, &port) ? g_variant_new_string(text) : NULL;
}

static GVariant *
parse_cidr(const char *text)
{
    g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(text, NULL);

    return mask != NULL ? g_variant_new_take_string(g_inet_address_mask_to_string(mask)) : NULL;
}

static GVariant *
parse_endpoint(const char *text)
{
    guint64 port;
    g_autofree char *host = NULL;

    if (g_str_has_prefix(text, "unix:"))
        return g_path_is_absolute(text + strlen("unix:")) ? g_variant_new_string(text) : NULL;
    if ((host = split_port(text, &port)) == NULL ||
        !(g_hostname_is_ip_address(host) || is_host_name(host)))
        return NULL;
    return g_variant_new_string(text);
}

/* RFC 5321 section 4.1.2, Mailbox; the local part is kept as it is written. */
static GVariant *
parse_mailbox(const char *text)
{
    const char *at = strrchr(text, '@');
    g_autofree char *local = NULL, *domain = NULL;

    if (at == NULL || at == text || at - text > 64 || (domain = canonical_domain(at + 1)) == NULL)
        return NULL;
    local = g_strndup(text, (gsize) (at - text));
    if (*local != '"' && (!is_token(local) || strpbrk(local, "()<>[]:;@\\,\"") != NULL))
        return NULL;
    return g_variant_new_take_string(g_strconcat(local, "@", domain, NULL));
}

static GVariant *
parse_url(const char *text)
{
    return g_uri_is_valid(text, G_URI_FLAGS_NONE, NULL) ? g_variant_new_string(text) : NULL;
}

static GVariant *
parse_regex(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new(text, 0, 0, NULL);

    return regex != NULL ? g_variant_new_string(text) : NULL;
}

static GVariant *
parse_secret(const char *text)
{
    const char *name = text + strlen("credential:");

    if (g_str_has_prefix(text, "file:"))
        return g_path_is_absolute(text + strlen("file:")) ? g_variant_new_string(text) : NULL;
    if (!g_str_has_prefix(text, "credential:") || !is_token(name) || *name == '.' ||
        strchr(name, '/') != NULL)
        return NULL;
    return g_variant_new_string(text);
}

static GVariant *
parse_reference(const char *text)
{
    return is_token(text) && strpbrk(text, "[],=") == NULL ? g_variant_new_string(text) : NULL;
}

static char *
print_bool(GVariant *value)
{
    return g_strdup(g_variant_get_boolean(value) ? "yes" : "no");
}

static char *
print_int(GVariant *value)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, g_variant_get_int64(value));
}

static char *
print_units(GVariant *value, const Unit *units, size_t n_units)
{
    gint64 number = g_variant_get_int64(value);
    size_t i = 0;

    while (i + 1 < n_units && (number == 0 || number % units[i].factor != 0))
        i++;
    return g_strdup_printf("%" G_GINT64_FORMAT "%s", number / units[i].factor, units[i].suffix);
}

static char *
print_size(GVariant *value)
{
    return print_units(value, size_units, G_N_ELEMENTS(size_units));
}

static char *
print_duration(GVariant *value)
{
    return print_units(value, duration_units, G_N_ELEMENTS(duration_units));
}

static char *
print_string(GVariant *value)
{
    return g_variant_dup_string(value, NULL);
}

typedef struct {
    const char *name, *expected;
    GVariant *(*parse)(const char *text);
    char *(*print)(GVariant *value);
} TypeRow;

/* clang-format off */
static const TypeRow types[SELO_N_TYPES] = {
    [SELO_TYPE_BOOL]      = { "bool", "yes or no",
                              parse_bool, print_bool },
    [SELO_TYPE_INT]       = { "int", "a whole number",
                              parse_int, print_int },
    [SELO_TYPE_UINT]      = { "uint", "a whole number, not negative",
                              parse_uint, print_int },
    [SELO_TYPE_SIZE]      = { "size", "a size such as 25M",
                              parse_size, print_size },
    [SELO_TYPE_DURATION]  = { "duration", "a duration such as 30s, 5min or 1h",
                              parse_duration, print_duration },
    [SELO_TYPE_STRING]    = { "string", "text",
                              parse_string, print_string },
    [SELO_TYPE_TOKEN]     = { "token", "one word without blanks",
                              parse_token, print_string },
    [SELO_TYPE_ENUM]      = { "enum", "one of the listed words",
                              parse_token, print_string },
    [SELO_TYPE_LIST]      = { "list", "a list separated by commas",
                              parse_string, print_string },
    [SELO_TYPE_PATH]      = { "path", "an absolute path",
                              parse_path, print_string },
    [SELO_TYPE_HOST]      = { "host", "a host name or an IP address",
                              parse_host, print_string },
    [SELO_TYPE_PORT]      = { "port", "a port from 1 to 65535",
                              parse_port, print_int },
    [SELO_TYPE_ADDRESS]   = { "address", "an address such as *:25 or [2001:db8::1]:25",
                              parse_address, print_string },
    [SELO_TYPE_CIDR]      = { "cidr", "a network such as 192.0.2.0/24",
                              parse_cidr, print_string },
    [SELO_TYPE_ENDPOINT]  = { "endpoint", "an endpoint such as unix:/path or host:port",
                              parse_endpoint, print_string },
    [SELO_TYPE_DOMAIN]    = { "domain", "a domain such as example.org",
                              parse_domain, print_string },
    [SELO_TYPE_MAILBOX]   = { "mailbox", "a mail address such as ann@example.org",
                              parse_mailbox, print_string },
    [SELO_TYPE_URL]       = { "url", "a URL",
                              parse_url, print_string },
    [SELO_TYPE_REGEX]     = { "regex", "a regular expression",
                              parse_regex, print_string },
    [SELO_TYPE_SECRET]    = { "secret", "file:/path or credential:NAME",
                              parse_secret, print_string },
    [SELO_TYPE_TABLE]     = { "table", "the name of a [table] section",
                              parse_reference, print_string },
    [SELO_TYPE_STORE]     = { "store", "the name of a [store] section",
                              parse_reference, print_string },
    [SELO_TYPE_AUTH]      = { "auth", "the name of an [auth] section",
                              parse_reference, print_string },
    [SELO_TYPE_FILTER]    = { "filter", "the name of a [filter] section",
                              parse_reference, print_string },
    [SELO_TYPE_TRANSPORT] = { "transport", "the name of a [transport] section",
                              parse_reference, print_string },
};
/* clang-format on */

gboolean
selo_type_from_name(const char *name, SeloType *out_type)
{
    for (guint type = 0; type < SELO_N_TYPES; type++)
        if (strcmp(types[type].name, name) == 0) {
            *out_type = (SeloType) type;
            return TRUE;
        }
    return FALSE;
}

const char *
selo_type_name(SeloType type)
{
    return types[type].name;
}

const char *
selo_type_expected(SeloType type)
{
    return types[type].expected;
}

gboolean
selo_type_is_reference(SeloType type)
{
    return type >= SELO_TYPE_TABLE;
}

gboolean
selo_type_is_ordered(SeloType type)
{
    return type == SELO_TYPE_INT || type == SELO_TYPE_UINT || type == SELO_TYPE_SIZE ||
           type == SELO_TYPE_DURATION;
}

GVariant *
selo_type_parse(SeloType type, const char *text)
{
    return g_utf8_validate(text, -1, NULL) ? types[type].parse(text) : NULL;
}

char *
selo_type_print(SeloType type, GVariant *value)
{
    return types[type].print(value);
}
