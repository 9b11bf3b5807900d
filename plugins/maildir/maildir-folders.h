/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-folders.h: mailboxes as directories: Maildir++ and LAYOUT=fs. Names are UTF-8 with "/";
 * INBOX is the root itself.
 */
#pragma once

#include <selo/store.h>

typedef struct {
    const char *root;
    gboolean is_fs;   /* LAYOUT=fs: a directory tree; else Maildir++: ".A.b" below the root */
    gboolean is_utf8; /* names on disk are UTF-8 and not modified UTF-7 */
} MaildirLayout;

typedef struct {
    char *name;
    gboolean is_selectable; /* fs only can have directories that are no mailbox */
} MaildirFolder;

char maildir_layout_separator(const MaildirLayout *layout);
/* The directory of a mailbox, whether it exists or not. Errors: INVALID, a name this layout cannot
 * keep. */
char *maildir_folder_path(const MaildirLayout *layout, SeloStr name, GError **error);
gboolean maildir_folder_exists(const char *path);
/* A directory in Maildir++'s root as mailbox name; NULL if it is none. */
char *maildir_folder_name(const MaildirLayout *layout, const char *entry);
/* MaildirFolder by name, INBOX among them. */
GPtrArray *maildir_folder_list(const MaildirLayout *layout, GError **error);

/* cur, new and tmp of @path and what is above them; no-op where they are there. */
gboolean maildir_folder_make(const char *path, GError **error);
/* Errors: INVALID, EXISTS. */
gboolean maildir_folder_create(const MaildirLayout *layout, SeloStr name, GError **error);
/* Errors: INVALID, NOT_FOUND, DENIED (INBOX). */
gboolean maildir_folder_delete(const MaildirLayout *layout, SeloStr name, GError **error);
/* With all below it; all or none. Errors: INVALID, NOT_FOUND, EXISTS. Not for INBOX. */
gboolean maildir_folder_rename(const MaildirLayout *layout, SeloStr name, SeloStr new_name,
                               GError **error);

/* The next UIDVALIDITY of the account (dovecot-uidvalidity); never the same twice. */
gboolean maildir_uidvalidity_next(const char *root, uint32_t *out_value, GError **error);
