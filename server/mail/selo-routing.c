/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-routing.c: resolves one recipient. A work list of addresses starts with the forward-path; each
 * address is looked up in its domain's aliases (adding what it stands for), then among the users, then
 * as the domain's catch-all. Addresses are remembered, so that a loop of aliases ends.
 */
#include "config.h"

#include "server/mail/selo-routing.h"

#include <string.h>

#include <gio/gio.h>

#include <selo/table.h>

#include "server/config/selo-snapshot.h"

/* Keys under which an address may stand in the aliases of its domain, most particular first, as in
 * virtual(5). */
typedef enum {
    KEY_NOT_YET,
    KEY_DETAIL_DOMAIN, /* user+detail@domain */
    KEY_USER_DOMAIN,   /* user@domain */
    KEY_DETAIL,        /* user+detail */
    KEY_USER,          /* user */
    KEY_ANY_USER,      /* @domain */
    KEY_NONE
} AliasKey;

struct SeloRoutingRun {
    SeloMailPeer *peer;
    SeloCall *call;
    SeloRoutingFunc done; /* NULL after a cancel */
    void *data;
    GQueue addresses;  /* char *, still to do */
    GHashTable *seen;  /* char * */
    GPtrArray *accounts;
    guint depth;
    /* the address at hand */
    char *local_part, *base, *domain; /* base: local-part without its detail */
    const SeloConf *domain_conf;
    AliasKey key;
    gboolean is_catch_all;
    SeloDeferred deferred;
    SeloMailCause cause;
    uint32_t flags;
};

static void next_address(SeloRoutingRun *run);
static void next_key(SeloRoutingRun *run);

gboolean
selo_routing_networks_contain(SeloStrs networks, const char *ip)
{
    g_autoptr(GInetAddress) address = ip == NULL ? NULL : g_inet_address_new_from_string(ip);

    for (size_t i = 0; address != NULL && i < networks.n; i++) {
        g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(networks.v[i].s, NULL);

        if (mask != NULL && g_inet_address_mask_matches(mask, address))
            return TRUE;
    }
    return FALSE;
}

static void
account_drop(void *account)
{
    selo_account_unref(account);
}

static void
run_free(SeloRoutingRun *run)
{
    g_queue_clear_full(&run->addresses, g_free);
    g_hash_table_unref(run->seen);
    g_clear_pointer(&run->accounts, g_ptr_array_unref);
    g_free(run->local_part);
    g_free(run->base);
    g_free(run->domain);
    selo_call_unref(run->call);
    g_free(run);
}

static void
tell(void *data)
{
    SeloRoutingRun *run = data;

    if (run->done != NULL)
        run->done(run->data, run->cause, run->flags,
                  run->cause == SELO_MAIL_OK ? g_steal_pointer(&run->accounts) : NULL);
    run_free(run);
}

static void
finish(SeloRoutingRun *run, SeloMailCause cause, uint32_t flags)
{
    run->cause = cause;
    run->flags = flags;
    selo_loop_defer(run->peer->role->loop, &run->deferred, tell, run);
}

/* ---- users ---- */

static void
usage_told(void *data, SeloStatus status, const char *operator_text, const void *answer)
{
    SeloRoutingRun *run = data;
    const SeloAccountReply *usage = answer;

    if (run->done == NULL)
        run_free(run);
    else if (status == SELO_OK && usage != NULL
             && ((usage->octets_limit != 0 && usage->octets >= usage->octets_limit)
                 || (usage->messages_limit != 0 && usage->messages >= usage->messages_limit)))
        finish(run, SELO_MAIL_MAILBOX_FULL, 0);
    else
        next_address(run); /* usage unknown: the append itself will tell */
}

static void
user_found(SeloRoutingRun *run, SeloAccount *account)
{
    for (guint i = 0; i < run->accounts->len; i++)
        if (selo_account_equal(g_ptr_array_index(run->accounts, i), account)) {
            selo_account_unref(account);
            next_address(run);
            return;
        }
    if (run->accounts->len >= SELO_ROUTING_MAX_ACCOUNTS) {
        selo_account_unref(account);
        finish(run, SELO_MAIL_TOO_MANY_RECIPIENTS, SELO_MAIL_PERMANENT);
        return;
    }
    g_ptr_array_add(run->accounts, account);
    if (selo_account_has_limits(account))
        selo_account_usage(account, run->call, usage_told, run);
    else
        next_address(run);
}

