/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * memory-messages.c: the operations on messages.
 */
#include "config.h"

#include <string.h>

#include "plugins/memory/memory-store.h"

void
memory_message_free(MemoryMessage *message)
{
    g_bytes_unref(message->text);
    g_free(message->guid);
    g_free(message->delivery_id);
    g_free(message);
}

static guint
seek(const MemoryBox *box, uint32_t uid)
{
    guint low = 0, high = box->messages->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const MemoryMessage *message = g_ptr_array_index(box->messages, middle);

        if (message->uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The messages of @uids that are there, in order; borrowed. */
static GPtrArray *
select_messages(const MemoryBox *box, SeloUids uids)
{
    GPtrArray *selected = g_ptr_array_new();

    for (size_t i = 0; i < uids.n; i++)
        for (guint at = seek(box, uids.v[i].first); at < box->messages->len; at++) {
            MemoryMessage *message = g_ptr_array_index(box->messages, at);

            if (message->uid > uids.v[i].last)
                break;
            g_ptr_array_add(selected, message);
        }
    return selected;
}

/* FALSE: the call has been answered. */
static gboolean
check_box(SeloCall *call, const MemoryHandle *handle)
{
    if (handle->box->is_deleted)
        selo_call_return(call, SELO_NOT_FOUND, "the mailbox was deleted", NULL);
    return !handle->box->is_deleted;
}

static void
remove_message(MemoryBox *box, const MemoryMessage *message, uint64_t modseq)
{
    MemoryGone gone = { message->uid, modseq };

    g_array_append_val(box->gone, gone);
    g_ptr_array_remove_index(box->messages, seek(box, message->uid));
}

void
memory_count(const MemoryAccount *account, uint64_t *out_octets, uint64_t *out_messages)
{
    GHashTableIter iter;
    gpointer value;

    *out_octets = *out_messages = 0;
    g_hash_table_iter_init(&iter, account->boxes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const MemoryBox *box = value;

        *out_messages += box->messages->len;
        for (guint i = 0; i < box->messages->len; i++)
            *out_octets += g_bytes_get_size(
                ((const MemoryMessage *) g_ptr_array_index(box->messages, i))->text);
    }
}

void
memory_take_recent(MemoryHandle *handle)
{
    for (guint i = handle->box->messages->len; !handle->is_looking && i > 0; i--) {
        MemoryMessage *message = g_ptr_array_index(handle->box->messages, i - 1);

        if (message->is_recent)
            g_hash_table_add(handle->recent, GUINT_TO_POINTER(message->uid));
        message->is_recent = FALSE;
    }
}

static uint32_t
told_flags(const MemoryHandle *handle, const MemoryMessage *message)
{
    gboolean is_recent = message->is_recent
                         || g_hash_table_contains(handle->recent, GUINT_TO_POINTER(message->uid));

    return message->flags | (is_recent ? SELO_FLAG_RECENT : 0);
}

/* ---- keywords ---- */

static gboolean
is_keyword(SeloStr name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((guchar) name.s[i] <= ' ' || (guchar) name.s[i] >= 0x7f
            || strchr("(){%*\"\\]", name.s[i]) != NULL)
            return FALSE;
    return name.len > 0;
}

/* Bits of @names; those that are new are added if @is_adding. */
static SeloStatus
keyword_bits(MemoryBox *box, SeloStrs names, gboolean is_adding, uint64_t *out_bits)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < names.n; i++) {
        guint bit = 0;

        for (; bit < box->keywords->len; bit++)
            if (g_ascii_strcasecmp(g_array_index(box->keywords, SeloStr, bit).s, names.v[i].s) == 0)
                break;
        if (bit == box->keywords->len && is_adding) {
            SeloStr name = { g_strndup(names.v[i].s, names.v[i].len), names.v[i].len };

            if (!is_keyword(name) || bit == SELO_KEYWORDS_MAX) {
                g_free((char *) name.s);
                return bit == SELO_KEYWORDS_MAX ? SELO_TOO_BIG : SELO_INVALID;
            }
            g_array_append_val(box->keywords, name);
        }
        if (bit < box->keywords->len)
            bits |= G_GUINT64_CONSTANT(1) << bit;
    }
    *out_bits = bits;
    return SELO_OK;
}

