/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-mime-field.c: values of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC
 * 2183) with their parameters, continuations and extended values joined (RFC 2231).
 * Percent-encoding stays: BODYSTRUCTURE shows it, and only who wants text decodes it.
 */
#include "config.h"

#include <string.h>

#include "api/lib/selo-message-private.h"

#define MAX_PIECES 256 /* of all continued parameters of one field */

typedef struct {
    SeloStr name;         /* without "*0*" */
    uint32_t section;     /* of "name*3", else 0 */
    gboolean is_piece;    /* has a section number */
    gboolean is_extended; /* ended in "*" */
    gboolean is_quoted;
    SeloStr raw; /* inside of the quotes */
} Piece;

gboolean
selo_str_is(SeloStr text, const char *word)
{
    return text.s != NULL && strlen(word) == text.len &&
           g_ascii_strncasecmp(text.s, word, text.len) == 0;
}

const char *
selo_mime_skip_cfws(const char *at, const char *end)
{
    int depth = 0;

    for (; at < end; at++) {
        if (depth > 0 && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && depth > 0)
            depth--;
        else if (depth == 0 && (*at == '\0' || strchr(" \t\r\n", *at) == NULL))
            break;
    }
    return at;
}

/* RFC 2045 section 5.1 excludes tspecials and blanks; octets above 127 are let through. */
static gboolean
is_token(char c)
{
    return (unsigned char) c > ' ' && c != 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

SeloStr
selo_mime_token(const char **at, const char *end)
{
    const char *start = selo_mime_skip_cfws(*at, end), *stop = start;

    while (stop < end && is_token(*stop))
        stop++;
    *at = stop;
    return (SeloStr){ start, (size_t) (stop - start) };
}

gboolean
selo_mime_type(SeloStr value, SeloStr *out_type, SeloStr *out_subtype, SeloStr *out_rest)
{
    const char *at = value.s, *end;
    SeloStr type, subtype;

    if (value.s == NULL)
        return FALSE;
    end = at + value.len;
    type = selo_mime_token(&at, end);
    at = selo_mime_skip_cfws(at, end);
    if (type.len == 0 || at == end || *at != '/')
        return FALSE;
    at++;
    subtype = selo_mime_token(&at, end);
    if (subtype.len == 0)
        return FALSE;
    *out_type = type;
    *out_subtype = subtype;
    *out_rest = (SeloStr){ at, (size_t) (end - at) };
    return TRUE;
}

/* Splits "name*3*" into its parts (RFC 2231 section 4.1). */
static void
split_name(SeloStr name, Piece *piece)
{
    const char *star;

    if (name.len > 1 && name.s[name.len - 1] == '*') {
        piece->is_extended = TRUE;
        name.len--;
    }
    piece->name = name;
    star = memchr(name.s, '*', name.len);
    if (star == NULL || star == name.s || star + 1 == name.s + name.len)
        return;
    for (const char *digit = star + 1; digit < name.s + name.len; digit++) {
        if (!g_ascii_isdigit(*digit) || piece->section >= MAX_PIECES) {
            piece->section = 0;
            return;
        }
        piece->section = piece->section * 10 + (uint32_t) (*digit - '0');
    }
    piece->name.len = (size_t) (star - name.s);
    piece->is_piece = TRUE;
}

/* A value: a quoted string or, best reading, all up to ";" without trailing blanks and comments. */
static const char *
parse_value(const char *at, const char *end, Piece *piece)
{
    const char *start;

    at = selo_mime_skip_cfws(at, end);
    if (at < end && *at == '"') {
        start = ++at;
        while (at < end && *at != '"')
            at += *at == '\\' && at + 1 < end ? 2 : 1;
        piece->is_quoted = TRUE;
        piece->raw = (SeloStr){ start, (size_t) (at - start) };
        return at < end ? at + 1 : end;
    }
    start = at;
    while (at < end && *at != ';' && strchr(" \t\r\n(", *at) == NULL)
        at++;
    if (at < end && *at == '\0')
        at++;
    piece->raw = (SeloStr){ start, (size_t) (at - start) };
    return at;
}

static GArray *
parse_pieces(SeloStr rest)
{
    GArray *pieces = g_array_new(FALSE, TRUE, sizeof(Piece));
    const char *at = rest.s, *end = at + rest.len;

    while (at < end && pieces->len < MAX_PIECES) {
        Piece piece = { 0 };
        SeloStr name;

        while (at < end && *at != ';')
            at++; /* whatever stands behind a value */
        if (at == end)
            break;
        at++;
        name = selo_mime_token(&at, end);
        at = selo_mime_skip_cfws(at, end);
        if (name.len == 0 || at == end || *at != '=')
            continue;
        split_name(name, &piece);
        at = parse_value(at + 1, end, &piece);
        g_array_append_val(pieces, piece);
    }
    return pieces;
}

static gboolean
is_attribute_char(char c)
{
    return is_token(c) && c != '*' && c != '\'' && c != '%' && (unsigned char) c < 0x7f;
}

/* @as_extended: this piece joins an extended value, so what is not extended itself is encoded. */
static void
append_piece(GString *value, const Piece *piece, gboolean as_extended)
{
    for (size_t i = 0; i < piece->raw.len; i++) {
        char c = piece->raw.s[i];

        if (c == '\\' && piece->is_quoted && i + 1 < piece->raw.len)
            c = piece->raw.s[++i];
        if (c == '\r' || c == '\n' || c == '\0')
            continue;
        if (as_extended && !piece->is_extended && !is_attribute_char(c))
            g_string_append_printf(value, "%%%02X", (unsigned) (unsigned char) c);
        else
            g_string_append_c(value, c);
    }
}

static gboolean
is_same_name(const Piece *a, const Piece *b)
{
    return a->name.len == b->name.len &&
           g_ascii_strncasecmp(a->name.s, b->name.s, a->name.len) == 0;
}

/* Pieces may come in any order; the first gap ends the value (RFC 2231 section 3). */
static const Piece *
find_piece(const GArray *pieces, const Piece *first, uint32_t section)
{
    for (guint i = 0; i < pieces->len; i++) {
        const Piece *piece = &g_array_index(pieces, Piece, i);

        if (piece->is_piece && piece->section == section && is_same_name(piece, first))
            return piece;
    }
    return NULL;
}

static void
clear_param(gpointer data)
{
    SeloMimeParam *param = data;

    g_string_free(param->name, TRUE);
    g_string_free(param->value, TRUE);
}

static void
add_param(GArray *params, const GArray *pieces, const Piece *first)
{
    SeloMimeParam param = { g_string_new_len(first->name.s, (gssize) first->name.len),
                            g_string_new(NULL) };
    gboolean is_extended = first->is_extended;
    uint32_t section = first->section;

    /* Only the first piece can name a charset, but some senders mark later ones alone. */
    if (is_extended)
        g_string_append_c(param.name, '*');
    append_piece(param.value, first, is_extended);
    while (first->is_piece) {
        const Piece *next = find_piece(pieces, first, ++section);

        if (next == NULL)
            break;
        append_piece(param.value, next, is_extended);
    }
    g_array_append_val(params, param);
}

GArray *
selo_mime_params(SeloStr rest)
{
    GArray *params = g_array_new(FALSE, FALSE, sizeof(SeloMimeParam));
    g_autoptr(GArray) pieces = parse_pieces(rest);

    g_array_set_clear_func(params, clear_param);
    for (guint i = 0; i < pieces->len && params->len < SELO_MIME_MAX_PARAMS; i++) {
        const Piece *piece = &g_array_index(pieces, Piece, i);

        if (!piece->is_piece || (piece->section == 0 && find_piece(pieces, piece, 0) == piece))
            add_param(params, pieces, piece);
    }
    return params;
}