static void
account_opened(void *data, SeloStatus status, const char *operator_text, SeloAccount *account)
{
    SeloRoutingRun *run = data;
    const char *catch_all;

    if (run->done == NULL) {
        if (account != NULL)
            selo_account_unref(account);
        run_free(run);
    } else if (status == SELO_OK) {
        user_found(run, account);
    } else if (status != SELO_NOT_FOUND) {
        finish(run, SELO_MAIL_MAILBOX_UNAVAILABLE, 0);
    } else if (!run->is_catch_all && run->domain_conf != NULL
               && (catch_all = selo_conf_str(run->domain_conf, "catch-all")) != NULL) {
        run->is_catch_all = TRUE;
        selo_account_open(run->call, (SeloStr){ catch_all, strlen(catch_all) }, account_opened, run);
    } else {
        finish(run, SELO_MAIL_UNKNOWN_USER, SELO_MAIL_PERMANENT);
    }
}

static void
look_up_user(SeloRoutingRun *run)
{
    g_autofree char *user = run->domain == NULL
                                ? g_strdup(run->base)
                                : g_strdup_printf("%s@%s", run->base, run->domain);

    run->is_catch_all = FALSE;
    selo_account_open(run->call, (SeloStr){ user, strlen(user) }, account_opened, run);
}

/* ---- aliases ---- */

/* The text of run->key, or NULL where it would repeat another one. */
static char *
alias_key(const SeloRoutingRun *run)
{
    const gboolean has_detail = strcmp(run->local_part, run->base) != 0;

    switch (run->key) {
    case KEY_DETAIL_DOMAIN:
        return has_detail ? g_strdup_printf("%s@%s", run->local_part, run->domain) : NULL;
    case KEY_USER_DOMAIN:
        return g_strdup_printf("%s@%s", run->base, run->domain);
    case KEY_DETAIL:
        return has_detail ? g_strdup(run->local_part) : NULL;
    case KEY_USER:
        return g_strdup(run->base);
    case KEY_ANY_USER:
        return g_strdup_printf("@%s", run->domain);
    case KEY_NOT_YET:
    case KEY_NONE:
    default:
        return NULL;
    }
}

/* An alias that names itself ("ann: ann, archive") means the user of that name. */
static gboolean
is_itself(const SeloRoutingRun *run, const char *address)
{
    g_autofree char *full = g_strdup_printf("%s@%s", run->base, run->domain);

    return g_ascii_strcasecmp(address, full) == 0 || g_ascii_strcasecmp(address, run->base) == 0;
}

static void
add_addresses(SeloRoutingRun *run, SeloStrs values)
{
    gboolean has_itself = FALSE;

    for (size_t i = 0; i < values.n; i++) {
        const char *value = values.v[i].s;
        g_autofree char *address = NULL;

        if (is_itself(run, value)) {
            has_itself = TRUE;
            continue;
        }
        address = strchr(value, '@') != NULL ? g_ascii_strdown(value, -1)
                                             : g_strdup_printf("%s@%s", value, run->domain);
        if (g_hash_table_add(run->seen, g_strdup(address)))
            g_queue_push_tail(&run->addresses, g_steal_pointer(&address));
    }
    if (has_itself)
        look_up_user(run);
    else
        next_address(run);
}

static void
alias_told(void *data, SeloStatus status, const char *operator_text, const void *answer)
{
    SeloRoutingRun *run = data;
    const SeloTableAnswer *values = answer;

    if (run->done == NULL)
        run_free(run);
    else if (status == SELO_OK && values != NULL && values->values.n > 0)
        add_addresses(run, values->values);
    else if (status == SELO_OK || status == SELO_NOT_FOUND)
        next_key(run);
    else
        finish(run, SELO_MAIL_MAILBOX_UNAVAILABLE, 0);
}

static void
next_key(SeloRoutingRun *run)
{
    SeloInstance *aliases = run->domain_conf == NULL
                                ? NULL
                                : selo_conf_instance(run->domain_conf, "aliases");
    g_autofree char *key = NULL;
    SeloTableQuery query = { .struct_size = sizeof query };

    while (aliases != NULL && run->key < KEY_NONE && key == NULL) {
        run->key++;
        key = alias_key(run);
    }
    if (key == NULL) {
        look_up_user(run);
        return;
    }
    query.key = (SeloStr){ key, strlen(key) };
    query.local_part = (SeloStr){ run->local_part, strlen(run->local_part) };
    query.domain = (SeloStr){ run->domain, strlen(run->domain) };
    selo_table_get(run->call, aliases, &query, NULL, alias_told, run);
}

