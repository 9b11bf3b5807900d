/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin.c: the table of commands, and what is made from it: dispatch, help, shell completion. It
 * does nothing by itself; each command is in selo-admin-NOUN.c.
 */
#include "config.h"

#include "server/admin/selo-admin.h"

#include <locale.h>
#include <string.h>

static int run_help(const SeloAdminCommand *command);
static int run_completion(const SeloAdminCommand *command);

/* clang-format off */
const SeloAdminVerb selo_admin_verbs[] = {
    { "site", "new", "DIR --hostname H --domain D [--base-port N] [--user NAME:PASSWORD...] "
      "[--store maildir|memory] [--run-as ACCOUNT]",
      "make a complete site under one directory", selo_admin_site_new },
    { "config", "check", "[DIR]",
      "find every fault of the configuration", selo_admin_config_check },
    { "config", "show", "[SECTION]",
      "print what is in force, and where it is set", selo_admin_config_show },
    { "config", "explain", "SECTION OPTION [--listener L] [--domain D] [--user U]",
      "print an option and every layer that sets it", selo_admin_config_explain },
    { "plugin", "list", "[--all]",
      "print the plugins, their state and where they run", selo_admin_plugin_list },
    { "plugin", "inspect", "NAME|FILE.xml",
      "print all a plugin's manifest says", selo_admin_plugin_inspect },
    { "plugin", "check", "[NAME | FILE.xml FILE.so]",
      "check manifest, module and relations", selo_admin_plugin_check },
    { "plugin", "enable", "NAME...",
      "check plugins, then let the server use them", selo_admin_plugin_enable },
    { "plugin", "disable", "NAME...",
      "let the server use them no longer", selo_admin_plugin_disable },
    { "user", "add", "NAME [--auth NAME] [--scheme SCHEME] [--password-file FILE]",
      "let a user log in; the password is asked for", selo_admin_user_add },
    { "user", "passwd", "NAME [--auth NAME] [--scheme SCHEME] [--password-file FILE]",
      "give a user a new password", selo_admin_user_passwd },
    { "user", "list", "[--auth NAME]",
      "print the users", selo_admin_user_list },
    { "user", "remove", "NAME [--auth NAME]",
      "let a user log in no longer; mail stays", selo_admin_user_remove },
    { "status", NULL, "",
      "show processes, sessions and plugins of the running server", selo_admin_status },
    { "reload", NULL, "",
      "take the configuration into force without dropping a connection", selo_admin_reload },
    { "stop", NULL, "",
      "end the server in good order", selo_admin_stop },
    { "log", NULL, "[-f] [--since TIME] [--level LEVEL | --reopen] [ID]",
      "show the log, of one session or since a time; change its level", selo_admin_log },
    { "completion", NULL, "bash",
      "print a completion script for the shell", run_completion },
    { "help", NULL, "[COMMAND]",
      "explain a command", run_help },
};
/* clang-format on */
const size_t selo_admin_n_verbs = G_N_ELEMENTS(selo_admin_verbs);

/* ---- help ---- */

static void
print_row(const SeloAdminVerb *row, gboolean is_full)
{
    g_autofree char *name =
        row->verb != NULL ? g_strdup_printf("%s %s", row->noun, row->verb) : g_strdup(row->noun);

    if (is_full)
        g_print("  selo %s %s\n      %s\n", name, row->arguments, row->summary);
    else
        g_print("  %-16s %s\n", name, row->summary);
}

/* 0 rows: no such noun. */
static size_t
print_rows(const char *noun, gboolean is_full)
{
    size_t n = 0;

    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        if (noun == NULL || strcmp(selo_admin_verbs[i].noun, noun) == 0) {
            print_row(&selo_admin_verbs[i], is_full);
            n++;
        }
    return n;
}

static void
print_overview(void)
{
    g_print("selo - administer the Selo mail server\n\nselo [--root DIR] [--json] COMMAND ...\n\n");
    print_rows(NULL, FALSE);
    g_print("\n  --root DIR       the site below DIR (also: SELO_ROOT)\n"
            "  --json           print for scripts, where a command can\n"
            "\nselo help COMMAND explains one.\n");
}

static int
run_help(const SeloAdminCommand *command)
{
    if (command->argc == 0)
        print_overview();
    else if (print_rows(command->argv[0], TRUE) == 0)
        return selo_admin_fail("%s: no such command", command->argv[0]);
    return 0;
}

int
selo_admin_usage(const char *noun, const char *verb)
{
    for (size_t i = 0; i < selo_admin_n_verbs; i++) {
        const SeloAdminVerb *row = &selo_admin_verbs[i];

        if (strcmp(row->noun, noun) == 0 && (verb == NULL || g_strcmp0(row->verb, verb) == 0))
            g_printerr("usage: selo %s%s%s %s\n", row->noun, row->verb != NULL ? " " : "",
                       row->verb != NULL ? row->verb : "", row->arguments);
    }
    return 2;
}

int
selo_admin_fail(const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_printerr("selo: %s\n", text);
    return 1;
}

