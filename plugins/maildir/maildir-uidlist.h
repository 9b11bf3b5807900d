/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-uidlist.h: the file dovecot-uidlist: which message has which UID. Parsing is pure; the
 * functions on files say whether the lock must be held.
 */
#pragma once

#include <sys/stat.h>

#include <selo/store.h>

#define MAILDIR_UIDLIST_MAX      ((size_t) 1 << 30) /* octets of a file we read */
#define MAILDIR_UIDLIST_NAME     "dovecot-uidlist"
#define MAILDIR_UIDLIST_LINE_MAX 4096

typedef struct {
    uint32_t version;     /* 1 or 3 */
    uint32_t uidvalidity, next_uid;
    char guid[33];        /* of the mailbox; "" = none yet */
    char *other;          /* " Pfield Xfield": fields kept as they are; NULL = none */
} MaildirUidlistHeader;
void maildir_uidlist_header_clear(MaildirUidlistHeader *header);

typedef struct {
    uint32_t uid;
    SeloStr fields; /* " Gguid Pxyz": as they stand; unset = none */
    SeloStr name;   /* base name */
} MaildirUidRecord;

/* First line, without its LF. FALSE: corrupt, or a version nobody reads. */
gboolean maildir_uidlist_parse_header(SeloStr line, MaildirUidlistHeader *out_header);
/* One line, without its LF. FALSE: corrupt. */
gboolean maildir_uidlist_parse_record(uint32_t version, SeloStr line, MaildirUidRecord *out_record);
/* The value of a record's field, such as its GUID. */
gboolean maildir_uidlist_find_field(SeloStr fields, char letter, SeloStr *out_value);

/* FALSE: stop, the file is corrupt. */
typedef gboolean (*MaildirUidRecordFunc)(void *data, const MaildirUidRecord *record);
/* All whole lines of @text; a last line without LF is a write in progress. @last_uid: of the line
 * before, moves on. Returns octets used; SIZE_MAX: corrupt. */
size_t maildir_uidlist_parse_records(uint32_t version, SeloStr text, uint32_t *last_uid,
                                     MaildirUidRecordFunc found, void *data);

void maildir_uidlist_print_header(GString *out, const MaildirUidlistHeader *header);
void maildir_uidlist_print_record(GString *out, const MaildirUidRecord *record);

/* Where the reader of a file stands. */
typedef struct {
    uint64_t device, inode; /* 0 = nothing read */
    uint64_t size;          /* octets parsed, whole lines */
    uint32_t last_uid, n_lines;
    MaildirUidlistHeader header;
} MaildirUidlist;
void maildir_uidlist_clear(MaildirUidlist *list);
/* The next UID to give. */
uint32_t maildir_uidlist_next(const MaildirUidlist *list);
gboolean maildir_uidlist_is_current(const MaildirUidlist *list, const struct stat *facts);

typedef struct {
    void (*restarted)(void *data); /* another file, or the first one: all records come again */
    MaildirUidRecordFunc found;
    void *data;
} MaildirUidlistEvents;
/* Reads what is new in @path. No file: list->inode is 0 then. A corrupt file is removed. No
 * lock. */
gboolean maildir_uidlist_refresh(MaildirUidlist *list, const char *path,
                                 const MaildirUidlistEvents *events, GError **error);
/* Adds lines. Lock held and @list refreshed. On failure the file is as before. */
gboolean maildir_uidlist_append(MaildirUidlist *list, const char *path, const GString *lines,
                                uint32_t n, uint32_t last_uid, GError **error);
/* Writes the file anew: header from @list with next UID filled in, then @lines. Lock held. */
gboolean maildir_uidlist_rewrite(MaildirUidlist *list, const char *path, const GString *lines,
                                 uint32_t n, GError **error);
