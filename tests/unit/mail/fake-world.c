/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.c: see fake-world.h.
 */
#include "config.h"

#include "tests/unit/mail/fake-world.h"

#include <string.h>

#include "server/config/selo-snapshot.h"
#include "server/mail/selo-commit.h"
#include "server/plugin/selo-registry.h"
#include "tests/lib/selo-test.h"

World world;

/* ---- filters ---- */

static SeloInstance *one, *two;

static void
stopped(SeloCall *call, void *data)
{
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
judge_one(void *self, SeloCall *call, const SeloFilterStage *request)
{
    const SeloFilterReply reply = { .struct_size = sizeof reply, .verdict = world.verdict };

    world.n_one++;
    if (world.holds_filter)
        selo_call_on_stop(call, stopped, NULL);
    else
        selo_call_return(call, SELO_OK, NULL, &reply);
}

static void
judge_two(void *self, SeloCall *call, const SeloFilterStage *request)
{
    const SeloFilterReply reply = { .struct_size = sizeof reply };
    SeloFilterAction action = { .struct_size = sizeof action, .kind = SELO_FILTER_DO_FILEINTO };

    world.n_two++;
    if (world.fileinto != NULL) {
        action.value = (SeloStr){ world.fileinto, strlen(world.fileinto) };
        selo_call_emit(call, &action);
    }
    selo_call_return(call, SELO_OK, NULL, &reply);
}

static const SeloFilterV1 table_one = { .struct_size = sizeof table_one,
                                        .connect = judge_one,
                                        .message = judge_one,
                                        .deliver = judge_one };
static const SeloFilterV1 table_two = { .struct_size = sizeof table_two,
                                        .connect = judge_two,
                                        .message = judge_two,
                                        .deliver = judge_two };

static SeloInstance *
make_filter(const char *name, const SeloFilterV1 *table)
{
    return selo_instance_new(&(SeloInstanceOptions){ .name = name,
                                                     .plugin = "fake",
                                                     .type = selo_interface_find("filter"),
                                                     .table = table,
                                                     .role = &world.role });
}

SeloInstance *
selo_registry_find(SeloRegistry *registry, const char *type, const char *name)
{
    return g_str_equal(name, "one") ? one : two;
}

gboolean
selo_registry_stage(SeloRegistry *registry, SeloInstance *filter, const char *stage,
                    SeloStageDeclaration *out_declaration)
{
    *out_declaration = (SeloStageDeclaration){ .may = ~0u, .on_failure = "accept" };
    return TRUE;
}

/* ---- settings and the client ---- */

SeloStrs
selo_conf_list(const SeloConf *conf, const char *option)
{
    static const SeloStr names[] = { SELO_STR("one"), SELO_STR("two") };

    return (SeloStrs){ names, G_N_ELEMENTS(names) };
}

const SeloConf *
selo_snapshot_scoped(SeloSnapshot *snapshot, const SeloConf *conf, const char *listener,
                     const char *domain, const char *user)
{
    return conf;
}

const SeloPeer *
selo_stream_peer(SeloStream *stream)
{
    static const SeloPeer peer = { .struct_size = sizeof peer, .remote_ip = SELO_STR("192.0.2.1") };

    return &peer;
}

/* No message is changed here; what is asked for counts as done. */
gboolean
selo_commit_change(SeloTransaction *tx, GPtrArray *actions, GError **error)
{
    g_ptr_array_set_size(actions, 0);
    return TRUE;
}

SeloMailPeer *
selo_mail_peer_ref(SeloMailPeer *peer)
{
    peer->n_refs++;
    return peer;
}

void
selo_mail_peer_unref(SeloMailPeer *peer)
{
    if (--peer->n_refs > 0)
        return;
    g_clear_pointer(&peer->verdicts.left, g_ptr_array_unref);
    selo_call_return(peer->root, SELO_OK, NULL, NULL);
    selo_call_unref(peer->root);
    g_free(peer);
}

/* ---- the transaction ---- */

SeloTransaction *
selo_transaction_ref(SeloTransaction *self)
{
    self->n_refs++;
    return self;
}

void
selo_transaction_unref(SeloTransaction *self)
{
    SeloTransactionRecipient *recipient = g_ptr_array_index(self->recipients, 0);

    if (--self->n_refs > 0)
        return;
    g_ptr_array_unref(recipient->accounts);
    g_ptr_array_unref(self->recipients);
    g_ptr_array_unref(self->results);
    g_ptr_array_unref(self->changes);
    g_clear_pointer(&self->verdicts.left, g_ptr_array_unref);
    selo_blob_writer_free(self->writer);
    selo_call_stop(self->call);
    selo_call_return(self->call, SELO_OK, NULL, NULL);
    selo_call_unref(self->call);
    selo_mail_peer_unref(self->peer);
    g_free(self);
}

static SeloTransaction *
make_transaction(void)
{
    static SeloTransactionRecipient ann = { .forward_path = (char *) "ann@example.org" };
    static int account;
    SeloTransaction *tx = g_new0(SeloTransaction, 1);

    ann.accounts = g_ptr_array_new();
    ann.cause = SELO_MAIL_OK;
    g_ptr_array_add(ann.accounts, &account);
    tx->n_refs = 1;
    tx->peer = selo_mail_peer_ref(world.peer);
    tx->call = selo_call_new_child(world.peer->root, "s.1.1");
    tx->reverse_path = (char *) "bob@example.net";
    tx->recipients = g_ptr_array_new();
    g_ptr_array_add(tx->recipients, &ann);
    tx->results = g_ptr_array_new_with_free_func(g_free);
    tx->changes = g_ptr_array_new_with_free_func(selo_filter_action_free);
    tx->writer = selo_blob_writer_new();
    selo_blob_writer_add(tx->writer, "\r\n", 2);
    g_assert_true(selo_blob_writer_end(tx->writer, &tx->message, NULL));
    return tx;
}

/* ---- mailboxes ---- */

typedef struct {
    SeloDeferred deferred;
    SeloStatus status;
    SeloDoneFunc done;
    void *data;
} Append;

static void
tell_appended(void *data)
{
    g_autofree Append *append = data;

    append->done(append->data, append->status, NULL, NULL);
}

void
selo_account_append(SeloAccount *account, SeloCall *call, SeloStr name,
                    const SeloAppendItem *const *items, size_t n, SeloDoneFunc done, void *data)
{
    Append *append = g_new0(Append, 1);

    g_string_append_printf(world.appended, "%s ", name.s);
    append->status = g_str_equal(name.s, "lost") ? SELO_NOT_FOUND : SELO_OK;
    append->done = done;
    append->data = data;
    selo_loop_defer_turn(world.role.loop, &append->deferred, tell_appended, append);
}

void
selo_account_create(SeloAccount *account, SeloCall *call, SeloStr name, SeloDoneFunc done,
                    void *data)
{
    g_assert_not_reached();
}

gboolean
selo_account_equal(const SeloAccount *account, const SeloAccount *other)
{
    return account == other;
}

/* ---- set up ---- */

void
world_set_up(void)
{
    world = (World){ .appended = g_string_new(NULL),
                     .role = { .kind = SELO_ROLE_WORKER, .loop = selo_loop_get() } };
    one = make_filter("one", &table_one);
    two = make_filter("two", &table_two);
    world.peer = g_new0(SeloMailPeer, 1);
    world.peer->n_refs = 1;
    world.peer->role = &world.role;
    world.peer->root = selo_call_new_root(&world.role, "s.1", NULL, NULL, NULL);
    world.tx = make_transaction();
}

void
world_tear_down(void)
{
    g_clear_pointer(&world.tx, selo_transaction_unref);
    g_clear_pointer(&world.peer, selo_mail_peer_unref);
    selo_test_run_for(1000);
    selo_instance_free(one);
    selo_instance_free(two);
    g_string_free(world.appended, TRUE);
}
