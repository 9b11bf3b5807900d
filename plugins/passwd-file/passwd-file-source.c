/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-source.c: reading and re-reading. What is in force is replaced whole; threads that
 * still look at the old users keep them by reference.
 */
#include "config.h"

#include "plugins/passwd-file/passwd-file-source.h"

#include <string.h>

#include "plugins/common/reread-file.h"

#define MAX_DOMAINS \
    10000 /* files of "%d" kept; names come from clients, but only existing files count */

typedef struct {
    RereadFile file;
    PasswdUsers *users; /* NULL: not read yet, or unreadable */
} PasswdFile;

struct PasswdSource {
    char *path;
    gboolean is_per_domain;
    GMutex lock;
    GHashTable *files; /* path → PasswdFile */
};

static void
file_free(void *data)
{
    PasswdFile *file = data;

    passwd_users_unref(file->users);
    reread_file_clear(&file->file);
    g_free(file);
}

PasswdSource *
passwd_source_new(const char *path)
{
    PasswdSource *source = g_new0(PasswdSource, 1);

    source->path = g_strdup(path);
    source->is_per_domain = strstr(path, "%d") != NULL;
    g_mutex_init(&source->lock);
    source->files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, file_free);
    return source;
}

void
passwd_source_free(PasswdSource *source)
{
    if (source == NULL)
        return;
    g_hash_table_unref(source->files);
    g_mutex_clear(&source->lock);
    g_free(source->path);
    g_free(source);
}

gboolean
passwd_source_is_per_domain(const PasswdSource *source)
{
    return source->is_per_domain;
}

/* A client names the domain: it must not lead out of the directory. */
static gboolean
is_file_name(SeloStr domain)
{
    if (domain.len == 0 || domain.len > PASSWD_MAX_NAME || domain.s[0] == '.')
        return FALSE;
    for (size_t i = 0; i < domain.len; i++)
        if (!g_ascii_isalnum(domain.s[i]) && strchr("-._", domain.s[i]) == NULL)
            return FALSE;
    return TRUE;
}

static void
log_fault(void *data, uint32_t line, const char *fault)
{
    const PasswdFile *file = data;

    selo_log(NULL, G_LOG_LEVEL_WARNING, "passwd-line-ignored", "%s:%u: %s", file->file.path, line,
             fault);
}

static gboolean
file_refresh(PasswdFile *file, GError **error)
{
    char *octets = NULL;
    gsize size;
    const RereadResult result =
        reread_file_check(&file->file, PASSWD_MAX_FILE, &octets, &size, error);

    if (result != REREAD_SAME)
        g_clear_pointer(&file->users, passwd_users_unref);
    if (result == REREAD_NEW)
        file->users = passwd_users_parse(octets, size, log_fault, file);
    return result != REREAD_FAILED;
}

static char *
path_of(const PasswdSource *source, SeloStr domain)
{
    g_auto(GStrv) parts = g_strsplit(source->path, "%d", -1);
    g_autofree char *name = g_strndup(domain.s, domain.len);

    return g_strjoinv(name, parts);
}

/* With the lock held; the file is kept only if it could be read. */
static PasswdFile *
file_get(PasswdSource *source, const char *path, GError **error)
{
    PasswdFile *file = g_hash_table_lookup(source->files, path);

    if (file != NULL)
        return file_refresh(file, error) ? file : NULL;
    file = g_new0(PasswdFile, 1);
    reread_file_init(&file->file, path);
    if (!file_refresh(file, error)) {
        file_free(file);
        return NULL;
    }
    if (g_hash_table_size(source->files) >= MAX_DOMAINS)
        g_hash_table_remove_all(source->files);
    g_hash_table_insert(source->files, file->file.path, file);
    return file;
}

PasswdUsers *
passwd_source_get(PasswdSource *source, SeloStr domain, GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr(GMutexLocker) locker = NULL;
    PasswdFile *file;

    if (source->is_per_domain) {
        if (!is_file_name(domain))
            return NULL;
        path = path_of(source, domain);
    }
    locker = g_mutex_locker_new(&source->lock);
    file = file_get(source, path != NULL ? path : source->path, error);
    return file != NULL ? passwd_users_ref(file->users) : NULL;
}
