/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-address-count.c: connections by address.
 */
#include "config.h"

#include "server/process/selo-worker-private.h"
#include "tests/lib/selo-test.h"

static void
test_limit(void)
{
    g_autoptr(GHashTable) addresses = selo_address_counts_new();
    const uint8_t ann[16] = { 1 }, bob[16] = { 2 };
    SeloAddressCount *first = selo_address_count_take(addresses, ann, 2);

    g_assert_true(selo_address_count_take(addresses, ann, 2) == first);
    g_assert_null(selo_address_count_take(addresses, ann, 2));
    g_assert_nonnull(selo_address_count_take(addresses, bob, 2)); /* others are not concerned */
    selo_address_count_drop(addresses, first);
    g_assert_true(selo_address_count_take(addresses, ann, 2) == first);
    g_assert_nonnull(selo_address_count_take(addresses, ann, 0)); /* 0: no limit */
}

/* Who has a network has all of its addresses; IPv4 has no such networks. */
static void
test_networks(void)
{
    g_autoptr(GHashTable) addresses = selo_address_counts_new();
    const uint8_t ann[16] = { 0x20, 1, [15] = 1 }, ann_too[16] = { 0x20, 1, [15] = 2 },
                  bob[16] = { 0x20, 1, [7] = 1 };
    const uint8_t cid[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
                  dora[16] = { [10] = 0xff, 0xff, 192, 0, 2, 2 };

    g_assert_nonnull(selo_address_count_take(addresses, ann, 1));
    g_assert_null(selo_address_count_take(addresses, ann_too, 1));
    g_assert_nonnull(selo_address_count_take(addresses, bob, 1));
    g_assert_nonnull(selo_address_count_take(addresses, cid, 1));
    g_assert_nonnull(selo_address_count_take(addresses, dora, 1));
}

static void
test_forgets(void)
{
    g_autoptr(GHashTable) addresses = selo_address_counts_new();
    const uint8_t ip[16] = { 1 };

    for (int i = 0; i < 3; i++)
        selo_address_count_drop(addresses, selo_address_count_take(addresses, ip, 1));
    g_assert_cmpuint(g_hash_table_size(addresses), ==, 0);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/process/address-count/limit", test_limit);
    g_test_add_func("/process/address-count/networks", test_networks);
    g_test_add_func("/process/address-count/forgets", test_forgets);
    return g_test_run();
}
