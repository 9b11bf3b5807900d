/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-command.h: commands. The table in pop3-command.c says for each where it is defined, in which
 * phases it is legal, how many arguments it takes and what runs.
 */
#pragma once

#include "plugins/pop3/pop3-session.h"

typedef struct {
    const char *keyword;
    const char *rfc;
    guint legal_in; /* Pop3Phase */
    size_t min_arguments, max_arguments;
    void (*run)(Pop3Session *self, const Pop3Line *line);
} Pop3Command;

/* One command line, without its CRLF. */
void pop3_dispatch(Pop3Session *self, SeloStr line);

/* pop3-cmd-auth.c */
void pop3_run_user(Pop3Session *self, const Pop3Line *line);
void pop3_run_pass(Pop3Session *self, const Pop3Line *line);
void pop3_run_auth(Pop3Session *self, const Pop3Line *line);
/* One line of a SASL exchange under way. */
void pop3_sasl_line(Pop3Session *self, SeloStr line);

/* pop3-cmd-capa.c */
void pop3_run_capa(Pop3Session *self, const Pop3Line *line);
void pop3_run_stls(Pop3Session *self, const Pop3Line *line);

/* pop3-cmd-list.c */
void pop3_run_stat(Pop3Session *self, const Pop3Line *line);
void pop3_run_list(Pop3Session *self, const Pop3Line *line);
void pop3_run_uidl(Pop3Session *self, const Pop3Line *line);

/* pop3-cmd-retr.c */
void pop3_run_retr(Pop3Session *self, const Pop3Line *line);
void pop3_run_top(Pop3Session *self, const Pop3Line *line);

/* pop3-cmd-dele.c */
void pop3_run_dele(Pop3Session *self, const Pop3Line *line);
void pop3_run_rset(Pop3Session *self, const Pop3Line *line);
void pop3_run_noop(Pop3Session *self, const Pop3Line *line);

/* pop3-cmd-quit.c */
void pop3_run_quit(Pop3Session *self, const Pop3Line *line);
