/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-command.c: the table of commands, and the check of a line against it.
 */
#include "config.h"

#include "plugins/pop3/pop3-command.h"

#include <string.h>

#define ANY SIZE_MAX /* the command looks at the rest of the line itself */

/* clang-format off */
#define AUTHORIZATION POP3_PHASE_AUTHORIZATION
#define TRANSACTION   POP3_PHASE_TRANSACTION
static const Pop3Command commands[] = {
    { "AUTH", "RFC 5034 4",   AUTHORIZATION,               0, 2,   pop3_run_auth },
    { "CAPA", "RFC 2449 5",   AUTHORIZATION | TRANSACTION, 0, 0,   pop3_run_capa },
    { "DELE", "RFC 1939 5",   TRANSACTION,                 1, 1,   pop3_run_dele },
    { "LIST", "RFC 1939 5",   TRANSACTION,                 0, 1,   pop3_run_list },
    { "NOOP", "RFC 1939 5",   TRANSACTION,                 0, 0,   pop3_run_noop },
    { "PASS", "RFC 1939 7",   AUTHORIZATION,               0, ANY, pop3_run_pass },
    { "QUIT", "RFC 1939 4",   AUTHORIZATION | TRANSACTION, 0, 0,   pop3_run_quit },
    { "RETR", "RFC 1939 5",   TRANSACTION,                 1, 1,   pop3_run_retr },
    { "RSET", "RFC 1939 5",   TRANSACTION,                 0, 0,   pop3_run_rset },
    { "STAT", "RFC 1939 5",   TRANSACTION,                 0, 0,   pop3_run_stat },
    { "STLS", "RFC 2595 4",   AUTHORIZATION,               0, 0,   pop3_run_stls },
    { "TOP",  "RFC 1939 7",   TRANSACTION,                 2, 2,   pop3_run_top },
    { "UIDL", "RFC 1939 7",   TRANSACTION,                 0, 1,   pop3_run_uidl },
    { "USER", "RFC 1939 7",   AUTHORIZATION,               1, ANY, pop3_run_user },
};
/* clang-format on */

static const Pop3Command *
find_command(const char *keyword)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].keyword, keyword) == 0)
            return &commands[i];
    return NULL;
}

void
pop3_dispatch(Pop3Session *self, SeloStr line)
{
    Pop3Line parsed;
    const Pop3Command *command =
        pop3_parse_line(line, &parsed) ? find_command(parsed.keyword) : NULL;

    if (command == NULL)
        pop3_answer(self, POP3_UNKNOWN_COMMAND);
    else if (!(command->legal_in & self->phase))
        pop3_answer(self, POP3_WRONG_STATE);
    else if (parsed.n_arguments < command->min_arguments ||
             parsed.n_arguments > command->max_arguments)
        pop3_answer(self, POP3_BAD_ARGUMENTS);
    else
        command->run(self, &parsed);
}
