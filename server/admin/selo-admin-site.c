/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-site.c: selo site new: a complete site under one directory, ready for selod --root. It
 * writes where no configuration is yet: an existing site is never touched.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/admin/selo-admin.h"
#include "server/admin/selo-certificate.h"
#include "server/auth/selo-password-hash.h"
#include "server/base/selo-paths.h"

#define MAX_BASE_PORT (65535 - 4190) /* ManageSieve has the highest port */

typedef struct {
    char *root; /* absolute */
    const char *hostname, *domain, *store, *account;
    guint base;
    GPtrArray *users; /* of const char *: NAME:PASSWORD */
    SeloPaths *paths;
} Site;

/* The listeners of a site; the port is the base and what IANA gave the protocol. */
static const struct {
    const char *name, *plugin, *options;
    guint port;
} listeners[] = {
    { "lmtp", "smtp", "mode = lmtp", 24 },
    { "mx", "smtp", "mode = mx\ntls = starttls", 25 },
    { "submissions", "smtp", "mode = submission\ntls = immediate\nauth = users", 465 },
    { "submission", "smtp", "mode = submission\ntls = starttls\nauth = users", 587 },
    { "imap", "imap", "tls = starttls\nauth = users", 143 },
    { "imaps", "imap", "tls = immediate\nauth = users", 993 },
    { "pop3", "pop3", "tls = starttls\nauth = users", 110 },
    { "pop3s", "pop3", "tls = immediate\nauth = users", 995 },
};

/* Protocols that this installation has not are left out, listeners and all; these are needed. */
static const char *const needed[] = { "passwd-file", "text-table" };

/* ---- the command line ---- */

static gboolean G_GNUC_PRINTF(2, 3) refuse(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (error != NULL)
        *error = g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments);
    va_end(arguments);
    return FALSE;
}

static gboolean
take_option(Site *site, const char *name, const char *value, GError **error)
{
    guint64 port;

    if (strpbrk(value, "\r\n") != NULL)
        return refuse(error, "%s: a line break", name);
    if (strcmp(name, "--hostname") == 0)
        site->hostname = value;
    else if (strcmp(name, "--domain") == 0)
        site->domain = value;
    else if (strcmp(name, "--store") == 0)
        site->store = value;
    else if (strcmp(name, "--run-as") == 0)
        site->account = value;
    else if (strcmp(name, "--user") == 0)
        g_ptr_array_add(site->users, (char *) value);
    else if (strcmp(name, "--base-port") != 0)
        return refuse(error, "%s: no such option", name);
    else if (!g_ascii_string_to_unsigned(value, 10, 0, MAX_BASE_PORT, &port, NULL))
        return refuse(error, "--base-port %s: expected 0 to %d", value, MAX_BASE_PORT);
    else
        site->base = (guint) port;
    return TRUE;
}

/* "--name value" or "--name=value". */
static gboolean
parse_arguments(Site *site, const SeloAdminCommand *command, GError **error)
{
    const char *directory = NULL;

    for (char **word = command->argv; *word != NULL; word++) {
        const char *equals = strchr(*word, '=');
        g_autofree char *name =
            equals != NULL ? g_strndup(*word, (gsize) (equals - *word)) : g_strdup(*word);

        if (!g_str_has_prefix(*word, "--")) {
            if (directory != NULL)
                return refuse(error, "%s: one directory only", *word);
            directory = *word;
            continue;
        }
        if (equals == NULL && word[1] == NULL)
            return refuse(error, "%s wants a value", *word);
        if (!take_option(site, name, equals != NULL ? equals + 1 : *++word, error))
            return FALSE;
    }
    if (directory == NULL)
        directory = command->root;
    if (directory == NULL)
        return refuse(error, "which directory?");
    site->root = g_canonicalize_filename(directory, NULL);
    return TRUE;
}

static gboolean
check_site(Site *site, GError **error)
{
    g_autofree char *conf = NULL;

    if (site->hostname == NULL || site->domain == NULL)
        return refuse(error, "--hostname and --domain are needed");
    if (strcmp(site->store, "maildir") != 0 && strcmp(site->store, "memory") != 0)
        return refuse(error, "--store %s: expected maildir or memory", site->store);
    for (guint i = 0; i < site->users->len; i++) {
        const char *user = site->users->pdata[i], *colon = strchr(user, ':');

        if (colon == NULL || colon == user || colon[1] == '\0' || strchr(user, '/') != NULL ||
            user[0] == '.')
            return refuse(error, "--user %s: expected NAME:PASSWORD", user);
    }
    site->paths = selo_paths_new(site->root);
    conf = g_build_filename(site->paths->config_dir, "selo.conf", NULL);
    if (g_file_test(conf, G_FILE_TEST_EXISTS))
        return refuse(error, "%s exists: there is a site already", conf);
    return TRUE;
}

/* ---- files ---- */

