/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-address-count.c: how many connections each address has, so that one client cannot take them all.
 * Only addresses with connections are remembered: the table is never larger than the sessions. IPv6
 * addresses count by /64, which one customer has whole.
 */
#include "config.h"

#include <netinet/in.h>
#include <string.h>

#include "server/process/selo-worker-private.h"

static guint
hash_address(gconstpointer key)
{
    const uint8_t *ip = ((const SeloAddressCount *) key)->ip;
    guint hash = 5381;

    for (size_t i = 0; i < 16; i++)
        hash = hash * 33 + ip[i];
    return hash;
}

static gboolean
is_same_address(gconstpointer a, gconstpointer b)
{
    return memcmp(((const SeloAddressCount *) a)->ip, ((const SeloAddressCount *) b)->ip, 16) == 0;
}

GHashTable *
selo_address_counts_new(void)
{
    return g_hash_table_new_full(hash_address, is_same_address, g_free, NULL);
}

SeloAddressCount *
selo_address_count_take(GHashTable *addresses, const uint8_t ip[16], uint32_t max)
{
    SeloAddressCount key = { .n = 1 }, *count;

    memcpy(key.ip, ip, IN6_IS_ADDR_V4MAPPED((const struct in6_addr *) (const void *) ip) ? 16 : 8);
    count = g_hash_table_lookup(addresses, &key);
    if (count == NULL) {
        count = g_memdup2(&key, sizeof key);
        g_hash_table_add(addresses, count);
        return count;
    }
    if (max != 0 && count->n >= max)
        return NULL;
    count->n++;
    return count;
}

void
selo_address_count_drop(GHashTable *addresses, SeloAddressCount *count)
{
    if (--count->n == 0)
        g_hash_table_remove(addresses, count);
}
