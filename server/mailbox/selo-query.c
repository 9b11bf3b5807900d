/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-query.c: search keys built into a tree. Builders do the work that would else be done once a
 * message: folding texts, saying what it takes to answer.
 */
#include "config.h"

#include "server/mailbox/selo-query.h"

static SeloQuery *
new_query(SeloQueryKind kind, SeloQueryNeed needs)
{
    SeloQuery *query = g_new0(SeloQuery, 1);

    query->refs = 1;
    query->kind = kind;
    query->needs = needs;
    return query;
}

SeloQuery *
selo_query_ref(SeloQuery *query)
{
    query->refs++;
    return query;
}

/* A list of keys is a chain to the left, as long as a command may be: no recursion along it. */
void
selo_query_unref(SeloQuery *query)
{
    while (query != NULL && --query->refs == 0) {
        SeloQuery *left = query->left;

        selo_query_unref(query->right);
        g_clear_pointer(&query->ranges, g_array_unref);
        g_free(query->name);
        g_free(query->text);
        g_free(query);
        query = left;
    }
}

SeloQuery *
selo_query_all(void)
{
    return new_query(SELO_QUERY_ALL, SELO_QUERY_NEEDS_MEMORY);
}

static SeloQuery *
combine(SeloQueryKind kind, SeloQuery *left, SeloQuery *right)
{
    SeloQuery *query =
        new_query(kind, right != NULL ? MAX(left->needs, right->needs) : left->needs);

    query->left = left;
    query->right = right;
    return query;
}

SeloQuery *
selo_query_and(SeloQuery *left, SeloQuery *right)
{
    return combine(SELO_QUERY_AND, left, right);
}

SeloQuery *
selo_query_or(SeloQuery *left, SeloQuery *right)
{
    return combine(SELO_QUERY_OR, left, right);
}

SeloQuery *
selo_query_not(SeloQuery *operand)
{
    return combine(SELO_QUERY_NOT, operand, NULL);
}

SeloQuery *
selo_query_flags(uint32_t set, uint32_t clear)
{
    SeloQuery *query = new_query(SELO_QUERY_FLAGS, SELO_QUERY_NEEDS_MEMORY);

    query->set = set;
    query->clear = clear;
    return query;
}

SeloQuery *
selo_query_keyword(SeloStr name)
{
    SeloQuery *query = new_query(SELO_QUERY_KEYWORD, SELO_QUERY_NEEDS_MEMORY);

    query->name = g_strndup(name.s, name.len);
    return query;
}

static SeloQuery *
new_ranges(SeloQueryKind kind, SeloUids set)
{
    SeloQuery *query = new_query(kind, SELO_QUERY_NEEDS_MEMORY);

    query->ranges = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    g_array_append_vals(query->ranges, set.v, (guint) set.n);
    return query;
}

SeloQuery *
selo_query_uids(SeloUids uids)
{
    return new_ranges(SELO_QUERY_UIDS, uids);
}

SeloQuery *
selo_query_seqs(SeloUids seqs)
{
    return new_ranges(SELO_QUERY_SEQS, seqs);
}

SeloQuery *
selo_query_size(uint64_t min, uint64_t max)
{
    SeloQuery *query = new_query(SELO_QUERY_SIZE, SELO_QUERY_NEEDS_DATES);

    query->min = min;
    query->max = max;
    return query;
}

SeloQuery *
selo_query_modseq(uint64_t min)
{
    SeloQuery *query = new_query(SELO_QUERY_MODSEQ, SELO_QUERY_NEEDS_MEMORY);

    query->min = min;
    return query;
}

SeloQuery *
selo_query_date(SeloQueryDate which, SeloTime from, SeloTime before)
{
    SeloQuery *query =
        new_query(SELO_QUERY_DATE,
                  which == SELO_QUERY_SENT_DATE ? SELO_QUERY_NEEDS_HEADER : SELO_QUERY_NEEDS_DATES);

    query->date = which;
    query->min = (uint64_t) from.usec;
    query->max = (uint64_t) before.usec;
    return query;
}

char *
selo_query_fold(const char *text, gssize size)
{
    g_autofree char *folded = g_utf8_casefold(text, size);
    char *to = folded;

    for (const char *from = folded; *from != '\0'; from++) {
        gboolean is_space = *from == ' ' || *from == '\t' || *from == '\r' || *from == '\n';

        if (!is_space)
            *to++ = *from;
        else if (to == folded || to[-1] != ' ')
            *to++ = ' ';
    }
    *to = '\0';
    return g_steal_pointer(&folded);
}

static SeloQuery *
new_text(SeloQueryKind kind, SeloQueryNeed needs, SeloStr text)
{
    SeloQuery *query = new_query(kind, needs);
    g_autofree char *valid = g_utf8_make_valid(text.s != NULL ? text.s : "", (gssize) text.len);

    query->text = selo_query_fold(valid, -1);
    return query;
}

SeloQuery *
selo_query_header(SeloStr name, SeloStr text)
{
    SeloQuery *query = new_text(SELO_QUERY_HEADER, SELO_QUERY_NEEDS_HEADER, text);

    query->name = g_strndup(name.s, name.len);
    return query;
}

SeloQuery *
selo_query_body(SeloStr text)
{
    return new_text(SELO_QUERY_BODY, SELO_QUERY_NEEDS_BODY, text);
}

SeloQuery *
selo_query_text(SeloStr text)
{
    return new_text(SELO_QUERY_TEXT, SELO_QUERY_NEEDS_BODY, text);
}
