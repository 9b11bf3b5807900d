/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-delivery.c: one item a mailbox that gets the message, however many recipients lead to it; a few
 * are under way at a time, so that their forced writes overlap. Each item runs the filters' deliver
 * stage, which may file it elsewhere or drop it, and appends.
 */
#include "config.h"

#include "server/mail/selo-delivery.h"

#include <string.h>

#include "server/base/selo-event.h"
#include "server/mail/selo-filter-chain.h"

#define MAX_UNDER_WAY 16

typedef struct {
    SeloDelivery *delivery;
    SeloAccount *account;                     /* of the recipient */
    const SeloTransactionRecipient *recipient; /* the first that leads here */
    SeloStatus status;
    GPtrArray *files; /* ItemFile, where it is still to go */
    SeloFilterRun *run;
} DeliveryItem;

typedef struct {
    char *mailbox;
    uint32_t flags;
    GStrv keywords;
    gboolean creates;
} ItemFile;

struct SeloDelivery {
    SeloTransaction *tx;
    void (*done)(void *data); /* NULL after a cancel */
    void *data;
    GPtrArray *items;
    guint next, n_under_way;
    SeloDeferred deferred;
};

static void item_continue(DeliveryItem *item);
static void start_items(SeloDelivery *delivery);

static void
file_free(void *data)
{
    ItemFile *file = data;

    g_free(file->mailbox);
    g_strfreev(file->keywords);
    g_free(file);
}

static void
item_free(void *data)
{
    DeliveryItem *item = data;

    g_clear_pointer(&item->files, g_ptr_array_unref);
    g_free(item);
}

static void
delivery_free(SeloDelivery *delivery)
{
    g_ptr_array_unref(delivery->items);
    selo_transaction_unref(delivery->tx);
    g_free(delivery);
}

/* ---- what became of it ---- */

static SeloMailCause
cause_of(SeloStatus status, uint32_t *out_flags)
{
    *out_flags = 0;
    switch (status) {
    case SELO_OK:
        return SELO_MAIL_OK;
    case SELO_OVER_QUOTA:
        return SELO_MAIL_MAILBOX_FULL;
    case SELO_TOO_BIG:
        *out_flags = SELO_MAIL_PERMANENT;
        return SELO_MAIL_TOO_BIG;
    case SELO_NOT_FOUND:
        *out_flags = SELO_MAIL_PERMANENT;
        return SELO_MAIL_UNKNOWN_USER;
    case SELO_DENIED:
    case SELO_PERMANENT:
    case SELO_INVALID:
    case SELO_UNSUPPORTED:
        *out_flags = SELO_MAIL_PERMANENT;
        return SELO_MAIL_FAILED;
    case SELO_EXISTS:
    case SELO_TIMEOUT:
    case SELO_CANCELLED:
    case SELO_CRASHED:
    case SELO_CONFLICT:
        return SELO_MAIL_MAILBOX_UNAVAILABLE;
    case SELO_TEMPORARY: /* could not write: disk full, failed fsync */
    default:
        return SELO_MAIL_NO_SPACE;
    }
}

static gboolean
leads_to(const SeloTransactionRecipient *recipient, const SeloAccount *account)
{
    for (guint i = 0; i < recipient->accounts->len; i++)
        if (selo_account_equal(g_ptr_array_index(recipient->accounts, i), account))
            return TRUE;
    return FALSE;
}

/* A recipient that stands for several mailboxes has the worst of their fates; of two failures the
 * temporary one, for then the client keeps the message. */
static void
judge_recipient(SeloDelivery *delivery, SeloTransactionRecipient *recipient)
{
    for (guint i = 0; i < delivery->items->len; i++) {
        const DeliveryItem *item = g_ptr_array_index(delivery->items, i);
        uint32_t flags;
        const SeloMailCause cause = cause_of(item->status, &flags);

        if (cause == SELO_MAIL_OK || !leads_to(recipient, item->account))
            continue;
        if (recipient->cause == SELO_MAIL_OK || !(flags & SELO_MAIL_PERMANENT)) {
            recipient->cause = cause;
            recipient->flags = flags;
        }
    }
}

static void
tell(void *data)
{
    SeloDelivery *delivery = data;

    if (delivery->done != NULL) {
        for (guint i = 0; i < delivery->tx->recipients->len; i++)
            judge_recipient(delivery, g_ptr_array_index(delivery->tx->recipients, i));
        delivery->done(delivery->data);
    }
    delivery_free(delivery);
}

static void
item_finished(DeliveryItem *item)
{
    SeloDelivery *delivery = item->delivery;

    delivery->n_under_way--;
    if (delivery->done != NULL && delivery->next < delivery->items->len)
        start_items(delivery);
    else if (delivery->n_under_way == 0)
        selo_loop_defer(delivery->tx->peer->role->loop, &delivery->deferred, tell, delivery);
}

/* ---- appending ---- */

static void append(DeliveryItem *item, const ItemFile *file);

/* An action that cannot be done becomes keep. */
static void
keep_instead(DeliveryItem *item, ItemFile *file)
{
    g_free(file->mailbox);
    file->mailbox = g_strdup("INBOX");
    append(item, file);
}

