/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-query.h: a compiled search as the scanner reads it.
 */
#pragma once

#include <selo/mailbox.h>

typedef enum {
    SELO_QUERY_ALL,
    SELO_QUERY_AND,
    SELO_QUERY_OR,
    SELO_QUERY_NOT,
    SELO_QUERY_FLAGS,
    SELO_QUERY_KEYWORD,
    SELO_QUERY_UIDS,
    SELO_QUERY_SEQS,
    SELO_QUERY_MODSEQ,
    SELO_QUERY_SIZE,
    SELO_QUERY_DATE,
    SELO_QUERY_HEADER,
    SELO_QUERY_BODY,
    SELO_QUERY_TEXT
} SeloQueryKind;

/* What it takes to answer: each includes those before it. */
typedef enum {
    SELO_QUERY_NEEDS_MEMORY,
    SELO_QUERY_NEEDS_DATES,
    SELO_QUERY_NEEDS_HEADER,
    SELO_QUERY_NEEDS_BODY
} SeloQueryNeed;

struct SeloQuery {
    uint32_t refs;
    SeloQueryKind kind;
    SeloQueryNeed needs; /* of the whole tree below */
    SeloQuery *left, *right;
    uint32_t set, clear;
    uint64_t min, max; /* sizes, modseqs; dates in microseconds, 0 = open */
    SeloQueryDate date;
    GArray *ranges; /* SeloRange */
    char *name;     /* keyword, header field */
    char *text;     /* folded for comparison */
};

/* Text in the form in which it is compared: case folded, white space runs as one space. (transfer
 * full) */
char *selo_query_fold(const char *text, gssize size);
