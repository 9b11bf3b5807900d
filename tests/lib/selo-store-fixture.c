/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-fixture.c: a store instance over its bare table, and operations asked synchronously.
 */
#include "config.h"

#include "tests/lib/selo-store-suite.h"

#include <string.h>

#include "server/config/selo-conf-private.h"
#include "tests/lib/selo-test.h"

/* ---- settings ---- */

static SeloStrs
split_list(const char *text)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    guint n = g_strv_length(items);
    SeloStr *list = g_new(SeloStr, n + 1);

    for (guint i = 0; i < n; i++)
        list[i] = SELO_STR(g_intern_string(items[i]));
    return (SeloStrs){ list, n };
}

static SeloConfEntry *
make_entry(const SeloTestOption *option, const char *directory)
{
    SeloConfEntry *entry = g_new0(SeloConfEntry, 1);
    g_autofree char *text = g_strconcat(directory, option->text, NULL);

    entry->name = option->name;
    entry->is_set = TRUE;
    switch (option->kind) {
    case 'b':
        entry->type = SELO_TYPE_BOOL;
        entry->number = strcmp(option->text, "yes") == 0;
        break;
    case 'x':
        entry->type = SELO_TYPE_UINT;
        entry->number = g_ascii_strtoll(option->text, NULL, 10);
        break;
    case 'l':
        entry->type = SELO_TYPE_LIST;
        entry->list = split_list(option->text);
        break;
    default:
        entry->type = SELO_TYPE_STRING;
        entry->text = SELO_STR(strcmp(option->name, "path") == 0 ? g_intern_string(text)
                                                                 : option->text);
    }
    return entry;
}

static void
free_entry(gpointer entry)
{
    g_free((gpointer) ((SeloConfEntry *) entry)->list.v);
    g_free(entry);
}

SeloConf *
selo_test_conf_new(const SeloTestOption *options, const char *directory)
{
    SeloConf *conf = g_new0(SeloConf, 1);

    conf->type = "store";
    conf->name = conf->plugin = conf->as = "test";
    conf->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
    for (; options->name != NULL; options++)
        g_hash_table_insert(conf->entries, (gpointer) options->name,
                            make_entry(options, directory));
    return conf;
}

void
selo_test_conf_free(SeloConf *conf)
{
    g_hash_table_unref(conf->entries);
    g_free(conf);
}

/* ---- fixture ---- */

static SeloStoreFixture *
make_fixture(const SeloStoreUnderTest *store, char *directory)
{
    SeloStoreFixture *fixture = g_new0(SeloStoreFixture, 1);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    SeloAccountRequest request = { .struct_size = sizeof request, .user = SELO_STR("user") };

    fixture->store = store;
    fixture->directory = directory;
    fixture->conf = selo_test_conf_new(store->options, directory);
    g_assert_true(store->table->create(NULL, "test", fixture->conf, &fixture->self, NULL));
    fixture->instance =
        selo_instance_new(&(SeloInstanceOptions){ .name = "test",
                                                  .plugin = store->name,
                                                  .type = selo_interface_find("store"),
                                                  .table = store->table,
                                                  .self = fixture->self,
                                                  .conf = fixture->conf,
                                                  .model = store->model,
                                                  .n_threads = 8 });
    fixture->root = selo_call_new_root(NULL, "test", fixture->conf, NULL, NULL);
    answer = selo_store_ask(fixture, "account_open", &request);
    g_assert_cmpint(answer->status, ==, SELO_OK);
    fixture->account = ((const SeloAccountReply *) answer->reply)->account;
    return fixture;
}

SeloStoreFixture *
selo_store_fixture_new(const SeloStoreUnderTest *store)
{
    return make_fixture(store, selo_test_dir_new());
}

SeloStoreFixture *
selo_store_fixture_beside(const SeloStoreFixture *first)
{
    SeloStoreFixture *fixture = make_fixture(first->store, first->directory);

    fixture->directory = NULL;
    return fixture;
}

