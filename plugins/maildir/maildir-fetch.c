/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-fetch.c: msg_fetch. Files have LF line ends and blobs CRLF: what is small is converted in
 * memory, what is large in a file without a name. A file that has CRLF already is handed on as it
 * is, without reading it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"
#include "plugins/maildir/maildir-name.h"
#include "plugins/maildir/maildir-store.h"

#define MEMORY_OCTETS 262144
#define CHUNK_OCTETS  65536
#define HEADER_OCTETS (16u << 20)
#define TRIES         3 /* other programs may rename what we are about to open */

/* Lone LF become CRLF. */
typedef struct {
    char last; /* octet before */
} Lengthener;

static void
lengthen_ends(Lengthener *self, const char *in, size_t size, GString *out)
{
    for (const char *at = in, *end = in + size; at < end;) {
        const char *feed = memchr(at, '\n', (size_t) (end - at));
        size_t run = (size_t) ((feed != NULL ? feed : end) - at);

        if (run > 0) {
            g_string_append_len(out, at, (gssize) run);
            self->last = at[run - 1];
        }
        if (feed == NULL)
            break;
        g_string_append(out, self->last == '\r' ? "\n" : "\r\n");
        self->last = '\n';
        at = feed + 1;
    }
}

/* ---- one message's file ---- */

typedef struct {
    int fd;        /* of the message */
    int wide_fd;   /* of its CRLF form, if that is not in memory; -1 = none */
    GString *wide; /* its CRLF form; NULL = the file itself has it */
    uint64_t stored, size; /* octets of the file; with CRLF, 0 = not known */
    struct stat facts;
} Source;

static void
source_clear(Source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    if (source->wide_fd >= 0)
        close(source->wide_fd);
    if (source->wide != NULL)
        g_string_free(source->wide, TRUE);
}

/* Octets a file has with CRLF; also where it ends its header. */
static gboolean
count_wide(int fd, uint64_t *out_size, GError **error)
{
    g_autofree char *chunk = g_malloc(CHUNK_OCTETS);
    uint64_t size = 0;
    off_t offset = 0;
    ssize_t got;
    char last = '\0';

    while ((got = pread(fd, chunk, CHUNK_OCTETS, offset)) > 0) {
        size += (uint64_t) got;
        for (const char *at = chunk, *end = chunk + got;
             at < end && (at = memchr(at, '\n', (size_t) (end - at))) != NULL; at++)
            size += (at > chunk ? at[-1] : last) != '\r';
        last = chunk[got - 1];
        offset += got;
    }
    *out_size = size;
    return got == 0 || maildir_fail_errno(error, "cannot read a message");
}

static int
open_nameless(const MaildirBox *box, GError **error)
{
    g_autofree char *directory = g_build_filename(box->path, "tmp", NULL);
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        g_autofree char *template = g_build_filename(directory, "selo.XXXXXX", NULL);

        fd = mkostemp(template, O_CLOEXEC);
        if (fd >= 0)
            unlink(template);
    }
    if (fd < 0)
        maildir_fail_errno(error, "%s: cannot create a file", directory);
    return fd;
}

/* Reads the file and makes its CRLF form, in memory or in a file. */
static gboolean
widen(Source *source, const MaildirBox *box, GError **error)
{
    g_autofree char *chunk = g_malloc(CHUNK_OCTETS);
    Lengthener lengthener = { 0 };
    uint64_t size = 0;
    off_t offset = 0;
    ssize_t got;

    if (source->size > MEMORY_OCTETS) {
        source->wide_fd = open_nameless(box, error);
        if (source->wide_fd < 0)
            return FALSE;
    }
    source->wide = g_string_sized_new(MIN(source->size, MEMORY_OCTETS) + CHUNK_OCTETS);
    while ((got = pread(source->fd, chunk, CHUNK_OCTETS, offset)) > 0) {
        size_t before = source->wide->len;

        lengthen_ends(&lengthener, chunk, (size_t) got, source->wide);
        size += source->wide->len - before;
        offset += got;
        if (source->wide_fd < 0)
            continue;
        if (!maildir_write_all(source->wide_fd, "tmp", source->wide->str, source->wide->len, error))
            return FALSE;
        g_string_truncate(source->wide, 0);
    }
    if (got < 0)
        return maildir_fail_errno(error, "cannot read a message");
    source->size = size;
    return TRUE;
}

