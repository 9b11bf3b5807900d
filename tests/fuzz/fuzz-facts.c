/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-facts.c: any octets as stored facts: refused, or readable to the end.
 */
#include "config.h"

#include <selo/facts.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autoptr(SeloFacts) facts = selo_facts_read((SeloStr){ (const char *) octets, size });

    for (uint32_t i = 0; facts != NULL && i < selo_facts_n_parts(facts); i++) {
        const SeloPartFacts *part = selo_facts_part(facts, i);

        for (size_t p = 0; p < part->params.n; p++)
            g_assert_true(part->params.v[p].len <= size);
        for (uint32_t field = 0; field < SELO_FACT_FIELDS; field++)
            selo_facts_part_field(facts, i, (SeloFactField) field);
        for (uint32_t child = selo_facts_first_child(facts, i); child > 0;)
            child = selo_facts_next_sibling(facts, child);
    }
    return 0;
}
