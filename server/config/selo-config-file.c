/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-config-file.c: the line reader of configuration files. GKeyFile itself lost: it keeps no
 * line numbers, takes the last of two equal keys silently and stops at the first fault. Whatever is
 * accepted here GKeyFile accepts too.
 */
#include "config.h"

#include "server/config/selo-config-file.h"

#include <string.h>

#include "server/config/selo-fault.h"

typedef struct {
    const char *file;
    guint line;
    GPtrArray *faults, *sections;
    GHashTable *heads;          /* head → SeloConfigSection * */
    SeloConfigSection *section; /* NULL: before the first head, or below one at fault */
    gboolean is_skipping;       /* the head above was at fault and has been reported */
} Reader;

static void
line_free(SeloConfigLine *line)
{
    g_free(line->key);
    g_free(line->value);
    g_free(line);
}

void
selo_config_section_free(SeloConfigSection *section)
{
    if (section == NULL)
        return;
    g_free(section->head);
    g_free(section->name);
    g_free(section->selector_value);
    g_ptr_array_unref(section->lines);
    g_free(section);
}

static char *
explain_unknown_section(const char *word)
{
    const char *known[16], *nearest;
    size_t n = 0;

    for (size_t i = 0; i < selo_n_section_kinds; i++)
        known[n++] = selo_section_kinds[i].name;
    nearest = selo_nearest(word, known, n);
    if (nearest == NULL)
        return g_strdup_printf("unknown section \"%s\"", word);
    return g_strdup_printf("unknown section \"%s\"; did you mean \"%s\"?", word, nearest);
}

static gboolean
set_selector(SeloConfigSection *section, const char *word, char **out_why)
{
    const char *equals = strchr(word, '=');
    g_autofree char *name = g_strndup(word, (gsize) (equals - word));

    section->selector = selo_selector_from_name(name);
    if (section->selector == 0)
        *out_why =
            g_strdup_printf("unknown selector \"%s\"; expected listener, domain or user", name);
    else if (equals[1] == '\0')
        *out_why = g_strdup_printf("selector \"%s\" names nothing", name);
    else if (section->selector == SELO_SELECTOR_LISTENER)
        section->selector_value = g_strdup(equals + 1);
    else
        section->selector_value = g_utf8_strdown(equals + 1, -1);
    return section->selector_value != NULL;
}

/* Blanks are one each in the canonical head, so that equal sections have equal heads. */
static GStrv
split_words(const char *text)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) pieces = g_strsplit(text, " ", -1);

    for (char **piece = pieces; *piece != NULL; piece++)
        if (**piece != '\0')
            g_strv_builder_add(words, *piece);
    return g_strv_builder_end(words);
}

SeloConfigSection *
selo_config_head_parse(const char *head, char **out_why)
{
    SeloConfigSection *section;
    g_auto(GStrv) words = split_words(head);
    const SeloSectionKind *kind = words[0] != NULL ? selo_section_kind(words[0]) : NULL;
    guint next = 1;

    if (kind == NULL) {
        *out_why = explain_unknown_section(words[0] != NULL ? words[0] : "");
        return NULL;
    }
    section = g_new0(SeloConfigSection, 1);
    section->kind = kind;
    section->lines = g_ptr_array_new_with_free_func((GDestroyNotify) line_free);
    section->head = g_strjoinv(" ", words);
    if (kind->is_named && words[1] != NULL && strchr(words[1], '=') == NULL)
        section->name = g_strdup(words[next++]);
    else
        section->name = g_strdup("");
    if (kind->section == SELO_SECTION_DOMAIN)
        for (char *at = section->name; *at != '\0'; at++)
            *at = g_ascii_tolower(*at);
    if (kind->is_named && next == 1)
        *out_why = g_strdup_printf("section needs a name: [%s NAME]", kind->name);
    else if (words[next] == NULL)
        return section;
    else if (strchr(words[next], '=') == NULL || words[next + 1] != NULL)
        *out_why =
            g_strdup_printf("\"%s\" does not belong into a section head",
                            strchr(words[next], '=') == NULL ? words[next] : words[next + 1]);
    else if (set_selector(section, words[next], out_why))
        return section;
    selo_config_section_free(section);
    return NULL;
}

