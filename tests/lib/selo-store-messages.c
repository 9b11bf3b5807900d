/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-store-messages.c: conformance cases on appending, fetching, copying and moving.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-store-cases.h"

#define MESSAGE "Subject: x\r\n\r\nbody\r\n"

static SeloStoreAnswer *
fetch(SeloStoreFixture *fixture, void *box, uint32_t first, uint32_t last, uint32_t fields)
{
    SeloRange range = { first, last };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .fields = fields,
                               .account = fixture->account,
                               .box = box,
                               .uids = { &range, 1 } };
    SeloStoreAnswer *answer = selo_store_ask(fixture, "msg_fetch", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    return answer;
}

static GBytes *
read_blob(const SeloBlob *blob)
{
    char *octets = g_malloc(blob->size + 1);
    uint64_t filled = 0;
    int64_t got;

    while ((got = selo_blob_read(blob, filled, octets + filled, blob->size - filled)) > 0)
        filled += (uint64_t) got;
    g_assert_cmpint(got, ==, 0);
    g_assert_cmpuint(filled, ==, blob->size);
    return g_bytes_new_take(octets, filled);
}

/* The body of one message is @want. */
static void
assert_body(SeloStoreFixture *fixture, void *box, uint32_t uid, const char *want, size_t size)
{
    g_autoptr(SeloStoreAnswer) answer =
        fetch(fixture, box, uid, uid, SELO_MSG_BODY | SELO_MSG_SIZE);
    const SeloMsg *row;
    g_autoptr(GBytes) body = NULL;

    g_assert_cmpuint(answer->rows->len, ==, 1);
    row = g_ptr_array_index(answer->rows, 0);
    body = read_blob(&row->body);
    g_assert_cmpmem(g_bytes_get_data(body, NULL), g_bytes_get_size(body), want, size);
    g_assert_cmpuint(row->size, ==, size);
}

static void
assert_state(SeloStoreFixture *fixture, void *box, const char *want)
{
    g_autoptr(SeloStoreState) state = selo_store_changes(fixture, box, 0);
    g_autofree char *got = selo_store_state_print(state);

    g_assert_cmpstr(got, ==, want);
}

/* ---- append ---- */

static void
append_numbers(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);

    for (uint32_t uid = 1; uid <= 5; uid++)
        g_assert_cmpuint(selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL), ==, uid);
    assert_state(fixture, box, "1:S 2:S 3:S 4:S 5:S");
    selo_store_close(fixture, box);
}

static void
append_flags(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);

    selo_store_append(fixture, box, MESSAGE,
                      SELO_FLAG_SEEN | SELO_FLAG_ANSWERED | SELO_FLAG_FLAGGED | SELO_FLAG_DELETED
                          | SELO_FLAG_DRAFT,
                      NULL);
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_FLAGGED, "$Forwarded Later");
    assert_state(fixture, box, "1:DFRST 2:F $Forwarded Later");
    selo_store_close(fixture, box);
}

static void
append_only(SeloStoreFixture *fixture)
{
    void *target = selo_store_open(fixture, "INBOX", SELO_BOX_APPEND_ONLY);
    void *box;

    g_assert_cmpuint(selo_store_append(fixture, target, MESSAGE, 0, NULL), ==, 1);
    g_assert_cmpuint(selo_store_append(fixture, target, MESSAGE, SELO_FLAG_SEEN, "word"), ==, 2);
    box = selo_store_open(fixture, "INBOX", 0);
    assert_state(fixture, box, "1:* 2:S word");
    g_assert_cmpuint(selo_store_append(fixture, target, MESSAGE, SELO_FLAG_SEEN, NULL), ==, 3);
    assert_state(fixture, box, "1:* 2:S word 3:S");
    selo_store_close(fixture, target);
    selo_store_close(fixture, box);
}

static void
append_several(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .flags = SELO_FLAG_SEEN,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item, &item, &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 3 };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_append", &request);
    const SeloMsgBatch *batch;

    g_assert_cmpint(answer->status, ==, SELO_OK);
    g_assert_cmpuint(answer->rows->len, ==, 1);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 3);
    g_assert_cmpuint(batch->new_uids[0], ==, 1);
    g_assert_cmpuint(batch->new_uids[2], ==, 3);
    g_assert_cmpuint(batch->uidvalidity, >, 0);
    selo_store_close(fixture, box);
}

