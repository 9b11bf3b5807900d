/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-search.c: the table of search keys and a reader that descends into OR, NOT and lists. Texts are
 * UTF-8: other charsets are refused before (BADCHARSET).
 */
#include "config.h"

#include "plugins/imap/imap-search.h"

#include <string.h>

#include "plugins/imap/imap-parse.h"
#include "plugins/imap/imap-response.h"

#define DAY_USEC (INT64_C(86400) * G_USEC_PER_SEC)

typedef struct {
    const char *name;
    /* Reads the key's arguments. */
    ImapFault (*parse)(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t a,
                       uint32_t b, SeloQuery **out_query);
    uint32_t a, b; /* what parse() makes of them */
} SearchKey;

static ImapFault parse_key(ImapArgs *args, ImapSearchContext *context, uint32_t depth,
                           SeloQuery **out_query);

static ImapFault
parse_all(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t a, uint32_t b,
          SeloQuery **out_query)
{
    *out_query = selo_query_all();
    return NULL;
}

static ImapFault
parse_flags(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t set,
            uint32_t clear, SeloQuery **out_query)
{
    *out_query = selo_query_flags(set, clear);
    return NULL;
}

static ImapFault
parse_keyword(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t is_negated,
              uint32_t b, SeloQuery **out_query)
{
    SeloStr keyword;

    if (!imap_args_take_atom(args, &keyword) || keyword.s[0] == '\\')
        return "Expected a keyword";
    *out_query = selo_query_keyword(keyword);
    if (is_negated)
        *out_query = selo_query_not(*out_query);
    return NULL;
}

enum { BEFORE, ON, SINCE };

static ImapFault
parse_date(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t which,
           uint32_t relation, SeloQuery **out_query)
{
    SeloTime day, none = { 0 }, next;
    SeloStr text;

    if (!imap_args_take_astring(args, &text) || !imap_parse_date(text, &day))
        return "Invalid date";
    next.usec = day.usec + DAY_USEC;
    /* 0 is "unset": the first instant of 1970 is as good a bound as the one after it. */
    day.usec += day.usec == 0;
    next.usec += next.usec == 0;
    *out_query = selo_query_date((SeloQueryDate) which, relation == BEFORE ? none : day,
                                 relation == BEFORE  ? day
                                 : relation == SINCE ? none
                                                     : next);
    return NULL;
}

static ImapFault
take_text(ImapArgs *args, SeloStr *out_text)
{
    if (!imap_args_take_astring(args, out_text))
        return "Missing text";
    return g_utf8_validate(out_text->s, (gssize) out_text->len, NULL) ? NULL : "Text is not UTF-8";
}

static ImapFault
parse_field(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t a, uint32_t b,
            SeloQuery **out_query)
{
    SeloStr text;
    ImapFault fault = take_text(args, &text);

    if (fault == NULL)
        *out_query = selo_query_header((SeloStr){ name, strlen(name) }, text);
    return fault;
}

static ImapFault
parse_header(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t a, uint32_t b,
             SeloQuery **out_query)
{
    SeloStr field, text;
    ImapFault fault;

    if (!imap_args_take_astring(args, &field) || field.len == 0)
        return "Missing field name";
    if ((fault = take_text(args, &text)) == NULL)
        *out_query = selo_query_header(field, text);
    return fault;
}

static ImapFault
parse_body(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t with_header,
           uint32_t b, SeloQuery **out_query)
{
    SeloStr text;
    ImapFault fault = take_text(args, &text);

    if (fault == NULL)
        *out_query = with_header ? selo_query_text(text) : selo_query_body(text);
    return fault;
}

static ImapFault
parse_size(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t is_larger,
           uint32_t b, SeloQuery **out_query)
{
    SeloStr text;
    uint64_t size;

    if (!imap_args_take_atom(args, &text) || !imap_str_to_u64(text, &size))
        return "Invalid size";
    if (is_larger)
        *out_query = selo_query_size(size + 1, UINT64_MAX);
    else if (size > 0)
        *out_query = selo_query_size(0, size - 1);
    else
        *out_query = selo_query_not(selo_query_all());
    return NULL;
}

/* Sets of the query keep "*": it is known when the search begins. */
static SeloUids
open_set(const ImapSet *set, ImapArena *arena)
{
    return imap_set_normalise(set, IMAP_SET_STAR, arena);
}

static ImapFault
parse_uid(ImapArgs *args, ImapSearchContext *context, const char *name, uint32_t a, uint32_t b,
          SeloQuery **out_query)
{
    SeloStr text;
    ImapSet set;

    if (!imap_args_take_atom(args, &text) || !imap_set_parse(text, args->arena, &set))
        return "Invalid UID messageset";
    *out_query = selo_query_uids(set.is_saved ? context->saved : open_set(&set, args->arena));
    return NULL;
}

/* A bare set of numbers. */
static ImapFault
parse_numbers(ImapArgs *args, ImapSearchContext *context, SeloQuery **out_query)
{
    SeloStr text;
    ImapSet set;

    if (!imap_args_take_atom(args, &text) || !imap_set_parse(text, args->arena, &set))
        return "Unknown argument";
    if (set.is_saved) {
        *out_query = selo_query_uids(context->saved);
        return NULL;
    }
    for (size_t i = 0; i < set.n; i++) {
        uint32_t last = set.v[i].last == IMAP_SET_STAR ? set.v[i].first : set.v[i].last;

        if (set.v[i].first == 1 && set.v[i].last == IMAP_SET_STAR)
            continue; /* all there is, be it nothing: see imap_set_to_uids() */
        if (last != IMAP_SET_STAR)
            context->max_seq = MAX(context->max_seq, last);
    }
    *out_query = selo_query_seqs(open_set(&set, args->arena));
    return NULL;
}

