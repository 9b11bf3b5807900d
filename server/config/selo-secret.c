/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-secret.c: secrets in memory that is locked, not dumped and wiped. They never enter the
 * snapshot, the log or an error text; only their source does.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/config/selo-conf-private.h"

#define MAX_SECRET (1u << 20)

typedef struct {
    char *octets; /* mapped */
    size_t size, mapped;
} Secret;

struct SeloSecrets {
    GMutex mutex;        /* selo_conf_secret() may come from a pool thread */
    GHashTable *sources; /* source → Secret * */
};

static void
secret_free(Secret *secret)
{
    explicit_bzero(secret->octets, secret->size);
    munmap(secret->octets, secret->mapped);
    g_free(secret);
}

/* A page of its own: locking and wiping are per page. Limits on locked memory are small for
 * ordinary users, so a refused mlock is not an error. */
static Secret *
secret_new(size_t size)
{
    Secret *secret = g_new0(Secret, 1);
    void *octets;

    secret->size = size;
    secret->mapped = size + 1;
    octets = mmap(NULL, secret->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert(octets != MAP_FAILED); /* out of memory aborts, as in GLib */
    (void) mlock(octets, secret->mapped);
    (void) madvise(octets, secret->mapped, MADV_DONTDUMP);
    secret->octets = octets;
    return secret;
}

SeloSecrets *
selo_secrets_new(void)
{
    SeloSecrets *secrets = g_new0(SeloSecrets, 1);

    g_mutex_init(&secrets->mutex);
    secrets->sources =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify) secret_free);
    return secrets;
}

void
selo_secrets_free(SeloSecrets *secrets)
{
    g_hash_table_unref(secrets->sources);
    g_mutex_clear(&secrets->mutex);
    g_free(secrets);
}

static char *
get_path(const char *source)
{
    const char *directory;

    if (g_str_has_prefix(source, "file:"))
        return g_strdup(source + strlen("file:"));
    directory = g_getenv("CREDENTIALS_DIRECTORY"); /* systemd.exec(5) */
    return g_build_filename(directory != NULL ? directory : "/run/credentials",
                            source + strlen("credential:"), NULL);
}

/* The line end of a file that holds one line is no part of a password. */
static void
cut_line_end(Secret *secret)
{
    while (secret->size > 0 &&
           (secret->octets[secret->size - 1] == '\n' || secret->octets[secret->size - 1] == '\r'))
        secret->octets[--secret->size] = '\0';
}

static Secret *
read_secret(const char *source, GError **error)
{
    g_autofree char *path = get_path(source);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    Secret *secret = NULL;
    int code = 0;

    if (fd < 0 || fstat(fd, &status) != 0)
        code = errno;
    else if (!S_ISREG(status.st_mode) || status.st_size > MAX_SECRET)
        code = EINVAL;
    if (code == 0) {
        secret = secret_new((size_t) status.st_size);
        if (read(fd, secret->octets, secret->size) != (ssize_t) secret->size)
            code = errno != 0 ? errno : EIO;
    }
    if (fd >= 0)
        close(fd);
    if (code != 0) {
        g_clear_pointer(&secret, secret_free);
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(code), "%s: %s", path,
                    g_strerror(code));
        return NULL;
    }
    cut_line_end(secret);
    return secret;
}

SeloStr
selo_secrets_get(SeloSecrets *secrets, const char *source, GError **error)
{
    SeloStr text = { NULL, 0 };
    Secret *secret;

    g_mutex_lock(&secrets->mutex);
    secret = g_hash_table_lookup(secrets->sources, source);
    if (secret == NULL && (secret = read_secret(source, error)) != NULL)
        g_hash_table_insert(secrets->sources, g_strdup(source), secret);
    g_mutex_unlock(&secrets->mutex);
    if (secret != NULL) {
        text.s = secret->octets;
        text.len = secret->size;
    }
    return text;
}

void
selo_secrets_put(SeloSecrets *secrets, const char *source, const char *octets, size_t size)
{
    Secret *secret = secret_new(size);

    memcpy(secret->octets, octets, size);
    g_mutex_lock(&secrets->mutex);
    g_hash_table_insert(secrets->sources, g_strdup(source), secret);
    g_mutex_unlock(&secrets->mutex);
}
