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
#include <sys/random.h>
#include <unistd.h>

#include "plugins/maildir/maildir-dotlock.h"
#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-store.h"

#define ROUNDS_MAX          3
#define CLOCK_TICK_USEC     20000                /* a file system's clock moves in such steps */
#define RECHECK_USEC        (5 * G_USEC_PER_SEC) /* after own changes: one scan for what they hid */
#define STALE_LINK_SECONDS  30
#define STALE_TMP_SECONDS   (36 * 3600) /* what a dead writer left in tmp/ */
#define REWRITE_LINES_MIN   16 /* dead lines that make a rewrite worth its sync */
#define TAIL_OCTETS         (2 * MAILDIR_UIDLIST_LINE_MAX)

/* ---- base name → index, while a scan runs: open addressing, no allocation a message ---- */

typedef struct {
    uint32_t *slots; /* index + 1; 0 = free */
    uint32_t mask;
} NameIndex;

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
find_slot(const NameIndex *names, const MaildirBox *box, const char *name, size_t len)
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
index_names(NameIndex *names, const MaildirBox *box)
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

typedef struct {
    MaildirBox *box;
    NameIndex names;
    GPtrArray *strangers; /* "new/NAME", "cur/NAME": files without a record */
    MaildirStamps stamps; /* of the directories, taken before they were read */
    gboolean is_new_due, is_cur_due;
} Scan;

static gboolean
take_stamps(const MaildirBox *box, MaildirStamps *out_stamps, GError **error)
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

static gboolean
is_new_same(const MaildirStamps *a, const MaildirStamps *b)
{
    return a->new_inode == b->new_inode && is_same_time(&a->new_mtime, &b->new_mtime);
}

static gboolean
is_cur_same(const MaildirStamps *a, const MaildirStamps *b)
{
    return a->cur_inode == b->cur_inode && is_same_time(&a->cur_mtime, &b->cur_mtime);
}

static int64_t
time_usec(const struct timespec *time)
{
    return (int64_t) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000;
}

static int64_t
newest_usec(const MaildirStamps *stamps)
{
    return MAX(time_usec(&stamps->new_mtime), time_usec(&stamps->cur_mtime));
}

/* Could a change after @stamps were taken have left the same times? Then until when. */
static int64_t
racy_until(const MaildirStamps *stamps, int64_t taken_usec)
{
    gboolean has_parts = stamps->new_mtime.tv_nsec != 0 || stamps->cur_mtime.tv_nsec != 0;
    int64_t tick = has_parts ? CLOCK_TICK_USEC : G_USEC_PER_SEC;

    return newest_usec(stamps) >= taken_usec - tick ? taken_usec + tick : 0;
}

/* A second file with the base name of message @index, found as @name in @directory. */
static void
settle_double(Scan *scan, uint32_t index, DIR *listing, gboolean is_new, const char *name)
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
take_file(Scan *scan, DIR *listing, gboolean is_new, const char *name)
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
begin_round(Scan *scan)
{
    MaildirMessages *messages = &scan->box->messages;

    g_ptr_array_set_size(scan->strangers, 0);
    for (uint32_t i = 0; i < messages->n; i++)
        messages->marks[i] &= (uint8_t) ~MAILDIR_MET;
}

static gboolean
scan_directory(Scan *scan, gboolean is_new, GError **error)
{
    g_autofree char *path = g_build_filename(scan->box->path, is_new ? "new" : "cur", NULL);
    DIR *listing = opendir(path);
    struct dirent *entry;

    if (listing == NULL)
        return maildir_fail_errno(error, "%s: cannot list", path);
    errno = 0;
    while ((entry = readdir(listing)) != NULL) {
        if (entry->d_type != DT_DIR)
            take_file(scan, listing, is_new, entry->d_name);
        else if (*entry->d_name != '.')
            unlinkat(dirfd(listing), entry->d_name, AT_REMOVEDIR);
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
mark_begin(const Scan *scan)
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
scan_until_certain(Scan *scan, GError **error)
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
        if (!take_stamps(box, &after, error))
            return FALSE;
        if (racy_until(&after, begun) == 0 && (is_whole || !is_unmet))
            return TRUE;
    }
    return TRUE;
}

static gboolean
scan_box(Scan *scan, GError **error)
{
    gboolean is_scanned;

    mark_begin(scan);
    index_names(&scan->names, scan->box);
    is_scanned = scan_until_certain(scan, error);
    g_clear_pointer(&scan->names.slots, g_free);
    return is_scanned;
}

/* ---- the uidlist ---- */

