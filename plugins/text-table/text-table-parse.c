/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * text-table-parse.c: logical lines, then keys, then values. A logical line is a line and those
 * after it that begin with blanks; blank lines and comments stand in between as they like
 * (postmap(1)). Of two equal keys the first counts.
 */
#include "config.h"

#include "plugins/text-table/text-table-parse.h"

#include <string.h>

struct TextTable {
    guint references;
    GStringChunk *texts;
    GArray *entries;   /* TextEntry, by key */
    GHashTable *index; /* key → TextEntry in entries */
};

typedef struct {
    TextTable *table;
    TextTableFormat format;
    TextFaultFunc fault;
    void *data;
    GString *logical; /* the line so far */
    uint32_t line;    /* where it began */
    gboolean is_too_long;
} Parser;

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static const char *
skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

static char *
fold_key(const char *key)
{
    return g_str_is_ascii(key) ? g_ascii_strdown(key, -1) : g_utf8_strdown(key, -1);
}

/* One token up to one of @stops outside quotes. @keeps_quotes: as written; else quotes and
 * backslashes are taken off. NULL: a quote is not closed. */
static char *
take_token(const char **at, const char *stops, gboolean keeps_quotes)
{
    g_autoptr(GString) token = g_string_new(NULL);
    gboolean is_quoted = FALSE;
    const char *c = *at;

    for (; *c != '\0' && (is_quoted || strchr(stops, *c) == NULL); c++)
        if (*c == '"') {
            is_quoted = !is_quoted;
            if (keeps_quotes)
                g_string_append_c(token, *c);
        } else if (*c == '\\' && c[1] != '\0') {
            if (keeps_quotes)
                g_string_append_c(token, *c);
            g_string_append_c(token, *++c);
        } else
            g_string_append_c(token, *c);
    *at = c;
    while (!is_quoted && token->len > 0 && is_blank(token->str[token->len - 1]))
        g_string_truncate(token, token->len - 1);
    return is_quoted ? NULL : g_strdup(token->str);
}

/* NULL: good. */
static const char *
parse_values(Parser *parser, const char *at, GArray *values)
{
    const gboolean keeps_quotes = parser->format == TEXT_TABLE_VIRTUAL;

    while (*(at = skip_blanks(at)) != '\0') {
        g_autofree char *value = take_token(&at, ",", keeps_quotes);
        SeloStr text;

        if (value == NULL)
            return "a quote is not closed";
        if (values->len >= TEXT_TABLE_MAX_VALUES)
            return "more than 10000 values";
        if (*at == ',')
            at++;
        if (*value == '\0')
            continue; /* "a,,b" and a comma at the end */
        text = (SeloStr){ g_string_chunk_insert_const(parser->table->texts, value), strlen(value) };
        g_array_append_val(values, text);
    }
    return values->len > 0 ? NULL : "no value";
}

/* NULL: good; *at stands behind the key and what separates it. */
static const char *
parse_key(Parser *parser, const char **at, char **out_key)
{
    const gboolean is_alias = parser->format == TEXT_TABLE_ALIASES;
    g_autofree char *raw = take_token(at, is_alias ? ":" : " \t\r\f\v", FALSE);

    if (raw == NULL)
        return "a quote is not closed";
    if (is_alias && **at != ':')
        return "no colon after the name";
    if (is_alias)
        ++*at;
    if (*raw == '\0')
        return "no key";
    if (strlen(raw) > TEXT_TABLE_MAX_KEY)
        return "key longer than 1000 octets";
    *out_key = fold_key(raw);
    return NULL;
}

static const char *
parse_entry(Parser *parser, const char *logical)
{
    TextTable *table = parser->table;
    g_autofree char *key = NULL;
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    TextEntry entry = { .line = parser->line };
    const char *wrong = parse_key(parser, &logical, &key);

    if (wrong == NULL)
        wrong = parse_values(parser, logical, values);
    if (wrong != NULL)
        return wrong;
    if (table->entries->len >= TEXT_TABLE_MAX_ENTRIES)
        return "more than four million entries";
    if (g_hash_table_contains(table->index, key))
        return "this key stands in the file already; the first one counts";
    entry.key = (SeloStr){ g_string_chunk_insert(table->texts, key), strlen(key) };
    entry.values.n = values->len;
    entry.values.v = g_memdup2(values->data, values->len * sizeof(SeloStr));
    g_array_append_val(table->entries, entry);
    g_hash_table_add(table->index, (char *) entry.key.s);
    return NULL;
}

