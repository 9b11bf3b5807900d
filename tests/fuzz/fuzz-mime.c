/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-mime.c: any octets as a message. Every part lies inside of its parent, and the facts made of
 * it can be read.
 */
#include "config.h"

#include <selo/facts.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
check_part(SeloFacts *facts, uint32_t index, size_t size)
{
    SeloPartFacts part = *selo_facts_part(facts, index),
                  parent = *selo_facts_part(facts, part.parent);
    uint32_t n = 0;

    g_assert_cmpuint(part.body_offset + part.body_size, <=, size);
    for (uint32_t child = selo_facts_first_child(facts, index); child > 0;
         child = selo_facts_next_sibling(facts, child))
        n++;
    g_assert_cmpuint(n, ==, part.n_children);
    if (index == 0)
        return;
    g_assert_cmpuint(part.header_offset, >=, parent.body_offset);
    g_assert_cmpuint(part.body_offset + part.body_size, <=, parent.body_offset + parent.body_size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autoptr(SeloMessage) message = selo_message_parse((SeloStr){ (const char *) octets, size });
    g_autoptr(GBytes) bytes = selo_message_facts(message);
    gsize facts_size;
    const char *stored = g_bytes_get_data(bytes, &facts_size);
    g_autoptr(SeloFacts) facts = selo_facts_read((SeloStr){ stored, facts_size });

    g_assert_nonnull(facts);
    for (uint32_t i = 0; i < selo_facts_n_parts(facts); i++)
        check_part(facts, i, size);
    return 0;
}
