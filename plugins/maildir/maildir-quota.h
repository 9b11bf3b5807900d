/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-quota.h: the text of the file maildirsize, apart from the file.
 */
#pragma once

#include <selo/store.h>

typedef struct {
    uint64_t octets_limit, messages_limit; /* first line; 0 = none */
    int64_t octets, messages;              /* sum of all others */
    uint32_t n_lines;                      /* behind the first */
} MaildirSize;

/* FALSE: damaged or negative, to be made anew. */
gboolean maildir_size_parse(SeloStr text, MaildirSize *out_size);
GString *maildir_size_print(const MaildirSize *size);
