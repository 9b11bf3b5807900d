/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-folders.c: mailboxes as directories. What a client may name is decided here, once: no
 * name leaves the root, none clashes with a file of ours or of Dovecot.
 */
#include "config.h"

#include "plugins/maildir/maildir-folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/common/mutf7.h"

#define NAME_OCTETS_MAX 1000
#define DEPTH_MAX       32
#define FOLDERS_MAX     100000
#define TRASHED         "..DOVECOT-TRASHED" /* where a directory waits for its removal */

static const char *const subdirectories[] = { "cur", "new", "tmp" };
/* Names in a mailbox directory that are not mailboxes below it (LAYOUT=fs). */
static const char *const reserved_names[] = { "cur",           "new",         "tmp",
                                              "subscriptions", "maildirsize", "maildirfolder" };

char
maildir_layout_separator(const MaildirLayout *layout)
{
    return layout->is_fs ? '/' : '.';
}

static gboolean
is_reserved(const char *part)
{
    for (size_t i = 0; i < G_N_ELEMENTS(reserved_names); i++)
        if (strcmp(part, reserved_names[i]) == 0)
            return TRUE;
    return *part == '.' || g_str_has_prefix(part, "dovecot");
}

/* One part of a name in the form it has on disk; NULL if this layout cannot keep it. */
static char *
store_part(const MaildirLayout *layout, const char *part)
{
    g_autofree char *stored = NULL;

    if (*part == '\0' || strcmp(part, ".") == 0 || strcmp(part, "..") == 0)
        return NULL;
    if (!layout->is_fs && strchr(part, '.') != NULL)
        return NULL;
    stored = layout->is_utf8 ? g_strdup(part) : mutf7_encode(SELO_STR(part));
    if (stored == NULL || strlen(stored) > NAME_MAX || (layout->is_fs && is_reserved(stored)))
        return NULL;
    return g_steal_pointer(&stored);
}

