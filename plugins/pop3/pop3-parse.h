/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * pop3-parse.h: a command line (RFC 1939 section 3): a keyword of three or four letters and
 * arguments with one blank between. Pure.
 */
#pragma once

#include <selo/plugin.h>

#define POP3_MAX_ARGUMENTS 2

typedef struct {
    char keyword[8]; /* upper case */
    SeloStr rest; /* all behind the keyword and its blank, as it stands; unset if there is none */
    SeloStr arguments[POP3_MAX_ARGUMENTS];
    size_t n_arguments; /* POP3_MAX_ARGUMENTS + 1: more */
} Pop3Line;

/* FALSE: no keyword, or an octet that no command may have. Texts point into @line. */
gboolean pop3_parse_line(SeloStr line, Pop3Line *out_line);
/* A decimal number without sign; at most 10 digits. */
gboolean pop3_parse_number(SeloStr text, uint64_t *out_number);
