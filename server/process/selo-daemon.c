/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-daemon.c: main() of selod: options, then one role or the supervisor. It never goes into the
 * background: that is the service manager's work.
 */
#include "config.h"

#include <locale.h>

#include "server/base/selo-paths.h"
#include "server/process/selo-role-main.h"
#include "server/process/selo-supervisor.h"

__attribute__((visibility("default"))) int selo_daemon_main(int argc, char **argv);

int
selo_daemon_main(int argc, char **argv)
{
    g_autofree char *root = g_strdup(g_getenv("SELO_ROOT"));
    g_autofree char *role = NULL, *id = NULL, *log_level = NULL;
    gboolean is_single = FALSE, is_stderr = FALSE, is_check = FALSE, is_version = FALSE;
    int index = 0, generation = 0;
    const GOptionEntry entries[] = {
        { "root", 0, 0, G_OPTION_ARG_FILENAME, &root, "All directories below DIR (also: SELO_ROOT)",
          "DIR" },
        { "single", 0, 0, G_OPTION_ARG_NONE, &is_single,
          "All roles in this one process, for debuggers", NULL },
        { "stderr", 0, 0, G_OPTION_ARG_NONE, &is_stderr,
          "Log to standard error, whatever is configured", NULL },
        { "config-check", 0, 0, G_OPTION_ARG_NONE, &is_check, "Check the configuration and end",
          NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &is_version, "Print the version and end", NULL },
        { "role", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &role, NULL, NULL },
        { "index", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &index, NULL, NULL },
        { "generation", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &generation, NULL, NULL },
        { "id", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &id, NULL, NULL },
        { "log-level", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &log_level, NULL, NULL },
        { NULL },
    };
    g_autoptr(GOptionContext) context =
        g_option_context_new("- the Selo mail server, in the foreground");
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloPaths) paths = NULL;

    setlocale(LC_CTYPE, "C.UTF-8"); /* file names and messages are UTF-8 wherever it is started */
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
        g_printerr("selod: %s\n",
                   error != NULL ? error->message : "it takes options only (selod --help)");
        return 2;
    }
    if (is_version) {
        g_print("selod %s\n", PACKAGE_VERSION);
        return 0;
    }
    paths = selo_paths_new(root);
    if (is_check)
        return selo_compiler_check(paths);
    if (role != NULL && g_str_equal(role, "compiler"))
        return selo_compiler_role_main(paths);
    if (role != NULL) {
        SeloRoleArguments arguments = { role, id != NULL ? id : "AAAAAA",
                                        log_level != NULL ? log_level : "info", index, generation };

        return selo_role_main(paths, &arguments);
    }
    return selo_supervisor_run(&(SeloSupervisorOptions){ root, paths, is_single, is_stderr });
}