static gboolean
is_sound(SeloStr name)
{
    if (name.len == 0 || name.len > NAME_OCTETS_MAX || *name.s == '~'
        || !g_utf8_validate(name.s, (gssize) name.len, NULL))
        return FALSE;
    for (const char *at = name.s; at < name.s + name.len; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return FALSE;
    return TRUE;
}

char *
maildir_folder_path(const MaildirLayout *layout, SeloStr name, GError **error)
{
    g_autofree char *copy = NULL;
    g_auto(GStrv) parts = NULL;
    g_autoptr(GString) path = g_string_new(layout->root);
    size_t root_len = path->len;

    if (name.len == 5 && g_ascii_strncasecmp(name.s, "INBOX", 5) == 0)
        return g_strdup(layout->root);
    if (is_sound(name)) {
        copy = g_strndup(name.s, name.len);
        parts = g_strsplit(copy, "/", DEPTH_MAX + 1);
    }
    g_string_append_c(path, '/');
    for (char **part = parts; part != NULL && *part != NULL; part++) {
        g_autofree char *stored = store_part(layout, *part);

        if (stored == NULL) {
            g_string_truncate(path, root_len);
            break;
        }
        if (!layout->is_fs || part != parts)
            g_string_append_c(path, maildir_layout_separator(layout));
        g_string_append(path, stored);
    }
    if (parts == NULL || path->len <= root_len + 1 || path->len > PATH_MAX - NAME_MAX
        || (!layout->is_fs && path->len - root_len - 1 > NAME_MAX)) {
        maildir_fail(error, SELO_INVALID, "a mailbox name that this store cannot keep");
        return NULL;
    }
    return g_string_free(g_steal_pointer(&path), FALSE);
}

gboolean
maildir_folder_exists(const char *path)
{
    g_autofree char *cur = g_build_filename(path, "cur", NULL);
    struct stat facts;

    return stat(cur, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static char *
load_part(const MaildirLayout *layout, const char *stored)
{
    char *part = layout->is_utf8 ? g_strdup(stored) : mutf7_decode(SELO_STR(stored));

    if (part != NULL && (!is_sound(SELO_STR(part)) || strchr(part, '/') != NULL))
        g_clear_pointer(&part, g_free);
    return part;
}

char *
maildir_folder_name(const MaildirLayout *layout, const char *entry)
{
    g_auto(GStrv) parts = NULL;

    if (*entry != '.' || g_str_has_prefix(entry, ".nfs"))
        return NULL;
    parts = g_strsplit(entry + 1, ".", -1);
    for (char **part = parts; *part != NULL; part++) {
        char *name = load_part(layout, *part);

        if (name == NULL)
            return NULL;
        g_free(*part);
        *part = name;
    }
    if (*parts == NULL || (parts[1] == NULL && g_ascii_strcasecmp(parts[0], "INBOX") == 0))
        return NULL;
    return g_strjoinv("/", parts);
}

/* ---- listing ---- */

static void
free_folder(gpointer data)
{
    MaildirFolder *folder = data;

    g_free(folder->name);
    g_free(folder);
}

static void
add_folder(GPtrArray *folders, char *name, gboolean is_selectable)
{
    MaildirFolder *folder = g_new0(MaildirFolder, 1);

    folder->name = name;
    folder->is_selectable = is_selectable;
    g_ptr_array_add(folders, folder);
}

static int
compare_folders(gconstpointer a, gconstpointer b)
{
    const MaildirFolder *const *one = a, *const *other = b;

    return strcmp((*one)->name, (*other)->name);
}

static gboolean
is_directory(DIR *listing, const struct dirent *entry)
{
    struct stat facts;

    if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
        return entry->d_type == DT_DIR;
    return fstatat(dirfd(listing), entry->d_name, &facts, 0) == 0 && S_ISDIR(facts.st_mode);
}

static void
list_flat(const MaildirLayout *layout, DIR *listing, GPtrArray *folders)
{
    struct dirent *entry;

    while ((entry = readdir(listing)) != NULL && folders->len < FOLDERS_MAX) {
        char *name = *entry->d_name == '.' && is_directory(listing, entry)
                         ? maildir_folder_name(layout, entry->d_name)
                         : NULL;

        if (name != NULL)
            add_folder(folders, name, TRUE);
    }
}

static void
list_tree(const MaildirLayout *layout, const char *path, const char *above, unsigned depth,
          GPtrArray *folders)
{
    DIR *listing = opendir(path);
    struct dirent *entry;

    if (listing == NULL)
        return;
    while ((entry = readdir(listing)) != NULL && folders->len < FOLDERS_MAX) {
        g_autofree char *part = NULL, *child = NULL, *name = NULL;

        if (is_reserved(entry->d_name) || !is_directory(listing, entry)
            || (part = load_part(layout, entry->d_name)) == NULL)
            continue;
        child = g_build_filename(path, entry->d_name, NULL);
        name = above != NULL ? g_strjoin("/", above, part, NULL) : g_strdup(part);
        if (above == NULL && g_ascii_strcasecmp(name, "INBOX") == 0)
            continue;
        if (depth < DEPTH_MAX)
            list_tree(layout, child, name, depth + 1, folders);
        add_folder(folders, g_steal_pointer(&name), maildir_folder_exists(child));
    }
    closedir(listing);
}

GPtrArray *
maildir_folder_list(const MaildirLayout *layout, GError **error)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(free_folder);
    DIR *listing = opendir(layout->root);

    if (listing == NULL && errno != ENOENT) {
        maildir_fail_errno(error, "%s: cannot list", layout->root);
        g_ptr_array_unref(folders);
        return NULL;
    }
    add_folder(folders, g_strdup("INBOX"), TRUE);
    if (listing != NULL) {
        if (layout->is_fs)
            list_tree(layout, layout->root, NULL, 1, folders);
        else
            list_flat(layout, listing, folders);
        closedir(listing);
    }
    g_ptr_array_sort(folders, compare_folders);
    return folders;
}

/* ---- making and removing ---- */

gboolean
maildir_folder_make(const char *path, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(subdirectories); i++) {
        g_autofree char *child = g_build_filename(path, subdirectories[i], NULL);

        if (!maildir_make_directory(child, error))
            return FALSE;
    }
    return TRUE;
}

/* New directories get mode and group bits of the root, and Maildir++ its marker file. */
static gboolean
dress_folder(const MaildirLayout *layout, const char *path, GError **error)
{
    g_autofree char *marker = g_build_filename(path, "maildirfolder", NULL);
    struct stat facts;
    int fd;

    if (stat(layout->root, &facts) == 0 && (facts.st_mode & 0077) != 0) {
        mode_t mode = (facts.st_mode & 0777) | 0700;

        for (size_t i = 0; i < G_N_ELEMENTS(subdirectories); i++) {
            g_autofree char *child = g_build_filename(path, subdirectories[i], NULL);

            if (chmod(child, mode) < 0)
                return maildir_fail_errno(error, "%s: cannot set the mode", child);
        }
        if (chmod(path, mode) < 0)
            return maildir_fail_errno(error, "%s: cannot set the mode", path);
    }
    if (layout->is_fs)
        return TRUE;
    fd = open(marker, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot create", marker);
    close(fd);
    return TRUE;
}

gboolean
maildir_folder_create(const MaildirLayout *layout, SeloStr name, GError **error)
{
    g_autofree char *path = maildir_folder_path(layout, name, error);

    if (path == NULL)
        return FALSE;
    if (maildir_folder_exists(path))
        return maildir_fail(error, SELO_EXISTS, "%s: exists", path);
    return maildir_folder_make(path, error) && dress_folder(layout, path, error)
           && maildir_sync_path(layout->root, error);
}

static gboolean
has_folders_below(const MaildirLayout *layout, const char *path)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(free_folder);

    list_tree(layout, path, "", DEPTH_MAX, folders);
    return folders->len > 0;
}

/* LAYOUT=fs: the mailbox goes, the directory stays for those below. */
static gboolean
strip_folder(const char *path, GError **error)
{
    DIR *listing = opendir(path);
    struct dirent *entry;
    gboolean is_stripped = TRUE;

    if (listing == NULL)
        return maildir_fail_errno(error, "%s: cannot list", path);
    while (is_stripped && (entry = readdir(listing)) != NULL)
        if (entry->d_type == DT_REG)
            unlinkat(dirfd(listing), entry->d_name, 0);
    closedir(listing);
    for (size_t i = 0; is_stripped && i < G_N_ELEMENTS(subdirectories); i++) {
        g_autofree char *child = g_build_filename(path, subdirectories[i], NULL);

        is_stripped = maildir_remove_tree(child, error);
    }
    return is_stripped;
}

gboolean
maildir_folder_delete(const MaildirLayout *layout, SeloStr name, GError **error)
{
    g_autofree char *path = maildir_folder_path(layout, name, error);
    g_autofree char *trashed = g_build_filename(layout->root, TRASHED, NULL);

    if (path == NULL)
        return FALSE;
    if (strcmp(path, layout->root) == 0)
        return maildir_fail(error, SELO_DENIED, "INBOX cannot be deleted");
    if (!maildir_folder_exists(path))
        return maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path);
    if (layout->is_fs && has_folders_below(layout, path))
        return strip_folder(path, error);
    if (!maildir_remove_tree(trashed, error))
        return FALSE;
    if (rename(path, trashed) < 0)
        return errno == ENOENT ? maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path)
                               : maildir_fail_errno(error, "%s: cannot remove", path);
    return maildir_remove_tree(trashed, error) && maildir_sync_path(layout->root, error);
}

