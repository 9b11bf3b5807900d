/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-header.c: any octets as a header block, and each value as text.
 */
#include "config.h"

#include <selo/message.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    SeloStr block = { (const char *) octets, size };
    SeloHeaderIter iter = { block, 0 };
    SeloHeader field;

    g_assert_cmpuint(selo_header_size(block), <=, size);
    while (selo_header_next(&iter, &field)) {
        g_autofree char *text = selo_header_decode(field.value);

        g_assert_true(g_utf8_validate(text, -1, NULL));
        g_assert_true(field.name.len > 0 && field.value.s + field.value.len <= block.s + size);
    }
    return 0;
}