static gboolean
make_directory(const char *path, GError **error)
{
    if (g_mkdir_with_parents(path, 0750) == 0)
        return TRUE;
    return refuse(error, "cannot make %s: %s", path, g_strerror(errno));
}

static gboolean
write_file(const char *directory, const char *name, const char *text, int mode, GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, error);
}

static gboolean
make_directories(Site *site, GError **error)
{
    const SeloPaths *paths = site->paths;
    g_autofree char *conf_d = g_build_filename(paths->config_dir, "conf.d", NULL);
    g_autofree char *enabled = g_build_filename(paths->config_dir, "plugins-enabled", NULL);
    g_autofree char *tls = g_build_filename(paths->config_dir, "tls", NULL);
    g_autofree char *mail = g_build_filename(site->root, "var", "mail", site->domain, NULL);
    const char *const all[] = { conf_d,         enabled,          tls,
                                mail,           paths->state_dir, paths->spool_dir,
                                paths->run_dir, paths->log_dir };

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (!make_directory(all[i], error))
            return FALSE;
    return TRUE;
}

static gboolean
is_installed(Site *site, const char *plugin)
{
    g_autofree char *manifest = selo_paths_manifest(site->paths, plugin);

    return g_file_test(manifest, G_FILE_TEST_EXISTS);
}

static gboolean
enable_plugin(Site *site, const char *name, GError **error)
{
    g_autofree char *manifest = selo_paths_manifest(site->paths, name);
    g_autofree char *link_name = g_strconcat(name, ".xml", NULL);
    g_autofree char *link_path =
        g_build_filename(site->paths->config_dir, "plugins-enabled", link_name, NULL);

    if (!is_installed(site, name))
        return refuse(error, "the plugin %s is not installed (%s)", name, manifest);
    if (symlink(manifest, link_path) < 0 && errno != EEXIST)
        return refuse(error, "cannot make %s: %s", link_path, g_strerror(errno));
    return TRUE;
}

static gboolean
enable_plugins(Site *site, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (!enable_plugin(site, needed[i], error))
            return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(listeners); i++)
        if (is_installed(site, listeners[i].plugin) &&
            !enable_plugin(site, listeners[i].plugin, error))
            return FALSE;
    return enable_plugin(site, site->store, error);
}

static gboolean
write_users(Site *site, GError **error)
{
    g_autoptr(GString) text =
        g_string_new("# Users in Dovecot's passwd-file form; selo user edits it.\n");
    gboolean is_written;

    for (guint i = 0; i < site->users->len; i++) {
        const char *user = site->users->pdata[i], *colon = strchr(user, ':');
        g_autofree char *name = g_strndup(user, (gsize) (colon - user));
        g_autofree char *full =
            strchr(name, '@') != NULL ? g_strdup(name) : g_strconcat(name, "@", site->domain, NULL);
        g_autofree char *hash =
            selo_password_hash(SELO_PASSWORD_SCHEME_TRIAL, full, colon + 1, error);

        if (hash == NULL)
            return FALSE;
        g_string_append_printf(text, "%s:%s\n", full, hash);
    }
    is_written = write_file(site->paths->config_dir, "users", text->str, 0600, error);
    explicit_bzero(text->str, text->len);
    return is_written;
}

static gboolean
write_aliases(Site *site, GError **error)
{
    const char *first = site->users->len > 0 ? site->users->pdata[0] : "postmaster";
    g_autofree char *name = g_strndup(first, strcspn(first, ":"));
    g_autofree char *text =
        g_strdup_printf("# Other names of mailboxes, as in aliases(5): NAME: ADDRESS, ...\n"
                        "%spostmaster: %s\nabuse: postmaster\n",
                        site->users->len > 0 ? "" : "#", name);

    return write_file(site->paths->config_dir, "aliases", text, 0640, error);
}

/* ---- selo.conf ---- */

static void
put_listeners(Site *site, GString *text)
{
    g_string_append(
        text,
        "# One section a listener; mode, tls and auth say whom it serves. On the internet, the\n"
        "# addresses would be *:25, *:465 and so on.\n");
    for (size_t i = 0; i < G_N_ELEMENTS(listeners); i++)
        if (is_installed(site, listeners[i].plugin))
            g_string_append_printf(text,
                                   "[listener %s]\nplugin = %s\naddress = 127.0.0.1:%u\n%s\n\n",
                                   listeners[i].name, listeners[i].plugin,
                                   site->base + listeners[i].port, listeners[i].options);
}

static void
put_store(Site *site, GString *text)
{
    g_string_append_printf(
        text,
        "# Where mail is kept: %%d is the user's domain, %%n the name before the @.\n"
        "[store mail]\nplugin = %s\n",
        site->store);
    if (strcmp(site->store, "maildir") == 0)
        g_string_append_printf(text, "path = %s/var/mail/%%d/%%n\n", site->root);
    g_string_append_c(text, '\n');
}