/* [offset, offset + wanted) of the CRLF form; @wanted 0 = to the end. */
static SeloBlob
slice_of(const Source *source, uint64_t offset, uint64_t wanted)
{
    SeloBlob blob = { .fd = { -1, 0 } };

    offset = MIN(offset, source->size);
    blob.size = MIN(wanted == 0 ? source->size : wanted, source->size - offset);
    if (source->wide != NULL && source->wide_fd < 0) {
        blob.octets = source->wide->str + offset;
    } else {
        blob.fd.fd = source->wide_fd >= 0 ? source->wide_fd : source->fd;
        blob.offset = offset;
    }
    return blob;
}

/* Octets of the header with its empty line, in the stored form. */
static size_t
find_header_end(const char *text, size_t size)
{
    const char *end = text + size;

    for (const char *at = text; at < end; at++) {
        if (*at == '\n')
            return (size_t) (at + 1 - text);
        if (*at == '\r' && at + 1 < end && at[1] == '\n')
            return (size_t) (at + 2 - text);
        at = memchr(at, '\n', (size_t) (end - at));
        if (at == NULL)
            return 0;
    }
    return 0;
}

/* The header in CRLF form, without reading the body. */
static gboolean
read_header(int fd, GString *out, GError **error)
{
    g_autoptr(GString) stored = g_string_new(NULL);
    Lengthener lengthener = { 0 };
    size_t used = 0;
    ssize_t got = 1;

    while (used == 0 && got > 0 && stored->len < HEADER_OCTETS) {
        size_t chunk = stored->len == 0 ? 4096 : CHUNK_OCTETS, before = stored->len;

        g_string_set_size(stored, before + chunk);
        got = pread(fd, stored->str + before, chunk, (off_t) before);
        if (got < 0)
            return maildir_fail_errno(error, "cannot read a message");
        g_string_truncate(stored, before + (size_t) got);
        used = find_header_end(stored->str, stored->len);
    }
    lengthen_ends(&lengthener, stored->str, used != 0 ? used : stored->len, out);
    return TRUE;
}

/* ---- one message ---- */

typedef struct {
    uint32_t uid, flags;
    uint64_t modseq, keywords;
    char *guid;
    uint64_t size; /* 0 = not known yet */
    gboolean is_size_new;
} Facts;

typedef struct {
    SeloCall *call;
    const SeloMsgRequest *request;
    MaildirHandle *handle;
    MaildirBox *box;
    MaildirAccount *account;
} Fetch;

static char *
guid_of(const MaildirBox *box, uint32_t index)
{
    const char *fields = box->fields != NULL
                             ? g_hash_table_lookup(box->fields,
                                                   GUINT_TO_POINTER(box->messages.uids[index]))
                             : NULL;
    SeloStr guid;

    if (fields != NULL && maildir_uidlist_find_field(SELO_STR(fields), 'G', &guid))
        return g_strndup(guid.s, guid.len);
    return g_strdup(maildir_box_base(box, index));
}

/* RFC822.SIZE where it is known without reading: from the name, the record, or an earlier fetch. */
static uint64_t
known_size(const MaildirBox *box, uint32_t index)
{
    gpointer uid = GUINT_TO_POINTER(box->messages.uids[index]), cached;
    const char *fields = box->fields != NULL ? g_hash_table_lookup(box->fields, uid) : NULL;
    uint64_t size;
    SeloStr value;

    if (maildir_name_size(SELO_STR(maildir_box_base(box, index)), 'W', &size))
        return size;
    if (fields != NULL && maildir_uidlist_find_field(SELO_STR(fields), 'W', &value))
        return g_ascii_strtoull(value.s, NULL, 10);
    cached = box->sizes != NULL ? g_hash_table_lookup(box->sizes, uid) : NULL;
    return cached != NULL ? *(uint64_t *) cached : 0;
}

