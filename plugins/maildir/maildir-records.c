/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-records.c: the uidlist of a mailbox, between its file and memory. A mailbox that is not
 * loaded is read at its two ends only.
 */
#include "config.h"

#include "plugins/maildir/maildir-scan.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "plugins/maildir/maildir-dotlock.h"
#include "plugins/maildir/maildir-io.h"

#define TAIL_OCTETS (2 * MAILDIR_UIDLIST_LINE_MAX)

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
end_restart(ListReader *reader, const MaildirStamps *stamps)
{
    MaildirBox *box = reader->box;
    gboolean is_other = box->uidvalidity != box->list.header.uidvalidity;
    gboolean is_bumped = FALSE;

    for (uint32_t i = 0; !is_other && i < reader->before.n; i++) {
        if (!(reader->before.marks[i] & MAILDIR_SHOWN))
            continue;
        if (!is_bumped)
            maildir_box_bump(box, maildir_stamps_newest(stamps));
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

gboolean
maildir_box_read_list(MaildirBox *box, const MaildirStamps *stamps, GError **error)
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

gboolean
maildir_box_is_list_current(const MaildirBox *box, const char *path)
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

gboolean
maildir_box_rewrite_list(MaildirBox *box, GError **error)
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
    if (!maildir_box_rewrite_list(box, error))
        return FALSE;
    if (!box->is_loaded)
        box->list.inode = 0;
    return TRUE;
}
