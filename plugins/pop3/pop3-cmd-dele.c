/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-cmd-dele.c: DELE, RSET, NOOP (RFC 1939): marks, which QUIT makes true.
 */
#include "config.h"

#include "plugins/pop3/pop3-command.h"

void
pop3_run_dele(Pop3Session *self, const Pop3Line *line)
{
    Pop3Message *message = pop3_maildrop_message(self, line->arguments[0]);

    if (message == NULL)
        return;
    message->is_deleted = TRUE;
    pop3_answer(self, POP3_MARKED);
}

void
pop3_run_rset(Pop3Session *self, const Pop3Line *line)
{
    for (guint i = 0; i < self->maildrop.messages->len; i++)
        g_array_index(self->maildrop.messages, Pop3Message, i).is_deleted = FALSE;
    pop3_answer(self, POP3_OK);
}

void
pop3_run_noop(Pop3Session *self, const Pop3Line *line)
{
    pop3_answer(self, POP3_OK);
}
