/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-address.c: any octets as an address list. Groups open and close in pairs, texts are
 * terminated.
 */
#include "config.h"

#include <selo/message.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
check_text(SeloStr text)
{
    if (text.s != NULL)
        g_assert_cmpint(text.s[text.len], ==, '\0');
}

static void
address_found(void *data, const SeloAddress *address)
{
    int *open_groups = data;

    check_text(address->name);
    check_text(address->route);
    check_text(address->mailbox);
    check_text(address->host);
    g_assert_true((address->mailbox.s == NULL) == (address->host.s == NULL));
    if (address->mailbox.s == NULL)
        *open_groups += address->name.s != NULL ? 1 : -1;
    g_assert_true(*open_groups == 0 || *open_groups == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    int open_groups = 0;

    selo_address_parse((SeloStr){ (const char *) octets, size }, SIZE_MAX, address_found,
                       &open_groups);
    g_assert_cmpint(open_groups, ==, 0);
    return 0;
}
