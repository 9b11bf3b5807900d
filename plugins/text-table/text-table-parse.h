/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * text-table-parse.h: the text of a table, parsed: aliases(5), "name: value, value", and the form
 * that postmap(1) reads, "key value". Pure, immutable, counted.
 */
#pragma once

#include <selo/plugin.h>

#define TEXT_TABLE_MAX_FILE    (64u << 20)
#define TEXT_TABLE_MAX_LINE    (256u << 10) /* with its continuations */
#define TEXT_TABLE_MAX_KEY     1000
#define TEXT_TABLE_MAX_VALUES  10000
#define TEXT_TABLE_MAX_ENTRIES 4000000u

typedef enum { TEXT_TABLE_ALIASES, TEXT_TABLE_VIRTUAL } TextTableFormat;

typedef struct {
    SeloStr key; /* lower case */
    SeloStrs values;
    uint32_t line, reserved;
} TextEntry;

typedef struct TextTable TextTable;

/* Called for each entry that is left out. */
typedef void (*TextFaultFunc)(void *data, uint32_t line, const char *fault);

TextTable *text_table_parse(SeloStr octets, TextTableFormat format, TextFaultFunc fault,
                            void *data);
TextTable *text_table_ref(TextTable *table);
void text_table_unref(TextTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TextTable, text_table_unref)

/* In any case of letters. NULL: not there. */
const TextEntry *text_table_find(const TextTable *table, SeloStr key);
/* In key order; NULL past the end. */
const TextEntry *text_table_at(const TextTable *table, size_t index);
/* Index of the first entry whose key is @key or comes after it. */
size_t text_table_position(const TextTable *table, const char *key);
