/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-quota.c: the file maildirsize of Maildir++: limits, a base, and one appended line a
 * change, without a lock. It is made anew when it is damaged, long, made for other limits, or when
 * the user seems to be over the limit. Where no limit is set there is no file.
 */
#include "config.h"

#include "plugins/maildir/maildir-quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-store.h"

#define FILE_NAME       "maildirsize"
#define FILE_MAX        5120
#define FRESH_SECONDS   (15 * 60) /* a file so young, with one line, is believed */

/* "<octets>S,<messages>C" */
static gboolean
parse_limits(const char *line, const char *end, MaildirSize *size)
{
    while (line < end) {
        char *unit;
        guint64 value = g_ascii_strtoull(line, &unit, 10);

        if (unit == line || unit >= end)
            return FALSE;
        if (*unit == 'S')
            size->octets_limit = value;
        else if (*unit == 'C')
            size->messages_limit = value;
        line = unit + 1;
        if (line < end && *line++ != ',')
            return FALSE;
    }
    return TRUE;
}

static gboolean
parse_change(const char *line, const char *end, MaildirSize *size)
{
    char *rest;
    gint64 octets = g_ascii_strtoll(line, &rest, 10), messages;

    if (rest == line || rest >= end || *rest != ' ')
        return FALSE;
    line = rest + 1;
    messages = g_ascii_strtoll(line, &rest, 10);
    if (rest == line || rest > end || octets > G_MAXINT64 / 4096 || octets < -(G_MAXINT64 / 4096)
        || messages > G_MAXINT64 / 4096 || messages < -(G_MAXINT64 / 4096))
        return FALSE;
    size->octets += octets;
    size->messages += messages;
    size->n_lines++;
    return TRUE;
}

gboolean
maildir_size_parse(SeloStr text, MaildirSize *out_size)
{
    const char *end = text.s + text.len, *feed = memchr(text.s, '\n', text.len);
    MaildirSize size = { 0 };

    if (text.len > FILE_MAX || feed == NULL || memchr(text.s, '\0', text.len) != NULL
        || !parse_limits(text.s, feed, &size))
        return FALSE;
    for (const char *at = feed + 1; at < end; at = feed + 1) {
        feed = memchr(at, '\n', (size_t) (end - at));
        if (feed == NULL || !parse_change(at, feed, &size))
            return FALSE;
    }
    if (size.octets < 0 || size.messages < 0)
        return FALSE;
    *out_size = size;
    return TRUE;
}

GString *
maildir_size_print(const MaildirSize *size)
{
    GString *out = g_string_new(NULL);

    if (size->octets_limit != 0 || size->messages_limit == 0)
        g_string_append_printf(out, "%" G_GUINT64_FORMAT "S", size->octets_limit);
    if (size->messages_limit != 0)
        g_string_append_printf(out, "%s%" G_GUINT64_FORMAT "C", out->len > 0 ? "," : "",
                               size->messages_limit);
    g_string_append_printf(out, "\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", size->octets,
                           size->messages);
    return out;
}

/* ---- counting ---- */

static void
count_directory(const char *folder, const char *which, MaildirUsage *usage)
{
    g_autofree char *path = g_build_filename(folder, which, NULL);
    DIR *listing = opendir(path);
    struct dirent *entry;

    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        struct stat facts;
        uint64_t octets;

        if (*entry->d_name == '.')
            continue;
        if (maildir_name_size(SELO_STR(entry->d_name), 'S', &octets))
            usage->octets += octets;
        else if (fstatat(dirfd(listing), entry->d_name, &facts, 0) == 0)
            usage->octets += (uint64_t) facts.st_size;
        usage->messages++;
    }
    if (listing != NULL)
        closedir(listing);
}

static gboolean
count_account(const MaildirAccount *account, MaildirUsage *out_usage, GError **error)
{
    g_autoptr(GPtrArray) folders = maildir_folder_list(&account->layout, error);

    *out_usage = (MaildirUsage){ 0 };
    if (folders == NULL)
        return FALSE;
    for (guint i = 0; i < folders->len; i++) {
        const MaildirFolder *folder = g_ptr_array_index(folders, i);
        g_autofree char *path = maildir_folder_path(&account->layout, SELO_STR(folder->name), NULL);

        if (path == NULL)
            continue;
        count_directory(path, "cur", out_usage);
        count_directory(path, "new", out_usage);
    }
    return TRUE;
}

