/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-user.c: selo user add, passwd, list, remove: the users of the site's passwd-file. They
 * edit the file, which the auth role reads again by itself; no mailbox is made or removed. A
 * password never stands on the command line, where every process could read it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "server/admin/selo-admin.h"
#include "server/admin/selo-passwd-edit.h"
#include "server/auth/selo-password-hash.h"
#include "server/config/selo-compiler.h"
#include "server/config/selo-snapshot.h"

#define MAX_PASSWORD 1024
#define MAX_NAME     255

typedef struct {
    char *auth, *scheme, *password_file; /* options */
    char **operands;
    SeloSnapshot *snapshot;
    const SeloConf *section; /* of [auth], whose file it is */
} UserCommand;

static void
user_command_clear(UserCommand *self)
{
    g_free(self->auth);
    g_free(self->scheme);
    g_free(self->password_file);
    g_strfreev(self->operands);
    g_clear_pointer(&self->snapshot, selo_snapshot_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UserCommand, user_command_clear)

/* ---- which file ---- */

static gboolean
is_passwd_file(const SeloConf *conf, const char *name)
{
    const char *plugin = selo_conf_str(conf, "plugin");

    plugin = plugin != NULL ? plugin : name;
    return g_str_equal(plugin, "passwd-file") || g_str_has_prefix(plugin, "passwd-file:");
}

static gboolean
find_section(UserCommand *self, GError **error)
{
    const SeloStrs names = selo_snapshot_names(self->snapshot, "auth");
    guint n = 0;

    for (size_t i = 0; i < names.n; i++) {
        const SeloConf *conf = selo_snapshot_section(self->snapshot, "auth", names.v[i].s);

        if (!is_passwd_file(conf, names.v[i].s) ||
            (self->auth != NULL && !g_str_equal(self->auth, names.v[i].s)))
            continue;
        self->section = conf;
        n++;
    }
    if (n == 1)
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s",
                n > 1                ? "there are several passwd-files; name one with --auth NAME"
                : self->auth != NULL ? "no [auth] section of this name has a passwd-file"
                                     : "no [auth] section has a passwd-file");
    return FALSE;
}

static gboolean
load_settings(UserCommand *self, const char *root, GError **error)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(root);
    g_autoptr(GPtrArray) faults = NULL;
    const int fd = selo_compile(paths, &faults, error);

    if (fd < 0) {
        g_prefix_error(error, "the configuration has faults (selo config check): ");
        return FALSE;
    }
    self->snapshot = selo_snapshot_open(fd, error);
    close(fd);
    return self->snapshot != NULL && find_section(self, error);
}

/* ---- which user ---- */

static gboolean
check_name(const char *name, GError **error)
{
    gboolean is_good = *name != '\0' && strlen(name) <= MAX_NAME && g_utf8_validate(name, -1, NULL);

    for (const char *c = name; *c != '\0'; c++)
        is_good &= (guchar) *c >= 0x80 || g_ascii_isalnum(*c) || strchr(".-_+@", *c) != NULL;
    if (!is_good)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "\"%s\": expected a name of letters, digits and .-_+, with or without @DOMAIN",
                    name);
    return is_good;
}

/* As users are written in this site: in lower case, with the default domain. */
static char *
full_name(const UserCommand *self, const char *name)
{
    const char *domain = selo_conf_str(self->section, "default-domain");
    g_autofree char *lower = g_ascii_strdown(name, -1);

    return strchr(lower, '@') == NULL && domain != NULL ? g_strconcat(lower, "@", domain, NULL)
                                                        : g_steal_pointer(&lower);
}

/* NULL: *error. */
static char *
file_of(const UserCommand *self, const char *user, GError **error)
{
    const char *file = selo_conf_str(self->section, "file");
    const char *at = user != NULL ? strrchr(user, '@') : NULL;
    g_auto(GStrv) parts = g_strsplit(file, "%d", -1);

    if (parts[1] == NULL)
        return g_strdup(file);
    if (at != NULL && strchr(at, '/') == NULL && at[1] != '.')
        return g_strjoinv(at + 1, parts);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "%s: one file a domain; name a user with @DOMAIN", file);
    return NULL;
}

