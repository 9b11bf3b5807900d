/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-sequence-set.c: see its header. A bitmap lost: sets are few ranges over large numbers.
 */
#include "config.h"

#include "plugins/imap/imap-sequence-set.h"

#include <string.h>

#include "plugins/imap/imap-response.h"

static gboolean
take_number(const char **at, const char *end, uint32_t *out_number)
{
    uint64_t number = 0;
    const char *start = *at;

    if (*at < end && **at == '*') {
        (*at)++;
        *out_number = IMAP_SET_STAR;
        return TRUE;
    }
    if (*at == end || **at < '1' || **at > '9') /* nz-number */
        return FALSE;
    while (*at < end && g_ascii_isdigit(**at) && *at - start < 10)
        number = number * 10 + (uint64_t) (*(*at)++ - '0');
    if (number > UINT32_MAX)
        return FALSE;
    *out_number = (uint32_t) MIN(number, IMAP_SET_STAR - 1); /* as good: no uid is that large */
    return TRUE;
}

gboolean
imap_set_parse(SeloStr text, ImapArena *arena, ImapSet *out_set)
{
    const char *at = text.s, *end = at + text.len;
    size_t n = 1;
    SeloRange *ranges;
    ImapSet set = { 0 };

    if (text.len == 1 && *at == '$') {
        *out_set = (ImapSet){ .is_saved = TRUE };
        return TRUE;
    }
    for (const char *c = at; c < end; c++)
        n += *c == ',';
    if (n > IMAP_SET_MAX)
        return FALSE;
    ranges = imap_arena_alloc(arena, n * sizeof *ranges);
    for (size_t i = 0; i < n; i++) {
        SeloRange *range = &ranges[i];

        if (!take_number(&at, end, &range->first))
            return FALSE;
        range->last = range->first;
        if (at < end && *at == ':') {
            at++;
            if (!take_number(&at, end, &range->last))
                return FALSE;
        }
        if (i + 1 < n ? at == end || *at++ != ',' : at != end)
            return FALSE;
        set.has_star |= range->first == IMAP_SET_STAR || range->last == IMAP_SET_STAR;
        if (range->first > range->last) {
            uint32_t swap = range->first;

            range->first = range->last;
            range->last = swap;
        }
    }
    set.v = ranges;
    set.n = n;
    *out_set = set;
    return TRUE;
}

static int
compare_ranges(const void *a, const void *b)
{
    const SeloRange *left = a, *right = b;

    return left->first < right->first ? -1 : left->first > right->first;
}

SeloUids
imap_set_normalise(const ImapSet *set, uint32_t largest, ImapArena *arena)
{
    SeloRange *ranges = imap_arena_alloc(arena, MAX(set->n, 1) * sizeof *ranges);
    size_t n = 0, kept = 0;

    for (size_t i = 0; i < set->n; i++) {
        uint32_t first = set->v[i].first == IMAP_SET_STAR ? largest : set->v[i].first;
        uint32_t last = set->v[i].last == IMAP_SET_STAR ? largest : set->v[i].last;

        if (first != 0 && last != 0)
            ranges[n++] = (SeloRange){ MIN(first, last), MAX(first, last) };
    }
    qsort(ranges, n, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && ranges[i].first <= (uint64_t) ranges[kept - 1].last + 1)
            ranges[kept - 1].last = MAX(ranges[kept - 1].last, ranges[i].last);
        else
            ranges[kept++] = ranges[i];
    }
    return (SeloUids){ ranges, kept };
}

/* Numbers to uids: a run of numbers is a run of the uids known to the session, so each range stays
 * one range. */
static SeloUids
numbers_to_uids(SeloUids numbers, SeloView *view, ImapArena *arena)
{
    SeloRange *uids = imap_arena_alloc(arena, MAX(numbers.n, 1) * sizeof *uids);

    for (size_t i = 0; i < numbers.n; i++) {
        uids[i].first = selo_view_uid(view, numbers.v[i].first);
        uids[i].last = selo_view_uid(view, numbers.v[i].last);
    }
    return (SeloUids){ uids, numbers.n };
}

gboolean
imap_set_to_uids(const ImapSet *set, gboolean is_uid, SeloView *view, SeloUids saved,
                 ImapArena *arena, SeloUids *out_uids)
{
    uint32_t count = selo_view_count(view);
    SeloUids ranges;

    if (set->is_saved) {
        *out_uids = saved;
        return TRUE;
    }
    /* Clients ask for 1:* at once after SELECT: of an empty mailbox that is nothing, not an error. */
    if (count == 0 && (is_uid || set->has_star)) {
        *out_uids = (SeloUids){ NULL, 0 };
        return TRUE;
    }
    if (is_uid) {
        uint32_t last = selo_view_uid(view, count);
        SeloRange *within;

        ranges = imap_set_normalise(set, last, arena);
        within = (SeloRange *) ranges.v; /* ours: messages the session was not told of stay out */
        while (ranges.n > 0 && within[ranges.n - 1].first > last)
            ranges.n--;
        if (ranges.n > 0)
            within[ranges.n - 1].last = MIN(within[ranges.n - 1].last, last);
        *out_uids = ranges;
        return TRUE;
    }
    ranges = imap_set_normalise(set, count, arena);
    if (ranges.n > 0 && ranges.v[ranges.n - 1].last > count)
        return FALSE;
    *out_uids = numbers_to_uids(ranges, view, arena);
    return TRUE;
}

SeloUids
imap_set_from_numbers(const uint32_t *numbers, size_t n, ImapArena *arena)
{
    SeloRange *ranges = imap_arena_alloc(arena, MAX(n, 1) * sizeof *ranges);
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && numbers[i] == ranges[kept - 1].last + 1)
            ranges[kept - 1].last++;
        else
            ranges[kept++] = (SeloRange){ numbers[i], numbers[i] };
    }
    return (SeloUids){ ranges, kept };
}

void
imap_set_print(SeloUids set, GString *out)
{
    char digits[IMAP_DIGITS_MAX];

    for (size_t i = 0; i < set.n; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        g_string_append_len(out, digits, (gssize) imap_print_u64(digits, set.v[i].first));
        if (set.v[i].last != set.v[i].first) {
            g_string_append_c(out, ':');
            g_string_append_len(out, digits, (gssize) imap_print_u64(digits, set.v[i].last));
        }
    }
}
