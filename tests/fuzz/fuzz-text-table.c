/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-text-table.c: any octets as a table of either form; what was read can be found under its key
 * and stands in order.
 */
#include "config.h"

#include <string.h>

#include "plugins/text-table/text-table-parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
ignore_fault(void *data, uint32_t line, const char *fault)
{
    g_assert(line > 0 && fault != NULL);
}

static void
parse(SeloStr text, TextTableFormat format)
{
    g_autoptr(TextTable) table = text_table_parse(text, format, ignore_fault, NULL);
    const TextEntry *entry, *last = NULL;

    for (size_t i = 0; (entry = text_table_at(table, i)) != NULL; i++) {
        g_assert(text_table_find(table, entry->key) == entry);
        g_assert(last == NULL || strcmp(last->key.s, entry->key.s) < 0);
        last = entry;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    const SeloStr text = { (const char *) octets, size };

    parse(text, TEXT_TABLE_ALIASES);
    parse(text, TEXT_TABLE_VIRTUAL);
    return 0;
}
