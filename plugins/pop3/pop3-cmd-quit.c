/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-quit.c: QUIT (RFC 1939 sections 4 and 6): the UPDATE state. Retrieved messages become
 * \Seen, marked ones are flagged \Deleted and expunged; success is told when the store has done it.
 */
#include "config.h"

#include "plugins/pop3/pop3-command.h"

static gboolean
is_marked(const Pop3Message *message)
{
    return message->is_deleted;
}

static gboolean
is_read(const Pop3Message *message)
{
    return message->is_retrieved && !message->is_deleted;
}

static void
leave(Pop3Session *self, Pop3Reply reply)
{
    pop3_resume(self, POP3_WAIT_UPDATE);
    pop3_answer(self, reply);
}

static void
fail(Pop3Session *self, const char *operator_text)
{
    selo_log(self->root, G_LOG_LEVEL_WARNING, "update-failed", "%s: %s", self->user,
             operator_text != NULL ? operator_text : "the store gave no reason");
    leave(self, POP3_NOT_UPDATED);
}

static void
expunged(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;

    if (self->phase != POP3_PHASE_UPDATE)
        return;
    if (status != SELO_OK)
        fail(self, operator_text);
    else
        leave(self, POP3_MESSAGES_DELETED);
}

static void
flagged(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;
    SeloUids uids;

    if (self->phase != POP3_PHASE_UPDATE)
        return;
    if (status != SELO_OK) {
        fail(self, operator_text);
        return;
    }
    uids = pop3_maildrop_uids(&self->maildrop, is_marked);
    selo_view_expunge(self->maildrop.view, self->root, uids, expunged, self);
    g_free((SeloRange *) uids.v);
}

static void
add_flags(Pop3Session *self, SeloUids uids, uint32_t flags, SeloDoneFunc done)
{
    const SeloFlagChange change = {
        .struct_size = sizeof change, .mode = SELO_FLAGS_ADD, .flags = flags, .silent = 1
    };

    selo_view_store(self->maildrop.view, self->root, uids, &change, done, self);
    g_free((SeloRange *) uids.v);
}

/* Whether \Seen could be kept decides nothing: the messages are there. */
static void
seen(void *data, SeloStatus status, const char *operator_text, const void *reply)
{
    Pop3Session *self = data;
    SeloUids marked;

    if (self->phase != POP3_PHASE_UPDATE)
        return;
    marked = pop3_maildrop_uids(&self->maildrop, is_marked);
    if (marked.n == 0)
        leave(self, POP3_LOGGING_OUT);
    else
        add_flags(self, marked, SELO_FLAG_DELETED, flagged);
}

void
pop3_run_quit(Pop3Session *self, const Pop3Line *line)
{
    SeloUids retrieved = { NULL, 0 };

    if (self->phase == POP3_PHASE_AUTHORIZATION) {
        pop3_answer(self, POP3_LOGGING_OUT);
        return;
    }
    pop3_enter(self, POP3_PHASE_UPDATE);
    pop3_wait(self, POP3_WAIT_UPDATE);
    if (self->listener->updates_flags)
        retrieved = pop3_maildrop_uids(&self->maildrop, is_read);
    if (retrieved.n > 0)
        add_flags(self, retrieved, SELO_FLAG_SEEN, seen);
    else
        seen(self, SELO_OK, NULL, NULL);
}
