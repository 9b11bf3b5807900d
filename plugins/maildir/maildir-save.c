/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-save.c: msg_append. The file is written and synced in tmp/ before any lock is taken;
 * under the lock it is only renamed. Line ends become LF on the way, unless the site says
 * otherwise.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-place.h"

#define CHUNK_OCTETS 65536

/* ---- the file in tmp/ ---- */

typedef struct {
    uint64_t stored, lone_feeds; /* octets of the file; LF without CR in it */
    gboolean is_after_return;    /* the last octet read was a CR that is not written yet */
    gboolean is_doubled;         /* and so was the one before it */
} LineEnds;

/* CRLF becomes LF. A CR without LF stays, and so does CRLF behind a CR: read again, it could not be
 * told from the two octets. @out holds one octet more than @size. */
static size_t
shorten_ends(LineEnds *ends, const char *in, size_t size, char *out)
{
    char *to = out;

    for (const char *at = in, *end = in + size; at < end;) {
        gboolean was_return = ends->is_after_return;
        const char *stop;

        if (was_return && (*at != '\n' || ends->is_doubled))
            *to++ = '\r';
        stop = memchr(at, '\r', (size_t) (end - at));
        if (stop == NULL)
            stop = end;
        memcpy(to, at, (size_t) (stop - at));
        to += stop - at;
        ends->is_after_return = stop < end;
        ends->is_doubled = was_return && stop == at;
        at = stop + (stop < end ? 1 : 0);
    }
    return (size_t) (to - out);
}

static uint64_t
count_lone_feeds(LineEnds *ends, const char *octets, size_t size)
{
    uint64_t n = 0;

    for (const char *at = octets, *end = octets + size;
         at < end && (at = memchr(at, '\n', (size_t) (end - at))) != NULL; at++)
        n += !(at > octets ? at[-1] == '\r' : ends->is_after_return);
    ends->is_after_return = size > 0 && octets[size - 1] == '\r';
    return n;
}

static gboolean
write_blob(int fd, const char *path, const SeloBlob *message, gboolean is_crlf, LineEnds *ends,
           GError **error)
{
    g_autofree char *in = g_malloc(CHUNK_OCTETS), *out = g_malloc(CHUNK_OCTETS + 1);
    LineEnds counted = { 0 };
    uint64_t offset = 0;
    int64_t got;

    while ((got = selo_blob_read(message, offset, in, CHUNK_OCTETS)) > 0) {
        size_t size = (size_t) got;
        const char *octets = in;

        offset += size;
        if (!is_crlf) {
            size = shorten_ends(ends, in, size, out);
            octets = out;
        }
        ends->lone_feeds += count_lone_feeds(&counted, octets, size);
        ends->stored += size;
        if (!maildir_write_all(fd, path, octets, size, error))
            return FALSE;
    }
    if (got < 0)
        return maildir_fail_errno(error, "cannot read the message to save");
    if (ends->is_after_return) {
        ends->stored++;
        return maildir_write_all(fd, path, "\r", 1, error);
    }
    return TRUE;
}

static gboolean
finish_file(MaildirStore *store, int fd, const char *path, const SeloAppendItem *item,
            gboolean is_later, GError **error)
{
    int64_t usec = item->internal_date.usec;
    struct timespec times[2] = { { .tv_sec = usec / G_USEC_PER_SEC } };

    times[1] = times[0];
    if (usec != 0 && futimens(fd, times) < 0)
        return maildir_fail_errno(error, "%s: cannot set the date", path);
    if (!store->is_unsynced && !is_later && fsync(fd) < 0)
        return maildir_fail_errno(error, "%s: cannot sync", path);
    return TRUE;
}

/* Another process may be in the middle of making a mailbox that is there already. */
static int
create_file(const char *box_path, const char *path, GError **error)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = open(path, flags, 0600);

    if (fd < 0 && errno == ENOENT && access(box_path, F_OK) == 0) {
        if (!maildir_folder_make(box_path, error))
            return -1;
        fd = open(path, flags, 0600);
    }
    if (fd < 0)
        maildir_fail_errno(error, "%s: cannot create", path);
    return fd;
}

