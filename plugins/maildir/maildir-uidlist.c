/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-uidlist.c: reads and writes dovecot-uidlist. Readers take no lock: they follow the file
 * as it grows and begin again when another file stands in its place. Fields that nobody here knows
 * are kept when the file is written anew.
 */
#include "config.h"

#include "plugins/maildir/maildir-uidlist.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "plugins/maildir/maildir-io.h"

void
maildir_uidlist_header_clear(MaildirUidlistHeader *header)
{
    g_free(header->other);
    *header = (MaildirUidlistHeader){ 0 };
}

void
maildir_uidlist_clear(MaildirUidlist *list)
{
    maildir_uidlist_header_clear(&list->header);
    *list = (MaildirUidlist){ 0 };
}

/* A number of at most 32 bits at *at, which moves behind it. */
static gboolean
take_number(const char **at, const char *end, uint32_t *out_number)
{
    uint64_t value = 0;
    const char *start = *at;

    for (; *at < end && g_ascii_isdigit(**at) && value <= UINT32_MAX; (*at)++)
        value = value * 10 + (uint64_t) (**at - '0');
    if (*at == start || value > UINT32_MAX)
        return FALSE;
    *out_number = (uint32_t) value;
    return TRUE;
}

/* The field at *at, up to the next space. */
static SeloStr
take_word(const char **at, const char *end)
{
    const char *start = *at;
    const char *space = memchr(start, ' ', (size_t) (end - start));

    *at = space != NULL ? space : end;
    return (SeloStr){ start, (size_t) (*at - start) };
}

static gboolean
is_guid(SeloStr value)
{
    if (value.len != 32)
        return FALSE;
    for (size_t i = 0; i < value.len; i++)
        if (!g_ascii_isxdigit(value.s[i]))
            return FALSE;
    return TRUE;
}

static gboolean
parse_header_field(MaildirUidlistHeader *header, SeloStr word, GString *other)
{
    const char *value = word.s + 1, *end = word.s + word.len;

    switch (*word.s) {
    case 'V':
        return take_number(&value, end, &header->uidvalidity) && value == end;
    case 'N':
        return take_number(&value, end, &header->next_uid) && value == end;
    case 'G':
        if (is_guid((SeloStr){ value, word.len - 1 }))
            memcpy(header->guid, value, 32);
        return TRUE;
    default:
        g_string_append_c(other, ' ');
        g_string_append_len(other, word.s, (gssize) word.len);
        return TRUE;
    }
}

gboolean
maildir_uidlist_parse_header(SeloStr line, MaildirUidlistHeader *out_header)
{
    const char *at = line.s, *end = line.s + line.len;
    MaildirUidlistHeader header = { 0 };
    g_autoptr(GString) other = g_string_new(NULL);
    gboolean is_good = take_number(&at, end, &header.version);

    if (is_good && header.version == 1) {
        is_good = at < end && *at++ == ' ' && take_number(&at, end, &header.uidvalidity)
                  && at < end && *at++ == ' ' && take_number(&at, end, &header.next_uid);
    } else if (is_good && header.version == 3) {
        while (is_good && at < end) {
            is_good = *at++ == ' ';
            if (is_good && at < end && *at != ' ')
                is_good = parse_header_field(&header, take_word(&at, end), other);
        }
    } else {
        is_good = FALSE;
    }
    if (!is_good || header.uidvalidity == 0)
        return FALSE;
    if (other->len > 0)
        header.other = g_strdup(other->str);
    *out_header = header;
    return TRUE;
}

gboolean
maildir_uidlist_parse_record(uint32_t version, SeloStr line, MaildirUidRecord *out_record)
{
    const char *at = line.s, *end = line.s + line.len, *fields;
    MaildirUidRecord record = { 0 };

    if (!take_number(&at, end, &record.uid) || record.uid == 0 || record.uid == UINT32_MAX
        || at == end || *at != ' ')
        return FALSE;
    fields = at;
    if (version == 1) {
        at++;
    } else {
        while (at + 1 < end && *at == ' ' && at[1] != ':') {
            at++;
            take_word(&at, end);
        }
        if (at + 1 >= end || *at != ' ' || at[1] != ':')
            return FALSE;
        if (at > fields)
            record.fields = (SeloStr){ fields, (size_t) (at - fields) };
        at += 2;
    }
    record.name = (SeloStr){ at, (size_t) (end - at) };
    if (version == 1 && memchr(at, ':', record.name.len) != NULL) /* Courier keeps whole names */
        record.name.len = (size_t) ((const char *) memchr(at, ':', record.name.len) - at);
    if (record.name.len == 0 || record.name.len > NAME_MAX
        || memchr(at, '/', record.name.len) != NULL || memchr(at, ':', record.name.len) != NULL
        || memchr(at, '\0', record.name.len) != NULL)
        return FALSE;
    *out_record = record;
    return TRUE;
}

