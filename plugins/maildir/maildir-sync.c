/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-sync.c: what is in the directories, taken into memory: new files get their UID, renamed
 * ones their flags, missing ones are gone. Nothing is scanned while the directories' times stand.
 *
 * modseqs are times: a mailbox that is loaded starts with the time of the last change to its
 * directories, and each change seen later gets the time the directory had then, or the next number.
 * So they only grow, in one process and over several, and an unchanged mailbox has the same modseq
 * whoever looks. A counter kept in a file lost: every change would cost a second write.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-scan.h"

#define RECHECK_USEC      (5 * G_USEC_PER_SEC) /* after own changes: one scan for what they hid */
#define STALE_TMP_SECONDS (36 * 3600)          /* what a dead writer left in tmp/ */
#define REWRITE_LINES_MIN 16                   /* dead lines that make a rewrite worth its sync */

/* ---- files without a UID ---- */

static int
compare_strangers(gconstpointer a, gconstpointer b)
{
    const char *const *one = a, *const *other = b;

    return maildir_name_compare(*one + 4, *other + 4);
}

static gboolean
number_strangers(MaildirScan *scan, GError **error)
{
    MaildirBox *box = scan->box;
    g_autofree char *path = maildir_box_list_path(box);
    g_autoptr(GString) lines = g_string_new(NULL);
    uint32_t next = maildir_uidlist_next(&box->list), n_before = box->messages.n;
    guint n = scan->strangers->len;

    if (n >= UINT32_MAX - next)
        return maildir_fail(error, SELO_TEMPORARY, "%s: its UIDs are used up", path);
    g_ptr_array_sort(scan->strangers, compare_strangers);
    for (guint i = 0; i < n; i++) {
        const char *file = g_ptr_array_index(scan->strangers, i), *name = file + 4;
        MaildirName parts;
        MaildirUidRecord record = { .uid = next + i };

        maildir_name_parse(name, strlen(name), &parts);
        record.name = (SeloStr){ name, parts.base_len };
        maildir_uidlist_print_record(lines, &record);
        maildir_box_observe(box, maildir_box_add(box, &record), name, *file == 'n');
    }
    if (maildir_uidlist_append(&box->list, path, lines, n, next + n - 1, error))
        return TRUE;
    box->messages.n = n_before;
    return FALSE;
}

static gboolean
wants_rewrite(const MaildirBox *box)
{
    uint32_t live = box->messages.n, lines = box->list.n_lines;

    return box->list.header.version != 3 || *box->list.header.guid == '\0'
           || (lines >= live + REWRITE_LINES_MIN && live <= lines / 4 * 3);
}

/* Gives UIDs to what has none; what other programs did before we had the lock comes first. */
static gboolean
update_list(MaildirScan *scan, GError **error)
{
    MaildirBox *box = scan->box;
    g_autofree char *path = maildir_box_list_path(box);
    gboolean is_whole;

    if (!maildir_box_is_list_current(box, path)) {
        scan->is_new_due = scan->is_cur_due = TRUE;
        if (!maildir_stamps_take(box, &scan->stamps, error)
            || !maildir_box_read_list(box, &scan->stamps, error)
            || !maildir_scan_run(scan, error))
            return FALSE;
    }
    is_whole = scan->is_new_due && scan->is_cur_due;
    if ((box->list.inode == 0 || (is_whole && wants_rewrite(box)))
        && !maildir_box_rewrite_list(box, error))
        return FALSE;
    return scan->strangers->len == 0 || number_strangers(scan, error);
}

static gboolean
lock_and_update_list(MaildirScan *scan, SeloCall *call, GError **error)
{
    MaildirBox *box = scan->box;
    gboolean is_ours = box->lock.path != NULL, is_updated;

    if (!is_ours && !maildir_box_lock(box, call, error))
        return FALSE;
    is_updated = update_list(scan, error);
    if (!is_ours)
        maildir_box_unlock(box);
    return is_updated;
}

/* ---- the whole ---- */