/* The name that stands in the file: as given, or with the default domain. */
static char *
known_name(const UserCommand *self, const SeloPasswdEdit *edit, const char *name, GError **error)
{
    g_autofree char *full = full_name(self, name);

    if (selo_passwd_edit_has(edit, name))
        return g_ascii_strdown(name, -1);
    if (selo_passwd_edit_has(edit, full))
        return g_steal_pointer(&full);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: no such user", name);
    return NULL;
}

/* ---- the password ---- */

static gboolean
read_line(FILE *from, char password[MAX_PASSWORD + 2], GError **error)
{
    if (fgets(password, MAX_PASSWORD + 2, from) == NULL)
        *password = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    if (*password != '\0' && strlen(password) <= MAX_PASSWORD)
        return TRUE;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "expected a password of 1 to %d octets", MAX_PASSWORD);
    return FALSE;
}

static gboolean
prompt(const char *text, char password[MAX_PASSWORD + 2], GError **error)
{
    struct termios shown, hidden;
    gboolean is_read;

    fprintf(stderr, "%s: ", text);
    tcgetattr(STDIN_FILENO, &shown);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    is_read = read_line(stdin, password, error);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    return is_read;
}

static gboolean
prompt_twice(char password[MAX_PASSWORD + 2], GError **error)
{
    char again[MAX_PASSWORD + 2];
    gboolean is_same;

    if (!prompt("New password", password, error) || !prompt("Again", again, error))
        return FALSE;
    is_same = strcmp(password, again) == 0;
    explicit_bzero(again, sizeof again);
    if (!is_same)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            "the two passwords differ");
    return is_same;
}

/* From --password-file, else from whoever types, else from standard input. */
static gboolean
get_password(const UserCommand *self, char password[MAX_PASSWORD + 2], GError **error)
{
    FILE *file;
    gboolean is_read;

    if (self->password_file == NULL)
        return isatty(STDIN_FILENO) ? prompt_twice(password, error)
                                    : read_line(stdin, password, error);
    if ((file = fopen(self->password_file, "re")) == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: cannot be read",
                    self->password_file);
        return FALSE;
    }
    is_read = read_line(file, password, error);
    fclose(file);
    return is_read;
}

/* NULL: *error. The caller wipes it. */
static char *
make_password(const UserCommand *self, const char *user, GError **error)
{
    char password[MAX_PASSWORD + 2] = "";
    char *stored = NULL;

    if (get_password(self, password, error))
        stored = selo_password_hash(self->scheme != NULL ? self->scheme : SELO_PASSWORD_SCHEME,
                                    user, password, error);
    explicit_bzero(password, sizeof password);
    return stored;
}

/* The file is locked only when the password is known: typing takes long. */
static gboolean
set_password(const UserCommand *self, const char *file, const char *user, gboolean is_new,
             GError **error)
{
    g_autofree char *stored = make_password(self, user, error);
    g_autoptr(SeloPasswdEdit) edit = NULL;

    if (stored == NULL || (edit = selo_passwd_edit_open(file, is_new, error)) == NULL)
        return FALSE;
    selo_passwd_edit_set(edit, user, stored);
    explicit_bzero(stored, strlen(stored));
    return selo_passwd_edit_save(edit, error);
}

/* ---- the commands ---- */

/* A file that is not there yet knows nobody. */
static gboolean
is_in_file(const char *file, const char *user)
{
    g_autoptr(SeloPasswdEdit) edit = selo_passwd_edit_open(file, FALSE, NULL);

    return edit != NULL && selo_passwd_edit_has(edit, user);
}

static gboolean
add_user(UserCommand *self, const char *name, GError **error)
{
    g_autofree char *user = full_name(self, name), *file = file_of(self, user, error);

    if (file == NULL)
        return FALSE;
    if (!is_in_file(file, user))
        return set_password(self, file, user, TRUE, error);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                "%s: this user is there already; selo user passwd gives a new password", user);
    return FALSE;
}