static void
appended(void *data, SeloStatus status, const char *operator_text, const void *answer)
{
    DeliveryItem *item = data;
    SeloTransaction *tx = item->delivery->tx;
    ItemFile *file = g_ptr_array_index(item->files, 0);
    uint32_t flags;

    cause_of(status, &flags);
    if ((flags & SELO_MAIL_PERMANENT) && strcmp(file->mailbox, "INBOX") != 0) {
        keep_instead(item, file);
        return;
    }
    item->status = status;
    if (status == SELO_OK)
        selo_event(G_LOG_LEVEL_INFO, "delivered", selo_call_id(tx->call), "to",
                   item->recipient->forward_path, "mailbox", file->mailbox, NULL);
    else
        selo_event(G_LOG_LEVEL_WARNING, "delivery-failed", selo_call_id(tx->call), "to",
                   item->recipient->forward_path, "mailbox", file->mailbox, "reason",
                   operator_text, NULL);
    g_ptr_array_remove_index(item->files, 0);
    item_continue(item);
}

static void
append(DeliveryItem *item, const ItemFile *file)
{
    SeloTransaction *tx = item->delivery->tx;
    const char *id = selo_call_id(tx->call);
    const guint n_keywords = file->keywords == NULL ? 0 : g_strv_length(file->keywords);
    g_autofree SeloStr *keywords = g_new(SeloStr, n_keywords + 1);
    SeloAppendItem message = { .struct_size = sizeof message, .flags = file->flags };
    const SeloAppendItem *const messages[] = { &message };

    for (guint i = 0; i < n_keywords; i++)
        keywords[i] = (SeloStr){ file->keywords[i], strlen(file->keywords[i]) };
    message.keywords = (SeloStrs){ keywords, n_keywords };
    message.delivery_id = (SeloStr){ id, strlen(id) };
    message.first_try = 1; /* within the dialogue: the id was made for this message */
    selo_blob_writer_end(tx->writer, &message.message, NULL); /* it was ended before: cannot fail */
    selo_account_append(item->account, tx->call, (SeloStr){ file->mailbox, strlen(file->mailbox) },
                        messages, 1, appended, item);
}

static void
mailbox_created(void *data, SeloStatus status, const char *operator_text, const void *answer)
{
    DeliveryItem *item = data;
    ItemFile *file = g_ptr_array_index(item->files, 0);

    if (status != SELO_OK && status != SELO_EXISTS)
        keep_instead(item, file);
    else
        append(item, file);
}

static void
item_continue(DeliveryItem *item)
{
    const ItemFile *file;

    if (item->files->len == 0 || item->status != SELO_OK || item->delivery->done == NULL) {
        item_finished(item);
        return;
    }
    file = g_ptr_array_index(item->files, 0);
    if (file->creates)
        selo_account_create(item->account, item->delivery->tx->call,
                            (SeloStr){ file->mailbox, strlen(file->mailbox) }, mailbox_created, item);
    else
        append(item, file);
}

/* ---- the deliver stage ---- */

static const struct {
    const char *name;
    uint32_t flag;
} system_flags[] = {
    { "\\Seen", SELO_FLAG_SEEN },       { "\\Answered", SELO_FLAG_ANSWERED },
    { "\\Flagged", SELO_FLAG_FLAGGED }, { "\\Deleted", SELO_FLAG_DELETED },
    { "\\Draft", SELO_FLAG_DRAFT },
};

/* One copy a mailbox, however many actions file it there (RFC 5228 section 2.10.3). */
static void
add_file(DeliveryItem *item, const char *mailbox, gboolean creates, SeloStrs flags)
{
    ItemFile *file;
    g_autoptr(GStrvBuilder) keywords = g_strv_builder_new();

    if (mailbox == NULL || mailbox[0] == '\0') /* what cannot be done becomes keep */
        mailbox = "INBOX";
    for (guint i = 0; i < item->files->len; i++)
        if (strcmp(((ItemFile *) g_ptr_array_index(item->files, i))->mailbox, mailbox) == 0)
            return;
    file = g_new0(ItemFile, 1);
    file->mailbox = g_strdup(mailbox);
    file->creates = creates;
    for (size_t i = 0; i < flags.n; i++) {
        uint32_t known = 0;

        for (size_t j = 0; j < G_N_ELEMENTS(system_flags); j++)
            if (g_ascii_strcasecmp(flags.v[i].s, system_flags[j].name) == 0)
                known = system_flags[j].flag;
        file->flags |= known;
        if (known == 0)
            g_strv_builder_add(keywords, flags.v[i].s);
    }
    file->keywords = g_strv_builder_end(keywords);
    g_ptr_array_add(item->files, file);
}