/* Marks become modseqs: what is new or changed gets one number, what is missing is gone. */
static void
conclude(MaildirScan *scan, gboolean was_loaded)
{
    MaildirBox *box = scan->box;
    MaildirMessages *messages = &box->messages;
    gboolean is_changed = FALSE, is_lost = FALSE;

    for (uint32_t i = 0; i < messages->n; i++) {
        is_changed |= (messages->marks[i] & MAILDIR_CHANGED) != 0;
        is_lost |= !(messages->marks[i] & MAILDIR_FOUND);
    }
    if (was_loaded && (is_changed || is_lost))
        maildir_box_bump(box, maildir_stamps_newest(&scan->stamps));
    for (uint32_t i = 0; i < messages->n; i++) {
        uint8_t mark = messages->marks[i];

        if (!(mark & MAILDIR_FOUND)) {
            if (mark & MAILDIR_SHOWN)
                maildir_box_add_gone(box, messages->uids[i]);
            continue;
        }
        if (mark & MAILDIR_CHANGED || !was_loaded)
            messages->modseqs[i] = box->modseq;
        messages->marks[i] |= MAILDIR_SHOWN;
    }
    if (is_lost)
        maildir_box_compact(box, MAILDIR_FOUND);
}

/* The first look: all messages get the time of the last change. One that could hide another of the
 * same instant counts as one less, so that whoever looks later sees a difference. */
static void
begin_modseqs(MaildirBox *box, const MaildirStamps *stamps, gboolean is_racy)
{
    uint64_t base = (uint64_t) MAX(maildir_stamps_newest(stamps) - (is_racy ? 1 : 0), 1);
    const uint64_t *last = g_hash_table_lookup(box->account->last_modseqs, box->path);

    box->base_modseq = MAX(MAX(box->modseq, base), last != NULL ? *last : 0);
    box->modseq = box->base_modseq;
    box->account->modseq = MAX(box->account->modseq, box->modseq);
}

/* Where a full disk keeps new files from getting a UID, what has one stays usable. */
static gboolean
is_usable_without(const MaildirScan *scan, const GError *failure)
{
    return scan->box->list.header.uidvalidity != 0
           && maildir_error_status(failure) == SELO_TEMPORARY;
}