/* ---- the file ---- */

static gboolean
has_limits(const MaildirAccount *account)
{
    return account->octets_limit != 0 || account->messages_limit != 0;
}

static gboolean
write_size(const MaildirAccount *account, const MaildirUsage *usage, GError **error)
{
    MaildirSize size = { account->octets_limit, account->messages_limit, (int64_t) usage->octets,
                         (int64_t) usage->messages, 1 };
    g_autofree char *base = maildir_name_new(account->store->host, (SeloStr){ 0 });
    g_autofree char *temporary = g_build_filename(account->root, "tmp", base, NULL);
    g_autofree char *path = g_build_filename(account->root, FILE_NAME, NULL);
    GString *text = maildir_size_print(&size);
    gboolean is_written =
        maildir_replace_file(path, temporary, text->str, text->len, 0600, error);

    g_string_free(text, TRUE);
    return is_written;
}

static gboolean
exceeds(const MaildirAccount *account, uint64_t octets, uint64_t messages)
{
    return (account->octets_limit != 0 && octets > account->octets_limit)
           || (account->messages_limit != 0 && messages > account->messages_limit);
}

/* What the file says, if it can be believed. *out_is_certain: believed even if over the limit. */
static gboolean
read_size(const MaildirAccount *account, MaildirUsage *out_usage, gboolean *out_is_certain)
{
    g_autofree char *path = g_build_filename(account->root, FILE_NAME, NULL);
    size_t length;
    g_autofree char *text = maildir_read_file(path, FILE_MAX, &length, NULL);
    struct stat facts;
    MaildirSize size;

    if (text == NULL || !maildir_size_parse((SeloStr){ text, length }, &size)
        || size.octets_limit != account->octets_limit
        || size.messages_limit != account->messages_limit)
        return FALSE;
    *out_usage = (MaildirUsage){ (uint64_t) size.octets, (uint64_t) size.messages };
    *out_is_certain =
        size.n_lines <= 1 && stat(path, &facts) == 0
        && facts.st_mtim.tv_sec + FRESH_SECONDS > g_get_real_time() / G_USEC_PER_SEC;
    return TRUE;
}

static gboolean
recount(MaildirAccount *account, MaildirUsage *out_usage, GError **error)
{
    return count_account(account, out_usage, error)
           && (!has_limits(account) || write_size(account, out_usage, error));
}

gboolean
maildir_quota_read(MaildirAccount *account, MaildirUsage *out_usage, GError **error)
{
    gboolean is_certain;

    if (has_limits(account) && read_size(account, out_usage, &is_certain)
        && (is_certain || !exceeds(account, out_usage->octets, out_usage->messages)))
        return TRUE;
    return recount(account, out_usage, error);
}

gboolean
maildir_quota_check(MaildirAccount *account, uint64_t octets, uint64_t messages, GError **error)
{
    MaildirUsage usage;
    gboolean is_certain = FALSE;

    if (!has_limits(account))
        return TRUE;
    if (!read_size(account, &usage, &is_certain)) {
        if (!recount(account, &usage, error))
            return FALSE;
        is_certain = TRUE;
    }
    if (!is_certain && exceeds(account, usage.octets + octets, usage.messages + messages)
        && !recount(account, &usage, error))
        return FALSE;
    if (!exceeds(account, usage.octets + octets, usage.messages + messages))
        return TRUE;
    return maildir_fail(error, SELO_OVER_QUOTA,
                        "%s: %" G_GUINT64_FORMAT " octets in %" G_GUINT64_FORMAT
                        " messages, limits %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT,
                        account->root, usage.octets, usage.messages, account->octets_limit,
                        account->messages_limit);
}

void
maildir_quota_add(MaildirAccount *account, int64_t octets, int64_t messages)
{
    g_autofree char *path = NULL;
    char line[64];
    int fd, length;

    if (!has_limits(account) || (octets == 0 && messages == 0))
        return;
    path = g_build_filename(account->root, FILE_NAME, NULL);
    length = g_snprintf(line, sizeof line, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", octets,
                        messages);
    fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return; /* made anew when it is next asked for */
    if (write(fd, line, (size_t) length) != length)
        unlink(path); /* half a line: the sum would be wrong */
    close(fd);
}

void
maildir_quota_forget(MaildirAccount *account)
{
    g_autofree char *path = g_build_filename(account->root, FILE_NAME, NULL);

    if (has_limits(account))
        unlink(path);
}
