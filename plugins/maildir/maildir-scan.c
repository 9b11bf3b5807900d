/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-scan.c: reads new/ and cur/ and compares them with what is in memory. Files are
 * matched by base name; what is not known is left to the caller.
 */
#include "config.h"

#include "plugins/maildir/maildir-scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"

#define ROUNDS_MAX         3
#define CLOCK_TICK_USEC    20000 /* a file system's clock moves in such steps */
#define STALE_LINK_SECONDS 30

/* ---- base name → index, while a scan runs: open addressing, no allocation a message ---- */

static uint32_t
hash_name(const char *name, size_t len)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (guchar) name[i]) * 16777619u;
    return hash;
}

/* The slot where @name is or would be. */
static uint32_t *
find_slot(const MaildirNameIndex *names, const MaildirBox *box, const char *name, size_t len)
{
    uint32_t at = hash_name(name, len) & names->mask;

    while (names->slots[at] != 0) {
        const char *base = maildir_box_base(box, names->slots[at] - 1);

        if (strncmp(base, name, len) == 0 && base[len] == '\0')
            break;
        at = (at + 1) & names->mask;
    }
    return &names->slots[at];
}

/* Of two records with one name the later is right: the file came back after an expunge. */
static void
index_names(MaildirNameIndex *names, const MaildirBox *box)
{
    uint32_t size = 64;

    while (size < box->messages.n * 2)
        size *= 2;
    names->mask = size - 1;
    names->slots = g_new0(uint32_t, size);
    for (uint32_t i = 0; i < box->messages.n; i++) {
        const char *base = maildir_box_base(box, i);

        *find_slot(names, box, base, strlen(base)) = i + 1;
    }
}

/* ---- one scan ---- */

gboolean
maildir_stamps_take(const MaildirBox *box, MaildirStamps *out_stamps, GError **error)
{
    g_autofree char *new = g_build_filename(box->path, "new", NULL);
    g_autofree char *cur = g_build_filename(box->path, "cur", NULL);
    struct stat new_facts, cur_facts;

    if (stat(new, &new_facts) < 0 || stat(cur, &cur_facts) < 0) {
        if (errno == ENOENT && access(box->path, F_OK) < 0)
            return maildir_fail(error, SELO_NOT_FOUND, "%s: no such mailbox", box->path);
        if (errno != ENOENT)
            return maildir_fail_errno(error, "%s: cannot examine", box->path);
        if (!maildir_folder_make(box->path, error))
            return FALSE;
        if (stat(new, &new_facts) < 0 || stat(cur, &cur_facts) < 0)
            return maildir_fail_errno(error, "%s: cannot examine", box->path);
    }
    *out_stamps = (MaildirStamps){ .new_mtime = new_facts.st_mtim,
                                   .cur_mtime = cur_facts.st_mtim,
                                   .new_inode = new_facts.st_ino,
                                   .cur_inode = cur_facts.st_ino };
    return TRUE;
}

static gboolean
is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

gboolean
maildir_stamps_is_same_new(const MaildirStamps *a, const MaildirStamps *b)
{
    return a->new_inode == b->new_inode && is_same_time(&a->new_mtime, &b->new_mtime);
}

gboolean
maildir_stamps_is_same_cur(const MaildirStamps *a, const MaildirStamps *b)
{
    return a->cur_inode == b->cur_inode && is_same_time(&a->cur_mtime, &b->cur_mtime);
}