/* Writes tmp/BASE; *out_base gets the sizes, too. */
static gboolean
write_message(MaildirStore *store, const char *box_path, const SeloAppendItem *item,
              gboolean is_later, MaildirPlacement *placement, char **out_base, GError **error)
{
    g_autofree char *base = maildir_name_new(store->host, item->delivery_id);
    g_autofree char *path = NULL;
    LineEnds ends = { 0 };
    gboolean is_written;
    int fd;

    placement->from = g_strconcat("tmp/", base, NULL);
    path = g_build_filename(box_path, placement->from, NULL);
    fd = create_file(box_path, path, error);
    if (fd < 0)
        return FALSE;
    is_written = write_blob(fd, path, &item->message, store->is_crlf, &ends, error)
                 && finish_file(store, fd, path, item, is_later, error);
    close(fd);
    *out_base = g_strdup_printf("%s,S=%" G_GUINT64_FORMAT ",W=%" G_GUINT64_FORMAT, base,
                                ends.stored, ends.stored + ends.lone_feeds);
    return is_written;
}

/* ---- a delivery that came before ---- */

static uint32_t
find_in_list(const char *text, const char *tag)
{
    const char *found = strstr(text, tag), *line;

    if (found == NULL)
        return 0;
    for (line = found; line > text && line[-1] != '\n'; line--)
        continue;
    return (uint32_t) g_ascii_strtoull(line, NULL, 10);
}

static uint32_t
find_in_memory(const MaildirBox *box, const char *tag)
{
    for (uint32_t i = 0; i < box->messages.n; i++)
        if (strstr(maildir_box_base(box, i), tag) != NULL)
            return box->messages.uids[i];
    return 0;
}

static gboolean
is_in_directory(const char *path, const char *tag)
{
    DIR *listing = opendir(path);
    struct dirent *entry;
    gboolean is_found = FALSE;

    while (listing != NULL && !is_found && (entry = readdir(listing)) != NULL)
        is_found = strstr(entry->d_name, tag) != NULL;
    if (listing != NULL)
        closedir(listing);
    return is_found;
}

/* *out_uid 0: it has not been here. What was delivered and expunged since is found as long as the
 * list has its line. */
static gboolean
find_delivery(MaildirBox *box, SeloStr delivery_id, uint32_t *out_uid, GError **error)
{
    g_autofree char *tag = maildir_name_tag(delivery_id);
    g_autofree char *list = maildir_box_list_path(box);
    g_autofree char *new = g_build_filename(box->path, "new", NULL);
    g_autofree char *text = NULL;
    size_t size;

    *out_uid = box->is_loaded ? find_in_memory(box, tag) : 0;
    if (*out_uid != 0 || box->is_loaded)
        return TRUE;
    text = maildir_read_file(list, MAILDIR_UIDLIST_MAX, &size, NULL);
    *out_uid = text != NULL ? find_in_list(text, tag) : 0;
    if (*out_uid != 0 || !is_in_directory(new, tag))
        return TRUE;
    if (!maildir_box_sync(box, NULL, error)) /* a writer died before the file got its UID */
        return FALSE;
    *out_uid = find_in_memory(box, tag);
    return TRUE;
}

/* ---- the whole ---- */

typedef struct {
    MaildirStore *store;
    MaildirAccount *account;
    MaildirBox *box;
    char *path;         /* of the box, as it was at the beginning */
    GArray *placements; /* MaildirPlacement, one an item */
    GPtrArray *bases;
    uint64_t octets;
    SeloMsgBatch batch; /* the answer */
    uint32_t *new_uids;
} Append;

static gboolean
write_messages(Append *append, const SeloAppendRequest *request, GError **error)
{
    for (size_t i = 0; i < request->n; i++) {
        MaildirPlacement *placement = &g_array_index(append->placements, MaildirPlacement, i);
        char *base = NULL;
        gboolean is_written = write_message(append->store, append->path, request->items[i],
                                            request->later != 0, placement, &base, error);

        g_ptr_array_add(append->bases, base);
        if (!is_written)
            return FALSE;
        append->octets += request->items[i]->message.size;
    }
    return TRUE;
}