static SeloStrs
told_keywords(const MemoryBox *box)
{
    return (SeloStrs){ (const SeloStr *) (const void *) box->keywords->data, box->keywords->len };
}

static SeloMsgBatch
batch_of(const MemoryBox *box)
{
    return (SeloMsgBatch){ .struct_size = sizeof(SeloMsgBatch),
                           .keyword_names = told_keywords(box),
                           .modseq = box->modseq,
                           .uidvalidity = box->uidvalidity,
                           .uidnext = box->uidnext };
}

/* ---- columns ---- */

typedef struct {
    GArray *uids, *new_uids, *flags; /* uint32_t */
    GArray *keywords, *modseqs;      /* uint64_t */
    GArray *gone, *modified;         /* SeloRange */
} Columns;

static void
columns_init(Columns *columns)
{
    columns->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    columns->new_uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    columns->flags = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    columns->keywords = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    columns->modseqs = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    columns->gone = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    columns->modified = g_array_new(FALSE, FALSE, sizeof(SeloRange));
}

static void
columns_add(Columns *columns, const MemoryHandle *handle, const MemoryMessage *message)
{
    uint32_t flags = told_flags(handle, message);

    g_array_append_val(columns->uids, message->uid);
    g_array_append_val(columns->flags, flags);
    g_array_append_val(columns->keywords, message->keywords);
    g_array_append_val(columns->modseqs, message->modseq);
}

static void
add_range(GArray *ranges, uint32_t uid)
{
    SeloRange range = { uid, uid };

    if (ranges->len > 0 && g_array_index(ranges, SeloRange, ranges->len - 1).last + 1 == uid)
        g_array_index(ranges, SeloRange, ranges->len - 1).last = uid;
    else
        g_array_append_val(ranges, range);
}

static const void *
column(const GArray *values, guint n)
{
    return values->len == n && n > 0 ? values->data : NULL;
}

/* Emits one batch with what has been filled, returns the call and clears. */
static void
columns_return(Columns *columns, SeloCall *call, const MemoryBox *box)
{
    SeloMsgBatch batch = batch_of(box);
    guint n = MAX(columns->uids->len, columns->new_uids->len);

    batch.n = n;
    batch.uids = column(columns->uids, n);
    batch.new_uids = column(columns->new_uids, n);
    batch.flags = column(columns->flags, n);
    batch.keywords = column(columns->keywords, n);
    batch.modseqs = column(columns->modseqs, n);
    batch.gone = (SeloUids){ (const SeloRange *) (const void *) columns->gone->data,
                             columns->gone->len };
    batch.modified = (SeloUids){ (const SeloRange *) (const void *) columns->modified->data,
                                 columns->modified->len };
    selo_call_emit(call, &batch);
    selo_call_return(call, SELO_OK, NULL, NULL);
    g_array_unref(columns->uids);
    g_array_unref(columns->new_uids);
    g_array_unref(columns->flags);
    g_array_unref(columns->keywords);
    g_array_unref(columns->modseqs);
    g_array_unref(columns->gone);
    g_array_unref(columns->modified);
}

/* ---- operations ---- */

static int
compare_uids(gconstpointer a, gconstpointer b)
{
    uint32_t one = *(const uint32_t *) a, other = *(const uint32_t *) b;

    return one < other ? -1 : one > other;
}