static void
append_date(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } },
                            .internal_date = { G_GINT64_CONSTANT(1000000000) * G_USEC_PER_SEC } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 1 };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_append", &request);
    g_autoptr(SeloStoreAnswer) fetched = NULL;
    const SeloMsg *row;

    g_assert_cmpint(answer->status, ==, SELO_OK);
    fetched = fetch(fixture, box, 1, 1, SELO_MSG_DATES);
    row = g_ptr_array_index(fetched->rows, 0);
    g_assert_cmpint(row->internal_date.usec, ==, item.internal_date.usec);
    g_assert_cmpint(row->save_date.usec, >, item.internal_date.usec);
    selo_store_close(fixture, box);
}

static uint32_t
deliver(SeloStoreFixture *fixture, void *box, const char *id)
{
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } },
                            .delivery_id = SELO_STR(id) };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 1 };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_append", &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    return ((const SeloMsgBatch *) g_ptr_array_index(answer->rows, 0))->new_uids[0];
}

static void
append_idempotent(SeloStoreFixture *fixture)
{
    void *target = selo_store_open(fixture, "INBOX", SELO_BOX_APPEND_ONLY);
    void *box;

    g_assert_cmpuint(deliver(fixture, target, "one"), ==, 1);
    g_assert_cmpuint(deliver(fixture, target, "two"), ==, 2);
    g_assert_cmpuint(deliver(fixture, target, "one"), ==, 1);
    box = selo_store_open(fixture, "INBOX", 0);
    g_assert_cmpuint(deliver(fixture, box, "two"), ==, 2);
    g_assert_cmpuint(deliver(fixture, box, "three"), ==, 3);
    assert_state(fixture, box, "1:* 2:* 3:*");
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
append_too_many_keywords(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    SeloStr bad = SELO_STR("not an atom");
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } },
                            .keywords = { &bad, 1 } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .box = box,
                                  .items = items,
                                  .n = 1 };
    g_autoptr(SeloStoreAnswer) answer = selo_store_ask(fixture, "msg_append", &request);

    g_assert_cmpint(answer->status, ==, SELO_INVALID);
    assert_state(fixture, box, "");
    selo_store_close(fixture, box);
}

/* ---- fetch ---- */

static void
fetch_bodies(SeloStoreFixture *fixture)
{
    static const char *const messages[] = {
        MESSAGE, "\r\n", "Subject: no body\r\n\r\n", "no header", "a\r\n\r\nno end of line",
        "a\r\n\r\nlone \r return\r\r\n.\r\n", "x: y\r\n z\r\n\r\n\r\n\r\n",
    };
    void *box = selo_store_open(fixture, "INBOX", 0);

    for (uint32_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_assert_cmpuint(selo_store_append(fixture, box, messages[i], 0, NULL), ==, i + 1);
        assert_body(fixture, box, i + 1, messages[i], strlen(messages[i]));
    }
    selo_store_close(fixture, box);
}

static void
fetch_large(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autoptr(GString) message = g_string_new("Subject: large\r\n\r\n");

    for (unsigned i = 0; i < 40000; i++)
        g_string_append_printf(message, "line %u of a message that is not small\r\n", i);
    selo_store_append(fixture, box, message->str, 0, NULL);
    assert_body(fixture, box, 1, message->str, message->len);
    selo_store_close(fixture, box);
}

static void
fetch_header(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    g_autoptr(SeloStoreAnswer) answer = NULL;
    g_autoptr(GBytes) header = NULL, bare = NULL;

    selo_store_append(fixture, box, "A: b\r\nC: d\r\n\r\nbody\r\n\r\n", 0, NULL);
    selo_store_append(fixture, box, "A: only\r\n", 0, NULL);
    answer = fetch(fixture, box, 1, 2, SELO_MSG_HEADER);
    g_assert_cmpuint(answer->rows->len, ==, 2);
    header = read_blob(&((const SeloMsg *) g_ptr_array_index(answer->rows, 0))->header);
    bare = read_blob(&((const SeloMsg *) g_ptr_array_index(answer->rows, 1))->header);
    g_assert_cmpmem(g_bytes_get_data(header, NULL), g_bytes_get_size(header),
                    "A: b\r\nC: d\r\n\r\n", 14);
    g_assert_cmpmem(g_bytes_get_data(bare, NULL), g_bytes_get_size(bare), "A: only\r\n", 9);
    selo_store_close(fixture, box);
}

