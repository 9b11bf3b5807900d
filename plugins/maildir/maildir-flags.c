/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-flags.c: msg_flags and msg_expunge. A flag change is a rename, an expunge an unlink: both
 * survive the death of the process at once, and neither needs the uidlist's lock.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-store.h"

#define TRIES 3 /* other programs may rename a file before we do */

typedef struct {
    MaildirBox *box;
    SeloCall *call;
    const SeloMsgRequest *request;
    uint32_t letters;  /* of the keywords asked for */
    int fd;            /* of the mailbox directory */
    GArray *changed;   /* uint32_t uids */
    GArray *modified;  /* SeloRange */
    GArray *gone;      /* SeloRange, expunge */
} Change;

static gboolean
change_begin(Change *change, SeloCall *call, const SeloMsgRequest *request, GError **error)
{
    MaildirHandle *handle = request->box;

    *change = (Change){ .box = handle->box, .call = call, .request = request, .fd = -1 };
    change->changed = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    change->modified = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    change->gone = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    if (!maildir_box_sync(change->box, call, error))
        return FALSE;
    change->fd = open(change->box->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return change->fd >= 0 || maildir_fail_errno(error, "%s: cannot open", change->box->path);
}

static void
change_clear(Change *change)
{
    if (change->fd >= 0)
        close(change->fd);
    g_array_unref(change->changed);
    g_array_unref(change->modified);
    g_array_unref(change->gone);
}

/* The letters of the keywords asked for; new ones get into the keywords file. */
static gboolean
find_letters(Change *change, GError **error)
{
    MaildirBox *box = change->box;
    SeloStrs names = change->request->keywords;
    gboolean is_taken;

    if (!maildir_keywords_refresh(&box->keywords, box->path, error))
        return FALSE;
    if (maildir_keywords_has(&box->keywords, names, &change->letters))
        return TRUE;
    if (change->request->flags_mode == SELO_FLAGS_REMOVE) { /* what is unknown is not set */
        for (size_t i = 0; i < names.n; i++) {
            SeloStrs one = { &names.v[i], 1 };
            uint32_t letter;

            if (maildir_keywords_has(&box->keywords, one, &letter))
                change->letters |= letter;
        }
        return TRUE;
    }
    if (!maildir_box_lock(box, change->call, error))
        return FALSE;
    is_taken = maildir_keywords_take(&box->keywords, box->path, names, &change->letters, error);
    maildir_box_unlock(box);
    return is_taken;
}

static uint32_t
combine(uint32_t old, uint32_t asked, uint32_t mode)
{
    return mode == SELO_FLAGS_ADD ? old | asked : mode == SELO_FLAGS_REMOVE ? old & ~asked : asked;
}

/* The file name that message @index is to have. */
static void
print_target(const Change *change, const GString *file, GString *out)
{
    uint32_t mode = change->request->flags_mode;
    uint32_t asked = change->request->flags & ~(uint32_t) SELO_FLAG_RECENT;
    MaildirName name;
    uint32_t flags;
    const char *at = file->str + strlen("cur/");

    maildir_name_parse(at, file->len - strlen("cur/"), &name);
    flags = combine(maildir_name_flags(name.capitals), asked, mode);
    g_string_assign(out, "cur/");
    maildir_name_print(out, (SeloStr){ at, name.base_len },
                       maildir_name_capitals(flags, name.capitals),
                       combine(name.letters, change->letters, mode), name.tail);
}

/* FALSE without @error: the file has another name by now. */
static gboolean
change_message(Change *change, uint32_t index, GError **error)
{
    MaildirBox *box = change->box;
    g_autoptr(GString) from = g_string_new(NULL), to = g_string_new(NULL);
    MaildirName before, after;

    maildir_box_file(box, index, from);
    print_target(change, from, to);
    maildir_name_parse(from->str, from->len, &before);
    maildir_name_parse(to->str, to->len, &after);
    if (before.capitals == after.capitals && before.letters == after.letters)
        return TRUE;
    if (renameat(change->fd, from->str, change->fd, to->str) < 0)
        return errno == ENOENT ? FALSE : maildir_fail_errno(error, "%s: cannot rename", from->str);
    maildir_box_observe(box, index, to->str + strlen("cur/"), FALSE);
    g_array_append_val(change->changed, box->messages.uids[index]);
    return TRUE;
}

static gboolean
is_changed_since(const Change *change, uint32_t index)
{
    return change->request->unchanged_since != 0
           && change->box->messages.modseqs[index] > change->request->unchanged_since;
}

/* @restart: messages that are in the set again after a scan must not count twice. */
static gboolean
change_all(Change *change, GError **error)
{
    MaildirBox *box = change->box;
    MaildirWalk walk = { 0 };
    uint32_t index, last_uid = 0;
    unsigned tries = 0;

    while (maildir_messages_walk(&box->messages, change->request->uids, &walk, &index)) {
        uint32_t uid = box->messages.uids[index];
        g_autoptr(GError) failure = NULL;

        if (uid <= last_uid)
            continue;
        if (is_changed_since(change, index)) {
            maildir_ranges_add(change->modified, uid);
        } else if (!change_message(change, index, &failure)) {
            if (failure != NULL) {
                g_propagate_error(error, g_steal_pointer(&failure));
                return FALSE;
            }
            if (tries++ < TRIES) { /* look again, then go on with this message */
                box->stamps = (MaildirStamps){ 0 };
                if (!maildir_box_sync(box, change->call, error))
                    return FALSE;
                walk = (MaildirWalk){ 0 };
                continue;
            }
        } else {
            tries = 0;
        }
        last_uid = uid;
    }
    return TRUE;
}

/* ---- what is told ---- */

typedef struct {
    GArray *flags, *keywords, *modseqs;
} Columns;

static void
columns_clear(Columns *columns)
{
    g_array_unref(columns->flags);
    g_array_unref(columns->keywords);
    g_array_unref(columns->modseqs);
}

/* Gives the changed messages their modseq and takes their columns. */
static Columns
conclude(Change *change)
{
    MaildirMessages *messages = &change->box->messages;
    Columns columns = { g_array_new(FALSE, FALSE, sizeof(uint32_t)),
                        g_array_new(FALSE, FALSE, sizeof(uint64_t)),
                        g_array_new(FALSE, FALSE, sizeof(uint64_t)) };
    uint64_t modseq = change->changed->len > 0 ? maildir_box_settle(change->box) : 0;

    for (guint i = 0; i < change->changed->len; i++) {
        uint32_t uid = g_array_index(change->changed, uint32_t, i);
        uint32_t index = maildir_messages_seek(messages, uid);
        gboolean is_there = index < messages->n && messages->uids[index] == uid;
        uint32_t flags = is_there ? messages->flags[index] : 0;
        uint64_t keywords = is_there ? messages->keywords[index] : 0;

        if (is_there)
            messages->modseqs[index] = modseq;
        if (is_there && maildir_handle_is_recent(change->request->box, uid))
            flags |= SELO_FLAG_RECENT;
        g_array_append_val(columns.flags, flags);
        g_array_append_val(columns.keywords, keywords);
        g_array_append_val(columns.modseqs, modseq);
    }
    return columns;
}

static GArray *
copy_names(const MaildirBox *box)
{
    SeloStrs told = maildir_keywords_told(&box->keywords);
    GArray *names = g_array_sized_new(FALSE, FALSE, sizeof(SeloStr), (guint) told.n);

    /* A name that was told once stays where it is as long as the box has handles. */
    g_array_append_vals(names, told.v, (guint) told.n);
    return names;
}

void
maildir_msg_flags(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MaildirHandle *handle = request->box;
    MaildirAccount *account = handle->box->account;
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) names = NULL;
    SeloMsgBatch batch = { .struct_size = sizeof batch };
    Columns columns;
    Change change;
    gboolean is_done;

    g_mutex_lock(&account->lock);
    is_done = change_begin(&change, call, request, &error) && find_letters(&change, &error)
              && change_all(&change, &error);
    columns = conclude(&change);
    names = copy_names(handle->box);
    batch.uidvalidity = handle->box->uidvalidity;
    batch.uidnext = maildir_uidlist_next(&handle->box->list);
    batch.modseq = handle->box->modseq;
    g_mutex_unlock(&account->lock);

    batch.n = change.changed->len;
    batch.uids = (const uint32_t *) (const void *) change.changed->data;
    batch.flags = (const uint32_t *) (const void *) columns.flags->data;
    batch.keywords = (const uint64_t *) (const void *) columns.keywords->data;
    batch.modseqs = (const uint64_t *) (const void *) columns.modseqs->data;
    batch.keyword_names = (SeloStrs){ (const SeloStr *) (const void *) names->data, names->len };
    batch.modified = (SeloUids){ (const SeloRange *) (const void *) change.modified->data,
                                 change.modified->len };
    if (batch.n > 0 || batch.modified.n > 0 || is_done)
        selo_call_emit(call, &batch);
    if (is_done)
        selo_call_return(call, SELO_OK, NULL, NULL);
    else
        maildir_return_error(call, error);
    columns_clear(&columns);
    change_clear(&change);
}

