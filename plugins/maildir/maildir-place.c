/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-place.c: files get their place and their UID together. The file comes first and the
 * record second, as Dovecot does it: a crash between the two leaves a message without a UID, which
 * the next reader gives it, and never a UID without a message.
 */
#include "config.h"

#include "plugins/maildir/maildir-place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"

void
maildir_placement_clear(gpointer placement)
{
    MaildirPlacement *self = placement;

    g_free(self->from);
    g_free(self->file);
    g_free(self->fields);
}

static void
take_back(GArray *placements, int from_fd, int to_fd, MaildirPlaceMode mode)
{
    for (guint i = 0; i < placements->len; i++) {
        MaildirPlacement *item = &g_array_index(placements, MaildirPlacement, i);

        if (!item->is_in_place)
            continue;
        if (mode == MAILDIR_PLACE_RENAME)
            renameat(to_fd, item->file, from_fd, item->from);
        else
            unlinkat(to_fd, item->file, 0);
        item->is_in_place = FALSE;
    }
}

static gboolean
put_files(GArray *placements, int from_fd, int to_fd, MaildirPlaceMode mode, GError **error)
{
    for (guint i = 0; i < placements->len; i++) {
        MaildirPlacement *item = &g_array_index(placements, MaildirPlacement, i);
        int result;

        if (item->uid != 0)
            continue;
        result = mode == MAILDIR_PLACE_RENAME
                     ? renameat(from_fd, item->from, to_fd, item->file)
                     : linkat(from_fd, item->from, to_fd, item->file, 0);
        if (result < 0 && errno == ENOENT)
            return maildir_fail(error, SELO_CONFLICT, "%s: has gone", item->from);
        if (result < 0)
            return maildir_fail_errno(error, "%s: cannot come to %s", item->from, item->file);
        item->is_in_place = TRUE;
    }
    return TRUE;
}

static SeloStr
base_of(const MaildirPlacement *item)
{
    const char *name = item->file + strlen("new/"), *colon = strchr(name, ':');

    return (SeloStr){ name, colon != NULL ? (size_t) (colon - name) : strlen(name) };
}

static gboolean
add_records(MaildirBox *box, GArray *placements, GError **error)
{
    g_autofree char *path = maildir_box_list_path(box);
    g_autoptr(GString) lines = g_string_new(NULL);
    uint32_t next = maildir_uidlist_next(&box->list), n = 0;

    for (guint i = 0; i < placements->len; i++) {
        MaildirPlacement *item = &g_array_index(placements, MaildirPlacement, i);
        MaildirUidRecord record = { .uid = next + n };

        if (!item->is_in_place)
            continue;
        if (next + n == UINT32_MAX)
            return maildir_fail(error, SELO_TEMPORARY, "%s: its UIDs are used up", path);
        record.name = base_of(item);
        if (item->fields != NULL)
            record.fields = SELO_STR(item->fields);
        maildir_uidlist_print_record(lines, &record);
        item->uid = next + n++;
    }
    return n == 0 || maildir_uidlist_append(&box->list, path, lines, n, next + n - 1, error);
}

/* A mailbox that is in memory learns of its new messages without a scan. */
static void
add_to_memory(MaildirBox *box, const GArray *placements)
{
    uint32_t first = box->messages.n;
    uint64_t modseq;

    for (guint i = 0; i < placements->len; i++) {
        const MaildirPlacement *item = &g_array_index(placements, MaildirPlacement, i);
        MaildirUidRecord record = { .uid = item->uid };
        uint32_t index;

        if (!item->is_in_place)
            continue;
        record.name = base_of(item);
        if (item->fields != NULL)
            record.fields = SELO_STR(item->fields);
        index = maildir_box_add(box, &record);
        maildir_box_observe(box, index, item->file + strlen("new/"), *item->file == 'n');
        box->messages.marks[index] |= MAILDIR_SHOWN;
    }
    modseq = maildir_box_settle(box);
    for (uint32_t i = first; i < box->messages.n; i++)
        box->messages.modseqs[i] = modseq;
}

gboolean
maildir_place(MaildirBox *box, const char *source, GArray *placements, MaildirPlaceMode mode,
              GError **error)
{
    int from_fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to_fd = open(box->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean is_placed = FALSE;

    if (from_fd < 0 || to_fd < 0)
        maildir_fail_errno(error, "%s: cannot open", from_fd < 0 ? source : box->path);
    else
        is_placed = put_files(placements, from_fd, to_fd, mode, error)
                    && add_records(box, placements, error);
    if (!is_placed && from_fd >= 0 && to_fd >= 0)
        take_back(placements, from_fd, to_fd, mode);
    if (from_fd >= 0)
        close(from_fd);
    if (to_fd >= 0)
        close(to_fd);
    if (is_placed && box->is_loaded)
        add_to_memory(box, placements);
    return is_placed;
}

gboolean
maildir_place_sync(const char *path, const GArray *placements, GError **error)
{
    g_autofree char *list = g_build_filename(path, MAILDIR_UIDLIST_NAME, NULL);
    gboolean is_new_due = FALSE, is_cur_due = FALSE;
    g_autofree char *new = g_build_filename(path, "new", NULL);
    g_autofree char *cur = g_build_filename(path, "cur", NULL);

    for (guint i = 0; i < placements->len; i++) {
        const MaildirPlacement *item = &g_array_index(placements, MaildirPlacement, i);

        is_new_due |= item->is_in_place && *item->file == 'n';
        is_cur_due |= item->is_in_place && *item->file == 'c';
    }
    return (!is_new_due || maildir_sync_path(new, error))
           && (!is_cur_due || maildir_sync_path(cur, error))
           && (!(is_new_due || is_cur_due) || maildir_sync_path(list, error));
}

SeloMsgBatch
maildir_place_batch(const MaildirBox *box, const GArray *placements, uint32_t *new_uids)
{
    for (guint i = 0; i < placements->len; i++)
        new_uids[i] = g_array_index(placements, MaildirPlacement, i).uid;
    return (SeloMsgBatch){ .struct_size = sizeof(SeloMsgBatch),
                           .n = placements->len,
                           .new_uids = new_uids,
                           .modseq = box->modseq,
                           .uidvalidity = box->uidvalidity,
                           .uidnext = maildir_uidlist_next(&box->list) };
}