static void
fetch_part(SeloStoreFixture *fixture)
{
    SeloRange range = { 1, 1 };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .fields = SELO_MSG_BODY,
                               .account = fixture->account,
                               .uids = { &range, 1 },
                               .body_offset = 12,
                               .body_size = 5 };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    g_autoptr(GBytes) part = NULL;

    request.box = selo_store_open(fixture, "INBOX", 0);
    selo_store_append(fixture, request.box, MESSAGE, 0, NULL);
    answer = selo_store_ask(fixture, "msg_fetch", &request);
    part = read_blob(&((const SeloMsg *) g_ptr_array_index(answer->rows, 0))->body);
    g_assert_cmpmem(g_bytes_get_data(part, NULL), g_bytes_get_size(part), MESSAGE + 12, 5);
    selo_store_close(fixture, request.box);
}

static void
fetch_sparse(SeloStoreFixture *fixture)
{
    SeloRange ranges[] = { { 2, 3 }, { 5, 5 }, { 8, 4000000000u } };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .fields = SELO_MSG_FLAGS,
                               .account = fixture->account,
                               .uids = { ranges, G_N_ELEMENTS(ranges) } };
    g_autoptr(SeloStoreAnswer) answer = NULL;
    static const uint32_t want[] = { 2, 3, 5 };

    request.box = selo_store_open(fixture, "INBOX", 0);
    for (unsigned i = 0; i < 6; i++)
        selo_store_append(fixture, request.box, MESSAGE, 0, NULL);
    answer = selo_store_ask(fixture, "msg_fetch", &request);
    g_assert_cmpuint(answer->rows->len, ==, G_N_ELEMENTS(want));
    for (guint i = 0; i < answer->rows->len; i++)
        g_assert_cmpuint(((const SeloMsg *) g_ptr_array_index(answer->rows, i))->uid, ==, want[i]);
    selo_store_close(fixture, request.box);
}

/* ---- copy and move ---- */

static SeloStoreAnswer *
transfer(SeloStoreFixture *fixture, const char *op, void *box, void *target, uint32_t first,
         uint32_t last)
{
    SeloRange range = { first, last };
    SeloMsgRequest request = { .struct_size = sizeof request,
                               .account = fixture->account,
                               .box = box,
                               .target = target,
                               .uids = { &range, 1 } };
    SeloStoreAnswer *answer = selo_store_ask(fixture, op, &request);

    g_assert_cmpint(answer->status, ==, SELO_OK);
    g_assert_cmpuint(answer->rows->len, ==, 1);
    return answer;
}

static void *
open_new(SeloStoreFixture *fixture, const char *name)
{
    g_assert_cmpint(selo_store_box(fixture, "box_create", name, NULL, 0), ==, SELO_OK);
    return selo_store_open(fixture, name, SELO_BOX_KEEP_RECENT);
}

static void
copy(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    void *target = open_new(fixture, "Copy");
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    selo_store_append(fixture, target, MESSAGE, SELO_FLAG_SEEN, "other");
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_FLAGGED, "first second");
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_DRAFT, NULL);
    answer = transfer(fixture, "msg_copy", box, target, 1, 9);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 2);
    g_assert_cmpuint(batch->uids[1], ==, 2);
    g_assert_cmpuint(batch->new_uids[1], ==, 3);
    assert_state(fixture, box, "1:F first second 2:D");
    assert_state(fixture, target, "1:S other 2:F first second 3:D");
    assert_body(fixture, target, 2, MESSAGE, strlen(MESSAGE));
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static char *
email_id(SeloStoreFixture *fixture, void *box, uint32_t uid)
{
    g_autoptr(SeloStoreAnswer) answer = fetch(fixture, box, uid, uid, SELO_MSG_IDS);
    const SeloMsg *row = g_ptr_array_index(answer->rows, 0);

    return g_strndup(row->email_id.s, row->email_id.len);
}

