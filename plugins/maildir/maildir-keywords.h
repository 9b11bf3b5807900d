/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-keywords.h: the file dovecot-keywords, which names the letters a to z of file names, and
 * the bits under which the store interface speaks of them.
 */
#pragma once

#include <time.h>

#include <selo/store.h>

#define MAILDIR_KEYWORDS_NAME "dovecot-keywords"
#define MAILDIR_LETTERS       26
#define MAILDIR_KEYWORD_MAX   255 /* octets of a name */

typedef struct {
    char *names[MAILDIR_LETTERS]; /* NULL = letter not in use */
    struct timespec mtime;        /* of the file when it was read */
    uint64_t inode;
    GArray *told;                 /* SeloStr, by bit: a name keeps it while the box is loaded */
} MaildirKeywords;

void maildir_keywords_init(MaildirKeywords *keywords);
void maildir_keywords_clear(MaildirKeywords *keywords);
/* Lines "<index> <name>"; lines that are neither are skipped. */
void maildir_keywords_parse(MaildirKeywords *keywords, SeloStr text);
/* Reads the file in @directory if it is another than before. */
gboolean maildir_keywords_refresh(MaildirKeywords *keywords, const char *directory,
                                  GError **error);
/* The letters, as a mask, of these names; new ones are added to the file. Uidlist lock held if
 * anything is new: ask maildir_keywords_has() first. Errors: INVALID (no keyword), TOO_BIG (the 26
 * letters are used up). */
gboolean maildir_keywords_take(MaildirKeywords *keywords, const char *directory, SeloStrs names,
                               uint32_t *out_letters, GError **error);
gboolean maildir_keywords_has(const MaildirKeywords *keywords, SeloStrs names,
                              uint32_t *out_letters);
/* Between letters of a file name and bits of the interface. */
uint64_t maildir_keywords_bits(MaildirKeywords *keywords, uint32_t letters);
uint32_t maildir_keywords_letters(const MaildirKeywords *keywords, uint64_t bits);
SeloStrs maildir_keywords_told(const MaildirKeywords *keywords);
