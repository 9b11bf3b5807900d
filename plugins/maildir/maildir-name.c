/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-name.c: the names of message files, taken apart and put together. Names are opaque: any
 * form of any program is accepted, and letters that are not ours are kept.
 */
#include "config.h"

#include "plugins/maildir/maildir-name.h"

#include <string.h>
#include <unistd.h>

static const struct {
    char letter;
    uint32_t flag;
} known_flags[] = {
    { 'D', SELO_FLAG_DRAFT }, { 'F', SELO_FLAG_FLAGGED }, { 'R', SELO_FLAG_ANSWERED },
    { 'S', SELO_FLAG_SEEN },  { 'T', SELO_FLAG_DELETED },
};

/* What is behind the last ":2,", or NULL. */
static const char *
find_info(const char *file, size_t len)
{
    for (const char *at = file + len; at - file >= 3; at--)
        if (at[-3] == ':' && at[-2] == '2' && at[-1] == ',')
            return at;
    return NULL;
}

void
maildir_name_parse(const char *file, size_t len, MaildirName *out_name)
{
    const char *colon = memchr(file, ':', len), *end = file + len;
    const char *info = find_info(file, len);
    char last = '\0';

    *out_name = (MaildirName){ .base_len = colon != NULL ? (size_t) (colon - file) : len };
    if (info == NULL)
        return;
    out_name->is_plain = info == colon + 3;
    for (; info < end && *info != ','; info++) {
        out_name->is_plain = out_name->is_plain && *info > last;
        last = *info;
        if (g_ascii_isupper(*info))
            out_name->capitals |= 1u << (*info - 'A');
        else if (g_ascii_islower(*info))
            out_name->letters |= 1u << (*info - 'a');
        else
            out_name->is_plain = FALSE;
    }
    if (info < end)
        out_name->tail = (SeloStr){ info, (size_t) (end - info) };
    out_name->is_plain = out_name->is_plain && out_name->tail.len == 0
                         && maildir_name_capitals(maildir_name_flags(out_name->capitals), 0)
                                == out_name->capitals;
}

void
maildir_name_print(GString *out, SeloStr base, uint32_t capitals, uint32_t letters, SeloStr tail)
{
    g_string_append_len(out, base.s, (gssize) base.len);
    g_string_append(out, ":2,");
    for (unsigned i = 0; i < 26; i++)
        if (capitals >> i & 1)
            g_string_append_c(out, (char) ('A' + i));
    for (unsigned i = 0; i < 26; i++)
        if (letters >> i & 1)
            g_string_append_c(out, (char) ('a' + i));
    if (tail.len > 0)
        g_string_append_len(out, tail.s, (gssize) tail.len);
}

uint32_t
maildir_name_flags(uint32_t capitals)
{
    uint32_t flags = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(known_flags); i++)
        if (capitals >> (known_flags[i].letter - 'A') & 1)
            flags |= known_flags[i].flag;
    return flags;
}

uint32_t
maildir_name_capitals(uint32_t flags, uint32_t capitals)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_flags); i++) {
        uint32_t bit = 1u << (known_flags[i].letter - 'A');

        capitals = flags & known_flags[i].flag ? capitals | bit : capitals & ~bit;
    }
    return capitals;
}

gboolean
maildir_name_size(SeloStr base, char which, uint64_t *out_octets)
{
    const char *end = base.s + base.len;

    for (const char *at = base.s; end - at > 3; at++) {
        uint64_t value = 0;
        const char *digit = at + 3;

        if (at[0] != ',' || at[1] != which || at[2] != '=')
            continue;
        for (; digit < end && g_ascii_isdigit(*digit) && value < UINT64_MAX / 16; digit++)
            value = value * 10 + (uint64_t) (*digit - '0');
        if (digit == at + 3 || (digit < end && *digit != ',' && *digit != ':'))
            return FALSE;
        *out_octets = value;
        return TRUE;
    }
    return FALSE;
}

int
maildir_name_compare(const char *a, const char *b)
{
    char *a_rest, *b_rest;
    uint64_t a_seconds = g_ascii_strtoull(a, &a_rest, 10);
    uint64_t b_seconds = g_ascii_strtoull(b, &b_rest, 10), a_usec = 0, b_usec = 0;

    if (a_seconds != b_seconds)
        return a_seconds < b_seconds ? -1 : 1;
    if (g_str_has_prefix(a_rest, ".M"))
        a_usec = g_ascii_strtoull(a_rest + 2, NULL, 10);
    if (g_str_has_prefix(b_rest, ".M"))
        b_usec = g_ascii_strtoull(b_rest + 2, NULL, 10);
    if (a_usec != b_usec)
        return a_usec < b_usec ? -1 : 1;
    return strcmp(a, b);
}

/* Microseconds that only move forward, so that no name comes twice from this process. */
static int64_t
next_instant(void)
{
    static int64_t last;
    int64_t now = g_get_real_time(), seen = __atomic_load_n(&last, __ATOMIC_RELAXED), next;

    do
        next = MAX(now, seen + 1);
    while (!__atomic_compare_exchange_n(&last, &seen, next, FALSE, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
    return next;
}

char *
maildir_name_tag(SeloStr delivery_id)
{
    g_autofree char *digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) delivery_id.s,
                                    delivery_id.len);

    return g_strdup_printf("D%.32s", digest);
}

char *
maildir_name_new(const char *host, SeloStr delivery_id)
{
    int64_t instant = next_instant();
    g_autofree char *tag = delivery_id.len > 0 ? maildir_name_tag(delivery_id) : g_strdup("");

    return g_strdup_printf("%" G_GINT64_FORMAT ".M%" G_GINT64_FORMAT "P%d%s.%s",
                           instant / G_USEC_PER_SEC, instant % G_USEC_PER_SEC, (int) getpid(), tag,
                           host);
}