/* A list that is read anew meets the messages we know: they keep what we know of them. */
typedef struct {
    MaildirBox *box;
    MaildirMessages before;
    GString *names_before;
    uint32_t next_before;
    gboolean is_restarted;
} ListReader;

static void
restart_list(void *data)
{
    ListReader *reader = data;
    MaildirBox *box = reader->box;

    if (!reader->is_restarted) {
        reader->before = box->messages;
        reader->names_before = box->names;
        box->messages = (MaildirMessages){ 0 };
        box->names = NULL;
    }
    reader->is_restarted = TRUE;
    reader->next_before = 0;
    box->messages.n = 0;
    if (box->fields != NULL)
        g_hash_table_remove_all(box->fields);
}

static gboolean
take_record(void *data, const MaildirUidRecord *record)
{
    ListReader *reader = data;
    MaildirBox *box = reader->box;
    MaildirMessages *before = &reader->before;
    uint32_t index, at;

    index = maildir_box_add(box, record);
    if (!reader->is_restarted || box->uidvalidity != box->list.header.uidvalidity)
        return TRUE;
    while (reader->next_before < before->n && before->uids[reader->next_before] < record->uid)
        reader->next_before++;
    at = reader->next_before;
    if (at == before->n || before->uids[at] != record->uid
        || strcmp(reader->names_before->str + before->names[at], maildir_box_base(box, index)) != 0)
        return TRUE;
    box->messages.flags[index] = before->flags[at];
    box->messages.keywords[index] = before->keywords[at];
    box->messages.modseqs[index] = before->modseqs[at];
    box->messages.marks[index] = before->marks[at];
    before->marks[at] = 0;
    return TRUE;
}

/* Messages whose record has gone from the list are gone, too. */
static void
end_restart(ListReader *reader, MaildirStamps *stamps)
{
    MaildirBox *box = reader->box;
    gboolean is_other = box->uidvalidity != box->list.header.uidvalidity;
    gboolean is_bumped = FALSE;

    for (uint32_t i = 0; !is_other && i < reader->before.n; i++) {
        if (!(reader->before.marks[i] & MAILDIR_SHOWN))
            continue;
        if (!is_bumped)
            maildir_box_bump(box, newest_usec(stamps));
        is_bumped = TRUE;
        maildir_box_add_gone(box, reader->before.uids[i]);
    }
    if (is_other) {
        g_clear_pointer(&box->gone, g_array_unref);
        g_clear_pointer(&box->odd, g_hash_table_unref);
        g_clear_pointer(&box->sizes, g_hash_table_unref);
        box->is_loaded = FALSE;
    }
    box->uidvalidity = box->list.header.uidvalidity;
    g_free(reader->before.uids);
    g_free(reader->before.flags);
    g_free(reader->before.names);
    g_free(reader->before.keywords);
    g_free(reader->before.modseqs);
    g_free(reader->before.marks);
    if (reader->names_before != NULL)
        g_string_free(reader->names_before, TRUE);
}

static gboolean
read_list(MaildirBox *box, MaildirStamps *stamps, GError **error)
{
    g_autofree char *path = maildir_box_list_path(box);
    ListReader reader = { .box = box };
    MaildirUidlistEvents events = { restart_list, take_record, &reader };
    gboolean is_read = maildir_uidlist_refresh(&box->list, path, &events, error);

    if (reader.is_restarted)
        end_restart(&reader, stamps);
    return is_read;
}

char *
maildir_box_list_path(const MaildirBox *box)
{
    return g_build_filename(box->path, MAILDIR_UIDLIST_NAME, NULL);
}

static gboolean
is_list_current(const MaildirBox *box, const char *path)
{
    struct stat facts;

    return stat(path, &facts) == 0 ? maildir_uidlist_is_current(&box->list, &facts)
                                   : box->list.inode == 0;
}

gboolean
maildir_box_lock(MaildirBox *box, SeloCall *call, GError **error)
{
    g_autofree char *path = maildir_box_list_path(box);

    return maildir_dotlock_take(&box->lock, path, &maildir_uidlist_limits, call, error);
}

void
maildir_box_unlock(MaildirBox *box)
{
    maildir_dotlock_release(&box->lock);
}

static gboolean
ignore_record(void *data, const MaildirUidRecord *record)
{
    return TRUE;
}

/* Header and last record of a list, without what is between them. FALSE without @error: it is too
 * short or damaged, read it whole. */
