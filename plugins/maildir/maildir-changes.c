/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-changes.c: msg_changes: columns straight from memory. They are copied under the account's
 * lock and handed on without it, so that a slow reader holds up nobody.
 */
#include "config.h"

#include <string.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-store.h"

#define BATCH_MESSAGES 16384

typedef struct {
    uint32_t n;
    uint32_t *uids, *flags;
    uint64_t *keywords, *modseqs;
    GArray *gone, *names; /* SeloRange, SeloStr */
    SeloMsgBatch facts;   /* what every batch repeats */
} Answer;

static void
answer_clear(Answer *answer)
{
    g_free(answer->uids);
    g_free(answer->flags);
    g_free(answer->keywords);
    g_free(answer->modseqs);
    g_clear_pointer(&answer->gone, g_array_unref);
    g_clear_pointer(&answer->names, g_array_unref);
}

static void
take_messages(Answer *answer, const MaildirHandle *handle, uint64_t since)
{
    const MaildirMessages *messages = &handle->box->messages;
    uint32_t n = 0;

    for (uint32_t i = 0; i < messages->n; i++)
        n += messages->modseqs[i] > since;
    answer->uids = g_new(uint32_t, n);
    answer->flags = g_new(uint32_t, n);
    answer->keywords = g_new(uint64_t, n);
    answer->modseqs = g_new(uint64_t, n);
    for (uint32_t i = 0; i < messages->n; i++) {
        uint32_t at = answer->n;
        gboolean is_recent;

        if (messages->modseqs[i] <= since)
            continue;
        is_recent = messages->marks[i] & MAILDIR_NEW
                    || (handle->recent != NULL
                        && maildir_handle_is_recent(handle, messages->uids[i]));
        answer->uids[at] = messages->uids[i];
        answer->flags[at] = messages->flags[i] | (is_recent ? SELO_FLAG_RECENT : 0);
        answer->keywords[at] = messages->keywords[i];
        answer->modseqs[at] = messages->modseqs[i];
        answer->n++;
    }
}

static int
compare_ranges(gconstpointer a, gconstpointer b)
{
    const SeloRange *one = a, *other = b;

    return one->first < other->first ? -1 : one->first > other->first;
}

static void
take_gone(Answer *answer, const MaildirBox *box, uint64_t since)
{
    for (guint i = 0; box->gone != NULL && i < box->gone->len; i++) {
        const MaildirGone *gone = &g_array_index(box->gone, MaildirGone, i);

        if (gone->modseq > since)
            g_array_append_vals(answer->gone, &(SeloRange){ gone->first, gone->last }, 1);
    }
    g_array_sort(answer->gone, compare_ranges);
}

/* We do not know what went since then: everything that is not there (RFC 7162 section 3.2.5.1
 * allows to tell more than is needed). */
static void
take_gaps(Answer *answer, const MaildirBox *box)
{
    uint32_t next = 1;

    for (uint32_t i = 0; i <= box->messages.n; i++) {
        uint32_t uid =
            i < box->messages.n ? box->messages.uids[i] : maildir_uidlist_next(&box->list);

        if (uid > next)
            g_array_append_vals(answer->gone, &(SeloRange){ next, uid - 1 }, 1);
        next = uid + 1;
    }
}

static void
answer_take(Answer *answer, const MaildirHandle *handle, uint64_t since)
{
    const MaildirBox *box = handle->box;
    SeloStrs told = maildir_keywords_told(&box->keywords);
    gboolean is_known = since >= box->base_modseq;

    answer->gone = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    answer->names = g_array_new(FALSE, FALSE, sizeof(SeloStr));
    g_array_append_vals(answer->names, told.v, (guint) told.n);
    take_messages(answer, handle, is_known ? since : 0);
    if (is_known)
        take_gone(answer, box, since);
    else if (since != 0)
        take_gaps(answer, box);
    answer->facts = (SeloMsgBatch){
        .struct_size = sizeof(SeloMsgBatch),
        .keyword_names = { (const SeloStr *) (const void *) answer->names->data,
                           answer->names->len },
        .modseq = box->modseq,
        .uidvalidity = box->uidvalidity,
        .uidnext = maildir_uidlist_next(&box->list),
    };
}

static void
answer_emit(const Answer *answer, SeloCall *call)
{
    uint32_t at = 0;
    gboolean is_wanted = TRUE;

    do {
        SeloMsgBatch batch = answer->facts;

        batch.n = MIN(answer->n - at, BATCH_MESSAGES);
        batch.uids = answer->uids + at;
        batch.flags = answer->flags + at;
        batch.keywords = answer->keywords + at;
        batch.modseqs = answer->modseqs + at;
        at += batch.n;
        if (at == answer->n)
            batch.gone = (SeloUids){ (const SeloRange *) (const void *) answer->gone->data,
                                     answer->gone->len };
        is_wanted = selo_call_emit(call, &batch);
    } while (is_wanted && at < answer->n);
}

void
maildir_msg_changes(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MaildirHandle *handle = request->box;
    MaildirAccount *account = handle->box->account;
    g_autoptr(GError) error = NULL;
    Answer answer = { 0 };
    gboolean is_done;

    g_mutex_lock(&account->lock);
    is_done = maildir_handle_sync(handle, call, &error);
    if (is_done)
        answer_take(&answer, handle, request->since_modseq);
    g_mutex_unlock(&account->lock);
    if (is_done) {
        answer_emit(&answer, call);
        selo_call_return(call, SELO_OK, NULL, NULL);
    } else {
        maildir_return_error(call, error);
    }
    answer_clear(&answer);
}
