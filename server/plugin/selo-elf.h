/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-elf.h: what a module says about itself before it is mapped: its note and its dynamic
 * section.
 */
#pragma once

#include <glib.h>

typedef struct {
    gboolean has_note;
    guint8 format, pointer_size;
    guint16 abi_major, abi_minor;
    char plugin[64];
    gboolean has_text_relocations, has_executable_stack;
    GPtrArray *needed;   /* sonames, char * */
    GPtrArray *versions; /* symbol versions it needs, char *: "SELO_1.0", "GLIBC_2.34" */
    GPtrArray *exports;  /* symbols it defines for others, char *; empty without section headers */
} SeloElf;

/* Reads a shared object of this machine. Errors, domain %G_FILE_ERROR: foreign or damaged; no note
 * is no error. Never reads outside @size octets. */
SeloElf *selo_elf_read(const void *octets, size_t size, GError **error);
void selo_elf_free(SeloElf *elf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SeloElf, selo_elf_free)