gboolean
maildir_uidlist_find_field(SeloStr fields, char letter, SeloStr *out_value)
{
    const char *at = fields.s, *end = fields.s + fields.len;

    while (at < end) {
        SeloStr word = take_word(&at, end);

        if (word.len > 0 && *word.s == letter) {
            *out_value = (SeloStr){ word.s + 1, word.len - 1 };
            return TRUE;
        }
        at++;
    }
    return FALSE;
}

size_t
maildir_uidlist_parse_records(uint32_t version, SeloStr text, uint32_t *last_uid,
                              MaildirUidRecordFunc found, void *data)
{
    const char *at = text.s, *end = text.s + text.len, *feed;

    while (at < end && (feed = memchr(at, '\n', (size_t) (end - at))) != NULL) {
        MaildirUidRecord record;

        if (!maildir_uidlist_parse_record(version, (SeloStr){ at, (size_t) (feed - at) }, &record)
            || record.uid <= *last_uid || !found(data, &record))
            return SIZE_MAX;
        *last_uid = record.uid;
        at = feed + 1;
    }
    return (size_t) (at - text.s);
}

void
maildir_uidlist_print_header(GString *out, const MaildirUidlistHeader *header)
{
    g_string_append_printf(out, "3 V%u N%u", header->uidvalidity, header->next_uid);
    if (*header->guid != '\0')
        g_string_append_printf(out, " G%s", header->guid);
    if (header->other != NULL)
        g_string_append(out, header->other);
    g_string_append_c(out, '\n');
}

void
maildir_uidlist_print_record(GString *out, const MaildirUidRecord *record)
{
    g_string_append_printf(out, "%u", record->uid);
    if (record->fields.len > 0)
        g_string_append_len(out, record->fields.s, (gssize) record->fields.len);
    g_string_append(out, " :");
    g_string_append_len(out, record->name.s, (gssize) record->name.len);
    g_string_append_c(out, '\n');
}

uint32_t
maildir_uidlist_next(const MaildirUidlist *list)
{
    return MAX(MAX(list->header.next_uid, list->last_uid + 1), 1);
}

gboolean
maildir_uidlist_is_current(const MaildirUidlist *list, const struct stat *facts)
{
    return list->inode == facts->st_ino && list->device == facts->st_dev
           && list->size == (uint64_t) facts->st_size;
}

/* ---- the file ---- */

/* @text: the whole file. FALSE: corrupt. */
static gboolean
parse_file(MaildirUidlist *list, SeloStr text, const MaildirUidlistEvents *events)
{
    const char *feed = memchr(text.s, '\n', text.len);
    size_t header_size = feed != NULL ? (size_t) (feed + 1 - text.s) : 0, used;
    uint32_t n_lines = 0;

    if (feed == NULL
        || !maildir_uidlist_parse_header((SeloStr){ text.s, header_size - 1 }, &list->header))
        return FALSE;
    used = maildir_uidlist_parse_records(list->header.version,
                                         (SeloStr){ text.s + header_size, text.len - header_size },
                                         &list->last_uid, events->found, events->data);
    if (used == SIZE_MAX)
        return FALSE;
    list->size = header_size + used;
    for (size_t i = header_size; i < list->size; i++)
        n_lines += text.s[i] == '\n';
    list->n_lines = n_lines;
    return TRUE;
}