static void
take_facts(const Fetch *fetch, uint32_t index, Facts *out_facts)
{
    const MaildirMessages *messages = &fetch->box->messages;
    uint32_t uid = messages->uids[index];
    gboolean is_recent = messages->marks[index] & MAILDIR_NEW
                         || maildir_handle_is_recent(fetch->handle, uid);

    *out_facts = (Facts){
        .uid = uid,
        .flags = messages->flags[index] | (is_recent ? SELO_FLAG_RECENT : 0),
        .modseq = messages->modseqs[index],
        .keywords = messages->keywords[index],
        .guid = fetch->request->fields & SELO_MSG_IDS ? guid_of(fetch->box, index) : NULL,
        .size = known_size(fetch->box, index),
    };
}

/* Opens the file of @uid; -1 without @error: it has gone. account->lock held. */
static int
open_message(const Fetch *fetch, uint32_t uid, Facts *out_facts, GError **error)
{
    MaildirBox *box = fetch->box;
    g_autoptr(GString) file = g_string_new(NULL);

    for (unsigned try = 0; try < TRIES; try++) {
        uint32_t index = maildir_messages_seek(&box->messages, uid);
        g_autofree char *path = NULL;
        int fd;

        if (index == box->messages.n || box->messages.uids[index] != uid)
            return -1;
        maildir_box_file(box, index, file);
        path = g_build_filename(box->path, file->str, NULL);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0) {
            take_facts(fetch, index, out_facts);
            return fd;
        }
        if (errno != ENOENT) {
            maildir_fail_errno(error, "%s: cannot open", path);
            return -1;
        }
        box->stamps = (MaildirStamps){ 0 };
        if (!maildir_box_sync(box, fetch->call, error))
            return -1;
    }
    return -1;
}

static gboolean
fill_source(const Fetch *fetch, Source *source, Facts *facts, GError **error)
{
    uint32_t fields = fetch->request->fields;

    if (fstat(source->fd, &source->facts) < 0)
        return maildir_fail_errno(error, "cannot examine a message");
    source->stored = (uint64_t) source->facts.st_size;
    source->size = facts->size;
    /* The name may lie: a file cannot shrink by conversion, nor more than double. */
    if (source->size != 0
        && (source->size < source->stored || source->size > source->stored * 2))
        source->size = 0;
    if (source->size == 0 && fields & (SELO_MSG_SIZE | SELO_MSG_BODY)) {
        if (!count_wide(source->fd, &source->size, error))
            return FALSE;
        facts->is_size_new = TRUE;
    }
    facts->size = source->size;
    if (fields & SELO_MSG_BODY && source->size != source->stored && source->stored > 0)
        return widen(source, fetch->box, error);
    return TRUE;
}

static SeloTime
time_of(const struct timespec *time)
{
    return (SeloTime){ (int64_t) time->tv_sec * G_USEC_PER_SEC + time->tv_nsec / 1000 };
}

/* *out_is_wanted: the reader takes more. */
static gboolean
emit_message(const Fetch *fetch, Source *source, const Facts *facts, gboolean *out_is_wanted,
             GError **error)
{
    uint32_t fields = fetch->request->fields;
    g_autoptr(GString) header = g_string_new(NULL);
    SeloMsg row = { .struct_size = sizeof row,
                    .uid = facts->uid,
                    .modseq = facts->modseq,
                    .size = facts->size,
                    .keywords = facts->keywords,
                    .flags = facts->flags,
                    .header = { .fd = { -1, 0 } },
                    .body = { .fd = { -1, 0 } } };

    if (facts->guid != NULL)
        row.email_id = SELO_STR(facts->guid);
    if (source->fd >= 0) {
        row.internal_date = time_of(&source->facts.st_mtim);
        row.save_date = time_of(&source->facts.st_ctim);
    }
    if (fields & SELO_MSG_HEADER) {
        if (!read_header(source->fd, header, error))
            return FALSE;
        row.header = (SeloBlob){ .octets = header->str, .size = header->len, .fd = { -1, 0 } };
    }
    if (source->wide != NULL) /* counted: the name may have lied */
        row.size = source->size;
    if (fields & SELO_MSG_BODY)
        row.body = slice_of(source, fetch->request->body_offset, fetch->request->body_size);
    *out_is_wanted = selo_call_emit(fetch->call, &row);
    return TRUE;
}