void
selo_store_fixture_free(SeloStoreFixture *fixture)
{
    SeloAccountRequest request = { .struct_size = sizeof request, .account = fixture->account };
    SeloStoreAnswer *answer = selo_store_ask(fixture, "account_close", &request);

    selo_store_answer_free(answer);
    selo_call_return(fixture->root, SELO_OK, NULL, NULL);
    selo_test_run_for(0);
    selo_call_unref(fixture->root);
    selo_instance_free(fixture->instance);
    fixture->store->table->destroy(fixture->self);
    selo_test_conf_free(fixture->conf);
    if (fixture->directory != NULL)
        selo_test_dir_free(fixture->directory);
    g_free(fixture);
}

/* ---- asking ---- */

static void
row_came(void *data, const void *row)
{
    SeloStoreAnswer *answer = data;

    g_ptr_array_add(answer->rows, selo_record_copy(answer->op->row, row));
}

static void
answer_came(void *data, SeloStatus status, const char *text, const void *reply)
{
    SeloStoreAnswer *answer = data;

    g_assert_false(answer->is_done);
    answer->status = status;
    answer->text = g_strdup(text);
    if (reply != NULL)
        answer->reply = selo_record_copy(answer->op->reply, reply);
    answer->is_done = TRUE;
}

SeloStoreAnswer *
selo_store_begin(SeloStoreFixture *fixture, const char *op, const void *request)
{
    SeloStoreAnswer *answer = g_new0(SeloStoreAnswer, 1);

    answer->op = selo_interface_op(selo_interface_find("store"), op);
    g_assert_nonnull(answer->op);
    answer->rows = g_ptr_array_new();
    selo_invoke(fixture->root, fixture->instance, op, request, row_came, answer_came, answer);
    return answer;
}

SeloStoreAnswer *
selo_store_ask(SeloStoreFixture *fixture, const char *op, const void *request)
{
    SeloStoreAnswer *answer = selo_store_begin(fixture, op, request);

    selo_test_wait(&answer->is_done);
    if (answer->status != SELO_OK)
        g_test_message("%s: status %d: %s", op, answer->status, answer->text);
    return answer;
}

void
selo_store_answer_free(SeloStoreAnswer *answer)
{
    for (guint i = 0; i < answer->rows->len; i++)
        selo_record_free(answer->op->row, g_ptr_array_index(answer->rows, i));
    g_ptr_array_unref(answer->rows);
    if (answer->reply != NULL)
        selo_record_free(answer->op->reply, answer->reply);
    g_free(answer->text);
    g_free(answer);
}

/* ---- short forms ---- */

void *
selo_store_open(SeloStoreFixture *fixture, const char *name, uint32_t flags)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = flags,
                               .account = fixture->account,
                               .name = SELO_STR(name) };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "box_open", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    return ((const SeloBoxInfo *) answer->reply)->box;
}

void
selo_store_close(SeloStoreFixture *fixture, void *box)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "box_close", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
}

SeloStatus
selo_store_box(SeloStoreFixture *fixture, const char *op, const char *name, const char *new_name,
               uint32_t flags)
{
    SeloBoxRequest request = { .struct_size = sizeof request,
                               .flags = flags,
                               .account = fixture->account,
                               .name = SELO_STR(name) };
    g_autoptr(SeloStoreAnswer) answer = NULL;

    if (new_name != NULL)
        request.new_name = SELO_STR(new_name);
    answer = selo_store_ask(fixture, op, &request);
    return answer->status;
}