static gboolean
read_grown(MaildirUidlist *list, int fd, const char *path, const MaildirUidlistEvents *events,
           gboolean *out_is_corrupt, GError **error)
{
    size_t size, used;
    g_autofree char *text =
        maildir_read_fd(fd, path, list->size, MAILDIR_UIDLIST_MAX, &size, error);

    if (text == NULL)
        return FALSE;
    used = maildir_uidlist_parse_records(list->header.version, (SeloStr){ text, size },
                                         &list->last_uid, events->found, events->data);
    *out_is_corrupt = used == SIZE_MAX;
    if (*out_is_corrupt)
        return TRUE;
    for (size_t i = 0; i < used; i++)
        list->n_lines += text[i] == '\n';
    list->size += used;
    return TRUE;
}

static gboolean
read_whole(MaildirUidlist *list, int fd, const char *path, const struct stat *facts,
           const MaildirUidlistEvents *events, gboolean *out_is_corrupt, GError **error)
{
    size_t size;
    g_autofree char *text = maildir_read_fd(fd, path, 0, MAILDIR_UIDLIST_MAX, &size, error);

    if (text == NULL)
        return FALSE;
    maildir_uidlist_clear(list);
    events->restarted(events->data);
    *out_is_corrupt = !parse_file(list, (SeloStr){ text, size }, events);
    list->device = facts->st_dev;
    list->inode = facts->st_ino;
    return TRUE;
}

gboolean
maildir_uidlist_refresh(MaildirUidlist *list, const char *path, const MaildirUidlistEvents *events,
                        GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat facts;
    gboolean is_read = TRUE, is_corrupt = FALSE;

    if (fd < 0 && errno != ENOENT)
        return maildir_fail_errno(error, "%s: cannot open", path);
    if (fd < 0 || fstat(fd, &facts) < 0 || facts.st_size == 0) {
        if (list->inode != 0)
            events->restarted(events->data);
        maildir_uidlist_clear(list);
    } else if (list->inode == facts.st_ino && list->device == facts.st_dev
               && list->size <= (uint64_t) facts.st_size) {
        if (list->size < (uint64_t) facts.st_size)
            is_read = read_grown(list, fd, path, events, &is_corrupt, error);
    } else {
        is_read = read_whole(list, fd, path, &facts, events, &is_corrupt, error);
    }
    if (fd >= 0)
        close(fd);
    if (is_corrupt) { /* nothing in it can be trusted: it is made anew, as Dovecot does */
        unlink(path);
        maildir_uidlist_clear(list);
        events->restarted(events->data);
    }
    return is_read;
}

gboolean
maildir_uidlist_append(MaildirUidlist *list, const char *path, const GString *lines, uint32_t n,
                       uint32_t last_uid, GError **error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    gboolean is_written;

    if (fd < 0)
        return maildir_fail_errno(error, "%s: cannot open", path);
    /* What stands behind the last whole line was left by a writer that died. */
    is_written = ftruncate(fd, (off_t) list->size) == 0
                 && lseek(fd, (off_t) list->size, SEEK_SET) >= 0;
    if (!is_written)
        maildir_fail_errno(error, "%s: cannot position", path);
    else if (!maildir_write_all(fd, path, lines->str, lines->len, error)) {
        is_written = FALSE;
        if (ftruncate(fd, (off_t) list->size) < 0)
            list->inode = 0;
    }
    close(fd);
    if (!is_written)
        return FALSE;
    list->size += lines->len;
    list->n_lines += n;
    list->last_uid = last_uid;
    return TRUE;
}

gboolean
maildir_uidlist_rewrite(MaildirUidlist *list, const char *path, const GString *lines, uint32_t n,
                        GError **error)
{
    g_autofree char *temporary = g_strconcat(path, ".tmp", NULL);
    g_autoptr(GString) text = g_string_sized_new(lines->len + 128);
    struct stat facts;

    list->header.version = 3;
    list->header.next_uid = maildir_uidlist_next(list);
    maildir_uidlist_print_header(text, &list->header);
    g_string_append_len(text, lines->str, (gssize) lines->len);
    if (!maildir_replace_file(path, temporary, text->str, text->len, 0600, error))
        return FALSE;
    if (stat(path, &facts) < 0)
        return maildir_fail_errno(error, "%s: cannot examine", path);
    list->device = facts.st_dev;
    list->inode = facts.st_ino;
    list->size = text->len;
    list->n_lines = n;
    return TRUE;
}
