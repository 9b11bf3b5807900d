/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-mutf7.c: any octets as a stored name. What is accepted is the one form of its name.
 */
#include "config.h"

#include <string.h>

#include "plugins/common/mutf7.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autofree char *name = mutf7_decode((SeloStr){ (const char *) octets, size });
    g_autofree char *stored = NULL;

    if (name == NULL)
        return 0;
    g_assert_true(g_utf8_validate(name, -1, NULL));
    stored = mutf7_encode((SeloStr){ name, strlen(name) });
    g_assert_nonnull(stored);
    g_assert_cmpmem(stored, strlen(stored), octets, size);
    return 0;
}
