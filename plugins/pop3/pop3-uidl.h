/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-uidl.h: unique-ids of messages (RFC 1939 section 7), made after a format, so that a site's
 * clients see the ids that another server gave. Pure.
 */
#pragma once

#include <selo/plugin.h>

#define POP3_UIDL_MAX 70 /* RFC 1939 section 7 */

typedef struct Pop3UidlFormat Pop3UidlFormat;

/**
 * pop3_uidl_format_new:
 * @text: "%08Xu%08Xv": %u the UID, %v the UIDVALIDITY, %g or %f the message's GUID; before the letter
 *   an optional width (with 0: filled with zeros) and X for hexadecimal, in lower case
 *
 * Errors, domain %G_CONVERT_ERROR: an unknown variable, or one that is the same for all messages.
 */
Pop3UidlFormat *pop3_uidl_format_new(const char *text, GError **error);
void pop3_uidl_format_free(Pop3UidlFormat *format);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pop3UidlFormat, pop3_uidl_format_free)

gboolean pop3_uidl_needs_guid(const Pop3UidlFormat *format);
/* An id that is too long or holds other than graphic ASCII is replaced by UID and UIDVALIDITY. */
void pop3_uidl_print(const Pop3UidlFormat *format, uint32_t uid, uint32_t uidvalidity,
                     const char *guid, char out[POP3_UIDL_MAX + 1]);
