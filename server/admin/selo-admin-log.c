/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin-log.c: selo log: the records of one session or transaction, or since a time, and what comes
 * after them. It reads the file; the server is not asked, so it works when the server is down.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/admin/selo-admin.h"
#include "server/base/selo-paths.h"

#define STAMP_LENGTH 19 /* 2026-11-24T21:32:58 */

typedef struct {
    gboolean is_following;
    char since[STAMP_LENGTH + 1]; /* UTC; empty = from the beginning */
    const char *id;
    char *path;
} Reading;

/* "10min", "2h" before now, or a time as the log writes it, from the left as far as it is known. */
static gboolean
take_since(Reading *reading, const char *text)
{
    static const struct {
        const char *unit;
        gint64 seconds;
    } units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
    char *end;
    guint64 n = g_ascii_strtoull(text, &end, 10);

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (end != text && strcmp(end, units[i].unit) == 0) {
            g_autoptr(GDateTime) now = g_date_time_new_now_utc();
            g_autoptr(GDateTime) then =
                g_date_time_add_seconds(now, -(gdouble) n * (gdouble) units[i].seconds);
            g_autofree char *stamp = g_date_time_format(then, "%Y-%m-%dT%H:%M:%S");

            g_strlcpy(reading->since, stamp, sizeof reading->since);
            return TRUE;
        }
    g_strlcpy(reading->since, text, sizeof reading->since);
    return strlen(text) >= 4 && strspn(text, "0123456789-T:.Z") == strlen(text);
}

/* A session's id also covers its transactions: 3fQk2a.1 and 3fQk2a.1.2. */
static gboolean
has_id(const char *line, const char *id)
{
    size_t len = strlen(id);

    for (const char *at = strstr(line, " id="); at != NULL; at = strstr(at + 1, " id=")) {
        const char *value = at + strlen(" id=");

        if (strncmp(value, id, len) == 0 &&
            (value[len] == '\0' || strchr(" .\n", value[len]) != NULL))
            return TRUE;
    }
    return FALSE;
}

static void
print_line(const Reading *reading, const char *line)
{
    if (strncmp(line, reading->since, strlen(reading->since)) < 0)
        return;
    if (reading->id == NULL || has_id(line, reading->id))
        fputs(line, stdout);
}

static void
print_new(const Reading *reading, FILE *file, char **line, size_t *size)
{
    while (getline(line, size, file) > 0)
        print_line(reading, *line);
    fflush(stdout);
    clearerr(file);
}

static gboolean
is_rotated(const Reading *reading, FILE *file)
{
    struct stat open_file, named;

    return fstat(fileno(file), &open_file) == 0 && stat(reading->path, &named) == 0 &&
           (open_file.st_ino != named.st_ino || open_file.st_dev != named.st_dev);
}

/* Until interrupted. The directory is watched, not the file: rotation makes a new one. */
static void
follow(const Reading *reading, FILE **file, char **line, size_t *size)
{
    g_autofree char *directory = g_path_get_dirname(reading->path);
    char events[4096];
    int watch = inotify_init1(IN_CLOEXEC);

    if (inotify_add_watch(watch, directory, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
        return;
    while (read(watch, events, sizeof events) > 0) {
        print_new(reading, *file, line, size);
        if (is_rotated(reading, *file)) {
            FILE *next = fopen(reading->path, "re");

            if (next == NULL)
                continue;
            fclose(*file);
            *file = next;
            print_new(reading, *file, line, size);
        }
    }
}

static int
read_log(const Reading *reading)
{
    FILE *file = fopen(reading->path, "re");
    char *line = NULL;
    size_t size = 0;

    if (file == NULL)
        return selo_admin_fail(
            "%s: %s; with [server] log = stderr the records are where the server was started",
            reading->path, g_strerror(errno));
    print_new(reading, file, &line, &size);
    if (reading->is_following)
        follow(reading, &file, &line, &size);
    fclose(file);
    free(line);
    return 0;
}

/* The running server knows best; else the usual place. */
static char *
find_log(const SeloAdminCommand *command)
{
    g_autoptr(GVariant) status = selo_admin_ask(command, "status", NULL, NULL);
    g_autoptr(SeloPaths) paths = NULL;
    char *path;

    if (status != NULL && g_variant_lookup(status, "log", "s", &path))
        return path;
    paths = selo_paths_new(command->root);
    return g_build_filename(paths->log_dir, "selo.log", NULL);
}

static int
ask_server(const SeloAdminCommand *command, const char *verb, const char *level)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = NULL;
    GVariantDict arguments;

    g_variant_dict_init(&arguments, NULL);
    if (level != NULL)
        g_variant_dict_insert(&arguments, "level", "s", level);
    answer = selo_admin_ask(command, verb, g_variant_dict_end(&arguments), &error);
    return answer != NULL ? 0 : selo_admin_fail("%s", error->message);
}

int
selo_admin_log(const SeloAdminCommand *command)
{
    Reading reading = { 0 };
    int status;

    for (char **word = command->argv; *word != NULL; word++) {
        if (strcmp(*word, "-f") == 0)
            reading.is_following = TRUE;
        else if (strcmp(*word, "--reopen") == 0)
            return ask_server(command, "log-reopen", NULL);
        else if (strcmp(*word, "--level") == 0 && word[1] != NULL)
            return ask_server(command, "log-level", word[1]);
        else if (strcmp(*word, "--since") == 0 && word[1] != NULL) {
            if (!take_since(&reading, *++word))
                return selo_admin_fail(
                    "--since %s: expected 10min, 2h, 1d or a time such as 2026-11-24T21:30", *word);
        } else if (**word == '-' || reading.id != NULL)
            return selo_admin_usage("log", NULL);
        else
            reading.id = *word;
    }
    reading.path = find_log(command);
    status = read_log(&reading);
    g_free(reading.path);
    return status;
}
