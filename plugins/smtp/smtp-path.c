/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-path.c: reverse-paths and forward-paths: the address grammar of RFC 5321 section 4.1.2 with
 * RFC 6531 section 3.3. It knows no domain of ours and looks nothing up.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "plugins/smtp/smtp-parse.h"

typedef struct {
    const char *at, *end;
} Cursor;

static gboolean
is_utf8_octet(char c)
{
    return (unsigned char) c >= 0x80;
}

/* RFC 5322 section 3.2.3, and RFC 6531 section 3.3 for what is outside ASCII. */
static gboolean
is_atext(char c)
{
    return g_ascii_isalnum(c) || is_utf8_octet(c) ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static gboolean
is_dot_string(SeloStr text)
{
    gboolean wants_atom = TRUE;

    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '.' ? wants_atom : !is_atext(text.s[i]))
            return FALSE;
        wants_atom = text.s[i] == '.';
    }
    return !wants_atom;
}

gboolean
selo_smtp_is_domain(SeloStr text)
{
    size_t label = 0; /* octets of the current one */

    if (text.len > SELO_SMTP_MAX_DOMAIN)
        return FALSE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];
        gboolean is_last = i + 1 == text.len || text.s[i + 1] == '.';

        if (c == '.' && label > 0 && !is_last)
            label = 0;
        else if (g_ascii_isalnum(c) || c == '_' || is_utf8_octet(c) ||
                 (c == '-' && label > 0 && !is_last))
            label++;
        else
            return FALSE;
        if (label > 63)
            return FALSE;
    }
    return label > 0;
}

/* General-address-literal: a tag, a colon, printable octets that are no brackets. */
static gboolean
is_tagged_literal(SeloStr text)
{
    size_t tag = 0;

    while (tag < text.len && (g_ascii_isalnum(text.s[tag]) || text.s[tag] == '-'))
        tag++;
    if (tag == 0 || text.s[tag - 1] == '-' || tag + 1 >= text.len || text.s[tag] != ':')
        return FALSE;
    for (size_t i = tag + 1; i < text.len; i++) {
        if (text.s[i] < '!' || text.s[i] > '~' || (text.s[i] >= '[' && text.s[i] <= ']'))
            return FALSE;
    }
    return TRUE;
}

gboolean
selo_smtp_is_address_literal(SeloStr text)
{
    char inside[INET6_ADDRSTRLEN + sizeof "IPv6:"];
    SeloStr body = { text.s + 1, text.len - 2 };
    unsigned char address[sizeof(struct in6_addr)];

    if (text.len < 3 || text.s[0] != '[' || text.s[text.len - 1] != ']')
        return FALSE;
    if (body.len < sizeof inside && memchr(body.s, '\0', body.len) == NULL) {
        memcpy(inside, body.s, body.len);
        inside[body.len] = '\0';
        if (g_ascii_strncasecmp(inside, "IPv6:", 5) == 0)
            return inet_pton(AF_INET6, inside + 5, address) == 1;
        if (inet_pton(AF_INET, inside, address) == 1)
            return TRUE;
    }
    return g_ascii_strncasecmp(body.s, "IPv6:", MIN(body.len, 5)) != 0 && is_tagged_literal(body);
}

/* A-d-l ":" of RFC 5321 section 4.1.2: understood and ignored (appendix C). */
static gboolean
skip_source_route(Cursor *cursor)
{
    while (cursor->at < cursor->end && *cursor->at == '@') {
        const char *domain = ++cursor->at;

        while (cursor->at < cursor->end && *cursor->at != ',' && *cursor->at != ':')
            cursor->at++;
        if (cursor->at == cursor->end ||
            !selo_smtp_is_domain((SeloStr){ domain, (size_t) (cursor->at - domain) }))
            return FALSE;
        if (*cursor->at++ == ':')
            return cursor->at < cursor->end && *cursor->at != '@';
    }
    return FALSE;
}

static gboolean
put(SeloSmtpPath *path, char c)
{
    if (path->size + 1 >= sizeof path->text)
        return FALSE;
    path->text[path->size++] = c;
    return TRUE;
}

/* Takes off quotes that are not needed: "ann"@d and ann@d are one mailbox (RFC 5321 section 4.1.2). */
static void
simplify_quoted(SeloSmtpPath *path)
{
    char plain[SELO_SMTP_MAX_LOCAL_PART];
    size_t size = 0;

    for (size_t i = 1; i + 1 < path->size; i++) {
        if (path->text[i] == '\\')
            i++;
        plain[size++] = path->text[i];
    }
    if (!is_dot_string((SeloStr){ plain, size }))
        return;
    memcpy(path->text, plain, size);
    path->size = size;
}

static gboolean
read_quoted_string(Cursor *cursor, SeloSmtpPath *path)
{
    gboolean is_escaped = FALSE;

    put(path, *cursor->at++);
    while (cursor->at < cursor->end && path->size < SELO_SMTP_MAX_LOCAL_PART) {
        char c = *cursor->at++;

        if (!is_utf8_octet(c) && (c < ' ' || c > '~'))
            return FALSE;
        put(path, c);
        if (c == '"' && !is_escaped) {
            simplify_quoted(path);
            return TRUE;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    return FALSE;
}

static gboolean
read_local_part(Cursor *cursor, SeloSmtpPath *path)
{
    if (cursor->at < cursor->end && *cursor->at == '"')
        return read_quoted_string(cursor, path);
    while (cursor->at < cursor->end && (is_atext(*cursor->at) || *cursor->at == '.')) {
        if (path->size == SELO_SMTP_MAX_LOCAL_PART)
            return FALSE;
        put(path, *cursor->at++);
    }
    return is_dot_string((SeloStr){ path->text, path->size });
}

static gboolean
read_domain(Cursor *cursor, SeloSmtpPath *path)
{
    const char *begin = cursor->at;
    gboolean is_literal = cursor->at < cursor->end && *cursor->at == '[';
    SeloStr domain;

    while (cursor->at < cursor->end && *cursor->at != '>' && put(path, *cursor->at))
        cursor->at++;
    domain = (SeloStr){ begin, (size_t) (cursor->at - begin) };
    return is_literal ? selo_smtp_is_address_literal(domain) : selo_smtp_is_domain(domain);
}

gboolean
selo_smtp_parse_path(SeloStr text, SeloSmtpPath *out_path, size_t *out_size)
{
    Cursor cursor = { text.s, text.s + text.len };
    SeloSmtpPath *path = out_path;
    gboolean is_null;

    path->size = 0;
    path->has_domain = path->has_utf8 = FALSE;
    if (text.len < 2 || *cursor.at++ != '<')
        return FALSE;
    is_null = *cursor.at == '>';
    if (*cursor.at == '@' && !skip_source_route(&cursor))
        return FALSE;
    if (!is_null && !read_local_part(&cursor, path))
        return FALSE;
    if (!is_null && cursor.at < cursor.end && *cursor.at == '@') {
        put(path, *cursor.at++);
        if (!read_domain(&cursor, path))
            return FALSE;
        path->has_domain = TRUE;
    }
    if (cursor.at == cursor.end || *cursor.at++ != '>')
        return FALSE;
    path->text[path->size] = '\0';
    for (size_t i = 0; i < path->size; i++)
        path->has_utf8 |= is_utf8_octet(path->text[i]);
    *out_size = (size_t) (cursor.at - text.s);
    return !path->has_utf8 || g_utf8_validate_len(path->text, path->size, NULL);
}
