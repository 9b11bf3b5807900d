/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-account.c: which directory is a user's, and what a process holds of it while anybody has
 * it open. The path template is the only way from a user's name to a path: what could leave it is
 * refused.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-store.h"
#include "plugins/maildir/maildir-subscriptions.h"

/* May stand in a path as one component. */
static gboolean
is_component(SeloStr part)
{
    if (part.len == 0 || part.len > 255 || *part.s == '.')
        return FALSE;
    for (size_t i = 0; i < part.len; i++)
        if (part.s[i] == '/' || (guchar) part.s[i] < 0x20 || part.s[i] == 0x7f)
            return FALSE;
    return TRUE;
}

static gboolean
is_absolute_and_straight(SeloStr home)
{
    return home.len > 0 && *home.s == '/' && memchr(home.s, '\0', home.len) == NULL
           && g_strstr_len(home.s, (gssize) home.len, "/../") == NULL
           && !(home.len >= 3 && memcmp(home.s + home.len - 3, "/..", 3) == 0);
}

char *
maildir_expand_path(const char *path, SeloStr user, SeloStr home, GError **error)
{
    const char *at_sign = user.len > 0 ? memrchr(user.s, '@', user.len) : NULL;
    SeloStr local = { user.s, at_sign != NULL ? (size_t) (at_sign - user.s) : user.len };
    SeloStr domain = at_sign != NULL
                         ? (SeloStr){ at_sign + 1, user.len - local.len - 1 }
                         : (SeloStr){ NULL, 0 };
    g_autoptr(GString) out = g_string_new(NULL);

    for (; *path != '\0'; path++) {
        SeloStr value;

        if (*path != '%' || path[1] == '%' || path[1] == '\0') {
            path += *path == '%' && path[1] == '%';
            g_string_append_c(out, *path);
            continue;
        }
        path++;
        value = *path == 'u' ? user : *path == 'n' ? local : *path == 'd' ? domain : home;
        if (*path == 'h' ? !is_absolute_and_straight(value) : !is_component(value)) {
            maildir_fail(error, SELO_INVALID, "%%%c of the path template cannot be \"%.*s\"", *path,
                         (int) value.len, value.len > 0 ? value.s : "");
            return NULL;
        }
        g_string_append_len(out, value.s, (gssize) value.len);
    }
    while (out->len > 1 && out->str[out->len - 1] == '/')
        g_string_truncate(out, out->len - 1);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "NAME=\Use" → NAME, use. */
static gboolean
split_use(SeloStr item, SeloStr *out_name, SeloStr *out_use)
{
    const char *equals = memchr(item.s, '=', item.len);

    if (equals == NULL)
        return FALSE;
    *out_name = (SeloStr){ item.s, (size_t) (equals - item.s) };
    *out_use = (SeloStr){ equals + 1, item.len - out_name->len - 1 };
    return TRUE;
}

char *
maildir_special_use(MaildirStore *store, const char *name)
{
    SeloStrs uses = selo_conf_list(store->conf, "special-use");

    for (size_t i = 0; i < uses.n; i++) {
        SeloStr folder, use;

        if (split_use(uses.v[i], &folder, &use) && folder.len == strlen(name)
            && memcmp(folder.s, name, folder.len) == 0)
            return g_strdup_printf("%s%.*s", use.len > 0 && *use.s == '\\' ? "" : "\\",
                                   (int) use.len, use.s);
    }
    return NULL;
}

/* The folders a new account begins with. */
static gboolean
furnish(MaildirAccount *account, GError **error)
{
    SeloStrs folders = selo_conf_list(account->store->conf, "auto-create");

    for (size_t i = 0; i < folders.n; i++) {
        g_autoptr(GError) failure = NULL;

        if (!maildir_folder_create(&account->layout, folders.v[i], &failure)
            && maildir_error_status(failure) != SELO_EXISTS) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return FALSE;
        }
        if (!maildir_subscriptions_change(account->root,
                                          maildir_layout_separator(&account->layout),
                                          account->layout.is_utf8, folders.v[i], TRUE, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
prepare_root(MaildirAccount *account, GError **error)
{
    if (maildir_folder_exists(account->root))
        return TRUE;
    return maildir_folder_make(account->root, error) && furnish(account, error);
}

static void
free_box(gpointer box)
{
    maildir_box_free(box);
}

static MaildirAccount *
account_new(MaildirStore *store, char *root)
{
    MaildirAccount *account = g_new0(MaildirAccount, 1);

    account->store = store;
    account->root = root;
    account->layout = (MaildirLayout){ root, store->is_fs, store->is_utf8 };
    account->n_refs = 1;
    account->boxes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_box);
    account->last_modseqs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_mutex_init(&account->lock);
    return account;
}

MaildirAccount *
maildir_account_ref(MaildirStore *store, const SeloAccountRequest *request, const SeloConf *conf,
                    GError **error)
{
    const char *path = selo_conf_str(store->conf, "path");
    g_autofree char *root = maildir_expand_path(path, request->user, request->home, error);
    MaildirAccount *account;
    gboolean is_prepared;

    if (root == NULL)
        return NULL;
    g_mutex_lock(&store->lock);
    account = g_hash_table_lookup(store->accounts, root);
    if (account != NULL) {
        account->n_refs++;
    } else {
        account = account_new(store, g_steal_pointer(&root));
        g_hash_table_insert(store->accounts, account->root, account);
    }
    g_mutex_unlock(&store->lock);

    g_mutex_lock(&account->lock);
    account->octets_limit = SELO_HAS(request, quota_octets) && request->quota_octets != 0
                                ? request->quota_octets
                                : (uint64_t) selo_conf_int(conf, "quota");
    account->messages_limit = SELO_HAS(request, quota_messages) && request->quota_messages != 0
                                  ? request->quota_messages
                                  : (uint64_t) selo_conf_int(conf, "quota-messages");
    is_prepared = prepare_root(account, error);
    g_mutex_unlock(&account->lock);
    if (is_prepared)
        return account;
    maildir_account_unref(account);
    return NULL;
}

void
maildir_account_unref(MaildirAccount *account)
{
    MaildirStore *store = account->store;
    gboolean is_last;

    g_mutex_lock(&store->lock);
    is_last = --account->n_refs == 0;
    if (is_last)
        g_hash_table_remove(store->accounts, account->root);
    g_mutex_unlock(&store->lock);
    if (!is_last)
        return;
    g_hash_table_unref(account->boxes);
    g_hash_table_unref(account->last_modseqs);
    g_mutex_clear(&account->lock);
    g_free(account->root);
    g_free(account);
}

/* ---- listing accounts ---- */

typedef struct {
    void (*found)(void *data, SeloStr user);
    void *data;
} AccountWalk;

/* @path: as far as the template is resolved; @rest: what is left of it; %d and %n known so far. */
static void
walk_template(const AccountWalk *walk, const char *path, const char *rest, const char *domain,
              const char *name)
{
    const char *percent = strchr(rest, '%'), *slash;
    g_autofree char *base = NULL;
    DIR *listing;
    struct dirent *entry;

    if (percent == NULL) {
        g_autofree char *root = g_strconcat(path, rest, NULL);
        g_autofree char *user =
            domain != NULL && name != NULL ? g_strconcat(name, "@", domain, NULL) : g_strdup(name);

        if (user != NULL && maildir_folder_exists(root))
            walk->found(walk->data, SELO_STR(user));
        return;
    }
    slash = percent + 2;
    /* Only whole components can be listed. */
    if (percent == rest || percent[-1] != '/' || (*slash != '/' && *slash != '\0')
        || strchr("und", percent[1]) == NULL)
        return;
    base = g_strdup_printf("%s%.*s", path, (int) (percent - rest), rest);
    listing = opendir(base);
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        g_autofree char *child = NULL;

        if (*entry->d_name == '.')
            continue;
        child = g_strconcat(base, entry->d_name, NULL);
        walk_template(walk, child, slash, percent[1] == 'd' ? entry->d_name : domain,
                      percent[1] != 'd' ? entry->d_name : name);
    }
    if (listing != NULL)
        closedir(listing);
}

void
maildir_account_each(MaildirStore *store, void (*found)(void *data, SeloStr user), void *data)
{
    AccountWalk walk = { .found = found, .data = data };

    walk_template(&walk, "", selo_conf_str(store->conf, "path"), NULL, NULL);
}
