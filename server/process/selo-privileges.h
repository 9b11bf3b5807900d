/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-privileges.h: giving up rights for good, before any plugin is mapped.
 */
#pragma once

#include <sys/types.h>

#include <glib.h>

/* Errors of domain %SELO_PRIVILEGES_ERROR. */
#define SELO_PRIVILEGES_ERROR selo_privileges_error_quark()
GQuark selo_privileges_error_quark(void);
typedef enum {
    SELO_PRIVILEGES_ERROR_NO_USER, /* no such account */
    SELO_PRIVILEGES_ERROR_FAILED   /* the kernel refused */
} SeloPrivilegesError;

/* Started by root: becomes @user with its groups. Else stays who it is. In both cases no program can
 * gain rights any more, and no other process may look into this one. */
gboolean selo_privileges_drop(const char *user, GError **error);
/* Started by root: is there such an account? Else TRUE. *out_uid and *out_gid are -1 if it is not root. */
gboolean selo_privileges_find(const char *user, uid_t *out_uid, gid_t *out_gid, GError **error);
/* As many descriptors as the system gives. */
void selo_privileges_raise_limits(void);
/* For the compiler: of what root may, only reading every file is left. Where that cannot be had, as in
 * a container that has one account, it says so in the log and changes nothing. */
void selo_privileges_only_read(void);
