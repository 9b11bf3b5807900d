/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-columns.c: what a mailbox knows of its messages, in columns by ascending uid. New messages
 * go to the end in place: views that do not count them yet share the list. A message that leaves
 * makes a new list, and views that still number it keep the old one.
 */
#include "config.h"

#include <string.h>

#include "server/mailbox/selo-mailbox.h"

#define MIN_CAPACITY 64

SeloUidList *
selo_uid_list_new(uint32_t capacity)
{
    SeloUidList *list = g_malloc(sizeof *list + sizeof list->v[0] * capacity);

    list->refs = 1;
    list->capacity = capacity;
    return list;
}

SeloUidList *
selo_uid_list_ref(SeloUidList *list)
{
    list->refs++;
    return list;
}

void
selo_uid_list_unref(SeloUidList *list)
{
    if (list != NULL && --list->refs == 0)
        g_free(list);
}

uint32_t
selo_uid_list_find(const SeloUidList *list, uint32_t n, uint32_t uid)
{
    uint32_t low = 0, high = n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (list->v[middle] < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- keywords ---- */

static uint32_t
find_keyword(SeloMailbox *box, SeloStr name)
{
    for (guint i = 0; i < box->keyword_strs->len; i++) {
        SeloStr known = g_array_index(box->keyword_strs, SeloStr, i);

        if (known.len == name.len && memcmp(known.s, name.s, name.len) == 0)
            return i;
    }
    return G_MAXUINT32;
}

/* Learns new names. FALSE: the batch numbers its keywords as we do; else @map has our bit for each
 * of its bits (another handle of the store may have another order). */
static gboolean
map_keywords(SeloMailbox *box, SeloStrs names, uint8_t *map)
{
    gboolean is_mapped = FALSE;

    for (size_t i = 0; i < names.n && i < SELO_KEYWORDS_MAX; i++) {
        uint32_t bit = find_keyword(box, names.v[i]);

        if (bit == G_MAXUINT32 && box->keyword_strs->len < SELO_KEYWORDS_MAX) {
            char *name = g_strndup(names.v[i].s, names.v[i].len);
            SeloStr str = { name, names.v[i].len };

            bit = box->keyword_strs->len;
            g_ptr_array_add(box->keyword_names, name);
            g_array_append_val(box->keyword_strs, str);
        }
        map[i] = (uint8_t) MIN(bit, SELO_KEYWORDS_MAX);
        is_mapped = is_mapped || map[i] != i;
    }
    return is_mapped;
}

static uint64_t
translate_keywords(uint64_t bits, const uint8_t *map)
{
    uint64_t translated = 0;

    for (unsigned i = 0; i < SELO_KEYWORDS_MAX; i++) {
        if ((bits & UINT64_C(1) << i) != 0 && map[i] < SELO_KEYWORDS_MAX)
            translated |= UINT64_C(1) << map[i];
    }
    return translated;
}

/* ---- messages ---- */

typedef struct {
    uint32_t uid, flags;
    uint64_t keywords, modseq;
} Message;

static void
set_capacity(SeloColumns *columns, uint32_t capacity)
{
    SeloUidList *uids = selo_uid_list_new(capacity);

    memcpy(uids->v, columns->uids->v, sizeof uids->v[0] * columns->n);
    selo_uid_list_unref(columns->uids);
    columns->uids = uids;
    columns->flags = g_renew(uint32_t, columns->flags, capacity);
    columns->keywords = g_renew(uint64_t, columns->keywords, capacity);
    columns->modseqs = g_renew(uint64_t, columns->modseqs, capacity);
    columns->stamps = g_renew(uint32_t, columns->stamps, capacity);
}

static void
make_gap(SeloColumns *columns, uint32_t at)
{
    size_t n = columns->n - at;

    set_capacity(columns, MAX(columns->uids->capacity,
                              columns->n + MIN_CAPACITY)); /* views have the old list */
    memmove(columns->uids->v + at + 1, columns->uids->v + at, n * sizeof columns->uids->v[0]);
    memmove(columns->flags + at + 1, columns->flags + at, n * sizeof columns->flags[0]);
    memmove(columns->keywords + at + 1, columns->keywords + at, n * sizeof columns->keywords[0]);
    memmove(columns->modseqs + at + 1, columns->modseqs + at, n * sizeof columns->modseqs[0]);
    memmove(columns->stamps + at + 1, columns->stamps + at, n * sizeof columns->stamps[0]);
}

static void
set_message(SeloColumns *columns, uint32_t at, const Message *message, uint32_t stamp)
{
    columns->uids->v[at] = message->uid;
    columns->flags[at] = message->flags;
    columns->keywords[at] = message->keywords;
    columns->modseqs[at] = message->modseq;
    columns->stamps[at] = stamp;
}

static void
add_message(SeloColumns *columns, uint32_t at, const Message *message)
{
    if (at < columns->n)
        make_gap(columns, at); /* uids ascend, but another program may have put one in late */
    else if (columns->n == columns->uids->capacity)
        set_capacity(columns, MAX(MIN_CAPACITY, columns->n + columns->n / 2));
    set_message(columns, at, message, columns->stamp);
    columns->n++;
    if ((message->flags & SELO_FLAG_RECENT) != 0)
        columns->n_recent++;
}

/* Is anything about it new? \Recent aside, which is handed out once and not told as a change. */
static gboolean
change_message(SeloColumns *columns, uint32_t at, const Message *message, uint32_t stamp)
{
    uint32_t recent = columns->flags[at] & SELO_FLAG_RECENT;
    Message changed = *message;

    changed.flags = (message->flags & ~(uint32_t) SELO_FLAG_RECENT) | recent;
    if (changed.modseq == 0)
        changed.modseq = columns->modseqs[at];
    if (columns->flags[at] == changed.flags && columns->keywords[at] == changed.keywords &&
        columns->modseqs[at] >= changed.modseq)
        return FALSE;
    set_message(columns, at, &changed, stamp);
    return TRUE;
}

static void
move_message(SeloColumns *columns, SeloUidList *uids, uint32_t from, uint32_t to)
{
    uids->v[to] = columns->uids->v[from];
    columns->flags[to] = columns->flags[from];
    columns->keywords[to] = columns->keywords[from];
    columns->modseqs[to] = columns->modseqs[from];
    columns->stamps[to] = columns->stamps[from];
}

static void
remove_messages(SeloColumns *columns, SeloUids gone)
{
    SeloUidList *uids;
    uint32_t n = 0;
    size_t range = 0;

    if (gone.n == 0 || columns->n == 0)
        return;
    uids = selo_uid_list_new(columns->uids->capacity);
    for (uint32_t i = 0; i < columns->n; i++) {
        uint32_t uid = columns->uids->v[i];

        while (range < gone.n && gone.v[range].last < uid)
            range++;
        if (range == gone.n || uid < gone.v[range].first)
            move_message(columns, uids, i, n++);
        else if ((columns->flags[i] & SELO_FLAG_RECENT) != 0)
            columns->n_recent--;
    }
    if (n == columns->n) { /* none of them was here */
        selo_uid_list_unref(uids);
        return;
    }
    selo_uid_list_unref(columns->uids);
    columns->uids = uids;
    columns->n = n;
}

void
selo_columns_apply(SeloMailbox *box, const SeloMsgBatch *batch, GArray *changed)
{
    SeloColumns *columns = &box->columns;
    uint8_t map[SELO_KEYWORDS_MAX];
    gboolean is_mapped = map_keywords(box, batch->keyword_names, map);
    uint32_t stamp = columns->stamp + 1, at = 0;

    for (uint32_t i = 0; i < batch->n && batch->uids != NULL && batch->flags != NULL; i++) {
        Message message = { batch->uids[i], batch->flags[i],
                            batch->keywords != NULL ? batch->keywords[i] : 0,
                            batch->modseqs != NULL ? batch->modseqs[i] : 0 };

        if (is_mapped)
            message.keywords = translate_keywords(message.keywords, map);
        if (columns->n == 0 || message.uid > columns->uids->v[columns->n - 1])
            at = columns->n;
        else
            at = selo_uid_list_find(columns->uids, columns->n, message.uid);
        if (at == columns->n || columns->uids->v[at] != message.uid) {
            add_message(columns, at, &message);
            continue;
        }
        if (batch->keywords == NULL)
            message.keywords = columns->keywords[at];
        if (change_message(columns, at, &message, stamp))
            g_array_append_val(changed, message.uid);
    }
    if (changed->len > 0)
        columns->stamp = stamp;
    remove_messages(columns, batch->gone);
}
