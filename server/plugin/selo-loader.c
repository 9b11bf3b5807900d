/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-loader.c: maps modules. Everything happens on one open descriptor, so that nothing can be
 * swapped between check and use; it stays open as long as the process lives, because GModule
 * remembers modules by the name "/proc/self/fd/N" and would take a reused number for the old
 * module.
 */
#include "config.h"

#include "server/plugin/selo-loader.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmodule.h>

#include "server/plugin/selo-manifest.h"

#define MAX_MODULE (256 << 20)

#define FAIL(error, ...) g_set_error((error), G_FILE_ERROR, G_FILE_ERROR_INVAL, __VA_ARGS__)

static void
set_errno_error(GError **error, const char *file)
{
    g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s", file,
                g_strerror(errno));
}

/* Whoever may write here runs code with the role's rights. */
static gboolean
is_trusted(const struct stat *status, const char *file, GError **error)
{
    if (status->st_uid != 0 && status->st_uid != geteuid())
        FAIL(error, "%s: owned by user %u, must be root or the user the server runs as", file,
             status->st_uid);
    else if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        FAIL(error, "%s: writable by others; run: chmod go-w %s", file, file);
    else
        return TRUE;
    return FALSE;
}

static int
open_module(const char *file, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(file), *base = g_path_get_basename(file);
    int directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
    struct stat status;

    if (directory_fd < 0 || fstat(directory_fd, &status) != 0) {
        set_errno_error(error, directory);
    } else if (is_trusted(&status, directory, error)) {
        fd = openat(directory_fd, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
            set_errno_error(error, file);
    }
    if (directory_fd >= 0)
        close(directory_fd);
    return fd;
}

static gboolean
check_file(int fd, const char *file, struct stat *out_status, GError **error)
{
    if (fstat(fd, out_status) != 0)
        set_errno_error(error, file);
    else if (!S_ISREG(out_status->st_mode) || out_status->st_size > MAX_MODULE)
        FAIL(error, "%s: not a regular file of a fitting size", file);
    else if ((out_status->st_mode & (S_ISUID | S_ISGID)) != 0)
        FAIL(error, "%s: has the set-user-id or set-group-id bit", file);
    else
        return is_trusted(out_status, file, error);
    return FALSE;
}

static SeloElf *
read_elf(int fd, const struct stat *status, GError **error)
{
    void *octets = mmap(NULL, (size_t) status->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    SeloElf *elf;

    if (octets == MAP_FAILED) {
        set_errno_error(error, "mmap");
        return NULL;
    }
    elf = selo_elf_read(octets, (size_t) status->st_size, error);
    munmap(octets, (size_t) status->st_size);
    return elf;
}

/* ---- libraries: "libpq.so.5" beside "libpq.so.6" in one process ends in tears ---- */

typedef struct {
    const char *soname;
    char *other; /* the major that is already here */
} LibrarySearch;

static int
compare_library(struct dl_phdr_info *info, size_t size, void *data)
{
    LibrarySearch *search = data;
    const char *slash = strrchr(info->dlpi_name, '/'),
               *name = slash != NULL ? slash + 1 : info->dlpi_name;
    const char *suffix = strstr(search->soname, ".so.");
    size_t stem, major;

    if (suffix == NULL)
        return 0;
    stem = (size_t) (suffix - search->soname) + strlen(".so.");
    major = strspn(search->soname + stem, "0123456789");
    if (strncmp(name, search->soname, stem) != 0 || !g_ascii_isdigit(name[stem]) ||
        (strncmp(name + stem, search->soname + stem, major) == 0 &&
         !g_ascii_isdigit(name[stem + major])))
        return 0;
    search->other = g_strdup(name);
    return 1;
}

static gboolean
check_libraries(const SeloElf *elf, const char *file, GError **error)
{
    for (guint i = 0; i < elf->needed->len; i++) {
        LibrarySearch search = { elf->needed->pdata[i], NULL };

        if (dl_iterate_phdr(compare_library, &search) == 0)
            continue;
        FAIL(error, "%s: needs %s, this process has %s; isolate the plugin", file, search.soname,
             search.other);
        g_free(search.other);
        return FALSE;
    }
    return TRUE;
}

/* The highest node SELO_MAJOR.MINOR it needs; its note must not promise less. */
static gboolean
check_nodes(const SeloElf *elf, const char *file, GError **error)
{
    for (guint i = 0; i < elf->versions->len; i++) {
        const char *version = elf->versions->pdata[i];
        guint major, minor;

        if (!g_str_has_prefix(version, "SELO_") ||
            !selo_abi_parse(version + strlen("SELO_"), &major, &minor) ||
            (major == elf->abi_major && minor <= elf->abi_minor))
            continue;
        FAIL(error, "%s: uses %s, its note says ABI %u.%u", file, version, elf->abi_major,
             elf->abi_minor);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_elf(const SeloModule *module, const SeloElf *elf, GError **error)
{
    const char *file = module->file;

    if (!elf->has_note)
        FAIL(error, "%s: no Selo note; not a Selo plugin", file);
    else if (elf->format != 1 || elf->pointer_size != sizeof(void *))
        FAIL(error, "%s: note of format %u for pointers of %u octets", file, elf->format,
             elf->pointer_size);
    else if (elf->abi_major != SELO_ABI_MAJOR || elf->abi_minor > SELO_ABI_MINOR)
        FAIL(error, "%s: needs ABI %u.%u, this core has %d.%d", file, elf->abi_major,
             elf->abi_minor, SELO_ABI_MAJOR, SELO_ABI_MINOR);
    else if (strcmp(elf->plugin, module->name) != 0 || elf->abi_major != module->abi_major ||
             elf->abi_minor != module->abi_minor)
        FAIL(
            error,
            "%s: is \"%s\" for ABI %u.%u, the manifest \"%s\" for %u.%u; install both from one package",
            file, elf->plugin, elf->abi_major, elf->abi_minor, module->name, module->abi_major,
            module->abi_minor);
    else if (elf->has_text_relocations)
        FAIL(error, "%s: has text relocations; build it with -fPIC", file);
    else if (elf->has_executable_stack)
        FAIL(error, "%s: wants an executable stack; link it with -z noexecstack", file);
    else if (g_ptr_array_find_with_equal_func(elf->versions, "SELO_PRIVATE", g_str_equal, NULL))
        FAIL(error, "%s: uses what belongs to the server alone (SELO_PRIVATE)", file);
    else
        return check_nodes(elf, file, error) && check_libraries(elf, file, error);
    return FALSE;
}

int
selo_module_check(const SeloModule *module, SeloElf **out_elf, GError **error)
{
    int fd = open_module(module->file, error);
    g_autoptr(SeloElf) elf = NULL;
    struct stat status;

    if (fd < 0)
        return -1;
    if (check_file(fd, module->file, &status, error) &&
        (elf = read_elf(fd, &status, error)) != NULL && check_elf(module, elf, error)) {
        if (out_elf != NULL)
            *out_elf = g_steal_pointer(&elf);
        return fd;
    }
    close(fd);
    return -1;
}

/* ---- mapping ---- */

static const SeloPlugin *
map_module(const SeloModule *module, int fd, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    /* Local: a second plugin would else silently call helpers of the first. */
    GModule *handle = g_module_open(path, G_MODULE_BIND_LOCAL);
    const SeloPlugin *(*entry)(void);
    const SeloPlugin *plugin;
    gpointer symbol;

    if (handle == NULL || !g_module_symbol(handle, "selo_plugin_entry", &symbol)) {
        FAIL(error, "%s: %s", module->file, g_module_error());
        return NULL;
    }
    g_module_make_resident(handle);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from object to function pointers */
    plugin = entry();
    if (!SELO_HAS(plugin, get) || plugin->get == NULL ||
        g_strcmp0(plugin->name, module->name) != 0 || plugin->abi_major != module->abi_major ||
        plugin->abi_minor != module->abi_minor) {
        FAIL(error, "%s: what it exports is not what its note says", module->file);
        return NULL;
    }
    return plugin;
}

const SeloPlugin *
selo_module_load(const SeloModule *module, GError **error)
{
    static GHashTable *loaded; /* file → SeloPlugin; modules live as long as the process */
    const SeloPlugin *plugin;
    int fd;

    if (loaded == NULL)
        loaded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if ((plugin = g_hash_table_lookup(loaded, module->file)) != NULL)
        return plugin;
    if ((fd = selo_module_check(module, NULL, error)) < 0)
        return NULL;
    plugin = map_module(module, fd, error); /* fd stays open, see above */
    if (plugin != NULL)
        g_hash_table_insert(loaded, g_strdup(module->file), (gpointer) plugin);
    return plugin;
}
