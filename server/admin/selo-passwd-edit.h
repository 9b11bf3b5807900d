/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-passwd-edit.h: changing one user's line of a passwd-file and nothing else in it: comments,
 * order, fields it does not know, mode and owner stay. The file is replaced whole, so a reader sees
 * the old one or the new one.
 */
#pragma once

#include <glib.h>

typedef struct SeloPasswdEdit SeloPasswdEdit;

/* Reads and locks @path against other editors. @creates: a file that is not there is an empty one.
 * Errors, domain %G_FILE_ERROR. */
SeloPasswdEdit *selo_passwd_edit_open(const char *path, gboolean creates, GError **error);
/* Without saving. */
void selo_passwd_edit_free(SeloPasswdEdit *edit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloPasswdEdit, selo_passwd_edit_free)

/* Is there such a user, in any case of letters? */
gboolean selo_passwd_edit_has(const SeloPasswdEdit *edit, const char *user);
/* Names as they stand, in file order. (transfer full) */
GPtrArray *selo_passwd_edit_names(const SeloPasswdEdit *edit);
/* A new line at the end, or the new password in the line that is there. */
void selo_passwd_edit_set(SeloPasswdEdit *edit, const char *user, const char *password);
/* All lines of this user. */
void selo_passwd_edit_remove(SeloPasswdEdit *edit, const char *user);
/* On disk when it returns. */
gboolean selo_passwd_edit_save(SeloPasswdEdit *edit, GError **error);