void
memory_msg_changes(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MemoryHandle *handle = request->box;
    MemoryBox *box = handle->box;
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    Columns columns;

    if (!check_box(call, handle))
        return;
    columns_init(&columns);
    memory_take_recent(handle);
    for (guint i = 0; i < box->messages->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(box->messages, i);

        if (message->modseq > request->since_modseq)
            columns_add(&columns, handle, message);
    }
    for (guint i = 0; request->since_modseq != 0 && i < box->gone->len; i++)
        if (g_array_index(box->gone, MemoryGone, i).modseq > request->since_modseq)
            g_array_append_val(gone, g_array_index(box->gone, MemoryGone, i).uid);
    g_array_sort(gone, compare_uids);
    for (guint i = 0; i < gone->len; i++)
        add_range(columns.gone, g_array_index(gone, uint32_t, i));
    columns_return(&columns, call, box);
}

/* Octets of @text from @offset, at most @size; @size 0: all. */
static SeloBlob
slice(GBytes *text, uint64_t offset, uint64_t size)
{
    gsize whole;
    const char *octets = g_bytes_get_data(text, &whole);

    offset = MIN(offset, whole);
    return (SeloBlob){ .octets = octets + offset,
                       .size = MIN(size == 0 ? whole : size, whole - offset),
                       .fd = { -1, 0 } };
}

static size_t
header_size(GBytes *text)
{
    gsize size;
    const char *octets = g_bytes_get_data(text, &size);
    const char *end;

    if (size >= 2 && memcmp(octets, "\r\n", 2) == 0)
        return 2;
    end = memmem(octets, size, "\r\n\r\n", 4);
    return end != NULL ? (size_t) (end + 4 - octets) : size;
}

