/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-store.c: see fake-store.h.
 */
#include "config.h"

#include "tests/unit/mailbox/fake-store.h"

#include <selo/facts.h>
#include <string.h>

typedef struct {
    uint32_t uid, flags;
    uint64_t keywords, modseq;
    char *octets;
} Message;

typedef struct {
    uint32_t uid;
    uint64_t modseq;
} Gone;

typedef struct {
    char *name;
    uint32_t uidvalidity, uidnext;
    uint64_t modseq;
    GPtrArray *messages; /* Message, by uid */
    GArray *gone;
    GPtrArray *watchers; /* SeloCall */
    gboolean is_subscribed;
    int n_running;
} Box;

typedef void (*Run)(FakeStore *store, SeloCall *call, const void *request);
typedef struct {
    Run run;
    SeloCall *call;
    const void *request;
    Box *box;
} Held;

struct FakeStore {
    SeloInstance *instance;
    GHashTable *boxes;
    GHashTable *failing; /* op → status */
    GHashTable *holding; /* op */
    GHashTable *counts;  /* op → number */
    GArray *held;
    GPtrArray *keywords;
    gboolean keeps_facts;
    uint32_t n_boxes;
};

static void
free_message(void *data)
{
    Message *message = data;

    g_free(message->octets);
    g_free(message);
}

static void
free_box(void *data)
{
    Box *box = data;

    g_ptr_array_free(box->messages, TRUE);
    g_array_free(box->gone, TRUE);
    g_ptr_array_free(box->watchers, TRUE);
    g_free(box->name);
    g_free(box);
}

static Box *
add_box(FakeStore *store, const char *name)
{
    Box *box = g_new0(Box, 1);

    box->name = g_strdup(name);
    box->uidvalidity = 100 + ++store->n_boxes;
    box->uidnext = 1;
    box->modseq = 1;
    box->messages = g_ptr_array_new_with_free_func(free_message);
    box->gone = g_array_new(FALSE, FALSE, sizeof(Gone));
    box->watchers = g_ptr_array_new();
    g_hash_table_insert(store->boxes, box->name, box);
    return box;
}

static Box *
find_box(FakeStore *store, SeloStr name)
{
    g_autofree char *key = g_strndup(name.s, name.len);

    return g_hash_table_lookup(store->boxes, key);
}

/* ---- every call passes here ---- */

/* A good store gives up soon. */
static void
held_stopped(SeloCall *call, void *data)
{
    FakeStore *store = data;

    for (guint i = 0; i < store->held->len; i++) {
        Held held = g_array_index(store->held, Held, i);

        if (held.call != call)
            continue;
        if (held.box != NULL)
            held.box->n_running--;
        g_array_remove_index(store->held, i);
        selo_call_return(call, SELO_CANCELLED, NULL, NULL);
        return;
    }
}

static void
enter(FakeStore *store, const char *op, Box *box, Run run, SeloCall *call, const void *request)
{
    gpointer status;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(store->counts, op));

    g_hash_table_insert(store->counts, (char *) op, GUINT_TO_POINTER(n + 1));
    if (box != NULL)
        g_assert_cmpint(box->n_running, ==, 0);
    if (g_hash_table_lookup_extended(store->failing, op, NULL, &status) &&
        GPOINTER_TO_INT(status) != SELO_OK) {
        selo_call_return(call, (SeloStatus) GPOINTER_TO_INT(status), "told to fail", NULL);
        return;
    }
    if (g_hash_table_contains(store->holding, op)) {
        Held held = { run, call, request, box };

        if (box != NULL)
            box->n_running++;
        g_array_append_val(store->held, held);
        selo_call_on_stop(call, held_stopped, store);
        return;
    }
    run(store, call, request);
}

void
fake_store_hold(FakeStore *store, const char *op)
{
    g_autoptr(GArray) held = NULL;

    if (op != NULL) {
        g_hash_table_add(store->holding, (char *) op);
        return;
    }
    g_hash_table_remove_all(store->holding);
    held = g_steal_pointer(&store->held);
    store->held = g_array_new(FALSE, FALSE, sizeof(Held));
    for (guint i = 0; i < held->len; i++) {
        Held *one = &g_array_index(held, Held, i);

        if (one->box != NULL)
            one->box->n_running--;
        selo_call_on_stop(one->call, NULL, NULL);
        one->run(store, one->call, one->request);
    }
}