static gboolean
choose_place(Append *append, const SeloAppendItem *item, size_t i, GError **error)
{
    MaildirPlacement *placement = &g_array_index(append->placements, MaildirPlacement, i);
    const char *base = g_ptr_array_index(append->bases, i);
    uint32_t capitals = maildir_name_capitals(item->flags & ~(uint32_t) SELO_FLAG_RECENT, 0);
    uint32_t letters = 0;
    GString *file;

    if (item->delivery_id.len > 0 && !(SELO_HAS(item, first_try) && item->first_try)
        && !find_delivery(append->box, item->delivery_id, &placement->uid, error))
        return FALSE;
    if (placement->uid != 0)
        return TRUE;
    if (item->keywords.n > 0
        && !maildir_keywords_take(&append->box->keywords, append->box->path, item->keywords,
                                  &letters, error))
        return FALSE;
    if (capitals == 0 && letters == 0) {
        placement->file = g_strconcat("new/", base, NULL);
        return TRUE;
    }
    file = g_string_new("cur/");
    maildir_name_print(file, SELO_STR(base), capitals, letters, (SeloStr){ 0 });
    placement->file = g_string_free(file, FALSE);
    return TRUE;
}

/* account->lock and the list's lock held. */
static gboolean
place_messages(Append *append, const SeloAppendRequest *request, GError **error)
{
    uint64_t octets = 0, messages = 0;

    if (!maildir_quota_check(append->account, append->octets, request->n, error)
        || !maildir_box_refresh_list(append->box, error)
        || !maildir_box_ensure_list(append->box, error))
        return FALSE;
    for (size_t i = 0; i < request->n; i++)
        if (!choose_place(append, request->items[i], i, error))
            return FALSE;
    if (!maildir_place(append->box, append->path, append->placements, MAILDIR_PLACE_RENAME, error))
        return FALSE;
    for (size_t i = 0; i < request->n; i++) {
        uint64_t size;

        if (!g_array_index(append->placements, MaildirPlacement, i).is_in_place
            || !maildir_name_size(SELO_STR((char *) g_ptr_array_index(append->bases, i)), 'S',
                                  &size))
            continue;
        octets += size;
        messages++;
    }
    maildir_quota_add(append->account, (int64_t) octets, (int64_t) messages);
    return TRUE;
}

static gboolean
append_messages(Append *append, SeloCall *call, const SeloAppendRequest *request, GError **error)
{
    gboolean is_placed;

    if (!write_messages(append, request, error))
        return FALSE;
    g_mutex_lock(&append->account->lock);
    is_placed = maildir_box_lock(append->box, call, error);
    if (is_placed) {
        is_placed = place_messages(append, request, error);
        maildir_box_unlock(append->box);
        append->batch = maildir_place_batch(append->box, append->placements, append->new_uids);
    }
    g_mutex_unlock(&append->account->lock);
    if (!is_placed)
        return FALSE;
    return append->store->is_unsynced || request->later != 0
           || maildir_place_sync(append->path, append->placements, error);
}

/* What did not find its place does not stay in tmp/. */
static void
remove_left_over(const Append *append)
{
    for (guint i = 0; i < append->placements->len; i++) {
        const MaildirPlacement *item = &g_array_index(append->placements, MaildirPlacement, i);
        g_autofree char *path =
            item->from != NULL ? g_build_filename(append->path, item->from, NULL) : NULL;

        if (path != NULL && !item->is_in_place)
            unlink(path);
    }
}

void
maildir_msg_append(void *self, SeloCall *call, const SeloAppendRequest *request)
{
    MaildirHandle *handle = request->box;
    Append append = { .store = self,
                      .account = handle->box->account,
                      .box = handle->box,
                      .placements = g_array_new(FALSE, TRUE, sizeof(MaildirPlacement)),
                      .bases = g_ptr_array_new_with_free_func(g_free) };
    g_autoptr(GError) error = NULL;
    gboolean is_appended;

    g_array_set_clear_func(append.placements, maildir_placement_clear);
    g_array_set_size(append.placements, (guint) request->n);
    append.new_uids = g_new(uint32_t, request->n);
    g_mutex_lock(&append.account->lock);
    append.path = g_strdup(append.box->path);
    is_appended = maildir_quota_check(append.account, 0, request->n, &error);
    g_mutex_unlock(&append.account->lock);
    is_appended = is_appended && append_messages(&append, call, request, &error);
    if (!is_appended)
        maildir_explain(append.account, append.path, &error);
    remove_left_over(&append);
    if (is_appended) {
        selo_call_emit(call, &append.batch);
        selo_call_return(call, SELO_OK, NULL, NULL);
    } else {
        maildir_return_error(call, error);
    }
    g_ptr_array_unref(append.bases);
    g_array_unref(append.placements);
    g_free(append.new_uids);
    g_free(append.path);
}
