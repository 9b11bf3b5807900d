/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-uidl.c: see pop3-uidl.h.
 */
#include "config.h"

#include "plugins/pop3/pop3-uidl.h"

#include <string.h>

#define MAX_WIDTH 20

typedef struct {
    char variable; /* 'u', 'v', 'g'; 0: literal */
    char literal;
    gboolean is_hex, has_zeros;
    int width;
} Piece;

struct Pop3UidlFormat {
    GArray *pieces; /* Piece */
    gboolean needs_guid;
};

/* Behind "%"; advances. FALSE: not a variable. */
static gboolean
parse_variable(const char **at, Piece *piece)
{
    const char *c = *at;

    piece->has_zeros = *c == '0';
    while (g_ascii_isdigit(*c) && piece->width <= MAX_WIDTH)
        piece->width = piece->width * 10 + (*c++ - '0');
    piece->is_hex = *c == 'X';
    if (piece->is_hex)
        c++;
    if (*c == '\0' || strchr("uvgf", *c) == NULL || piece->width > MAX_WIDTH)
        return FALSE;
    /* A Maildir's GUID is the base of the file's name. */
    piece->variable = *c == 'f' ? 'g' : *c;
    *at = c + 1;
    return TRUE;
}

Pop3UidlFormat *
pop3_uidl_format_new(const char *text, GError **error)
{
    g_autoptr(Pop3UidlFormat) format = g_new0(Pop3UidlFormat, 1);
    gboolean tells_apart = FALSE;

    format->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    for (const char *c = text; *c != '\0';) {
        Piece piece = { 0 };

        if (*c == '%') {
            c++;
            if (!parse_variable(&c, &piece)) {
                g_set_error(
                    error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                    "uidl-format \"%s\": expected %%u, %%v, %%g or %%f, with a width and X before the "
                    "letter at most",
                    text);
                return NULL;
            }
        } else
            piece.literal = *c++;
        tells_apart |= piece.variable == 'u' || piece.variable == 'g';
        format->needs_guid |= piece.variable == 'g';
        g_array_append_val(format->pieces, piece);
    }
    if (!tells_apart) {
        g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
                    "uidl-format \"%s\": needs %%u, %%g or %%f, or all messages have one id", text);
        return NULL;
    }
    return g_steal_pointer(&format);
}

void
pop3_uidl_format_free(Pop3UidlFormat *format)
{
    if (format == NULL)
        return;
    g_array_unref(format->pieces);
    g_free(format);
}

gboolean
pop3_uidl_needs_guid(const Pop3UidlFormat *format)
{
    return format->needs_guid;
}

static void
append_number(GString *out, const Piece *piece, uint32_t number)
{
    char digits[16];

    g_snprintf(digits, sizeof digits, piece->is_hex ? "%x" : "%u", number);
    for (int i = (int) strlen(digits); i < piece->width; i++)
        g_string_append_c(out, piece->has_zeros ? '0' : ' ');
    g_string_append(out, digits);
}

static gboolean
is_unique_id(const char *id)
{
    const size_t size = strlen(id);

    for (size_t i = 0; i < size; i++)
        if (!g_ascii_isgraph(id[i]))
            return FALSE;
    return size > 0 && size <= POP3_UIDL_MAX;
}

void
pop3_uidl_print(const Pop3UidlFormat *format, uint32_t uid, uint32_t uidvalidity, const char *guid,
                char out[POP3_UIDL_MAX + 1])
{
    g_autoptr(GString) id = g_string_sized_new(POP3_UIDL_MAX);

    for (guint i = 0; i < format->pieces->len; i++) {
        const Piece *piece = &g_array_index(format->pieces, Piece, i);

        if (piece->variable == 'u')
            append_number(id, piece, uid);
        else if (piece->variable == 'v')
            append_number(id, piece, uidvalidity);
        else if (piece->variable == 'g')
            g_string_append(id, guid != NULL ? guid : "");
        else
            g_string_append_c(id, piece->literal);
    }
    if (is_unique_id(id->str))
        g_strlcpy(out, id->str, POP3_UIDL_MAX + 1);
    else
        g_snprintf(out, POP3_UIDL_MAX + 1, "%08x%08x", uid, uidvalidity);
}