void
memory_msg_fetch(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    const MemoryHandle *handle = request->box;
    g_autoptr(GPtrArray) selected = NULL;

    if (!check_box(call, handle))
        return;
    selected = select_messages(handle->box, request->uids);
    for (guint i = 0; i < selected->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(selected, i);
        SeloMsg row = { .struct_size = sizeof row,
                        .uid = message->uid,
                        .modseq = message->modseq,
                        .size = g_bytes_get_size(message->text),
                        .keywords = message->keywords,
                        .internal_date = message->internal_date,
                        .save_date = message->save_date,
                        .flags = told_flags(handle, message),
                        .email_id = SELO_STR(message->guid),
                        .header = { .fd = { -1, 0 } },
                        .body = { .fd = { -1, 0 } } };

        if (request->fields & SELO_MSG_HEADER)
            row.header = slice(message->text, 0, header_size(message->text));
        if (request->fields & SELO_MSG_BODY)
            row.body = slice(message->text, request->body_offset, request->body_size);
        selo_call_emit(call, &row);
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static GBytes *
read_blob(const SeloBlob *blob)
{
    char *octets = g_malloc(blob->size + 1);
    uint64_t filled = 0;
    int64_t got;

    while ((got = selo_blob_read(blob, filled, octets + filled, blob->size - filled)) > 0)
        filled += (uint64_t) got;
    if (got == 0)
        return g_bytes_new_take(octets, filled);
    g_free(octets);
    return NULL;
}

static SeloTime
date_or_now(SeloTime date)
{
    return date.usec != 0 ? date : (SeloTime){ g_get_real_time() };
}

static const MemoryMessage *
find_delivery(const MemoryBox *box, SeloStr id)
{
    for (guint i = 0; id.len > 0 && i < box->messages->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(box->messages, i);

        if (g_strcmp0(message->delivery_id, id.s) == 0)
            return message;
    }
    return NULL;
}

static MemoryMessage *
add_message(MemoryBox *box, uint32_t flags, uint64_t keywords)
{
    MemoryMessage *message = g_new0(MemoryMessage, 1);

    message->uid = box->uidnext++;
    message->flags = flags & ~(uint32_t) SELO_FLAG_RECENT;
    message->keywords = keywords;
    message->is_recent = message->flags == 0 && keywords == 0;
    g_ptr_array_add(box->messages, message);
    return message;
}

/* Adds the item unless it came before; its uid. */
static uint32_t
append_item(MemoryBox *box, const SeloAppendItem *item, GBytes *text, uint64_t keywords)
{
    const MemoryMessage *earlier = find_delivery(box, item->delivery_id);
    MemoryMessage *message;

    if (earlier != NULL)
        return earlier->uid;
    message = add_message(box, item->flags, keywords);
    message->text = g_bytes_ref(text);
    message->guid = g_strdup_printf("m%u", ++box->account->store->next_guid);
    message->internal_date = date_or_now(item->internal_date);
    message->save_date = date_or_now(item->save_date);
    message->modseq = box->account->modseq + 1;
    if (item->delivery_id.len > 0)
        message->delivery_id = g_strndup(item->delivery_id.s, item->delivery_id.len);
    return message->uid;
}

static SeloStatus
check_append(MemoryBox *box, const SeloAppendRequest *request, uint64_t *keywords, GPtrArray *texts)
{
    const MemoryAccount *account = box->account;
    uint64_t octets, messages;

    memory_count(account, &octets, &messages);
    for (size_t i = 0; i < request->n; i++) {
        GBytes *text = read_blob(&request->items[i]->message);
        SeloStatus status =
            keyword_bits(box, request->items[i]->keywords, TRUE, &keywords[i]);

        if (text == NULL)
            return SELO_TEMPORARY;
        g_ptr_array_add(texts, text);
        octets += g_bytes_get_size(text);
        if (status != SELO_OK)
            return status;
    }
    if ((account->octets_limit != 0 && octets > account->octets_limit)
        || (account->messages_limit != 0 && messages + request->n > account->messages_limit))
        return SELO_OVER_QUOTA;
    return SELO_OK;
}

static void
unref_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

void
memory_msg_append(void *self, SeloCall *call, const SeloAppendRequest *request)
{
    MemoryHandle *handle = request->box;
    MemoryBox *box = handle->box;
    g_autofree uint64_t *keywords = g_new0(uint64_t, request->n);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(unref_bytes);
    SeloStatus status;
    Columns columns;

    if (!check_box(call, handle))
        return;
    status = check_append(box, request, keywords, texts);
    if (status != SELO_OK) {
        selo_call_return(call, status, "cannot append", NULL);
        return;
    }
    columns_init(&columns);
    for (size_t i = 0; i < request->n; i++) {
        uint32_t uid =
            append_item(box, request->items[i], g_ptr_array_index(texts, i), keywords[i]);

        g_array_append_val(columns.new_uids, uid);
    }
    memory_box_bump(box);
    columns_return(&columns, call, box);
}

/* The same message in another box; its uid there. */
static uint32_t
copy_message(const MemoryBox *from, const MemoryMessage *message, MemoryBox *to)
{
    SeloStr names[SELO_KEYWORDS_MAX];
    SeloStrs wanted = { names, 0 };
    uint64_t keywords = 0;
    MemoryMessage *copied;

    for (guint bit = 0; bit < from->keywords->len; bit++)
        if (message->keywords >> bit & 1)
            names[wanted.n++] = g_array_index(from->keywords, SeloStr, bit);
    keyword_bits(to, wanted, TRUE, &keywords);
    copied = add_message(to, message->flags, keywords);
    copied->text = g_bytes_ref(message->text);
    copied->guid = g_strdup(message->guid);
    copied->internal_date = message->internal_date;
    copied->save_date = (SeloTime){ g_get_real_time() };
    copied->modseq = to->account->modseq + 1;
    return copied->uid;
}

static void
transfer(SeloCall *call, const SeloMsgRequest *request, gboolean is_move)
{
    MemoryHandle *from = request->box, *to = request->target;
    g_autoptr(GPtrArray) selected = NULL;
    Columns columns;

    if (!check_box(call, from) || !check_box(call, to))
        return;
    selected = select_messages(from->box, request->uids);
    columns_init(&columns);
    for (guint i = 0; i < selected->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(selected, i);
        uint32_t uid = copy_message(from->box, message, to->box);

        g_array_append_val(columns.uids, message->uid);
        g_array_append_val(columns.new_uids, uid);
    }
    if (selected->len > 0)
        memory_box_bump(to->box);
    if (is_move && selected->len > 0) {
        uint64_t modseq = memory_box_bump(from->box);

        for (guint i = 0; i < selected->len; i++)
            remove_message(from->box, g_ptr_array_index(selected, i), modseq);
    }
    columns_return(&columns, call, to->box);
}

void
memory_msg_copy(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    transfer(call, request, FALSE);
}

void
memory_msg_move(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    transfer(call, request, TRUE);
}

void
memory_move_all(MemoryBox *from, MemoryBox *to)
{
    uint64_t modseq;

    for (guint i = 0; i < from->messages->len; i++)
        copy_message(from, g_ptr_array_index(from->messages, i), to);
    memory_box_bump(to);
    modseq = memory_box_bump(from);
    while (from->messages->len > 0)
        remove_message(from, g_ptr_array_index(from->messages, from->messages->len - 1), modseq);
}

/* ---- flags and expunge ---- */

static uint64_t
combine(uint64_t old, uint64_t asked, uint32_t mode)
{
    return mode == SELO_FLAGS_ADD ? old | asked : mode == SELO_FLAGS_REMOVE ? old & ~asked : asked;
}

static gboolean
change_message(MemoryMessage *message, const SeloMsgRequest *request, uint64_t keywords)
{
    uint32_t asked = request->flags & ~(uint32_t) SELO_FLAG_RECENT;
    uint32_t flags = (uint32_t) combine(message->flags, asked, request->flags_mode);
    uint64_t combined = combine(message->keywords, keywords, request->flags_mode);

    if (flags == message->flags && combined == message->keywords)
        return FALSE;
    message->flags = flags;
    message->keywords = combined;
    return TRUE;
}

void
memory_msg_flags(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MemoryHandle *handle = request->box;
    g_autoptr(GPtrArray) selected = NULL;
    uint64_t keywords = 0, modseq = handle->box->account->modseq + 1;
    SeloStatus status;
    Columns columns;

    if (!check_box(call, handle))
        return;
    status = keyword_bits(handle->box, request->keywords,
                          request->flags_mode != SELO_FLAGS_REMOVE, &keywords);
    if (status != SELO_OK) {
        selo_call_return(call, status, "cannot keep these keywords", NULL);
        return;
    }
    selected = select_messages(handle->box, request->uids);
    columns_init(&columns);
    for (guint i = 0; i < selected->len; i++) {
        MemoryMessage *message = g_ptr_array_index(selected, i);

        if (request->unchanged_since != 0 && message->modseq > request->unchanged_since) {
            add_range(columns.modified, message->uid);
        } else if (change_message(message, request, keywords)) {
            message->modseq = modseq;
            columns_add(&columns, handle, message);
        }
    }
    if (columns.uids->len > 0)
        memory_box_bump(handle->box);
    columns_return(&columns, call, handle->box);
}

void
memory_msg_expunge(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MemoryHandle *handle = request->box;
    g_autoptr(GPtrArray) selected = NULL;
    uint64_t modseq = handle->box->account->modseq + 1;
    Columns columns;

    if (!check_box(call, handle))
        return;
    selected = select_messages(handle->box, request->uids);
    columns_init(&columns);
    for (guint i = 0; i < selected->len; i++) {
        const MemoryMessage *message = g_ptr_array_index(selected, i);

        if (!(message->flags & SELO_FLAG_DELETED))
            continue;
        add_range(columns.gone, message->uid);
        remove_message(handle->box, message, modseq);
    }
    if (columns.gone->len > 0)
        memory_box_bump(handle->box);
    columns_return(&columns, call, handle->box);
}