static gboolean
peek_list(MaildirBox *box, int fd, const char *path, GError **error)
{
    struct stat facts;
    size_t size;
    uint64_t offset;
    uint32_t last_uid = 0;
    char head[MAILDIR_UIDLIST_LINE_MAX];
    ssize_t head_size = pread(fd, head, sizeof head, 0);
    const char *feed = head_size > 0 ? memchr(head, '\n', (size_t) head_size) : NULL;
    g_autofree char *tail = NULL;
    char *line;
    size_t used;

    if (feed == NULL || fstat(fd, &facts) < 0 || facts.st_size < TAIL_OCTETS + head_size)
        return FALSE;
    offset = (uint64_t) facts.st_size - TAIL_OCTETS;
    tail = maildir_read_fd(fd, path, offset, TAIL_OCTETS + MAILDIR_UIDLIST_LINE_MAX, &size, error);
    line = tail != NULL ? memchr(tail, '\n', size) : NULL;
    if (line == NULL)
        return FALSE;
    line++;
    maildir_uidlist_clear(&box->list);
    if (!maildir_uidlist_parse_header((SeloStr){ head, (size_t) (feed - head) }, &box->list.header)
        || box->list.header.version != 3)
        return FALSE;
    used = maildir_uidlist_parse_records(3, (SeloStr){ line, size - (size_t) (line - tail) },
                                         &last_uid, ignore_record, NULL);
    if (used == SIZE_MAX || last_uid == 0)
        return FALSE;
    box->list.last_uid = last_uid;
    box->list.size = offset + (uint64_t) (line - tail) + used;
    return TRUE;
}

static void
ignore_restart(void *data)
{
}

gboolean
maildir_box_refresh_list(MaildirBox *box, GError **error)
{
    g_autofree char *path = maildir_box_list_path(box);
    MaildirUidlistEvents events = { ignore_restart, ignore_record, NULL };
    g_autoptr(GError) failure = NULL;
    gboolean is_peeked = FALSE;
    int fd;

    if (box->is_loaded)
        return maildir_box_sync(box, NULL, error);
    maildir_uidlist_clear(&box->list);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        is_peeked = peek_list(box, fd, path, &failure);
        close(fd);
    }
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (!is_peeked) {
        maildir_uidlist_clear(&box->list);
        if (!maildir_uidlist_refresh(&box->list, path, &events, error))
            return FALSE;
        box->list.inode = 0; /* no record of it is in memory */
    }
    box->uidvalidity = box->list.header.uidvalidity;
    return TRUE;
}

static void
make_guid(char *guid)
{
    guchar octets[16];

    while (getrandom(octets, sizeof octets, 0) != (ssize_t) sizeof octets)
        continue;
    for (size_t i = 0; i < sizeof octets; i++)
        g_snprintf(guid + i * 2, 3, "%02x", octets[i]);
}

/* Header and the records of all files that were found. */
static gboolean
rewrite_list(MaildirBox *box, GError **error)
{
    g_autofree char *path = maildir_box_list_path(box);
    g_autoptr(GString) lines = g_string_sized_new(box->messages.n * 80);
    uint32_t n_lines = 0;

    if (box->list.header.uidvalidity == 0
        && !maildir_uidvalidity_next(box->account->root, &box->list.header.uidvalidity, error))
        return FALSE;
    if (*box->list.header.guid == '\0')
        make_guid(box->list.header.guid);
    for (uint32_t i = 0; i < box->messages.n; i++) {
        uint32_t uid = box->messages.uids[i];
        const char *fields =
            box->fields != NULL ? g_hash_table_lookup(box->fields, GUINT_TO_POINTER(uid)) : NULL;
        MaildirUidRecord record = { .uid = uid, .name = SELO_STR(maildir_box_base(box, i)) };

        if (!(box->messages.marks[i] & MAILDIR_FOUND))
            continue;
        if (fields != NULL)
            record.fields = SELO_STR(fields);
        maildir_uidlist_print_record(lines, &record);
        n_lines++;
    }
    if (!maildir_uidlist_rewrite(&box->list, path, lines, n_lines, error))
        return FALSE;
    box->uidvalidity = box->list.header.uidvalidity;
    return TRUE;
}

gboolean
maildir_box_ensure_list(MaildirBox *box, GError **error)
{
    gboolean is_there = box->list.header.uidvalidity != 0 && box->list.header.version == 3;

    if (is_there && *box->list.header.guid != '\0')
        return TRUE;
    if (!box->is_loaded && box->list.header.uidvalidity != 0) /* has records: all are needed */
        return maildir_box_sync(box, NULL, error);
    if (!rewrite_list(box, error))
        return FALSE;
    if (!box->is_loaded)
        box->list.inode = 0;
    return TRUE;
}

