/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-fetch-parse.c: fetch-att of RFC 9051 section 9. "BODY[HEADER.FIELDS (A B)]<0.5>" arrives as a
 * word, a list and a word: the tokenizer does not know sections.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-fetch.h"

/* clang-format off */
static const struct {
    const char *name;
    uint32_t kind, section, fields;
    bool sets_seen;
} plain_items[] = {
    { "UID",           IMAP_FETCH_UID,            0, 0, FALSE },
    { "FLAGS",         IMAP_FETCH_FLAGS,          0, 0, FALSE },
    { "INTERNALDATE",  IMAP_FETCH_INTERNALDATE,   0, SELO_MSG_DATES, FALSE },
    { "RFC822.SIZE",   IMAP_FETCH_SIZE,           0, SELO_MSG_SIZE, FALSE },
    { "ENVELOPE",      IMAP_FETCH_ENVELOPE,       0, SELO_MSG_FACTS, FALSE },
    { "BODY",          IMAP_FETCH_STRUCTURE,      0, SELO_MSG_FACTS, FALSE },
    { "BODYSTRUCTURE", IMAP_FETCH_STRUCTURE_FULL, 0, SELO_MSG_FACTS, FALSE },
    { "RFC822",        IMAP_FETCH_SECTION, IMAP_SECTION_ALL, SELO_MSG_BODY, TRUE },
    { "RFC822.HEADER", IMAP_FETCH_SECTION, IMAP_SECTION_HEADER, SELO_MSG_HEADER, FALSE },
    { "RFC822.TEXT",   IMAP_FETCH_SECTION, IMAP_SECTION_TEXT, SELO_MSG_FACTS | SELO_MSG_BODY, TRUE },
};

static const struct {
    const char *name;
    const char *items[6];
} macros[] = { /* RFC 9051 section 6.4.5 */
    { "ALL",  { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE" } },
    { "FAST", { "FLAGS", "INTERNALDATE", "RFC822.SIZE" } },
    { "FULL", { "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY" } },
};

static const struct {
    const char *name; /* up to its "[" */
    uint32_t kind;
    bool sets_seen, has_partial;
    const char *label;
} section_items[] = {
    { "BODY[",        IMAP_FETCH_SECTION,     TRUE,  TRUE,  "BODY[" },
    { "BODY.PEEK[",   IMAP_FETCH_SECTION,     FALSE, TRUE,  "BODY[" },
    { "BINARY[",      IMAP_FETCH_BINARY,      TRUE,  TRUE,  "BINARY[" },
    { "BINARY.PEEK[", IMAP_FETCH_BINARY,      FALSE, TRUE,  "BINARY[" },
    { "BINARY.SIZE[", IMAP_FETCH_BINARY_SIZE, FALSE, FALSE, "BINARY.SIZE[" },
};

static const struct {
    const char *name;
    uint32_t section;
    bool has_fields, needs_path;
} section_texts[] = {
    { "HEADER",            IMAP_SECTION_HEADER,     FALSE, FALSE },
    { "HEADER.FIELDS",     IMAP_SECTION_FIELDS,     TRUE,  FALSE },
    { "HEADER.FIELDS.NOT", IMAP_SECTION_FIELDS_NOT, TRUE,  FALSE },
    { "TEXT",              IMAP_SECTION_TEXT,       FALSE, FALSE },
    { "MIME",              IMAP_SECTION_MIME,       FALSE, TRUE },
};
/* clang-format on */

static gboolean
add_plain(ImapFetchRequest *request, SeloStr word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plain_items); i++) {
        if (!imap_str_is(word, plain_items[i].name))
            continue;
        request->items[request->n_items++] = (ImapFetchItem){
            .kind = plain_items[i].kind,
            .section = plain_items[i].section,
            .label = { plain_items[i].name, strlen(plain_items[i].name) },
        };
        request->fields |= plain_items[i].fields;
        request->sets_seen |= plain_items[i].sets_seen;
        return TRUE;
    }
    return FALSE;
}

/* "1.2." before a text, "1.2" alone. Moves *text behind the numbers. */
static gboolean
take_path(SeloStr *text, ImapArena *arena, ImapFetchItem *item)
{
    uint32_t *path = imap_arena_alloc(arena, IMAP_FETCH_MAX_DEPTH * sizeof *path);
    const char *at = text->s, *end = at + text->len;

    item->path = path;
    while (at < end && g_ascii_isdigit(*at)) {
        SeloStr number = { at, 0 };

        while (at < end && g_ascii_isdigit(*at))
            at++;
        number.len = (size_t) (at - number.s);
        if (item->path_len == IMAP_FETCH_MAX_DEPTH ||
            !imap_str_to_u32(number, &path[item->path_len]) || path[item->path_len] == 0)
            return FALSE;
        item->path_len++;
        if (at < end && *at++ != '.')
            return FALSE;
        if (at == end && at[-1] == '.')
            return FALSE;
    }
    *text = (SeloStr){ at, (size_t) (end - at) };
    return TRUE;
}

static ImapFault
take_fields(ImapArgs *args, ImapFetchItem *item)
{
    ImapArgs list;
    SeloStr *fields;

    if (!imap_args_take_list(args, &list) || imap_args_at_end(&list))
        return "Missing field list";
    fields = imap_arena_alloc(args->arena, (size_t) (list.end - list.at) * sizeof *fields);
    while (!imap_args_at_end(&list)) {
        SeloStr name;

        if (!imap_args_take_astring(&list, &name) || name.len == 0 ||
            memchr(name.s, ':', name.len) != NULL)
            return "Invalid field name";
        fields[item->n_fields++] = name;
    }
    item->fields = fields;
    return NULL;
}