static gboolean
scan_and_conclude(MaildirScan *scan, SeloCall *call, int64_t now, GError **error)
{
    MaildirBox *box = scan->box;
    gboolean was_loaded = box->is_loaded;
    g_autoptr(GError) failure = NULL;
    int64_t racy;

    if (!maildir_box_read_list(box, &scan->stamps, error))
        return FALSE;
    if (!box->is_loaded)
        scan->is_new_due = scan->is_cur_due = TRUE;
    if (!maildir_scan_run(scan, error))
        return FALSE;
    if ((scan->strangers->len > 0 || box->list.inode == 0 || wants_rewrite(box))
        && !lock_and_update_list(scan, call, &failure) && !is_usable_without(scan, failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    was_loaded = was_loaded && box->is_loaded;
    racy = maildir_stamps_racy_until(&scan->stamps, now);
    if (!was_loaded)
        begin_modseqs(box, &scan->stamps, racy != 0);
    conclude(scan, was_loaded);
    box->is_loaded = TRUE;
    box->stamps = failure == NULL ? scan->stamps : (MaildirStamps){ 0 };
    box->stamps.recheck_usec = racy;
    return TRUE;
}

static void
clear_tmp(const MaildirBox *box)
{
    g_autofree char *path = g_build_filename(box->path, "tmp", NULL);
    time_t oldest = (time_t) (g_get_real_time() / G_USEC_PER_SEC) - STALE_TMP_SECONDS;
    DIR *listing = opendir(path);
    struct dirent *entry;

    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        struct stat facts;

        if (*entry->d_name != '.'
            && fstatat(dirfd(listing), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG(facts.st_mode) && facts.st_ctim.tv_sec < oldest
            && facts.st_atim.tv_sec < oldest)
            unlinkat(dirfd(listing), entry->d_name, 0);
    }
    if (listing != NULL)
        closedir(listing);
}

gboolean
maildir_box_sync(MaildirBox *box, SeloCall *call, GError **error)
{
    MaildirScan scan = { .box = box };
    g_autofree char *path = maildir_box_list_path(box);
    int64_t now = g_get_real_time();
    gboolean is_recheck_due, is_done;

    if (!maildir_stamps_take(box, &scan.stamps, error))
        return FALSE;
    is_recheck_due = !box->is_loaded
                     || (box->stamps.recheck_usec != 0 && now >= box->stamps.recheck_usec);
    scan.is_new_due = is_recheck_due || !maildir_stamps_is_same_new(&scan.stamps, &box->stamps);
    scan.is_cur_due = is_recheck_due || !maildir_stamps_is_same_cur(&scan.stamps, &box->stamps);
    if (!scan.is_new_due && !scan.is_cur_due && maildir_box_is_list_current(box, path))
        return TRUE;
    if (!maildir_keywords_refresh(&box->keywords, box->path, error))
        return FALSE;
    if (!box->is_loaded) {
        maildir_box_reset(box);
        clear_tmp(box);
    }
    scan.strangers = g_ptr_array_new_with_free_func(g_free);
    is_done = scan_and_conclude(&scan, call, now, error);
    g_ptr_array_unref(scan.strangers);
    if (!is_done)
        box->stamps = (MaildirStamps){ 0 };
    return is_done;
}

uint64_t
maildir_box_settle(MaildirBox *box)
{
    MaildirStamps stamps;

    if (!maildir_stamps_take(box, &stamps, NULL)) {
        box->stamps = (MaildirStamps){ 0 };
        return maildir_box_bump(box, 0);
    }
    stamps.recheck_usec = box->stamps.recheck_usec != 0 ? box->stamps.recheck_usec
                                                        : g_get_real_time() + RECHECK_USEC;
    box->stamps = stamps;
    return maildir_box_bump(box, maildir_stamps_newest(&stamps));
}

/* Moves what lies in new/ to cur/: this session saw it first. */
static gboolean
take_recent(MaildirHandle *handle, GError **error)
{
    MaildirBox *box = handle->box;
    MaildirMessages *messages = &box->messages;
    g_autoptr(GString) from = g_string_new(NULL), to = g_string_new(NULL);
    int fd = open(box->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_moved = FALSE;

    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot open", box->path);
    for (uint32_t i = 0; i < messages->n; i++) {
        if (!(messages->marks[i] & MAILDIR_NEW))
            continue;
        maildir_box_file(box, i, from);
        g_string_assign(to, "cur/");
        if (strchr(from->str, ':') != NULL)
            g_string_append(to, from->str + strlen("new/"));
        else
            maildir_name_print(to, SELO_STR(maildir_box_base(box, i)), 0, 0, (SeloStr){ 0 });
        if (renameat(fd, from->str, fd, to->str) < 0)
            continue; /* somebody else took it: the next scan tells */
        is_moved = TRUE;
        maildir_box_observe(box, i, to->str + strlen("cur/"), FALSE);
        if (handle->recent == NULL)
            handle->recent = g_array_new(FALSE, FALSE, sizeof(SeloRange));
        maildir_ranges_add(handle->recent, messages->uids[i]);
    }
    close(fd);
    if (is_moved) {
        MaildirStamps stamps;
        int64_t recheck = box->stamps.recheck_usec;

        if (maildir_stamps_take(box, &stamps, NULL)) {
            box->stamps = stamps;
            box->stamps.recheck_usec = recheck != 0 ? recheck : g_get_real_time() + RECHECK_USEC;
        }
    }
    return TRUE;
}

gboolean
maildir_handle_sync(MaildirHandle *handle, SeloCall *call, GError **error)
{
    const MaildirMessages *messages = &handle->box->messages;

    if (!maildir_box_sync(handle->box, call, error))
        return FALSE;
    for (uint32_t i = messages->n; !handle->is_looking && i > 0; i--)
        if (messages->marks[i - 1] & MAILDIR_NEW)
            return take_recent(handle, error);
    return TRUE;
}