/* ---- files without a UID ---- */

static int
compare_strangers(gconstpointer a, gconstpointer b)
{
    const char *const *one = a, *const *other = b;

    return maildir_name_compare(*one + 4, *other + 4);
}

static gboolean
number_strangers(Scan *scan, GError **error)
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
update_list(Scan *scan, GError **error)
{
    MaildirBox *box = scan->box;
    g_autofree char *path = maildir_box_list_path(box);
    gboolean is_whole;

    if (!is_list_current(box, path)) {
        scan->is_new_due = scan->is_cur_due = TRUE;
        if (!take_stamps(box, &scan->stamps, error) || !read_list(box, &scan->stamps, error)
            || !scan_box(scan, error))
            return FALSE;
    }
    is_whole = scan->is_new_due && scan->is_cur_due;
    if ((box->list.inode == 0 || (is_whole && wants_rewrite(box))) && !rewrite_list(box, error))
        return FALSE;
    return scan->strangers->len == 0 || number_strangers(scan, error);
}

static gboolean
lock_and_update_list(Scan *scan, SeloCall *call, GError **error)
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
conclude(Scan *scan, gboolean was_loaded)
{
    MaildirBox *box = scan->box;
    MaildirMessages *messages = &box->messages;
    gboolean is_changed = FALSE, is_lost = FALSE;

    for (uint32_t i = 0; i < messages->n; i++) {
        is_changed |= (messages->marks[i] & MAILDIR_CHANGED) != 0;
        is_lost |= !(messages->marks[i] & MAILDIR_FOUND);
    }
    if (was_loaded && (is_changed || is_lost))
        maildir_box_bump(box, newest_usec(&scan->stamps));
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
    uint64_t base = (uint64_t) MAX(newest_usec(stamps) - (is_racy ? 1 : 0), 1);
    const uint64_t *last = g_hash_table_lookup(box->account->last_modseqs, box->path);

    box->base_modseq = MAX(MAX(box->modseq, base), last != NULL ? *last : 0);
    box->modseq = box->base_modseq;
    box->account->modseq = MAX(box->account->modseq, box->modseq);
}

/* Where a full disk keeps new files from getting a UID, what has one stays usable. */
static gboolean
is_usable_without(const Scan *scan, const GError *failure)
{
    return scan->box->list.header.uidvalidity != 0
           && maildir_error_status(failure) == SELO_TEMPORARY;
}

static gboolean
scan_and_conclude(Scan *scan, SeloCall *call, int64_t now, GError **error)
{
    MaildirBox *box = scan->box;
    gboolean was_loaded = box->is_loaded;
    g_autoptr(GError) failure = NULL;
    int64_t racy;

    if (!read_list(box, &scan->stamps, error))
        return FALSE;
    if (!box->is_loaded)
        scan->is_new_due = scan->is_cur_due = TRUE;
    if (!scan_box(scan, error))
        return FALSE;
    if ((scan->strangers->len > 0 || box->list.inode == 0 || wants_rewrite(box))
        && !lock_and_update_list(scan, call, &failure) && !is_usable_without(scan, failure)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    was_loaded = was_loaded && box->is_loaded;
    racy = racy_until(&scan->stamps, now);
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
    Scan scan = { .box = box };
    g_autofree char *path = maildir_box_list_path(box);
    int64_t now = g_get_real_time();
    gboolean is_recheck_due, is_done;

    if (!take_stamps(box, &scan.stamps, error))
        return FALSE;
    is_recheck_due = !box->is_loaded
                     || (box->stamps.recheck_usec != 0 && now >= box->stamps.recheck_usec);
    scan.is_new_due = is_recheck_due || !is_new_same(&scan.stamps, &box->stamps);
    scan.is_cur_due = is_recheck_due || !is_cur_same(&scan.stamps, &box->stamps);
    if (!scan.is_new_due && !scan.is_cur_due && is_list_current(box, path))
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

    if (!take_stamps(box, &stamps, NULL)) {
        box->stamps = (MaildirStamps){ 0 };
        return maildir_box_bump(box, 0);
    }
    stamps.recheck_usec = box->stamps.recheck_usec != 0 ? box->stamps.recheck_usec
                                                        : g_get_real_time() + RECHECK_USEC;
    box->stamps = stamps;
    return maildir_box_bump(box, newest_usec(&stamps));
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

        if (take_stamps(box, &stamps, NULL)) {
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