static gboolean
write_conf(Site *site, GError **error)
{
    const char *config_dir = site->paths->config_dir;
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(
        text,
        "# The site under %s. selo config check finds every mistake in here,\n"
        "# selo config show prints what is in force, selo reload takes changes over.\n\n"
        "[server]\nhostname = %s\nlog = file\n",
        site->root, site->hostname);
    if (site->account != NULL)
        g_string_append_printf(
            text, "# The account that owns the mail, if root starts the server.\nuser = %s\n",
            site->account);
    g_string_append_printf(
        text, "\n[tls]\ncertificate = %s/tls/certificate.pem\nkey = file:%s/tls/key.pem\n\n",
        config_dir, config_dir);
    put_listeners(site, text);
    g_string_append_printf(
        text,
        "# Who may log in, as NAME or NAME@%s.\n"
        "[auth users]\nplugin = passwd-file\nfile = %s/users\ndefault-domain = %s\n"
        "plaintext-on-loopback = yes\n\n",
        site->domain, config_dir, site->domain);
    put_store(site, text);
    g_string_append_printf(text,
                           "[table aliases]\nplugin = text-table\nformat = aliases\nfile = %s/aliases\n\n"
                           "# Mail for this domain is delivered here.\n"
                           "[domain %s]\nstore = mail\naliases = aliases\n",
                           config_dir, site->domain);
    return write_file(config_dir, "selo.conf", text->str, 0640, error);
}

/* ---- owners ---- */

static gboolean
give_away(const char *path, uid_t uid, gid_t gid, GError **error)
{
    g_autoptr(GDir) directory = NULL;
    const char *name;

    if (lchown(path, uid, gid) < 0)
        return refuse(error, "cannot give %s away: %s", path, g_strerror(errno));
    if (g_file_test(path, G_FILE_TEST_IS_SYMLINK) || !g_file_test(path, G_FILE_TEST_IS_DIR))
        return TRUE;
    directory = g_dir_open(path, 0, error);
    if (directory == NULL)
        return FALSE;
    while ((name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (!give_away(child, uid, gid, error))
            return FALSE;
    }
    return TRUE;
}

/* What root reads and obeys stays root's; the account reads it as its group. */
static gboolean
keep_configuration(Site *site, const struct passwd *account, GError **error)
{
    static const char *const secrets[] = { "users", "tls/key.pem" };
    g_autofree char *etc = g_path_get_dirname(site->paths->config_dir);

    if (!give_away(etc, 0, account->pw_gid, error))
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(secrets); i++) {
        g_autofree char *path = g_build_filename(site->paths->config_dir, secrets[i], NULL);

        if (chmod(path, 0640) < 0)
            return refuse(error, "cannot open %s to %s: %s", path, account->pw_name,
                          g_strerror(errno));
    }
    return lchown(site->root, 0, account->pw_gid) == 0
           || refuse(error, "cannot keep %s: %s", site->root, g_strerror(errno));
}

/* Made by root without a word about accounts: it runs as root, and says so in its configuration. */
static gboolean
set_owner(Site *site, GError **error)
{
    const struct passwd *account;

    if (geteuid() != 0 || site->account == NULL || strcmp(site->account, "root") == 0)
        return TRUE;
    account = getpwnam(site->account);
    if (account == NULL)
        return refuse(error, "--run-as %s: no such account", site->account);
    return give_away(site->root, account->pw_uid, account->pw_gid, error)
           && keep_configuration(site, account, error);
}

static gboolean
make_certificate(Site *site, GError **error)
{
    g_autofree char *certificate =
        g_build_filename(site->paths->config_dir, "tls", "certificate.pem", NULL);
    g_autofree char *key = g_build_filename(site->paths->config_dir, "tls", "key.pem", NULL);

    return selo_certificate_write(site->hostname, certificate, key, error);
}

int
selo_admin_site_new(const SeloAdminCommand *command)
{
    g_autoptr(GPtrArray) users = g_ptr_array_new();
    Site site = { .store = "maildir", .users = users, .account = geteuid() == 0 ? "root" : NULL };
    g_autoptr(GError) error = NULL;
    gboolean is_usage = !parse_arguments(&site, command, &error) || !check_site(&site, &error);
    gboolean is_done = !is_usage && make_directories(&site, &error) &&
                       enable_plugins(&site, &error) && make_certificate(&site, &error) &&
                       write_users(&site, &error) && write_aliases(&site, &error) &&
                       write_conf(&site, &error) && set_owner(&site, &error);

    if (is_done)
        g_print("%s: a site for %s; run it with: selod --root %s\n", site.root, site.domain,
                site.root);
    else
        selo_admin_fail("%s", error->message);
    if (is_usage)
        selo_admin_usage("site", "new");
    g_free(site.root);
    selo_paths_free(site.paths);
    return is_done ? 0 : is_usage ? 2 : 1;
}