/* ---- addresses ---- */

/* user+detail → user. A leading delimiter belongs to the name. */
static char *
without_detail(const SeloConf *domain_conf, const char *local_part)
{
    const char *delimiters = domain_conf == NULL ? NULL
                                                 : selo_conf_str(domain_conf, "recipient-delimiter");
    const char *end = NULL;

    if (delimiters != NULL && local_part[0] != '\0')
        end = strpbrk(local_part + 1, delimiters);
    return end == NULL ? g_strdup(local_part) : g_strndup(local_part, (gsize) (end - local_part));
}

/* "postmaster" alone is ours (RFC 5321 section 4.5.1): [server] postmaster may say who that is. Takes
 * @address. */
static char *
name_postmaster(SeloRoutingRun *run, char *address)
{
    const SeloConf *server = selo_snapshot_section(run->peer->role->snapshot, "server", "");
    const char *named = server != NULL && g_ascii_strcasecmp(address, "postmaster") == 0
                            ? selo_conf_str(server, "postmaster")
                            : NULL;

    if (named == NULL)
        return address;
    g_free(address);
    return g_strdup(named);
}

/* A name without domain belongs to the first one. */
static void
complete_bare(SeloRoutingRun *run)
{
    const SeloStrs domains = selo_snapshot_names(run->peer->role->snapshot, "domain");

    if (domains.n > 0)
        run->domain = g_ascii_strdown(domains.v[0].s, -1);
}

/* An address that is not ours: who may send there, and that nothing can carry it yet. */
static void
refuse_foreign(SeloRoutingRun *run)
{
    const SeloMailPeer *peer = run->peer;
    const gboolean may_relay = peer->auth_user != NULL || peer->is_trusted || run->depth > 1;

    if (may_relay)
        finish(run, SELO_MAIL_NO_QUEUE, 0);
    else
        finish(run, SELO_MAIL_RELAY_DENIED, SELO_MAIL_PERMANENT);
}

static void
next_address(SeloRoutingRun *run)
{
    g_autofree char *address = g_queue_pop_head(&run->addresses);
    char *at;

    if (address == NULL) {
        if (run->accounts->len > 0)
            finish(run, SELO_MAIL_OK, 0);
        else /* aliases that only lead to each other */
            finish(run, SELO_MAIL_UNKNOWN_USER, SELO_MAIL_PERMANENT);
        return;
    }
    if (++run->depth > SELO_ROUTING_MAX_DEPTH * SELO_ROUTING_MAX_ACCOUNTS) {
        finish(run, SELO_MAIL_TOO_MANY_RECIPIENTS, SELO_MAIL_PERMANENT);
        return;
    }
    g_clear_pointer(&run->local_part, g_free);
    g_clear_pointer(&run->base, g_free);
    g_clear_pointer(&run->domain, g_free);
    address = name_postmaster(run, g_steal_pointer(&address));
    at = strrchr(address, '@');
    if (at != NULL) {
        run->domain = g_ascii_strdown(at + 1, -1);
        *at = '\0';
    } else {
        complete_bare(run);
    }
    run->local_part = g_ascii_strdown(address, -1);
    run->domain_conf = run->domain == NULL ? NULL
                                            : selo_snapshot_section(run->peer->role->snapshot,
                                                                    "domain", run->domain);
    run->base = without_detail(run->domain_conf, run->local_part);
    run->key = KEY_NOT_YET;
    if (run->domain_conf == NULL)
        refuse_foreign(run);
    else
        next_key(run);
}

SeloRoutingRun *
selo_routing_resolve(SeloMailPeer *peer, SeloCall *call, SeloStr forward_path, SeloRoutingFunc done,
                     void *data)
{
    SeloRoutingRun *run = g_new0(SeloRoutingRun, 1);

    run->peer = peer;
    run->call = selo_call_ref(call);
    run->done = done;
    run->data = data;
    run->accounts = g_ptr_array_new_with_free_func(account_drop);
    run->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&run->addresses);
    g_queue_push_tail(&run->addresses, g_strndup(forward_path.s, forward_path.len));
    next_address(run);
    return run;
}

void
selo_routing_cancel(SeloRoutingRun *run)
{
    run->done = NULL; /* the answer that is under way frees it */
}