/* ---- completion ---- */

static gboolean
is_first_of_noun(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(selo_admin_verbs[i].noun, selo_admin_verbs[index].noun) == 0)
            return FALSE;
    return TRUE;
}

static void
print_verbs_of(const char *noun)
{
    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        if (strcmp(selo_admin_verbs[i].noun, noun) == 0 && selo_admin_verbs[i].verb != NULL)
            g_print(" %s", selo_admin_verbs[i].verb);
}

static int
run_completion(const SeloAdminCommand *command)
{
    if (command->argc != 1 || strcmp(command->argv[0], "bash") != 0)
        return selo_admin_usage("completion", NULL);
    g_print("_selo() {\n"
            "    local word=${COMP_WORDS[COMP_CWORD]} noun= i\n"
            "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
            "        case ${COMP_WORDS[i]} in\n"
            "        --root) ((i++)) ;;\n"
            "        -*) ;;\n"
            "        *) [ -n \"$noun\" ] && { COMPREPLY=($(compgen -f -- \"$word\")); return; }\n"
            "           noun=${COMP_WORDS[i]} ;;\n"
            "        esac\n"
            "    done\n"
            "    case $noun in\n");
    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        if (is_first_of_noun(i) && selo_admin_verbs[i].verb != NULL) {
            g_print("    %s) COMPREPLY=($(compgen -W '", selo_admin_verbs[i].noun);
            print_verbs_of(selo_admin_verbs[i].noun);
            g_print("' -- \"$word\")) ;;\n");
        }
    g_print("    '') COMPREPLY=($(compgen -W '--root --json --help");
    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        if (is_first_of_noun(i))
            g_print(" %s", selo_admin_verbs[i].noun);
    g_print("' -- \"$word\")) ;;\n"
            "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
            "    esac\n"
            "}\n"
            "complete -F _selo selo\n");
    return 0;
}

/* ---- dispatch ---- */

typedef struct {
    SeloAdminCommand command;
    GPtrArray *words; /* what is no global option */
    gboolean is_help, is_version;
} Line;

/* Global options may stand anywhere before "--". FALSE: --root without its value. */
static gboolean
parse_line(Line *line, char **argv)
{
    for (char **word = argv + 1; *word != NULL; word++) {
        if (strcmp(*word, "--") == 0) {
            while (*++word != NULL)
                g_ptr_array_add(line->words, *word);
            return TRUE;
        }
        if (strcmp(*word, "--json") == 0)
            line->command.is_json = TRUE;
        else if (strcmp(*word, "--help") == 0 || strcmp(*word, "-h") == 0)
            line->is_help = TRUE;
        else if (strcmp(*word, "--version") == 0)
            line->is_version = TRUE;
        else if (g_str_has_prefix(*word, "--root="))
            line->command.root = *word + strlen("--root=");
        else if (strcmp(*word, "--root") == 0) {
            if (word[1] == NULL)
                return FALSE;
            line->command.root = *++word;
        } else
            g_ptr_array_add(line->words, *word);
    }
    return TRUE;
}

/* @words: NULL-terminated. */
static const SeloAdminVerb *
find_row(char **words)
{
    for (size_t i = 0; words[0] != NULL && i < selo_admin_n_verbs; i++) {
        const SeloAdminVerb *row = &selo_admin_verbs[i];

        if (strcmp(row->noun, words[0]) == 0 &&
            (row->verb == NULL || (words[1] != NULL && strcmp(row->verb, words[1]) == 0)))
            return row;
    }
    return NULL;
}

static int
refuse(const char *noun)
{
    if (noun == NULL) {
        print_overview();
        return 2;
    }
    for (size_t i = 0; i < selo_admin_n_verbs; i++)
        if (strcmp(selo_admin_verbs[i].noun, noun) == 0)
            return selo_admin_usage(noun, NULL);
    selo_admin_fail("%s: no such command; selo help lists them", noun);
    return 2;
}

static int
dispatch(Line *line)
{
    char **words = (char **) line->words->pdata;
    const SeloAdminVerb *row = find_row(words);
    guint n_used;

    if (line->is_version) {
        g_print("selo %s\n", PACKAGE_VERSION);
        return 0;
    }
    if (line->is_help) {
        if (words[0] == NULL || print_rows(words[0], TRUE) == 0)
            print_overview();
        return 0;
    }
    if (row == NULL)
        return refuse(words[0]);
    n_used = row->verb != NULL ? 2 : 1;
    line->command.argv = words + n_used;
    line->command.argc = (int) (line->words->len - 1 - n_used);
    return row->run(&line->command);
}

int
selo_admin_main(int argc, char **argv)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    Line line = { .words = words, .command.root = g_getenv("SELO_ROOT") };

    setlocale(LC_CTYPE, "C.UTF-8");
    if (!parse_line(&line, argv)) {
        selo_admin_fail("--root wants a directory");
        return 2;
    }
    g_ptr_array_add(words, NULL);
    return dispatch(&line);
}