/* ---- renaming ---- */

static gboolean
rename_tree(const MaildirLayout *layout, const char *path, const char *new_path, GError **error)
{
    g_autofree char *above = g_path_get_dirname(new_path);

    if (!maildir_make_directory(above, error))
        return FALSE;
    if (rename(path, new_path) < 0)
        return errno == ENOENT ? maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path)
                               : maildir_fail_errno(error, "%s: cannot rename", path);
    return maildir_sync_path(layout->root, error);
}

/* Directories of Maildir++ that are @path or below it: pairs of old and new. */
static GPtrArray *
plan_renames(const MaildirLayout *layout, const char *path, const char *new_path)
{
    g_autofree char *base = g_path_get_basename(path);
    GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free);
    DIR *listing = opendir(layout->root);
    struct dirent *entry;
    size_t len = strlen(base);

    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        const char *rest = entry->d_name + len;

        if (strncmp(entry->d_name, base, len) != 0 || (*rest != '\0' && *rest != '.'))
            continue;
        g_ptr_array_add(pairs, g_build_filename(layout->root, entry->d_name, NULL));
        g_ptr_array_add(pairs, g_strconcat(new_path, rest, NULL));
    }
    if (listing != NULL)
        closedir(listing);
    return pairs;
}

static gboolean
rename_flat(const MaildirLayout *layout, const char *path, const char *new_path, GError **error)
{
    g_autoptr(GPtrArray) pairs = plan_renames(layout, path, new_path);
    guint done = 0;
    gboolean is_renamed = pairs->len > 0
                          || maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", path);

    for (; is_renamed && done < pairs->len; done += 2)
        if (renameat2(AT_FDCWD, g_ptr_array_index(pairs, done), AT_FDCWD,
                      g_ptr_array_index(pairs, done + 1), RENAME_NOREPLACE)
            < 0) {
            is_renamed = errno == EEXIST
                             ? maildir_fail(error, SELO_EXISTS, "%s: exists",
                                            (char *) g_ptr_array_index(pairs, done + 1))
                             : maildir_fail_errno(error, "%s: cannot rename",
                                                  (char *) g_ptr_array_index(pairs, done));
            break;
        }
    if (is_renamed)
        return maildir_sync_path(layout->root, error);
    while (done >= 2) {
        done -= 2;
        rename(g_ptr_array_index(pairs, done + 1), g_ptr_array_index(pairs, done));
    }
    return FALSE;
}

gboolean
maildir_folder_rename(const MaildirLayout *layout, SeloStr name, SeloStr new_name, GError **error)
{
    g_autofree char *path = maildir_folder_path(layout, name, error);
    g_autofree char *new_path =
        path != NULL ? maildir_folder_path(layout, new_name, error) : NULL;
    size_t len = path != NULL ? strlen(path) : 0;

    if (new_path == NULL)
        return FALSE;
    if (strcmp(path, layout->root) == 0)
        return maildir_fail(error, SELO_INVALID, "INBOX is not renamed as a directory");
    if (strncmp(path, new_path, len) == 0 && new_path[len] == maildir_layout_separator(layout))
        return maildir_fail(error, SELO_INVALID, "a mailbox cannot go below itself");
    if (maildir_folder_exists(new_path))
        return maildir_fail(error, SELO_EXISTS, "%s: exists", new_path);
    return layout->is_fs ? rename_tree(layout, path, new_path, error)
                         : rename_flat(layout, path, new_path, error);
}