static void
copy_keeps_identity(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0), *target = open_new(fixture, "Copy");
    g_autofree char *first = NULL, *second = NULL, *other = NULL, *third = NULL;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    selo_store_answer_free(transfer(fixture, "msg_copy", box, target, 1, 1));
    selo_store_answer_free(transfer(fixture, "msg_copy", target, target, 1, 1));
    first = email_id(fixture, box, 1);
    other = email_id(fixture, box, 2);
    second = email_id(fixture, target, 1);
    third = email_id(fixture, target, 2);
    g_assert_cmpstr(first, ==, second);
    g_assert_cmpstr(first, ==, third);
    g_assert_cmpstr(first, !=, other);
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
copy_nothing(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0), *target = open_new(fixture, "Copy");
    g_autoptr(SeloStoreAnswer) answer = transfer(fixture, "msg_copy", box, target, 1, 9);

    g_assert_cmpuint(((const SeloMsgBatch *) g_ptr_array_index(answer->rows, 0))->n, ==, 0);
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
copy_many(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0), *target = open_new(fixture, "Copy");
    uint32_t n = 1;

    selo_store_append(fixture, box, MESSAGE, SELO_FLAG_SEEN, NULL);
    for (; n < 1000; n *= 2)
        selo_store_answer_free(transfer(fixture, "msg_copy", box, box, 1, n));
    {
        g_autoptr(SeloStoreAnswer) answer = transfer(fixture, "msg_copy", box, target, 1, n);
        const SeloMsgBatch *batch = g_ptr_array_index(answer->rows, 0);

        g_assert_cmpuint(batch->n, ==, n);
        g_assert_cmpuint(batch->new_uids[n - 1], ==, n);
    }
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
move(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", SELO_BOX_KEEP_RECENT);
    void *target = open_new(fixture, "Moved");
    g_autoptr(SeloStoreAnswer) answer = NULL;
    const SeloMsgBatch *batch;

    for (unsigned i = 0; i < 3; i++)
        selo_store_append(fixture, box, MESSAGE, SELO_FLAG_ANSWERED, "word");
    answer = transfer(fixture, "msg_move", box, target, 2, 2);
    batch = g_ptr_array_index(answer->rows, 0);
    g_assert_cmpuint(batch->n, ==, 1);
    g_assert_cmpuint(batch->uids[0], ==, 2);
    g_assert_cmpuint(batch->new_uids[0], ==, 1);
    assert_state(fixture, box, "1:R word 3:R word");
    assert_state(fixture, target, "1:R word");
    assert_body(fixture, target, 1, MESSAGE, strlen(MESSAGE));
    selo_store_close(fixture, box);
    selo_store_close(fixture, target);
}

static void
parallel_appends(SeloStoreFixture *fixture)
{
    void *box = selo_store_open(fixture, "INBOX", 0);
    SeloAppendItem item = { .struct_size = sizeof item,
                            .message = { .octets = MESSAGE,
                                         .size = strlen(MESSAGE),
                                         .fd = { -1, 0 } } };
    const SeloAppendItem *items[] = { &item };
    SeloAppendRequest request = { .struct_size = sizeof request,
                                  .account = fixture->account,
                                  .items = items,
                                  .n = 1 };
    SeloStoreAnswer *answers[20];
    void *boxes[G_N_ELEMENTS(answers)];
    uint64_t seen = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        request.box = boxes[i] = selo_store_open(fixture, "INBOX", SELO_BOX_APPEND_ONLY);
        answers[i] = selo_store_begin(fixture, "msg_append", &request);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        while (!answers[i]->is_done)
            g_main_context_iteration(selo_context(), TRUE);
        g_assert_cmpint(answers[i]->status, ==, SELO_OK);
        seen |= G_GUINT64_CONSTANT(1)
                << ((const SeloMsgBatch *) g_ptr_array_index(answers[i]->rows, 0))->new_uids[0];
        selo_store_answer_free(answers[i]);
        selo_store_close(fixture, boxes[i]);
    }
    g_assert_cmphex(seen, ==, 0x1ffffe);
    selo_store_close(fixture, box);
}

const SeloStoreCase selo_store_message_cases[] = {
    { "append/numbers", append_numbers },
    { "append/flags", append_flags },
    { "append/only", append_only },
    { "append/several", append_several },
    { "append/date", append_date },
    { "append/idempotent", append_idempotent },
    { "append/bad-keyword", append_too_many_keywords },
    { "append/parallel", parallel_appends },
    { "fetch/bodies", fetch_bodies },
    { "fetch/large", fetch_large },
    { "fetch/header", fetch_header },
    { "fetch/part", fetch_part },
    { "fetch/sparse", fetch_sparse },
    { "copy/plain", copy },
    { "copy/keeps-identity", copy_keeps_identity },
    { "copy/nothing", copy_nothing },
    { "copy/many", copy_many },
    { "move/plain", move },
    { NULL, NULL },
};
