/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-list.c: STAT, LIST, UIDL (RFC 1939): the maildrop in numbers. Messages marked as deleted
 * are not counted.
 */
#include "config.h"

#include "plugins/pop3/pop3-command.h"

typedef void (*WriteFunc)(Pop3Session *self, guint index, const char *lead);

static Pop3Message *
message_at(Pop3Session *self, guint index)
{
    return &g_array_index(self->maildrop.messages, Pop3Message, index);
}

static guint
count(Pop3Session *self, uint64_t *out_octets)
{
    guint n = 0;

    *out_octets = 0;
    for (guint i = 0; i < self->maildrop.messages->len; i++)
        if (!message_at(self, i)->is_deleted) {
            *out_octets += message_at(self, i)->size;
            n++;
        }
    return n;
}

void
pop3_run_stat(Pop3Session *self, const Pop3Line *line)
{
    uint64_t octets;
    const guint n = count(self, &octets);

    selo_stream_printf(self->stream, "+OK %u %" G_GUINT64_FORMAT "\r\n", n, octets);
}

static void
write_size(Pop3Session *self, guint index, const char *lead)
{
    selo_stream_printf(self->stream, "%s%u %" G_GUINT64_FORMAT "\r\n", lead, index + 1,
                       message_at(self, index)->size);
}

static void
write_id(Pop3Session *self, guint index, const char *lead)
{
    const Pop3Message *message = message_at(self, index);
    char id[POP3_UIDL_MAX + 1];

    pop3_uidl_print(self->listener->uidl, message->uid, self->maildrop.uidvalidity, message->guid,
                    id);
    selo_stream_printf(self->stream, "%s%u %s\r\n", lead, index + 1, id);
}

static gboolean
produce(Pop3Session *self, WriteFunc write)
{
    const guint index = self->output.next++;

    if (index >= self->maildrop.messages->len) {
        selo_stream_printf(self->stream, ".\r\n");
        return FALSE;
    }
    if (!message_at(self, index)->is_deleted)
        write(self, index, "");
    return TRUE;
}

static gboolean
produce_sizes(Pop3Session *self)
{
    return produce(self, write_size);
}

static gboolean
produce_ids(Pop3Session *self)
{
    return produce(self, write_id);
}

/* Of one message. */
static void
run_single(Pop3Session *self, SeloStr number, WriteFunc write)
{
    const Pop3Message *message = pop3_maildrop_message(self, number);

    if (message != NULL)
        write(self, (guint) (message - message_at(self, 0)), "+OK ");
}

void
pop3_run_list(Pop3Session *self, const Pop3Line *line)
{
    uint64_t octets;

    if (line->n_arguments == 1) {
        run_single(self, line->arguments[0], write_size);
        return;
    }
    selo_stream_printf(self->stream, "+OK %u messages:\r\n", count(self, &octets));
    pop3_produce(self, produce_sizes);
}

void
pop3_run_uidl(Pop3Session *self, const Pop3Line *line)
{
    if (line->n_arguments == 1) {
        run_single(self, line->arguments[0], write_id);
        return;
    }
    selo_stream_printf(self->stream, "+OK\r\n");
    pop3_produce(self, produce_ids);
}