/* ---- expunge ---- */

/* Takes out of memory what was unlinked: it has lost the mark FOUND. */
static void
drop_unlinked(MaildirBox *box, uint64_t octets, uint32_t n)
{
    MaildirMessages *messages = &box->messages;

    if (n == 0)
        return;
    maildir_box_settle(box);
    for (uint32_t i = 0; i < messages->n; i++)
        if (!(messages->marks[i] & MAILDIR_FOUND))
            maildir_box_add_gone(box, messages->uids[i]);
    maildir_box_compact(box, MAILDIR_FOUND);
    maildir_quota_add(box->account, -(int64_t) octets, -(int64_t) n);
}

/* *out_is_missed: some file had another name by now and is still there. */
static gboolean
expunge_round(Change *change, gboolean *out_is_missed, GError **error)
{
    MaildirBox *box = change->box;
    MaildirMessages *messages = &box->messages;
    g_autoptr(GString) file = g_string_new(NULL);
    MaildirWalk walk = { 0 };
    uint64_t octets = 0, size;
    uint32_t index, n = 0;
    gboolean is_done = TRUE;

    *out_is_missed = FALSE;
    while (is_done && maildir_messages_walk(messages, change->request->uids, &walk, &index)) {
        if (!(messages->flags[index] & SELO_FLAG_DELETED))
            continue;
        maildir_box_file(box, index, file);
        if (unlinkat(change->fd, file->str, 0) < 0) {
            *out_is_missed |= errno == ENOENT;
            is_done = errno == ENOENT || maildir_fail_errno(error, "%s: cannot remove", file->str);
            continue;
        }
        if (maildir_name_size(SELO_STR(maildir_box_base(box, index)), 'S', &size))
            octets += size;
        maildir_ranges_add(change->gone, messages->uids[index]);
        messages->marks[index] &= (uint8_t) ~MAILDIR_FOUND;
        n++;
    }
    drop_unlinked(box, octets, n);
    return is_done;
}