static void
read_head(Reader *reader, char *text)
{
    size_t length = strlen(text);
    SeloConfigSection *section = NULL, *before;
    g_autofree char *why = NULL;

    reader->section = NULL;
    reader->is_skipping = TRUE;
    if (text[length - 1] != ']') {
        selo_fault_add(reader->faults, reader->file, reader->line, "section head without \"]\"");
        return;
    }
    text[length - 1] = '\0';
    for (const char *at = text + 1; *at != '\0'; at++)
        if (*at == '[' || *at == ']' || g_ascii_iscntrl(*at)) {
            selo_fault_add(reader->faults, reader->file, reader->line,
                           "brackets or tabs inside a section head");
            return;
        }
    if ((section = selo_config_head_parse(text + 1, &why)) == NULL) {
        selo_fault_add(reader->faults, reader->file, reader->line, "[%s] %s", text + 1, why);
        return;
    }
    section->line = reader->line;
    /* A head seen before in this file goes on where it stopped; its keys must still be different.
     */
    if ((before = g_hash_table_lookup(reader->heads, section->head)) != NULL) {
        selo_config_section_free(section);
    } else {
        g_ptr_array_add(reader->sections, section);
        g_hash_table_insert(reader->heads, section->head, section);
    }
    reader->section = before != NULL ? before : section;
    reader->is_skipping = FALSE;
}

static gboolean
is_key(const char *key)
{
    return *key != '\0' && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(key);
}

static const SeloConfigLine *
find_line(const SeloConfigSection *section, const char *key)
{
    for (guint i = 0; i < section->lines->len; i++) {
        const SeloConfigLine *line = section->lines->pdata[i];

        if (strcmp(line->key, key) == 0)
            return line;
    }
    return NULL;
}

static void
read_key(Reader *reader, char *text)
{
    char *equals = strchr(text, '='), *value;
    const SeloConfigLine *before;
    SeloConfigLine *line;

    if (equals == NULL) {
        selo_fault_add(reader->faults, reader->file, reader->line,
                       "expected \"key = value\", a [section] or a # comment");
        return;
    }
    *equals = '\0';
    value = g_strstrip(equals + 1);
    g_strchomp(text);
    if (reader->is_skipping)
        return;
    if (reader->section == NULL) {
        selo_fault_add(reader->faults, reader->file, reader->line,
                       "%s: key before the first [section]", text);
    } else if (!is_key(text)) {
        selo_fault_add(reader->faults, reader->file, reader->line,
                       "[%s] %s: a key has lower case letters, digits and hyphens only",
                       reader->section->head, text);
    } else if ((before = find_line(reader->section, text)) != NULL) {
        selo_fault_add(reader->faults, reader->file, reader->line,
                       "[%s] %s: already set in line %u", reader->section->head, text,
                       before->line);
    } else if (reader->section->lines->len == SELO_CONFIG_MAX_KEYS) {
        selo_fault_add(reader->faults, reader->file, reader->line,
                       "[%s] %s: more than %u keys in one section", reader->section->head, text,
                       SELO_CONFIG_MAX_KEYS);
    } else {
        if (strstr(value, " #") != NULL)
            selo_fault_warn(reader->faults, reader->file, reader->line,
                            "[%s] %s: \"#\" is part of the value; a comment needs its own line",
                            reader->section->head, text);
        line = g_new0(SeloConfigLine, 1);
        line->key = g_strdup(text);
        line->value = g_strdup(value);
        line->line = reader->line;
        g_ptr_array_add(reader->section->lines, line);
    }
}

static void
read_line(Reader *reader, const char *octets, size_t size)
{
    g_autofree char *line = NULL;
    char *text;

    if (size > SELO_CONFIG_MAX_LINE) {
        selo_fault_add(reader->faults, reader->file, reader->line, "line longer than %u octets",
                       SELO_CONFIG_MAX_LINE);
        return;
    }
    if (!g_utf8_validate(octets, (gssize) size, NULL)) {
        selo_fault_add(reader->faults, reader->file, reader->line, "not UTF-8 text");
        return;
    }
    line = g_strndup(octets, size);
    text = g_strstrip(line);
    if (*text == '[')
        read_head(reader, text);
    else if (*text != '\0' && *text != '#')
        read_key(reader, text);
}

GPtrArray *
selo_config_file_parse(const char *text, size_t size, const char *file, GPtrArray *faults)
{
    Reader reader = { .file = file, .faults = faults };
    const char *end = text + size;

    reader.sections = g_ptr_array_new_with_free_func((GDestroyNotify) selo_config_section_free);
    if (size > SELO_CONFIG_MAX_FILE) {
        selo_fault_add(faults, file, 0, "larger than %u octets", SELO_CONFIG_MAX_FILE);
        return reader.sections;
    }
    reader.heads = g_hash_table_new(g_str_hash, g_str_equal);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t) (end - text));

        reader.line++;
        read_line(&reader, text, (size_t) ((newline != NULL ? newline : end) - text));
        text = newline != NULL ? newline + 1 : end;
    }
    g_hash_table_unref(reader.heads);
    return reader.sections;
}
