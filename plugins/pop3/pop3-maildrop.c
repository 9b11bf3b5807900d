/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-maildrop.c: INBOX as a maildrop (RFC 1939 section 4): opened and locked after the login, its
 * messages numbered as they are then. What comes in later is for the next session; what another
 * session expunges keeps its number and cannot be read.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-command.h"

static void
message_clear(void *data)
{
    g_free(((Pop3Message *) data)->guid);
}

void
pop3_maildrop_clear(Pop3Maildrop *maildrop)
{
    g_clear_pointer(&maildrop->view, selo_view_free);
    g_clear_pointer(&maildrop->account, selo_account_unref);
    g_clear_pointer(&maildrop->messages, g_array_unref);
}

static gboolean
is_awaited(const Pop3Session *self)
{
    return self->phase != POP3_PHASE_CLOSED;
}

static void
fail(Pop3Session *self, const char *what, SeloStatus status, const char *operator_text)
{
    selo_log(self->root, G_LOG_LEVEL_WARNING, "maildrop-unavailable", "%s of %s: status %u, %s",
             what, self->user, (unsigned) status,
             operator_text != NULL ? operator_text : "no reason given");
    pop3_resume(self, POP3_WAIT_MAILDROP);
    pop3_answer(self, POP3_MAILBOX_UNAVAILABLE);
}

static void
size_came(void *data, const void *row)
{
    Pop3Session *self = data;
    const SeloMsg *message = row;
    Pop3Message own = { .uid = message->uid, .size = message->size };

    if (pop3_uidl_needs_guid(self->listener->uidl))
        own.guid = g_strndup(message->email_id.s, message->email_id.len);
    g_array_append_val(self->maildrop.messages, own);
}

static void
begin_transaction(Pop3Session *self)
{
    pop3_resume(self, POP3_WAIT_MAILDROP);
    pop3_enter(self, POP3_PHASE_TRANSACTION);
    pop3_answer(self, POP3_LOGGED_IN);
}

static void
measured(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;

    if (!is_awaited(self))
        return;
    if (status == SELO_OK)
        begin_transaction(self);
    else
        fail(self, "sizes", status, operator_text);
}

static void
view_opened(void *data, SeloStatus status, const char *operator_text, SeloView *view)
{
    Pop3Session *self = data;
    Pop3Maildrop *maildrop = &self->maildrop;
    const uint32_t fields =
        SELO_MSG_SIZE | (pop3_uidl_needs_guid(self->listener->uidl) ? SELO_MSG_IDS : 0);
    SeloRange all;

    maildrop->view = view;
    if (!is_awaited(self))
        return;
    if (status != SELO_OK) {
        fail(self, "INBOX", status, operator_text);
        return;
    }
    maildrop->uidvalidity = selo_view_uidvalidity(view);
    maildrop->messages =
        g_array_sized_new(FALSE, FALSE, sizeof(Pop3Message), selo_view_count(view));
    g_array_set_clear_func(maildrop->messages, message_clear);
    if (selo_view_count(view) == 0) {
        begin_transaction(self);
        return;
    }
    all = (SeloRange){ selo_view_uid(view, 1), selo_view_uid(view, selo_view_count(view)) };
    selo_view_fetch(view, self->root, (SeloUids){ &all, 1 }, fields, size_came, measured, self);
}

static void
locked(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;

    if (!is_awaited(self))
        return;
    if (status == SELO_EXISTS) {
        pop3_resume(self, POP3_WAIT_MAILDROP);
        pop3_answer(self, POP3_IN_USE);
    } else if (status != SELO_OK)
        fail(self, "lock", status, operator_text);
    else
        selo_view_open(self->maildrop.account, self->root, SELO_STR("INBOX"), 0, view_opened, self);
}

static void
account_opened(void *data, SeloStatus status, const char *operator_text, SeloAccount *account)
{
    Pop3Session *self = data;

    self->maildrop.account = account;
    if (!is_awaited(self))
        return;
    if (status == SELO_OK)
        selo_account_lock(account, self->root, locked, self);
    else
        fail(self, "account", status, operator_text);
}

void
pop3_maildrop_open(Pop3Session *self)
{
    pop3_wait(self, POP3_WAIT_MAILDROP);
    selo_account_open(self->root, (SeloStr){ self->user, strlen(self->user) }, account_opened,
                      self);
}

Pop3Message *
pop3_maildrop_message(Pop3Session *self, SeloStr number)
{
    Pop3Message *message = NULL;
    uint64_t n;

    if (!pop3_parse_number(number, &n))
        pop3_answer(self, POP3_BAD_ARGUMENTS);
    else if (n == 0 || n > self->maildrop.messages->len)
        pop3_answer(self, POP3_NO_SUCH_MESSAGE);
    else if ((message = &g_array_index(self->maildrop.messages, Pop3Message, (guint) n - 1))
                 ->is_deleted)
        pop3_answer(self, POP3_MESSAGE_DELETED);
    else
        return message;
    return NULL;
}

SeloUids
pop3_maildrop_uids(const Pop3Maildrop *maildrop, gboolean (*is_wanted)(const Pop3Message *message))
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    const guint n = maildrop->messages->len;
    SeloUids uids;

    for (guint i = 0; i < n; i++) {
        const Pop3Message *message = &g_array_index(maildrop->messages, Pop3Message, i);
        SeloRange *last =
            ranges->len > 0 ? &g_array_index(ranges, SeloRange, ranges->len - 1) : NULL;
        const SeloRange range = { message->uid, message->uid };

        if (!is_wanted(message))
            continue;
        if (last != NULL && last->last + 1 == message->uid)
            last->last++;
        else
            g_array_append_val(ranges, range);
    }
    uids.n = ranges->len;
    uids.v = (SeloRange *) (void *) g_array_free(ranges, FALSE);
    return uids;
}