static int64_t
time_usec(const struct timespec *time)
{
    return (int64_t) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

int64_t
maildir_stamps_newest(const MaildirStamps *stamps)
{
    return MAX(time_usec(&stamps->new_mtime), time_usec(&stamps->cur_mtime));
}

int64_t
maildir_stamps_racy_until(const MaildirStamps *stamps, int64_t taken_usec)
{
    gboolean has_parts = stamps->new_mtime.tv_nsec != 0 || stamps->cur_mtime.tv_nsec != 0;
    int64_t tick = has_parts ? CLOCK_TICK_USEC : G_USEC_PER_SEC;

    return maildir_stamps_newest(stamps) >= taken_usec - tick ? taken_usec + tick : 0;
}

/* A second file with the base name of message @index, found as @name in @directory. */
static void
settle_double(MaildirScan *scan, uint32_t index, DIR *listing, gboolean is_new, const char *name)
{
    MaildirBox *box = scan->box;
    g_autoptr(GString) known = g_string_new(NULL);
    g_autofree char *path = NULL, *fresh = NULL, *target = NULL;
    const char *sizes;
    struct stat one, other;
    MaildirName parts;

    maildir_box_file(box, index, known);
    path = g_build_filename(box->path, known->str, NULL);
    if (lstat(path, &one) < 0) { /* it was renamed while we read */
        maildir_box_observe(box, index, name, is_new);
        return;
    }
    if (fstatat(dirfd(listing), name, &other, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    if (one.st_ino == other.st_ino && one.st_dev == other.st_dev) {
        if (strcmp(known->str + 4, name) != 0 && one.st_nlink > 1
            && other.st_ctim.tv_sec + STALE_LINK_SECONDS < g_get_real_time() / G_USEC_PER_SEC)
            unlinkat(dirfd(listing), name, 0);
        return;
    }
    maildir_name_parse(name, strlen(name), &parts);
    fresh = maildir_name_new(box->account->store->host, (SeloStr){ 0 });
    sizes = memchr(name, ',', parts.base_len);
    target = g_strdup_printf("%s/new/%s%.*s", box->path, fresh,
                             sizes != NULL ? (int) (name + parts.base_len - sizes) : 0,
                             sizes != NULL ? sizes : "");
    renameat(dirfd(listing), name, AT_FDCWD, target);
}

static void
take_file(MaildirScan *scan, DIR *listing, gboolean is_new, const char *name)
{
    MaildirBox *box = scan->box;
    const char *colon = strchr(name, ':');
    size_t base_len = colon != NULL ? (size_t) (colon - name) : strlen(name);
    uint32_t found;

    if (*name == '.' || base_len == 0 || strpbrk(name, "\r\n") != NULL)
        return;
    found = *find_slot(&scan->names, box, name, base_len);
    if (found == 0)
        g_ptr_array_add(scan->strangers, g_strconcat(is_new ? "new/" : "cur/", name, NULL));
    else if (box->messages.marks[found - 1] & MAILDIR_MET)
        settle_double(scan, found - 1, listing, is_new, name);
    else
        maildir_box_observe(box, found - 1, name, is_new);
    if (found != 0)
        box->messages.marks[found - 1] |= MAILDIR_MET;
}

static void
begin_round(MaildirScan *scan)
{
    MaildirMessages *messages = &scan->box->messages;

    g_ptr_array_set_size(scan->strangers, 0);
    for (uint32_t i = 0; i < messages->n; i++)
        messages->marks[i] &= (uint8_t) ~MAILDIR_MET;
}

static gboolean
scan_directory(MaildirScan *scan, gboolean is_new, GError **error)
{
    g_autofree char *path = g_build_filename(scan->box->path, is_new ? "new" : "cur", NULL);
    DIR *listing = opendir(path);
    struct dirent *entry;

    if (listing == NULL)
        return maildir_fail_errno(error, "%s: cannot list", path);
    errno = 0;
    while ((entry = readdir(listing)) != NULL) {
        if (entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN)
            take_file(scan, listing, is_new, entry->d_name);
        else if (entry->d_type == DT_DIR && *entry->d_name != '.')
            unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR);
        /* Links and pipes are no messages: one that cannot be opened would keep the rest unread. */
        errno = 0;
    }
    if (errno != 0) {
        maildir_fail_errno(error, "%s: cannot list", path);
        closedir(listing);
        return FALSE;
    }
    closedir(listing);
    return TRUE;
}

/* What a directory that need not be scanned holds is still there. */
static void
mark_begin(const MaildirScan *scan)
{
    MaildirMessages *messages = &scan->box->messages;

    for (uint32_t i = 0; i < messages->n; i++) {
        uint8_t mark = messages->marks[i] & (uint8_t) ~(MAILDIR_FOUND | MAILDIR_CHANGED);
        gboolean is_due = mark & MAILDIR_NEW ? scan->is_new_due : scan->is_cur_due;

        messages->marks[i] = mark & MAILDIR_SHOWN && !is_due ? mark | MAILDIR_FOUND : mark;
    }
}

/* Is there a message (SHOWN) or a mere record (0) whose file was not found? */
static gboolean
is_any_missing(const MaildirMessages *messages, uint8_t shown)
{
    for (uint32_t i = 0; i < messages->n; i++)
        if ((messages->marks[i] & (MAILDIR_SHOWN | MAILDIR_FOUND)) == shown)
            return TRUE;
    return FALSE;
}

/* readdir() may miss a file that is renamed meanwhile, and times of directories move in ticks. So
 * what seems gone counts as gone at once only if the directories had been at rest for longer than
 * a tick; else it must be missing in each of several rounds. A record without a message is looked
 * for in both directories before it counts as dead. */
static gboolean
scan_until_certain(MaildirScan *scan, GError **error)
{
    MaildirBox *box = scan->box;
    MaildirStamps after = { 0 };

    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        int64_t begun = g_get_real_time();
        gboolean is_unmet, is_whole;

        if (round > 0) {
            scan->is_new_due = scan->is_cur_due = TRUE;
            scan->stamps = after;
        }
        begin_round(scan);
        if ((scan->is_new_due && !scan_directory(scan, TRUE, error))
            || (scan->is_cur_due && !scan_directory(scan, FALSE, error)))
            return FALSE;
        is_unmet = is_any_missing(&box->messages, 0);
        is_whole = scan->is_new_due && scan->is_cur_due;
        if (!is_unmet && !is_any_missing(&box->messages, MAILDIR_SHOWN))
            return TRUE;
        if (!maildir_stamps_take(box, &after, error))
            return FALSE;
        if (maildir_stamps_racy_until(&after, begun) == 0 && (is_whole || !is_unmet))
            return TRUE;
    }
    return TRUE;
}

gboolean
maildir_scan_run(MaildirScan *scan, GError **error)
{
    gboolean is_scanned;

    mark_begin(scan);
    index_names(&scan->names, scan->box);
    is_scanned = scan_until_certain(scan, error);
    g_clear_pointer(&scan->names.slots, g_free);
    return is_scanned;
}