/* "<0.100>" or nothing. */
static gboolean
take_partial(SeloStr text, ImapFetchItem *item)
{
    const char *dot;

    if (text.len == 0)
        return TRUE;
    if (text.len < 5 || text.s[0] != '<' || text.s[text.len - 1] != '>' ||
        (dot = memchr(text.s, '.', text.len)) == NULL)
        return FALSE;
    item->has_partial = TRUE;
    return imap_str_to_u64((SeloStr){ text.s + 1, (size_t) (dot - text.s - 1) }, &item->offset) &&
           imap_str_to_u64((SeloStr){ dot + 1, (size_t) (text.s + text.len - dot - 2) },
                           &item->size) &&
           item->size > 0;
}

static void
make_label(ImapArena *arena, ImapFetchItem *item, const char *start, SeloStr section)
{
    ImapOut out = { .text = g_string_new(start) };

    imap_out_octets(&out, section.s, section.len);
    for (size_t i = 0; i < item->n_fields; i++) {
        imap_out_text(&out, i == 0 ? " (" : " ");
        imap_out_astring(&out, item->fields[i], FALSE);
    }
    imap_out_text(&out, item->n_fields > 0 ? ")]" : "]");
    item->label = imap_arena_str(arena, out.text->str, out.text->len);
    g_string_free(out.text, TRUE);
}

static uint32_t
fields_of(const ImapFetchItem *item)
{
    if (item->kind == IMAP_FETCH_SECTION && item->path_len == 0) {
        if (item->section == IMAP_SECTION_ALL)
            return SELO_MSG_BODY;
        if (item->section != IMAP_SECTION_TEXT)
            return SELO_MSG_HEADER;
    }
    return SELO_MSG_FACTS | SELO_MSG_BODY;
}

/* The text behind the numbers: "HEADER", "MIME" ... */
static ImapFault
take_section_text(ImapArgs *args, SeloStr text, ImapFetchItem *item)
{
    if (text.len == 0)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(section_texts); i++) {
        if (!imap_str_is(text, section_texts[i].name))
            continue;
        if (item->kind != IMAP_FETCH_SECTION ||
            (section_texts[i].needs_path && item->path_len == 0))
            break;
        item->section = section_texts[i].section;
        return section_texts[i].has_fields ? take_fields(args, item) : NULL;
    }
    return "Invalid section";
}

static ImapFault
add_section(ImapFetchRequest *request, SeloStr word, ImapArgs *args)
{
    ImapFetchItem *item = &request->items[request->n_items];
    size_t i = 0;
    SeloStr section, text, rest;
    const char *close;
    ImapFault fault;

    while (i < G_N_ELEMENTS(section_items) && !imap_str_has_prefix(word, section_items[i].name))
        i++;
    if (i == G_N_ELEMENTS(section_items))
        return "Unknown parameter";
    *item = (ImapFetchItem){ .kind = section_items[i].kind };
    section = (SeloStr){ word.s + strlen(section_items[i].name), 0 };
    section.len = (size_t) (word.s + word.len - section.s);
    close = memchr(section.s, ']', section.len);
    rest = (SeloStr){ NULL, 0 };
    if (close != NULL) {
        rest = (SeloStr){ close + 1, section.len - (size_t) (close + 1 - section.s) };
        section.len = (size_t) (close - section.s);
    }
    text = section;
    if (!take_path(&text, args->arena, item))
        return "Invalid section";
    if ((fault = take_section_text(args, text, item)) != NULL)
        return fault;
    if ((item->n_fields > 0) != (close == NULL))
        return "Missing ']'";
    if (close == NULL) {
        if (!imap_args_take_atom(args, &rest) || rest.s[0] != ']')
            return "Missing ']'";
        rest = (SeloStr){ rest.s + 1, rest.len - 1 };
    }
    if (!take_partial(rest, item) || (item->has_partial && !section_items[i].has_partial))
        return "Invalid partial";
    make_label(args->arena, item, section_items[i].label, section);
    request->fields |= fields_of(item);
    request->sets_seen |= section_items[i].sets_seen;
    request->n_items++;
    return NULL;
}

static ImapFault
add_item(ImapFetchRequest *request, ImapArgs *args)
{
    SeloStr word;

    if (request->n_items == IMAP_FETCH_MAX_ITEMS)
        return "Too many items";
    if (!imap_args_take_atom(args, &word))
        return "Expected an item";
    return add_plain(request, word) ? NULL : add_section(request, word, args);
}

static gboolean
add_macro(ImapFetchRequest *request, ImapArgs *args)
{
    for (size_t i = 0; i < G_N_ELEMENTS(macros); i++) {
        if (!imap_args_take_keyword(args, macros[i].name))
            continue;
        for (size_t n = 0; macros[i].items[n] != NULL; n++)
            add_plain(request, (SeloStr){ macros[i].items[n], strlen(macros[i].items[n]) });
        return TRUE;
    }
    return FALSE;
}

ImapFault
imap_fetch_parse_items(ImapArgs *args, ImapFetchRequest *request)
{
    size_t n_words = MIN((size_t) (args->end - args->at), IMAP_FETCH_MAX_ITEMS) + 6;
    ImapArgs list;
    ImapFault fault = NULL;

    request->items = imap_arena_alloc(args->arena, n_words * sizeof *request->items);
    if (imap_args_at_end(args))
        return "Missing items";
    if (add_macro(request, args))
        return NULL;
    if (!imap_args_take_list(args, &list))
        return add_item(request, args);
    if (imap_args_at_end(&list))
        return "Missing items";
    while (fault == NULL && !imap_args_at_end(&list))
        fault = add_item(request, &list);
    return fault;
}