guint
fake_store_n_held(FakeStore *store)
{
    return store->held->len;
}

guint
fake_store_n_calls(FakeStore *store, const char *op)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(store->counts, op));
}

void
fake_store_fail(FakeStore *store, const char *op, SeloStatus status)
{
    g_hash_table_insert(store->failing, (char *) op, GINT_TO_POINTER(status));
}

/* ---- accounts and boxes ---- */

static void
run_account_open(FakeStore *store, SeloCall *call, const void *request)
{
    SeloAccountReply reply = { .struct_size = sizeof reply, .account = store };

    selo_call_return(call, SELO_OK, NULL, &reply);
}

static void
run_nothing(FakeStore *store, SeloCall *call, const void *request)
{
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static SeloBoxInfo
describe(Box *box)
{
    return (SeloBoxInfo){ .struct_size = sizeof(SeloBoxInfo),
                          .flags = box->is_subscribed ? SELO_BOX_SUBSCRIBED : 0,
                          .box = box,
                          .name = { box->name, strlen(box->name) },
                          .uidvalidity = box->uidvalidity,
                          .uidnext = box->uidnext,
                          .messages = box->messages->len,
                          .modseq = box->modseq };
}

static void
run_box_list(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloBoxRequest *asked = request;
    g_autoptr(GList) boxes = g_hash_table_get_values(store->boxes);

    for (GList *item = boxes; item != NULL; item = item->next) {
        SeloBoxInfo info = describe(item->data);

        if ((asked->flags & SELO_BOX_SUBSCRIBED) == 0 || ((Box *) item->data)->is_subscribed)
            selo_call_emit(call, &info);
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_box_create(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloBoxRequest *asked = request;

    if (find_box(store, asked->name) != NULL) {
        selo_call_return(call, SELO_EXISTS, NULL, NULL);
        return;
    }
    add_box(store, asked->name.s);
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_box_delete(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloBoxRequest *asked = request;
    Box *box = find_box(store, asked->name);

    if (box != NULL)
        g_hash_table_steal(store->boxes, box->name); /* open handles may still point to it */
    selo_call_return(call, box != NULL ? SELO_OK : SELO_NOT_FOUND, NULL, NULL);
    if (box != NULL)
        free_box(box);
}

static void
run_box_open(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloBoxRequest *asked = request;
    Box *box = find_box(store, asked->name);
    SeloBoxInfo info;

    if (box == NULL) {
        selo_call_return(call, SELO_NOT_FOUND, NULL, NULL);
        return;
    }
    info = describe(box);
    selo_call_return(call, SELO_OK, NULL, &info);
}

static void
watch_stopped(SeloCall *call, void *data)
{
    Box *box = data;

    g_ptr_array_remove(box->watchers, call);
    selo_call_return(call, SELO_CANCELLED, NULL, NULL);
}

static void
run_box_watch(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloBoxRequest *asked = request;
    Box *box = asked->box;

    g_ptr_array_add(box->watchers, call);
    selo_call_on_stop(call, watch_stopped, box);
}

void
fake_store_announce(FakeStore *store, const char *name)
{
    Box *box = g_hash_table_lookup(store->boxes, name);
    SeloBoxInfo info = describe(box);

    for (guint i = 0; i < box->watchers->len; i++)
        selo_call_emit(box->watchers->pdata[i], &info);
}

/* ---- messages ---- */

static gboolean
is_in(SeloUids uids, uint32_t uid)
{
    for (size_t i = 0; i < uids.n; i++) {
        if (uid >= uids.v[i].first && uid <= uids.v[i].last)
            return TRUE;
    }
    return FALSE;
}

static SeloStr *
keyword_strs(FakeStore *store)
{
    SeloStr *strs = g_new0(SeloStr, store->keywords->len + 1);

    for (guint i = 0; i < store->keywords->len; i++)
        strs[i] = (SeloStr){ store->keywords->pdata[i], strlen(store->keywords->pdata[i]) };
    return strs;
}

/* Emits the messages that @is_wanted picks, in batches of three so that there are several. */
static void
emit_messages(FakeStore *store, SeloCall *call, Box *box, const GArray *indices, SeloUids gone)
{
    g_autofree SeloStr *names = keyword_strs(store);
    guint at = 0;

    do {
        uint32_t uids[3], flags[3];
        uint64_t keywords[3], modseqs[3];
        SeloMsgBatch batch = { .struct_size = sizeof batch,
                               .uids = uids,
                               .flags = flags,
                               .keywords = keywords,
                               .modseqs = modseqs,
                               .keyword_names = { names, store->keywords->len },
                               .modseq = box->modseq,
                               .uidvalidity = box->uidvalidity,
                               .uidnext = box->uidnext };

        for (; batch.n < 3 && at < indices->len; at++, batch.n++) {
            Message *message = box->messages->pdata[g_array_index(indices, guint, at)];

            uids[batch.n] = message->uid;
            flags[batch.n] = message->flags;
            keywords[batch.n] = message->keywords;
            modseqs[batch.n] = message->modseq;
        }
        if (at == indices->len)
            batch.gone = gone;
        selo_call_emit(call, &batch);
    } while (at < indices->len);
}

static int
compare_ranges(const void *a, const void *b)
{
    const SeloRange *left = a, *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

static void
run_msg_changes(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloMsgRequest *asked = request;
    Box *box = asked->box;
    g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(SeloRange));

    for (guint i = 0; i < box->messages->len; i++) {
        if (((Message *) box->messages->pdata[i])->modseq > asked->since_modseq)
            g_array_append_val(indices, i);
    }
    for (guint i = 0; i < box->gone->len; i++) {
        Gone *one = &g_array_index(box->gone, Gone, i);

        if (one->modseq > asked->since_modseq)
            g_array_append_val(gone, ((SeloRange){ one->uid, one->uid }));
    }
    g_array_sort(gone, compare_ranges);
    emit_messages(store, call, box, indices,
                  (SeloUids){ (SeloRange *) (void *) gone->data, gone->len });
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static uint64_t
keyword_bits(FakeStore *store, SeloStrs names)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < names.n; i++) {
        guint at = 0;

        while (at < store->keywords->len && strcmp(store->keywords->pdata[at], names.v[i].s) != 0)
            at++;
        if (at == store->keywords->len)
            g_ptr_array_add(store->keywords, g_strdup(names.v[i].s));
        bits |= UINT64_C(1) << at;
    }
    return bits;
}

static void
change_flags(Message *message, uint32_t flags, uint64_t keywords, uint32_t mode)
{
    if (mode == SELO_FLAGS_ADD) {
        message->flags |= flags;
        message->keywords |= keywords;
    } else if (mode == SELO_FLAGS_REMOVE) {
        message->flags &= ~flags;
        message->keywords &= ~keywords;
    } else {
        message->flags = (message->flags & SELO_FLAG_RECENT) | flags;
        message->keywords = keywords;
    }
}

static void
run_msg_flags(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloMsgRequest *asked = request;
    Box *box = asked->box;
    uint64_t bits = keyword_bits(store, asked->keywords);
    g_autoptr(GArray) indices = g_array_new(FALSE, FALSE, sizeof(guint));

    box->modseq++;
    for (guint i = 0; i < box->messages->len; i++) {
        Message *message = box->messages->pdata[i];

        if (!is_in(asked->uids, message->uid))
            continue;
        change_flags(message, asked->flags, bits, asked->flags_mode);
        message->modseq = box->modseq;
        g_array_append_val(indices, i);
    }
    emit_messages(store, call, box, indices, (SeloUids){ NULL, 0 });
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
remove_at(Box *box, guint index)
{
    Gone gone = { ((Message *) box->messages->pdata[index])->uid, box->modseq };

    g_array_append_val(box->gone, gone);
    g_ptr_array_remove_index(box->messages, index);
}

static void
run_msg_expunge(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloMsgRequest *asked = request;
    Box *box = asked->box;
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(SeloRange)),
                      none = g_array_new(FALSE, FALSE, 4);

    box->modseq++;
    for (guint i = 0; i < box->messages->len;) {
        Message *message = box->messages->pdata[i];

        if (!is_in(asked->uids, message->uid) || (message->flags & SELO_FLAG_DELETED) == 0) {
            i++;
            continue;
        }
        g_array_append_val(gone, ((SeloRange){ message->uid, message->uid }));
        remove_at(box, i);
    }
    emit_messages(store, call, box, none,
                  (SeloUids){ (SeloRange *) (void *) gone->data, gone->len });
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static uint32_t
add_message(Box *box, const char *octets, uint32_t flags)
{
    Message *message = g_new0(Message, 1);

    message->uid = box->uidnext++;
    message->flags = flags;
    message->modseq = ++box->modseq;
    message->octets = g_strdup(octets);
    g_ptr_array_add(box->messages, message);
    return message->uid;
}

static void
copy_messages(FakeStore *store, SeloCall *call, const SeloMsgRequest *asked, gboolean is_move)
{
    Box *box = asked->box, *target = asked->target;
    g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) new_uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    guint n = box->messages->len;

    box->modseq++;
    for (guint i = 0, at = 0; i < n; i++) {
        Message *message = box->messages->pdata[at];
        uint32_t new_uid;

        if (!is_in(asked->uids, message->uid)) {
            at++;
            continue;
        }
        new_uid = add_message(target, message->octets, message->flags);
        g_array_append_val(uids, message->uid);
        g_array_append_val(new_uids, new_uid);
        if (is_move)
            remove_at(box, at);
        else
            at++;
    }
    selo_call_emit(call, &(SeloMsgBatch){ .struct_size = sizeof(SeloMsgBatch),
                                          .n = uids->len,
                                          .uids = (uint32_t *) (void *) uids->data,
                                          .new_uids = (uint32_t *) (void *) new_uids->data,
                                          .modseq = target->modseq,
                                          .uidvalidity = target->uidvalidity,
                                          .uidnext = target->uidnext });
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
run_msg_copy(FakeStore *store, SeloCall *call, const void *request)
{
    copy_messages(store, call, request, FALSE);
}

static void
run_msg_move(FakeStore *store, SeloCall *call, const void *request)
{
    copy_messages(store, call, request, TRUE);
}

static void
run_msg_append(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloAppendRequest *asked = request;
    Box *box = asked->box;

    for (size_t i = 0; i < asked->n; i++) {
        const SeloBlob *blob = &asked->items[i]->message;
        g_autofree char *octets = g_strndup(blob->octets, blob->size);
        uint32_t uid = add_message(box, octets, asked->items[i]->flags);

        selo_call_emit(call, &(SeloMsgBatch){ .struct_size = sizeof(SeloMsgBatch),
                                              .n = 1,
                                              .new_uids = &uid,
                                              .modseq = box->modseq,
                                              .uidvalidity = box->uidvalidity,
                                              .uidnext = box->uidnext });
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

static void
emit_message(FakeStore *store, SeloCall *call, const SeloMsgRequest *asked, const Message *message)
{
    SeloStr octets = { message->octets, strlen(message->octets) };
    g_autoptr(SeloMessage) parsed = selo_message_parse(octets);
    g_autoptr(GBytes) facts = selo_message_facts(parsed);
    SeloMsg msg = { .struct_size = sizeof msg,
                    .uid = message->uid,
                    .modseq = message->modseq,
                    .size = octets.len,
                    .internal_date = { INT64_C(1795555978) * G_USEC_PER_SEC + message->uid },
                    .flags = message->flags };

    if (store->keeps_facts && (asked->fields & SELO_MSG_FACTS) != 0) {
        msg.facts.s = g_bytes_get_data(facts, NULL);
        msg.facts.len = g_bytes_get_size(facts);
    }
    if ((asked->fields & SELO_MSG_HEADER) != 0)
        msg.header = (SeloBlob){ octets.s, selo_header_size(octets), 0, { -1, 0 } };
    if ((asked->fields & SELO_MSG_BODY) != 0)
        msg.body = (SeloBlob){ octets.s, octets.len, 0, { -1, 0 } };
    selo_call_emit(call, &msg);
}

static void
run_msg_fetch(FakeStore *store, SeloCall *call, const void *request)
{
    const SeloMsgRequest *asked = request;
    Box *box = asked->box;

    for (guint i = 0; i < box->messages->len; i++) {
        if (is_in(asked->uids, ((Message *) box->messages->pdata[i])->uid))
            emit_message(store, call, asked, box->messages->pdata[i]);
    }
    selo_call_return(call, SELO_OK, NULL, NULL);
}

/* ---- the table ---- */

#define OPERATION(name, Request, which_box, does)                             \
    static void op_##name(void *self, SeloCall *call, const Request *request) \
    {                                                                         \
        enter(self, #name, which_box, does, call, request);                   \
    }
/* clang-format off */
OPERATION(account_open, SeloAccountRequest, NULL, run_account_open)
OPERATION(account_close, SeloAccountRequest, NULL, run_nothing)
OPERATION(account_usage, SeloAccountRequest, NULL, run_account_open)
OPERATION(box_list, SeloBoxRequest, NULL, run_box_list)
OPERATION(box_create, SeloBoxRequest, NULL, run_box_create)
OPERATION(box_delete, SeloBoxRequest, NULL, run_box_delete)
OPERATION(box_rename, SeloBoxRequest, NULL, run_nothing)
OPERATION(box_open, SeloBoxRequest, NULL, run_box_open)
OPERATION(box_close, SeloBoxRequest, NULL, run_nothing)
OPERATION(box_watch, SeloBoxRequest, NULL, run_box_watch)
OPERATION(msg_changes, SeloMsgRequest, request->box, run_msg_changes)
OPERATION(msg_fetch, SeloMsgRequest, request->box, run_msg_fetch)
OPERATION(msg_flags, SeloMsgRequest, request->box, run_msg_flags)
OPERATION(msg_expunge, SeloMsgRequest, request->box, run_msg_expunge)
OPERATION(msg_copy, SeloMsgRequest, request->box, run_msg_copy)
OPERATION(msg_move, SeloMsgRequest, request->box, run_msg_move)
OPERATION(msg_append, SeloAppendRequest, request->box, run_msg_append)
/* clang-format on */

static const SeloStoreV1 table = {
    .struct_size = sizeof table,
    .account_open = op_account_open,
    .account_close = op_account_close,
    .account_usage = op_account_usage,
    .box_list = op_box_list,
    .box_create = op_box_create,
    .box_delete = op_box_delete,
    .box_rename = op_box_rename,
    .box_open = op_box_open,
    .box_close = op_box_close,
    .box_watch = op_box_watch,
    .msg_changes = op_msg_changes,
    .msg_fetch = op_msg_fetch,
    .msg_flags = op_msg_flags,
    .msg_expunge = op_msg_expunge,
    .msg_copy = op_msg_copy,
    .msg_move = op_msg_move,
    .msg_append = op_msg_append,
};

FakeStore *
fake_store_new(SeloRole *role)
{
    FakeStore *store = g_new0(FakeStore, 1);

    store->boxes = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_box);
    store->failing = g_hash_table_new(g_str_hash, g_str_equal);
    store->holding = g_hash_table_new(g_str_hash, g_str_equal);
    store->counts = g_hash_table_new(g_str_hash, g_str_equal);
    store->held = g_array_new(FALSE, FALSE, sizeof(Held));
    store->keywords = g_ptr_array_new_with_free_func(g_free);
    store->keeps_facts = TRUE;
    add_box(store, "INBOX");
    add_box(store, "Archive/2026");
    store->instance =
        selo_instance_new(&(SeloInstanceOptions){ .name = "fake",
                                                  .plugin = "fake",
                                                  .type = selo_interface_find("store"),
                                                  .table = &table,
                                                  .self = store,
                                                  .model = SELO_MODEL_MAIN_LOOP,
                                                  .role = role });
    return store;
}

void
fake_store_free(FakeStore *store)
{
    selo_instance_free(store->instance);
    g_hash_table_destroy(store->boxes);
    g_hash_table_destroy(store->failing);
    g_hash_table_destroy(store->holding);
    g_hash_table_destroy(store->counts);
    g_array_free(store->held, TRUE);
    g_ptr_array_free(store->keywords, TRUE);
    g_free(store);
}

SeloInstance *
fake_store_instance(FakeStore *store)
{
    return store->instance;
}

void
fake_store_keep_facts(FakeStore *store, gboolean keeps)
{
    store->keeps_facts = keeps;
}

uint32_t
fake_store_deliver(FakeStore *store, const char *name, const char *message)
{
    return add_message(g_hash_table_lookup(store->boxes, name), message, SELO_FLAG_RECENT);
}

static guint
index_of(Box *box, uint32_t uid)
{
    guint i = 0;

    while (((Message *) box->messages->pdata[i])->uid != uid)
        i++;
    return i;
}

void
fake_store_remove(FakeStore *store, const char *name, uint32_t uid)
{
    Box *box = g_hash_table_lookup(store->boxes, name);

    box->modseq++;
    remove_at(box, index_of(box, uid));
}

void
fake_store_set_flags(FakeStore *store, const char *name, uint32_t uid, uint32_t flags)
{
    Box *box = g_hash_table_lookup(store->boxes, name);
    Message *message = box->messages->pdata[index_of(box, uid)];

    message->flags = flags;
    message->modseq = ++box->modseq;
}