static gboolean
change_password(UserCommand *self, const char *name, GError **error)
{
    g_autofree char *full = full_name(self, name), *file = file_of(self, full, error), *user = NULL;
    SeloPasswdEdit *edit = file != NULL ? selo_passwd_edit_open(file, FALSE, error) : NULL;

    if (edit == NULL)
        return FALSE;
    user = known_name(self, edit, name, error);
    selo_passwd_edit_free(edit);
    return user != NULL && set_password(self, file, user, FALSE, error);
}

static gboolean
remove_user(UserCommand *self, const char *name, GError **error)
{
    g_autofree char *full = full_name(self, name), *file = file_of(self, full, error), *user = NULL;
    g_autoptr(SeloPasswdEdit) edit =
        file != NULL ? selo_passwd_edit_open(file, FALSE, error) : NULL;

    if (edit == NULL || (user = known_name(self, edit, name, error)) == NULL)
        return FALSE;
    selo_passwd_edit_remove(edit, user);
    return selo_passwd_edit_save(edit, error);
}

/* Options of all four; FALSE: *error. */
static gboolean
parse_options(UserCommand *self, const SeloAdminCommand *command, GError **error)
{
    const GOptionEntry entries[] = {
        { "auth", 0, 0, G_OPTION_ARG_STRING, &self->auth, NULL, NULL },
        { "scheme", 0, 0, G_OPTION_ARG_STRING, &self->scheme, NULL, NULL },
        { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file, NULL, NULL },
        { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->operands, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) argv = NULL;

    g_strv_builder_add(builder, "selo user");
    g_strv_builder_addv(builder, (const char **) command->argv);
    argv = g_strv_builder_end(builder);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse_strv(context, &argv, error);
}

static int
run_for_one(const SeloAdminCommand *command, const char *verb,
            gboolean (*run)(UserCommand *self, const char *name, GError **error))
{
    g_auto(UserCommand) self = { NULL };
    g_autoptr(GError) error = NULL;

    if (!parse_options(&self, command, &error) || self.operands == NULL ||
        g_strv_length(self.operands) != 1)
        return selo_admin_usage("user", verb);
    if (check_name(self.operands[0], &error) && load_settings(&self, command->root, &error) &&
        run(&self, self.operands[0], &error))
        return 0;
    return selo_admin_fail("%s", error->message);
}

int
selo_admin_user_add(const SeloAdminCommand *command)
{
    return run_for_one(command, "add", add_user);
}

int
selo_admin_user_passwd(const SeloAdminCommand *command)
{
    return run_for_one(command, "passwd", change_password);
}

int
selo_admin_user_remove(const SeloAdminCommand *command)
{
    return run_for_one(command, "remove", remove_user);
}

static void
print_names(const GPtrArray *names, gboolean is_json)
{
    g_auto(GVariantBuilder) rows = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE("as"));

    for (guint i = 0; i < names->len; i++)
        if (is_json)
            g_variant_builder_add(&rows, "s", names->pdata[i]);
        else
            g_print("%s\n", (const char *) names->pdata[i]);
    if (is_json)
        selo_admin_print_json(g_variant_builder_end(&rows));
}

int
selo_admin_user_list(const SeloAdminCommand *command)
{
    g_auto(UserCommand) self = { NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *file = NULL;
    g_autoptr(SeloPasswdEdit) edit = NULL;
    g_autoptr(GPtrArray) names = NULL;

    if (!parse_options(&self, command, &error) || self.operands != NULL)
        return selo_admin_usage("user", "list");
    if (!load_settings(&self, command->root, &error) ||
        (file = file_of(&self, NULL, &error)) == NULL ||
        (edit = selo_passwd_edit_open(file, FALSE, &error)) == NULL)
        return selo_admin_fail("%s", error->message);
    names = selo_passwd_edit_names(edit);
    print_names(names, command->is_json);
    return 0;
}
