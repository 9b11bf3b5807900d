/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin.h: the selo command. One table of commands; help, shell completion and dispatch come from
 * it. A command is one file, selo-admin-NOUN.c, with one row a verb in selo-admin.c.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *root; /* --root DIR or SELO_ROOT; NULL = the configured directories */
    gboolean is_json; /* --json */
    char **argv;      /* operands and options after the verb, NULL-terminated */
    int argc;
} SeloAdminCommand;

typedef struct {
    const char *noun, *verb; /* "plugin", "list"; verb NULL: a command of one word */
    const char *arguments;   /* "[--all] [NAME...]", for help */
    const char *summary;     /* one line */
    int (*run)(
        const SeloAdminCommand *command); /* exit status: 0, 1 = failed, 2 = usage or warnings */
} SeloAdminVerb;

extern const SeloAdminVerb selo_admin_verbs[];
extern const size_t selo_admin_n_verbs;

/* main() of selo; exported in SELO_PRIVATE. */
__attribute__((visibility("default"))) int selo_admin_main(int argc, char **argv);

/* Sends one command to the running server's control socket and gives its answer (a{sv}). Errors say
 * whether the server does not run. */
GVariant *selo_admin_ask(const SeloAdminCommand *command, const char *verb, GVariant *arguments,
                         GError **error);

/* On standard output, with a line end: what --json prints. */
void selo_admin_print_json(GVariant *value);
/* "selo: ..." on standard error; returns 1. */
int selo_admin_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The row's usage on standard error; returns 2. */
int selo_admin_usage(const char *noun, const char *verb);

/* config */
int selo_admin_config_check(const SeloAdminCommand *command);
int selo_admin_config_show(const SeloAdminCommand *command);
int selo_admin_config_explain(const SeloAdminCommand *command);
/* plugin */
int selo_admin_plugin_list(const SeloAdminCommand *command);
int selo_admin_plugin_inspect(const SeloAdminCommand *command);
int selo_admin_plugin_check(const SeloAdminCommand *command);
int selo_admin_plugin_enable(const SeloAdminCommand *command);
int selo_admin_plugin_disable(const SeloAdminCommand *command);
/* user */
int selo_admin_user_add(const SeloAdminCommand *command);
int selo_admin_user_passwd(const SeloAdminCommand *command);
int selo_admin_user_list(const SeloAdminCommand *command);
int selo_admin_user_remove(const SeloAdminCommand *command);
/* site, server */
int selo_admin_site_new(const SeloAdminCommand *command);
int selo_admin_status(const SeloAdminCommand *command);
int selo_admin_reload(const SeloAdminCommand *command);
int selo_admin_stop(const SeloAdminCommand *command);
int selo_admin_log(const SeloAdminCommand *command);