static void
end_logical(Parser *parser)
{
    const char *wrong = NULL;

    if (parser->logical->len == 0 && !parser->is_too_long)
        return;
    if (parser->is_too_long)
        wrong = "longer than 256 KiB";
    else if (memchr(parser->logical->str, '\0', parser->logical->len) != NULL)
        wrong = "holds a NUL octet";
    else if (!g_utf8_validate(parser->logical->str, (gssize) parser->logical->len, NULL))
        wrong = "not UTF-8";
    else
        wrong = parse_entry(parser, parser->logical->str);
    if (wrong != NULL)
        parser->fault(parser->data, parser->line, wrong);
    g_string_truncate(parser->logical, 0);
    parser->is_too_long = FALSE;
}

static void
add_physical(Parser *parser, const char *line, size_t size, uint32_t number)
{
    size_t blanks = 0;

    while (blanks < size && is_blank(line[blanks]))
        blanks++;
    if (blanks == size || line[blanks] == '#')
        return;
    if (blanks == 0) {
        end_logical(parser);
        parser->line = number;
    } else if (parser->logical->len == 0 && !parser->is_too_long) {
        parser->fault(parser->data, number, "begins with blanks, but there is no line to continue");
        return;
    } else
        g_string_append_c(parser->logical, ' ');
    if (parser->logical->len + size > TEXT_TABLE_MAX_LINE) {
        parser->is_too_long = TRUE;
        return;
    }
    g_string_append_len(parser->logical, line + blanks, (gssize) (size - blanks));
}

static int
compare_entries(const void *a, const void *b)
{
    return strcmp(((const TextEntry *) a)->key.s, ((const TextEntry *) b)->key.s);
}

static void
table_index(TextTable *table)
{
    g_array_sort(table->entries, compare_entries);
    g_hash_table_remove_all(table->index);
    for (guint i = 0; i < table->entries->len; i++) {
        TextEntry *entry = &g_array_index(table->entries, TextEntry, i);

        g_hash_table_insert(table->index, (char *) entry->key.s, entry);
    }
}

TextTable *
text_table_parse(SeloStr octets, TextTableFormat format, TextFaultFunc fault, void *data)
{
    TextTable *table = g_new0(TextTable, 1);
    Parser parser = { table, format, fault, data, g_string_new(NULL), 0, FALSE };
    const char *line = octets.s, *end = octets.s + octets.len;

    table->references = 1;
    table->texts = g_string_chunk_new(4096);
    table->entries = g_array_new(FALSE, FALSE, sizeof(TextEntry));
    table->index = g_hash_table_new(g_str_hash, g_str_equal);
    for (uint32_t number = 1; line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t) (end - line));

        if (newline == NULL)
            newline = end;
        add_physical(&parser, line, (size_t) (newline - line), number);
        line = newline + 1;
    }
    end_logical(&parser);
    g_string_free(parser.logical, TRUE);
    table_index(table);
    return table;
}

TextTable *
text_table_ref(TextTable *table)
{
    table->references++;
    return table;
}

void
text_table_unref(TextTable *table)
{
    if (table == NULL || --table->references > 0)
        return;
    for (guint i = 0; i < table->entries->len; i++)
        g_free((SeloStr *) g_array_index(table->entries, TextEntry, i).values.v);
    g_hash_table_unref(table->index);
    g_array_unref(table->entries);
    g_string_chunk_free(table->texts);
    g_free(table);
}

const TextEntry *
text_table_find(const TextTable *table, SeloStr key)
{
    g_autofree char *text = g_strndup(key.s, key.len);
    g_autofree char *folded = g_utf8_validate(text, -1, NULL) ? fold_key(text) : NULL;

    return folded != NULL ? g_hash_table_lookup(table->index, folded) : NULL;
}

const TextEntry *
text_table_at(const TextTable *table, size_t index)
{
    return index < table->entries->len ? &g_array_index(table->entries, TextEntry, (guint) index)
                                       : NULL;
}

size_t
text_table_position(const TextTable *table, const char *key)
{
    size_t low = 0, high = table->entries->len;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (strcmp(g_array_index(table->entries, TextEntry, (guint) middle).key.s, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