/* Files the message as the actions say. Without a disposing action it is kept. */
static void
take_actions(DeliveryItem *item, GPtrArray *actions)
{
    gboolean is_disposed = FALSE;

    for (guint i = 0; i < actions->len; i++) {
        const SeloFilterAction *action = g_ptr_array_index(actions, i);

        if (action->kind == SELO_FILTER_DO_FILEINTO) {
            add_file(item, action->value.s, (action->options & SELO_FILTER_OPTION_CREATE) != 0,
                     action->params);
            is_disposed |= !(action->options & SELO_FILTER_OPTION_COPY);
        } else if (action->kind == SELO_FILTER_DO_KEEP) {
            add_file(item, "INBOX", FALSE, action->params);
            is_disposed = TRUE;
        } else if (action->kind == SELO_FILTER_DO_DISCARD) {
            is_disposed = TRUE;
        }
    }
    if (!is_disposed)
        add_file(item, "INBOX", FALSE, (SeloStrs){ NULL, 0 });
}

static void
stage_done(void *data, const SeloFilterOutcome *outcome)
{
    DeliveryItem *item = data;

    item->run = NULL;
    if (outcome->verdict.cause != SELO_MAIL_OK)
        item->status = outcome->verdict.flags & SELO_MAIL_PERMANENT ? SELO_DENIED : SELO_TEMPORARY;
    else if (outcome->is_quarantined) /* as after the message stage: the client keeps it */
        item->status = SELO_TEMPORARY;
    else if (!outcome->is_discarded)
        take_actions(item, outcome->actions);
    item_continue(item);
}

static void
run_filters(DeliveryItem *item)
{
    SeloTransaction *tx = item->delivery->tx;
    SeloFilterStage request = { .struct_size = sizeof request,
                                .flags = SELO_FILTER_IS_IN_DIALOGUE,
                                .message = tx->message };

    request.recipient = (SeloStr){ item->recipient->forward_path,
                                   strlen(item->recipient->forward_path) };
    request.original_recipient = request.recipient;
    request.mailbox = SELO_STR("INBOX");
    item->run = selo_filters_run(tx->peer, tx, "deliver", &request, tx->call, stage_done, item);
}

/* ---- items ---- */

static void
start_items(SeloDelivery *delivery)
{
    while (delivery->next < delivery->items->len && delivery->n_under_way < MAX_UNDER_WAY) {
        DeliveryItem *item = g_ptr_array_index(delivery->items, delivery->next++);

        delivery->n_under_way++;
        if (selo_filters_want(delivery->tx->peer, delivery->tx, "deliver")) {
            run_filters(item);
        } else {
            add_file(item, "INBOX", FALSE, (SeloStrs){ NULL, 0 });
            item_continue(item);
        }
    }
}

static gboolean
has_account(const SeloDelivery *delivery, const SeloAccount *account)
{
    for (guint i = 0; i < delivery->items->len; i++) {
        const DeliveryItem *item = g_ptr_array_index(delivery->items, i);

        if (selo_account_equal(item->account, account))
            return TRUE;
    }
    return FALSE;
}

/* A filter took this recipient off: it counts as delivered, for the client has done its part. */
static gboolean
is_deleted(const SeloTransaction *tx, const SeloTransactionRecipient *recipient)
{
    for (guint i = 0; i < tx->changes->len; i++) {
        const SeloFilterAction *action = g_ptr_array_index(tx->changes, i);

        if (action->kind == SELO_FILTER_DO_DELETE_RCPT && action->value.s != NULL
            && g_ascii_strcasecmp(action->value.s, recipient->forward_path) == 0)
            return TRUE;
    }
    return FALSE;
}

SeloDelivery *
selo_delivery_start(SeloTransaction *tx, void (*done)(void *data), void *data)
{
    SeloDelivery *delivery = g_new0(SeloDelivery, 1);

    delivery->tx = selo_transaction_ref(tx);
    delivery->done = done;
    delivery->data = data;
    delivery->items = g_ptr_array_new_with_free_func(item_free);
    for (guint i = 0; i < tx->recipients->len; i++) {
        const SeloTransactionRecipient *recipient = g_ptr_array_index(tx->recipients, i);

        if (is_deleted(tx, recipient))
            continue;
        for (guint j = 0; j < recipient->accounts->len; j++) {
            DeliveryItem *item;

            if (has_account(delivery, g_ptr_array_index(recipient->accounts, j)))
                continue;
            item = g_new0(DeliveryItem, 1);
            item->delivery = delivery;
            item->account = g_ptr_array_index(recipient->accounts, j);
            item->recipient = recipient;
            item->files = g_ptr_array_new_with_free_func(file_free);
            g_ptr_array_add(delivery->items, item);
        }
    }
    if (delivery->items->len == 0)
        selo_loop_defer(tx->peer->role->loop, &delivery->deferred, tell, delivery);
    else
        start_items(delivery);
    return delivery;
}

void
selo_delivery_cancel(SeloDelivery *delivery)
{
    delivery->done = NULL; /* the last append that is under way frees it */
    for (guint i = 0; i < delivery->items->len; i++) {
        DeliveryItem *item = g_ptr_array_index(delivery->items, i);

        if (item->run == NULL)
            continue;
        g_clear_pointer(&item->run, selo_filters_cancel);
        item_finished(item);
    }
}