/* clang-format off */
static const SearchKey keys[] = {
    { "ALL",        parse_all,     0, 0 },
    { "ANSWERED",   parse_flags,   SELO_FLAG_ANSWERED, 0 },
    { "BCC",        parse_field,   0, 0 },
    { "BEFORE",     parse_date,    SELO_QUERY_INTERNAL_DATE, BEFORE },
    { "BODY",       parse_body,    FALSE, 0 },
    { "CC",         parse_field,   0, 0 },
    { "DELETED",    parse_flags,   SELO_FLAG_DELETED, 0 },
    { "DRAFT",      parse_flags,   SELO_FLAG_DRAFT, 0 },
    { "FLAGGED",    parse_flags,   SELO_FLAG_FLAGGED, 0 },
    { "FROM",       parse_field,   0, 0 },
    { "HEADER",     parse_header,  0, 0 },
    { "KEYWORD",    parse_keyword, FALSE, 0 },
    { "LARGER",     parse_size,    TRUE, 0 },
    { "NEW",        parse_flags,   SELO_FLAG_RECENT, SELO_FLAG_SEEN },
    { "OLD",        parse_flags,   0, SELO_FLAG_RECENT },
    { "ON",         parse_date,    SELO_QUERY_INTERNAL_DATE, ON },
    { "RECENT",     parse_flags,   SELO_FLAG_RECENT, 0 },
    { "SEEN",       parse_flags,   SELO_FLAG_SEEN, 0 },
    { "SENTBEFORE", parse_date,    SELO_QUERY_SENT_DATE, BEFORE },
    { "SENTON",     parse_date,    SELO_QUERY_SENT_DATE, ON },
    { "SENTSINCE",  parse_date,    SELO_QUERY_SENT_DATE, SINCE },
    { "SINCE",      parse_date,    SELO_QUERY_INTERNAL_DATE, SINCE },
    { "SMALLER",    parse_size,    FALSE, 0 },
    { "SUBJECT",    parse_field,   0, 0 },
    { "TEXT",       parse_body,    TRUE, 0 },
    { "TO",         parse_field,   0, 0 },
    { "UID",        parse_uid,     0, 0 },
    { "UNANSWERED", parse_flags,   0, SELO_FLAG_ANSWERED },
    { "UNDELETED",  parse_flags,   0, SELO_FLAG_DELETED },
    { "UNDRAFT",    parse_flags,   0, SELO_FLAG_DRAFT },
    { "UNFLAGGED",  parse_flags,   0, SELO_FLAG_FLAGGED },
    { "UNKEYWORD",  parse_keyword, TRUE, 0 },
    { "UNSEEN",     parse_flags,   0, SELO_FLAG_SEEN },
};
/* clang-format on */

/* All keys that are left, and-ed. */
static ImapFault
parse_sequence(ImapArgs *args, ImapSearchContext *context, uint32_t depth, SeloQuery **out_query)
{
    g_autoptr(SeloQuery) all = NULL;

    if (imap_args_at_end(args))
        return "Missing search key";
    while (!imap_args_at_end(args)) {
        SeloQuery *key = NULL;
        ImapFault fault = parse_key(args, context, depth, &key);

        if (fault != NULL)
            return fault;
        all = all == NULL ? key : selo_query_and(g_steal_pointer(&all), key);
    }
    *out_query = g_steal_pointer(&all);
    return NULL;
}

static ImapFault
parse_or(ImapArgs *args, ImapSearchContext *context, uint32_t depth, SeloQuery **out_query)
{
    g_autoptr(SeloQuery) left = NULL;
    SeloQuery *right = NULL;
    ImapFault fault = parse_key(args, context, depth, &left);

    if (fault == NULL)
        fault = parse_key(args, context, depth, &right);
    if (fault == NULL)
        *out_query = selo_query_or(g_steal_pointer(&left), right);
    return fault;
}

static ImapFault
parse_not(ImapArgs *args, ImapSearchContext *context, uint32_t depth, SeloQuery **out_query)
{
    SeloQuery *operand = NULL;
    ImapFault fault = parse_key(args, context, depth, &operand);

    if (fault == NULL)
        *out_query = selo_query_not(operand);
    return fault;
}

static ImapFault
parse_key(ImapArgs *args, ImapSearchContext *context, uint32_t depth, SeloQuery **out_query)
{
    ImapArgs list;

    if (depth == IMAP_MAX_DEPTH)
        return "Search program is nested too deeply";
    if (++context->n_keys > IMAP_SEARCH_MAX_KEYS)
        return "Too many search keys";
    if (imap_args_at_end(args))
        return "Missing search key";
    if (imap_args_take_list(args, &list))
        return parse_sequence(&list, context, depth + 1, out_query);
    if (imap_args_take_keyword(args, "OR"))
        return parse_or(args, context, depth + 1, out_query);
    if (imap_args_take_keyword(args, "NOT"))
        return parse_not(args, context, depth + 1, out_query);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (imap_args_take_keyword(args, keys[i].name))
            return keys[i].parse(args, context, keys[i].name, keys[i].a, keys[i].b, out_query);
    return parse_numbers(args, context, out_query);
}

ImapFault
imap_search_parse_keys(ImapArgs *args, ImapSearchContext *context, SeloQuery **out_query)
{
    return parse_sequence(args, context, 0, out_query);
}
