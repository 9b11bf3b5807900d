/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-copy.c: msg_copy by hard links, msg_move by renames. A copy keeps the identity of the
 * message: its GUID goes into the record's G field. The directories are synced once for all
 * messages.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-place.h"

#define TRIES 3 /* other programs may rename what we are about to take */

typedef struct {
    MaildirBox *from, *to;
    MaildirPlaceMode mode;
    GArray *placements;
    GArray *indexes; /* uint32_t: messages of @from, one a placement */
    uint64_t octets;
} Transfer;

static void
transfer_init(Transfer *transfer, MaildirBox *from, MaildirBox *to, MaildirPlaceMode mode)
{
    *transfer = (Transfer){ .from = from, .to = to, .mode = mode };
    transfer->placements = g_array_new(FALSE, TRUE, sizeof(MaildirPlacement));
    g_array_set_clear_func(transfer->placements, maildir_placement_clear);
    transfer->indexes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

static void
transfer_clear(Transfer *transfer)
{
    g_array_unref(transfer->placements);
    g_array_unref(transfer->indexes);
}

static char *
fields_with_guid(const MaildirBox *box, uint32_t index)
{
    gpointer uid = GUINT_TO_POINTER(box->messages.uids[index]);
    const char *fields = box->fields != NULL ? g_hash_table_lookup(box->fields, uid) : NULL;
    const char *base = maildir_box_base(box, index);
    SeloStr guid;

    if (fields != NULL && maildir_uidlist_find_field(SELO_STR(fields), 'G', &guid))
        return g_strdup_printf(" G%.*s", (int) guid.len, guid.s);
    return strchr(base, ' ') == NULL ? g_strdup_printf(" G%s", base) : NULL;
}

/* The letters that the target uses for the keywords of message @index. */
static gboolean
translate_keywords(const Transfer *transfer, uint32_t index, uint32_t *out_letters, GError **error)
{
    uint64_t bits = transfer->from->messages.keywords[index];
    SeloStrs told = maildir_keywords_told(&transfer->from->keywords);
    SeloStr names[SELO_KEYWORDS_MAX];
    SeloStrs wanted = { names, 0 };

    for (size_t bit = 0; bit < told.n; bit++)
        if (bits >> bit & 1)
            names[wanted.n++] = told.v[bit];
    *out_letters = 0;
    return wanted.n == 0
           || maildir_keywords_take(&transfer->to->keywords, transfer->to->path, wanted,
                                    out_letters, error);
}

static gboolean
plan_message(Transfer *transfer, uint32_t index, GError **error)
{
    MaildirBox *from = transfer->from;
    g_autoptr(GString) source = g_string_new(NULL), file = g_string_new("cur/");
    g_autofree char *fresh = maildir_name_new(from->account->store->host, (SeloStr){ 0 });
    g_autofree char *base = NULL;
    const char *sizes = strchr(maildir_box_base(from, index), ',');
    MaildirPlacement item = { 0 };
    MaildirName name;
    uint32_t letters;
    uint64_t octets;

    if (!translate_keywords(transfer, index, &letters, error))
        return FALSE;
    maildir_box_file(from, index, source);
    maildir_name_parse(source->str, source->len, &name);
    base = g_strconcat(fresh, sizes, NULL);
    if (maildir_name_size(SELO_STR(base), 'S', &octets))
        transfer->octets += octets;
    if (name.capitals == 0 && letters == 0)
        g_string_printf(file, "new/%s", base);
    else
        maildir_name_print(file, SELO_STR(base), name.capitals, letters, (SeloStr){ 0 });
    item.from = g_strdup(source->str);
    item.file = g_strdup(file->str);
    item.fields = fields_with_guid(from, index);
    g_array_append_val(transfer->placements, item);
    g_array_append_val(transfer->indexes, index);
    return TRUE;
}

static gboolean
plan_messages(Transfer *transfer, SeloUids uids, GError **error)
{
    MaildirWalk walk = { 0 };
    uint32_t index;

    g_array_set_size(transfer->placements, 0);
    g_array_set_size(transfer->indexes, 0);
    transfer->octets = 0;
    while (maildir_messages_walk(&transfer->from->messages, uids, &walk, &index))
        if (!plan_message(transfer, index, error))
            return FALSE;
    return TRUE;
}

/* What was moved has left its mailbox. */
static void
take_out(Transfer *transfer)
{
    MaildirBox *from = transfer->from;
    uint64_t modseq;

    if (transfer->indexes->len == 0)
        return;
    for (uint32_t i = 0; i < from->messages.n; i++)
        from->messages.marks[i] |= MAILDIR_FOUND;
    modseq = maildir_box_settle(from);
    g_assert(modseq == from->modseq);
    for (guint i = 0; i < transfer->indexes->len; i++) {
        uint32_t index = g_array_index(transfer->indexes, uint32_t, i);

        from->messages.marks[index] &= (uint8_t) ~MAILDIR_FOUND;
        maildir_box_add_gone(from, from->messages.uids[index]);
    }
    maildir_box_compact(from, MAILDIR_FOUND);
}

/* The list of the target is locked, and it alone: a process that copies the other way would wait
 * for this one while this one waits for it. */
static gboolean
run_locked(Transfer *transfer, SeloUids uids, GError **error)
{
    MaildirBox *to = transfer->to;

    if (!maildir_box_refresh_list(to, error) || !maildir_box_ensure_list(to, error)
        || !maildir_keywords_refresh(&to->keywords, to->path, error)
        || !plan_messages(transfer, uids, error))
        return FALSE;
    if (transfer->mode == MAILDIR_PLACE_LINK
        && !maildir_quota_check(to->account, transfer->octets, transfer->placements->len, error))
        return FALSE;
    return maildir_place(to, transfer->from->path, transfer->placements, transfer->mode, error);
}

/* CONFLICT: a file of the source had another name by now. */
static gboolean
run_once(Transfer *transfer, SeloUids uids, SeloCall *call, GError **error)
{
    gboolean is_done;

    if (!maildir_box_sync(transfer->from, call, error)
        || !maildir_box_lock(transfer->to, call, error))
        return FALSE;
    is_done = run_locked(transfer, uids, error);
    maildir_box_unlock(transfer->to);
    return is_done;
}

static gboolean
run(Transfer *transfer, SeloUids uids, SeloCall *call, GError **error)
{
    g_autoptr(GError) failure = NULL;
    gboolean is_done = run_once(transfer, uids, call, &failure);

    for (unsigned try = 1; try < TRIES && maildir_error_status(failure) == SELO_CONFLICT; try++) {
        g_clear_error(&failure);
        transfer->from->stamps = (MaildirStamps){ 0 };
        is_done = run_once(transfer, uids, call, &failure);
    }
    if (failure != NULL) {
        maildir_explain(transfer->to->account, transfer->to->path, &failure);
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    if (is_done && transfer->mode == MAILDIR_PLACE_LINK)
        maildir_quota_add(transfer->to->account, (int64_t) transfer->octets,
                          (int64_t) transfer->placements->len);
    return is_done;
}

gboolean
maildir_move_all(MaildirBox *from, MaildirBox *to, SeloCall *call, GError **error)
{
    SeloRange all = { 1, UINT32_MAX - 1 };
    Transfer transfer;
    gboolean is_moved;

    transfer_init(&transfer, from, to, MAILDIR_PLACE_RENAME);
    is_moved = run(&transfer, (SeloUids){ &all, 1 }, call, error);
    if (is_moved)
        take_out(&transfer);
    transfer_clear(&transfer);
    return is_moved;
}

static uint32_t *
list_uids(const Transfer *transfer)
{
    uint32_t *uids = g_new(uint32_t, transfer->indexes->len);

    for (guint i = 0; i < transfer->indexes->len; i++)
        uids[i] = transfer->from->messages.uids[g_array_index(transfer->indexes, uint32_t, i)];
    return uids;
}

static void
transfer_messages(SeloCall *call, const SeloMsgRequest *request, MaildirPlaceMode mode)
{
    MaildirHandle *from = request->box, *to = request->target;
    MaildirAccount *account = from->box->account;
    g_autofree uint32_t *uids = NULL, *new_uids = NULL;
    g_autofree char *path = NULL, *from_path = NULL;
    g_autoptr(GError) error = NULL;
    SeloMsgBatch batch = { 0 };
    Transfer transfer;
    gboolean is_done;

    transfer_init(&transfer, from->box, to->box, mode);
    g_mutex_lock(&account->lock);
    is_done = run(&transfer, request->uids, call, &error);
    if (is_done) {
        uids = list_uids(&transfer);
        new_uids = g_new(uint32_t, transfer.placements->len);
        batch = maildir_place_batch(to->box, transfer.placements, new_uids);
        batch.uids = uids;
        if (mode == MAILDIR_PLACE_RENAME)
            take_out(&transfer);
        path = g_strdup(to->box->path);
        from_path = g_build_filename(from->box->path, "cur", NULL);
    }
    g_mutex_unlock(&account->lock);
    is_done = is_done
              && (account->store->is_unsynced
                  || (maildir_place_sync(path, transfer.placements, &error)
                      && (mode != MAILDIR_PLACE_RENAME || maildir_sync_path(from_path, &error))));
    if (is_done) {
        selo_call_emit(call, &batch);
        selo_call_return(call, SELO_OK, NULL, NULL);
    } else {
        maildir_return_error(call, error);
    }
    transfer_clear(&transfer);
}

void
maildir_msg_copy(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    transfer_messages(call, request, MAILDIR_PLACE_LINK);
}

void
maildir_msg_move(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    transfer_messages(call, request, MAILDIR_PLACE_RENAME);
}
