/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-auth-penalty.c: failures are remembered a quarter of an hour after the last one. The answer
 * to a failure waits 2, 4, 8, then 15 s; a right password never waits, so nobody can lock a user
 * out. So that a flood of parallel guesses gains nothing, only few answers of one key may wait at a
 * time.
 *
 * Addresses on loopback have no penalty of their own: webmail and proxies speak for all users from
 * there. IPv6 addresses count by /64, which one customer has whole.
 */
#include "config.h"

#include "server/auth/selo-auth-penalty.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_KEYS    50000 /* in each table; the oldest goes */
#define MAX_WAITING 16    /* answers of one key */
#define FORGET_USEC (15 * 60 * G_USEC_PER_SEC)

static const gint64 delays[] = { 0, 2 * G_USEC_PER_SEC, 4 * G_USEC_PER_SEC, 8 * G_USEC_PER_SEC,
                                 15 * G_USEC_PER_SEC };

typedef struct {
    char *name;
    guint failures, waiting;
    gint64 last;
    GList by_age; /* data: this */
} Key;

typedef struct {
    GHashTable *keys; /* name → Key */
    GQueue by_age;    /* oldest first */
} Table;

struct SeloAuthPenalties {
    Table ips, users;
};

static void
key_free(void *data)
{
    Key *key = data;

    g_free(key->name);
    g_free(key);
}

static void
table_init(Table *table)
{
    table->keys = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, key_free);
    g_queue_init(&table->by_age);
}

static void
table_remove(Table *table, Key *key)
{
    g_queue_unlink(&table->by_age, &key->by_age);
    g_hash_table_remove(table->keys, key->name);
}

/* NULL: no failures that still count. */
static Key *
table_find(Table *table, const char *name, gint64 now)
{
    Key *key = name != NULL ? g_hash_table_lookup(table->keys, name) : NULL;

    if (key == NULL || key->waiting > 0 || now - key->last < FORGET_USEC)
        return key;
    table_remove(table, key);
    return NULL;
}

static Key *
table_fail(Table *table, const char *name, gint64 now)
{
    Key *key = table_find(table, name, now);

    if (key == NULL) {
        if (g_hash_table_size(table->keys) >= MAX_KEYS)
            table_remove(table, table->by_age.head->data);
        key = g_new0(Key, 1);
        key->name = g_strdup(name);
        key->by_age.data = key;
        g_hash_table_insert(table->keys, key->name, key);
    } else
        g_queue_unlink(&table->by_age, &key->by_age);
    g_queue_push_tail_link(&table->by_age, &key->by_age);
    key->failures++;
    key->waiting++;
    key->last = now;
    return key;
}

/* What an address is counted under; NULL: not at all. @buffer holds the name. */
static const char *
ip_key(const char *ip, char buffer[INET6_ADDRSTRLEN])
{
    static const guint8 mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    struct in6_addr address;

    if (g_str_has_prefix(ip, "127."))
        return NULL;
    if (inet_pton(AF_INET6, ip, &address) != 1)
        return ip;
    if (IN6_IS_ADDR_LOOPBACK(&address))
        return NULL;
    if (memcmp(&address, mapped, sizeof mapped) == 0) /* an IPv4 peer of a socket for both */
        return address.s6_addr[12] == 127 ? NULL : ip;
    memset(address.s6_addr + 8, 0, 8);
    return inet_ntop(AF_INET6, &address, buffer, INET6_ADDRSTRLEN);
}

SeloAuthPenalties *
selo_auth_penalties_new(void)
{
    SeloAuthPenalties *penalties = g_new0(SeloAuthPenalties, 1);

    table_init(&penalties->ips);
    table_init(&penalties->users);
    return penalties;
}

void
selo_auth_penalties_free(SeloAuthPenalties *penalties)
{
    if (penalties == NULL)
        return;
    g_hash_table_unref(penalties->ips.keys);
    g_hash_table_unref(penalties->users.keys);
    g_free(penalties);
}

gboolean
selo_auth_penalties_admit(SeloAuthPenalties *penalties, const char *ip, const char *user,
                          gint64 now)
{
    char buffer[INET6_ADDRSTRLEN];
    const Key *by_ip = table_find(&penalties->ips, ip_key(ip, buffer), now);
    const Key *by_user = table_find(&penalties->users, user, now);

    if (by_ip == NULL)
        return TRUE;
    return by_ip->waiting < MAX_WAITING && (by_user == NULL || by_user->waiting < MAX_WAITING);
}

gint64
selo_auth_penalties_fail(SeloAuthPenalties *penalties, const char *ip, const char *user, gint64 now)
{
    char buffer[INET6_ADDRSTRLEN];
    const char *name = ip_key(ip, buffer);
    const guint by_user = table_fail(&penalties->users, user, now)->failures;
    const guint by_ip = name != NULL ? table_fail(&penalties->ips, name, now)->failures : 0;
    const guint failures = MAX(by_user, by_ip);

    return delays[MIN(failures, G_N_ELEMENTS(delays) - 1)];
}

static void
table_answered(Table *table, const char *name)
{
    Key *key = name != NULL ? g_hash_table_lookup(table->keys, name) : NULL;

    if (key != NULL && key->waiting > 0)
        key->waiting--;
}

void
selo_auth_penalties_answered(SeloAuthPenalties *penalties, const char *ip, const char *user)
{
    char buffer[INET6_ADDRSTRLEN];

    table_answered(&penalties->ips, ip_key(ip, buffer));
    table_answered(&penalties->users, user);
}

void
selo_auth_penalties_forgive(SeloAuthPenalties *penalties, const char *user)
{
    Key *key = g_hash_table_lookup(penalties->users.keys, user);

    if (key != NULL && key->waiting == 0)
        table_remove(&penalties->users, key);
}
