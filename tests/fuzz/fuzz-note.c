/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-note.c: a file through the reader that looks at a module before it is mapped.
 */
#include "config.h"

#include <stdint.h>

#include "server/plugin/selo-elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloElf) elf = selo_elf_read(octets, size, &error);

    g_assert_true((elf == NULL) == (error != NULL));
    if (elf != NULL)
        g_assert_cmpuint(elf->plugin[sizeof elf->plugin - 1], ==, 0);
    return 0;
}