uint32_t
selo_store_append(SeloStoreFixture *fixture, void *box, const char *message, uint32_t flags,
                  const char *keywords)
{
    g_auto(GStrv) words = g_strsplit(keywords != NULL ? keywords : "", " ", -1);
    g_autofree SeloStr *names = g_new(SeloStr, g_strv_length(words) + 1);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .flags = flags,
                            .message = { .octets = message,
                                         .size = strlen(message),
                                         .fd = { -1, 0 } },
                            .keywords = { names, keywords != NULL ? g_strv_length(words) : 0 } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 1 };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    for (size_t i = 0; i < item.keywords.n; i++)
        names[i] = SELO_STR(words[i]);
    answer = selo_store_ask(fixture, "msg_append", &request);
    g_assert_cmpint(answer->status, ==, SELO_OK);
    g_assert_cmpuint(answer->rows->len, ==, 1);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 1);
    return batch->new_uids[0];
}

static void
join_batch(SeloStoreState *state, const SeloMsgBatch *batch)
{
    g_array_append_vals(state->uids, batch->uids, batch->n);
    g_array_append_vals(state->flags, batch->flags, batch->n);
    g_array_append_vals(state->keywords, batch->keywords, batch->n);
    g_array_append_vals(state->modseqs, batch->modseqs, batch->n);
    g_array_append_vals(state->gone, batch->gone.v, (guint) batch->gone.n);
    for (size_t i = state->names->len; i < batch->keyword_names.n; i++)
        g_ptr_array_add(state->names, g_strndup(batch->keyword_names.v[i].s,
                                                batch->keyword_names.v[i].len));
    state->modseq = batch->modseq;
    state->uidvalidity = batch->uidvalidity;
    state->uidnext = batch->uidnext;
}

SeloStoreState *
selo_store_changes(SeloStoreFixture *fixture, void *box, uint64_t since)
{
    SeloStoreState *state = g_new0(SeloStoreState, 1);
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .since_modseq = since };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_changes", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    g_assert_cmpuint(answer->rows->len, >=, 1);
    state->uids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    state->flags = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    state->keywords = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    state->modseqs = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    state->gone = g_array_new(FALSE, FALSE, sizeof(SeloRange));
    state->names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < answer->rows->len; i++)
        join_batch(state, g_ptr_array_index(answer->rows, i));
    return state;
}

void
selo_store_state_free(SeloStoreState *state)
{
    g_array_unref(state->uids);
    g_array_unref(state->flags);
    g_array_unref(state->keywords);
    g_array_unref(state->modseqs);
    g_array_unref(state->gone);
    g_ptr_array_unref(state->names);
    g_free(state);
}

static void
print_message(GString *out, const SeloStoreState *state, guint i)
{
    static const struct {
        uint32_t flag;
        char letter;
    } letters[] = { { SELO_FLAG_DRAFT, 'D' },   { SELO_FLAG_FLAGGED, 'F' },
                    { SELO_FLAG_ANSWERED, 'R' }, { SELO_FLAG_SEEN, 'S' },
                    { SELO_FLAG_DELETED, 'T' },  { SELO_FLAG_RECENT, '*' } };
    uint32_t flags = g_array_index(state->flags, uint32_t, i);
    uint64_t keywords = g_array_index(state->keywords, uint64_t, i);

    g_string_append_printf(out, "%s%u:", out->len > 0 ? " " : "",
                           g_array_index(state->uids, uint32_t, i));
    for (size_t j = 0; j < G_N_ELEMENTS(letters); j++)
        if (flags & letters[j].flag)
            g_string_append_c(out, letters[j].letter);
    for (guint j = 0; j < state->names->len; j++)
        if (keywords >> j & 1)
            g_string_append_printf(out, " %s", (char *) g_ptr_array_index(state->names, j));
}

char *
selo_store_state_print(const SeloStoreState *state)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < state->uids->len; i++)
        print_message(out, state, i);
    for (guint i = 0; i < state->gone->len; i++) {
        const SeloRange *range = &g_array_index(state->gone, SeloRange, i);

        g_string_append_printf(out, i > 0 ? ",%u" : out->len > 0 ? " -%u" : "-%u", range->first);
        if (range->last != range->first)
            g_string_append_printf(out, ":%u", range->last);
    }
    return g_string_free(out, FALSE);
}