static gboolean
expunge_all(Change *change, GError **error)
{
    gboolean is_missed = TRUE;

    for (unsigned try = 0; is_missed && try < TRIES; try++) {
        if (try > 0)
            change->box->stamps = (MaildirStamps){ 0 };
        if (!maildir_box_sync(change->box, change->call, error)
            || !expunge_round(change, &is_missed, error))
            return FALSE;
    }
    return TRUE;
}

static int
compare_ranges(gconstpointer a, gconstpointer b)
{
    const SeloRange *one = a, *other = b;

    return one->first < other->first ? -1 : one->first > other->first;
}

void
maildir_msg_expunge(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MaildirHandle *handle = request->box;
    MaildirAccount *account = handle->box->account;
    g_autoptr(GError) error = NULL;
    SeloMsgBatch batch = { .struct_size = sizeof batch };
    Change change;
    gboolean is_done;

    g_mutex_lock(&account->lock);
    is_done = change_begin(&change, call, request, &error) && expunge_all(&change, &error);
    batch.uidvalidity = handle->box->uidvalidity;
    batch.uidnext = maildir_uidlist_next(&handle->box->list);
    batch.modseq = handle->box->modseq;
    g_mutex_unlock(&account->lock);

    g_array_sort(change.gone, compare_ranges);
    batch.gone =
        (SeloUids){ (const SeloRange *) (const void *) change.gone->data, change.gone->len };
    if (is_done || batch.gone.n > 0)
        selo_call_emit(call, &batch);
    if (is_done)
        selo_call_return(call, SELO_OK, NULL, NULL);
    else
        maildir_return_error(call, error);
    change_clear(&change);
}
