/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-header.c: header blocks field by field (RFC 5322 section 2.2) and the text of one value,
 * with encoded words (RFC 2047). It knows the form of fields, not what any of them means.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "api/lib/selo-message-private.h"

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The end of the line that begins at @line, behind its LF. */
static const char *
line_end(const char *line, const char *end)
{
    const char *lf = memchr(line, '\n', (size_t) (end - line));

    return lf != NULL ? lf + 1 : end;
}

static gboolean
is_empty_line(const char *line, const char *end)
{
    return line < end && (*line == '\n' || (*line == '\r' && line + 1 < end && line[1] == '\n'));
}

/* A name is printable ASCII without space or colon; the obsolete syntax allows blanks before the
 * colon (RFC 5322 section 4.5.8). */
static gboolean
split_field(const char *field, const char *end, SeloHeader *out_field)
{
    const char *colon = field, *name_end, *value;

    while (colon<end && * colon> ' ' && *colon < 0x7f && *colon != ':')
        colon++;
    name_end = colon;
    while (colon < end && is_blank(*colon))
        colon++;
    if (name_end == field || colon == end || *colon != ':')
        return FALSE;
    for (value = colon + 1; value < end && is_blank(*value);)
        value++;
    while (end > value && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    out_field->name = (SeloStr){ field, (size_t) (name_end - field) };
    out_field->value = (SeloStr){ value, (size_t) (end - value) };
    return TRUE;
}

gboolean
selo_header_next(SeloHeaderIter *iter, SeloHeader *out_field)
{
    const char *end;

    if (iter->octets.s == NULL)
        return FALSE;
    end = iter->octets.s + iter->octets.len;
    while (iter->at < iter->octets.len) {
        const char *field = iter->octets.s + iter->at, *next;

        if (is_empty_line(field, end))
            break;
        next = line_end(field, end);
        while (next < end && is_blank(*next))
            next = line_end(next, end);
        iter->at = (size_t) (next - iter->octets.s);
        if (split_field(field, next, out_field))
            return TRUE;
    }
    iter->at = iter->octets.len;
    return FALSE;
}

size_t
selo_header_size(SeloStr octets)
{
    const char *line = octets.s, *end;

    if (line == NULL)
        return 0;
    end = line + octets.len;
    while (line < end && !is_empty_line(line, end))
        line = line_end(line, end);
    return (size_t) ((line < end ? line_end(line, end) : end) - octets.s);
}

SeloStr
selo_header_find(SeloStr octets, const char *name)
{
    SeloHeaderIter iter = { octets, 0 };
    SeloHeader field;

    while (selo_header_next(&iter, &field)) {
        if (selo_str_is(field.name, name))
            return field.value;
    }
    return (SeloStr){ NULL, 0 };
}

/* ---- encoded words ---- */

typedef struct {
    SeloStr charset, text;
    gboolean is_base64;
} EncodedWord;

/* "=?charset[*language]?B|Q?text?=" (RFC 2047 section 2, RFC 2231 section 5) at @at; its end or
 * NULL. */
static const char *
parse_encoded_word(const char *at, const char *end, EncodedWord *out_word)
{
    const char *charset = at + 2, *mark, *star, *text, *stop;

    if (end - at < 8 || at[0] != '=' || at[1] != '?')
        return NULL;
    mark = memchr(charset, '?', (size_t) (end - charset));
    if (mark == NULL || mark == charset || end - mark < 5 || mark[2] != '?')
        return NULL;
    if (strchr("BbQq", mark[1]) == NULL || mark[1] == '\0')
        return NULL;
    text = mark + 3;
    stop = memchr(text, '?', (size_t) (end - text));
    if (stop == NULL || end - stop < 2 || stop[1] != '=')
        return NULL;
    star = memchr(charset, '*', (size_t) (mark - charset));
    out_word->charset = (SeloStr){ charset, (size_t) ((star != NULL ? star : mark) - charset) };
    out_word->is_base64 = mark[1] == 'B' || mark[1] == 'b';
    out_word->text = (SeloStr){ text, (size_t) (stop - text) };
    return stop + 2;
}

static gboolean
is_same_charset(SeloStr a, SeloStr b)
{
    return a.len == b.len && g_ascii_strncasecmp(a.s, b.s, a.len) == 0;
}

/* A run of encoded words, white space between them dropped (RFC 2047 section 6.2). Octets of words
 * with the same charset are joined before they are converted: some senders split a character. */
static const char *
decode_run(GString *text, const char *at, const char *end)
{
    g_autoptr(GString) octets = g_string_new(NULL);
    EncodedWord word;
    SeloStr charset = { NULL, 0 };
    const char *run_end = at, *next;

    while ((next = parse_encoded_word(at, end, &word)) != NULL) {
        if (charset.s != NULL && !is_same_charset(charset, word.charset)) {
            if (!selo_charset_append(text, charset, octets->str, octets->len))
                selo_charset_append(text, SELO_STR("UTF-8"), octets->str, octets->len);
            g_string_truncate(octets, 0);
        }
        charset = word.charset;
        if (word.is_base64)
            selo_base64_append(octets, word.text);
        else
            selo_quoted_printable_append(octets, word.text, TRUE);
        run_end = at = next;
        while (at < end && (is_blank(*at) || *at == '\r' || *at == '\n'))
            at++;
    }
    if (!selo_charset_append(text, charset, octets->str, octets->len))
        selo_charset_append(text, SELO_STR("UTF-8"), octets->str, octets->len);
    return run_end;
}

char *
selo_header_decode(SeloStr value)
{
    GString *text = g_string_sized_new(value.len);
    const char *at = value.s != NULL ? value.s : "", *end = at + value.len, *raw = at;

    while (at < end) {
        EncodedWord word;

        if (*at == '=' && parse_encoded_word(at, end, &word) != NULL) {
            at = decode_run(text, at, end);
        } else {
            raw = at++;
            while (at < end && *at != '=' && *at != '\r' && *at != '\n')
                at++;
            selo_charset_append(text, SELO_STR("UTF-8"), raw, (size_t) (at - raw));
        }
        while (at < end && (*at == '\r' || *at == '\n'))
            at++;
    }
    return g_string_free(text, FALSE);
}