static void
keep_size(MaildirBox *box, const Facts *facts)
{
    uint64_t *size;

    if (!facts->is_size_new || facts->size == 0)
        return;
    if (box->sizes == NULL)
        box->sizes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    size = g_new(uint64_t, 1);
    *size = facts->size;
    g_hash_table_insert(box->sizes, GUINT_TO_POINTER(facts->uid), size);
}

static gboolean
needs_file(const Fetch *fetch, const Facts *facts)
{
    uint32_t fields = fetch->request->fields;

    return (fields & (SELO_MSG_DATES | SELO_MSG_HEADER | SELO_MSG_BODY)) != 0
           || (fields & SELO_MSG_SIZE && facts->size == 0);
}

/* Facts from memory; FALSE: it has gone. */
static gboolean
look_up(const Fetch *fetch, uint32_t uid, Facts *out_facts)
{
    uint32_t index = maildir_messages_seek(&fetch->box->messages, uid);

    if (index == fetch->box->messages.n || fetch->box->messages.uids[index] != uid)
        return FALSE;
    take_facts(fetch, index, out_facts);
    return TRUE;
}

static gboolean
fetch_message(const Fetch *fetch, uint32_t uid, gboolean *out_is_wanted, GError **error)
{
    Source source = { .fd = -1, .wide_fd = -1 };
    Facts facts = { 0 };
    g_autoptr(GError) failure = NULL;
    gboolean is_there, is_done = TRUE;

    g_mutex_lock(&fetch->account->lock);
    is_there = look_up(fetch, uid, &facts);
    if (is_there && needs_file(fetch, &facts)) {
        g_clear_pointer(&facts.guid, g_free);
        source.fd = open_message(fetch, uid, &facts, &failure);
        is_there = source.fd >= 0;
    }
    g_mutex_unlock(&fetch->account->lock);
    if (is_there) {
        is_done = (source.fd < 0 || fill_source(fetch, &source, &facts, &failure))
                  && emit_message(fetch, &source, &facts, out_is_wanted, &failure);
        if (facts.is_size_new) {
            g_mutex_lock(&fetch->account->lock);
            keep_size(fetch->box, &facts);
            g_mutex_unlock(&fetch->account->lock);
        }
    }
    source_clear(&source);
    g_free(facts.guid);
    if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    return is_done && (error == NULL || *error == NULL);
}

/* The uids that are there, so that the set needs no lock while rows go out. */
static GArray *
list_uids(const Fetch *fetch)
{
    GArray *uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    MaildirWalk walk = { 0 };
    uint32_t index;

    while (maildir_messages_walk(&fetch->box->messages, fetch->request->uids, &walk, &index))
        g_array_append_val(uids, fetch->box->messages.uids[index]);
    return uids;
}

void
maildir_msg_fetch(void *self, SeloCall *call, const SeloMsgRequest *request)
{
    MaildirHandle *handle = request->box;
    Fetch fetch = { call, request, handle, handle->box, handle->box->account };
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) uids = NULL;
    gboolean is_wanted = TRUE, is_done;

    g_mutex_lock(&fetch.account->lock);
    is_done = fetch.box->is_loaded || maildir_box_sync(fetch.box, call, &error);
    uids = list_uids(&fetch);
    g_mutex_unlock(&fetch.account->lock);
    for (guint i = 0; is_done && is_wanted && i < uids->len; i++)
        is_done = fetch_message(&fetch, g_array_index(uids, uint32_t, i), &is_wanted, &error);
    if (is_done)
        selo_call_return(call, SELO_OK, NULL, NULL);
    else
        maildir_return_error(call, error);
}
