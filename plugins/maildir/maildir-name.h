/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * maildir-name.h: the names of message files:
 *
 *     1795419880.M603244P4315.host,S=217,W=227:2,FSab
 *     `------------- base name -------------'   `--' flags D F R S T, keywords a to z
 *
 * The base name is opaque and is the message's identity; only the part behind ":2," ever changes.
 */
#pragma once

#include <selo/store.h>

typedef struct {
    size_t base_len;
    uint32_t capitals; /* bit 0 is A: the flags, also those of other programs */
    uint32_t letters;  /* bit 0 is a: the keywords */
    SeloStr tail;      /* foreign, from the comma behind the flags on */
    gboolean is_plain; /* maildir_name_print() would write just this */
} MaildirName;

void maildir_name_parse(const char *file, size_t len, MaildirName *out_name);
/* "BASE:2,FLAGS". */
void maildir_name_print(GString *out, SeloStr base, uint32_t capitals, uint32_t letters,
                        SeloStr tail);
uint32_t maildir_name_flags(uint32_t capitals);
/* @capitals with its five known letters replaced by @flags. */
uint32_t maildir_name_capitals(uint32_t flags, uint32_t capitals);

/* The value of ",S=" or ",W=" in a base name. */
gboolean maildir_name_size(SeloStr base, char which, uint64_t *out_octets);
/* The order in which files without a UID get theirs. */
int maildir_name_compare(const char *a, const char *b);

/* A new base name without sizes, never given before. @delivery_id may be unset: otherwise the name
 * holds its tag. */
char *maildir_name_new(const char *host, SeloStr delivery_id);
/* What maildir_name_new() puts in the name: "D" and 32 hexadecimal digits. */
char *maildir_name_tag(SeloStr delivery_id);
