/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * passwd-file-source.c: reading and re-reading. What is in force is replaced whole; threads that still
 * look at the old users keep them by reference. inotify was not taken: a file replaced by rename, on a
 * network file system or not there yet needs the same check once more.
 */
#include "config.h"

#include "plugins/passwd-file/passwd-file-source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_USEC  G_USEC_PER_SEC
#define MAX_DOMAINS 10000 /* files of "%d" kept; names come from clients, but only existing files count */

typedef struct {
    char *path;
    PasswdUsers *users; /* NULL: not read yet, or unreadable */
    int64_t checked_at; /* monotonic; 0 = never */
    struct stat seen;
} PasswdFile;

struct PasswdSource {
    char *path, *instance;
    gboolean is_per_domain;
    GMutex lock;
    GHashTable *files; /* path → PasswdFile */
};

static void
file_free(void *data)
{
    PasswdFile *file = data;

    passwd_users_unref(file->users);
    g_free(file->path);
    g_free(file);
}

PasswdSource *
passwd_source_new(const char *path, const char *instance)
{
    PasswdSource *source = g_new0(PasswdSource, 1);

    source->path = g_strdup(path);
    source->instance = g_strdup(instance);
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
    g_free(source->instance);
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

    selo_log(NULL, G_LOG_LEVEL_WARNING, "passwd-line-ignored", "%s:%u: %s", file->path, line, fault);
}

static char *
read_all(int fd, size_t size, size_t *out_size)
{
    char *octets = g_malloc(size + 1);
    size_t filled = 0;
    ssize_t got = 1;

    while (filled < size && got > 0)
        if ((got = read(fd, octets + filled, size - filled)) > 0)
            filled += (size_t) got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    *out_size = filled;
    if (got >= 0)
        return octets;
    explicit_bzero(octets, size);
    g_free(octets);
    return NULL;
}

static gboolean
file_fail(const PasswdFile *file, int code, const char *what, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (int) g_file_error_from_errno(code), "%s: %s", file->path, what);
    return FALSE;
}

static gboolean
file_read(PasswdFile *file, GError **error)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    gboolean is_read = FALSE;
    size_t size = 0;
    char *octets = NULL;

    if (fd < 0)
        return file_fail(file, errno, g_strerror(errno), error);
    if (fstat(fd, &file->seen) < 0)
        file_fail(file, errno, g_strerror(errno), error);
    else if (!S_ISREG(file->seen.st_mode))
        file_fail(file, EINVAL, "not a regular file", error);
    else if (file->seen.st_size > (off_t) PASSWD_MAX_FILE)
        file_fail(file, EFBIG, "larger than 256 MiB", error);
    else if ((octets = read_all(fd, (size_t) file->seen.st_size, &size)) == NULL)
        file_fail(file, EIO, "read error", error);
    else {
        file->users = passwd_users_parse(octets, size, log_fault, file);
        is_read = TRUE;
    }
    close(fd);
    return is_read;
}

static gboolean
is_unchanged(const PasswdFile *file)
{
    struct stat now;

    return stat(file->path, &now) == 0 && now.st_size == file->seen.st_size
           && now.st_ino == file->seen.st_ino && now.st_dev == file->seen.st_dev
           && now.st_mtim.tv_sec == file->seen.st_mtim.tv_sec
           && now.st_mtim.tv_nsec == file->seen.st_mtim.tv_nsec;
}

static gboolean
file_refresh(PasswdFile *file, GError **error)
{
    const int64_t now = g_get_monotonic_time();

    if (file->users != NULL && now - file->checked_at < CHECK_USEC)
        return TRUE;
    file->checked_at = now;
    if (file->users != NULL && is_unchanged(file))
        return TRUE;
    g_clear_pointer(&file->users, passwd_users_unref);
    return file_read(file, error);
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
    file->path = g_strdup(path);
    if (!file_refresh(file, error)) {
        file_free(file);
        return NULL;
    }
    if (g_hash_table_size(source->files) >= MAX_DOMAINS)
        g_hash_table_remove_all(source->files);
    g_hash_table_insert(source->files, file->path, file);
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
