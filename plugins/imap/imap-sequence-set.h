/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-sequence-set.h: "1:4,7,*" (RFC 9051 section 9, sequence-set): as the client wrote it, and as
 * uids of a view.
 */
#pragma once

#include <selo/mailbox.h>

#include "plugins/imap/imap-arguments.h"

#define IMAP_SET_STAR UINT32_MAX /* "*"; no uid is that large (RFC 9051 section 2.3.1.1) */
#define IMAP_SET_MAX  20000      /* ranges a client may send */

typedef struct {
    const SeloRange *v; /* as sent: any order, overlapping, first <= last unless STAR */
    size_t n;
    gboolean has_star;
    gboolean is_saved; /* "$": the saved result (RFC 9051 section 6.4.4.1); no ranges then */
} ImapSet;

/* FALSE: not a sequence-set, or too many ranges. */
gboolean imap_set_parse(SeloStr text, ImapArena *arena, ImapSet *out_set);
/* Ascending, not touching, "*" replaced by @largest; empty ranges of 0 left out. */
SeloUids imap_set_normalise(const ImapSet *set, uint32_t largest, ImapArena *arena);
/* The messages of @view that the set means, as uids; @saved is what "$" stands for. FALSE: a number
 * beyond the last message (only numbers: uids that are not there are nothing to complain about). */
gboolean imap_set_to_uids(const ImapSet *set, gboolean is_uid, SeloView *view, SeloUids saved,
                          ImapArena *arena, SeloUids *out_uids);
/* Ranges from single ascending numbers, and back into text: "2:4,9". */
SeloUids imap_set_from_numbers(const uint32_t *numbers, size_t n, ImapArena *arena);
void imap_set_print(SeloUids set, GString *out);
