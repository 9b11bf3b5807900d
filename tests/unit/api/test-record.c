/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-record.c: copies of records share nothing with what they were made from.
 */
#include "config.h"

#include <fcntl.h>
#include <selo/filter.h>
#include <selo/store.h>
#include <string.h>
#include <unistd.h>

#include "api/lib/selo-interface.h"

#include "tests/lib/selo-test.h"

static const SeloRecordType *
request_of(const char *interface, const char *op)
{
    return selo_interface_op(selo_interface_find(interface), op)->request;
}

static void
test_find(void)
{
    static const char *const names[] = { "authenticator", "filter",    "observer", "table",
                                         "store",         "transport", "protocol" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const SeloInterfaceType *type = selo_interface_find(names[i]);

        g_assert_cmpstr(type->name, ==, names[i]);
        for (size_t j = 0; j < type->n_ops; j++) {
            g_assert_true(selo_interface_op(type, type->ops[j].name) == &type->ops[j]);
            g_assert_nonnull(type->ops[j].request);
        }
    }
    g_assert_null(selo_interface_find("nothing"));
    g_assert_null(selo_interface_op(selo_interface_find("filter"), "nothing"));
}

static void
test_texts(void)
{
    char client[] = "192.0.2.1", first[] = "a@b.example", second[] = "", octets[] = "message";
    SeloStr recipients[] = { { first, strlen(first) }, { second, 0 }, { NULL, 0 } };
    SeloFilterStage stage = { .struct_size = sizeof stage,
                              .flags = 7,
                              .client_ip = { client, strlen(client) },
                              .recipients = { recipients, 3 },
                              .arrived = { 123456 },
                              .message = {
                                  .octets = octets, .size = strlen(octets), .fd = { -1, 0 } } };
    const SeloRecordType *type = request_of("filter", "message");
    SeloFilterStage *copied = selo_record_copy(type, &stage),
                    *borrowing = selo_record_copy_but_blobs(type, &stage);

    g_assert_true(borrowing->message.octets == octets);
    memset(client, 'x', strlen(client));
    memset(first, 'x', strlen(first));
    memset(octets, 'x', strlen(octets));
    memset(recipients, 0, sizeof recipients);
    g_assert_cmpint(copied->flags, ==, 7);
    g_assert_cmpstr(copied->client_ip.s, ==, "192.0.2.1");
    g_assert_cmpint(copied->client_ip.len, ==, 9);
    g_assert_null(copied->helo.s);
    g_assert_cmpint(copied->recipients.n, ==, 3);
    g_assert_cmpstr(copied->recipients.v[0].s, ==, "a@b.example");
    g_assert_cmpstr(copied->recipients.v[1].s, ==, "");
    g_assert_null(copied->recipients.v[2].s);
    g_assert_cmpint(copied->arrived.usec, ==, 123456);
    g_assert_cmpstr(copied->message.octets, ==, "message");
    selo_record_free(type, copied);
    selo_record_free(type, borrowing);
    selo_record_free(type, NULL);
    g_assert_null(selo_record_copy(type, NULL));
}

/* A record of an older plugin is shorter: what it does not have is unset. */
static void
test_shorter(void)
{
    SeloFilterStage stage = { .struct_size = offsetof(SeloFilterStage, client_ip),
                              .session = SELO_STR("s"),
                              .client_ip = SELO_STR("beyond"),
                              .recipients = { (void *) 1, 99 } };
    const SeloRecordType *type = request_of("filter", "connect");
    SeloFilterStage *copied = selo_record_copy(type, &stage);

    g_assert_cmpstr(copied->session.s, ==, "s");
    g_assert_null(copied->client_ip.s);
    g_assert_cmpint(copied->recipients.n, ==, 0);
    g_assert_false(SELO_HAS(copied, client_ip));
    selo_record_free(type, copied);
}

static void
test_nested_blobs(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    g_autofree char *file = g_build_filename(dir, "message", NULL);
    SeloAppendItem item = { .struct_size = sizeof item, .flags = SELO_FLAG_SEEN };
    const SeloAppendItem *items[] = { &item, &item };
    SeloAppendRequest request = {
        .struct_size = sizeof request, .account = dir, .items = items, .n = 2
    };
    const SeloRecordType *type = request_of("store", "msg_append");
    SeloAppendRequest *copied;
    char octets[8] = "";
    int fd, copied_fd;

    g_assert_true(g_file_set_contents(file, "0123456789", -1, NULL));
    fd = open(file, O_RDONLY | O_CLOEXEC);
    item.message = (SeloBlob){ .size = 5, .offset = 3, .fd = { fd, 0 } };
    copied = selo_record_copy(type, &request);
    close(fd);
    g_assert_true(copied->account == dir);
    g_assert_cmpint(copied->n, ==, 2);
    g_assert_true(copied->items[0] != copied->items[1]);
    g_assert_cmpint(copied->items[1]->flags, ==, SELO_FLAG_SEEN);
    g_assert_cmpint(selo_blob_read(&copied->items[1]->message, 1, octets, sizeof octets), ==, 4);
    g_assert_cmpmem(octets, 4, "4567", 4);
    g_assert_cmpint(selo_blob_read(&copied->items[1]->message, 5, octets, sizeof octets), ==, 0);
    copied_fd = copied->items[0]->message.fd.fd;
    selo_record_free(type, copied);
    g_assert_cmpint(fcntl(copied_fd, F_GETFD), ==, -1);
}

static void
test_columns(void)
{
    enum { N = 1000 };
    uint32_t uids[N], flags[N];
    uint64_t keywords[N];
    SeloRange gone[] = { { 1, 2 }, { 5, 5 } };
    SeloStr names[] = { SELO_STR("$Junk") };
    SeloMsgBatch batch = { .struct_size = sizeof batch,
                           .n = N,
                           .uids = uids,
                           .flags = flags,
                           .keywords = keywords,
                           .keyword_names = { names, 1 },
                           .gone = { gone, 2 },
                           .modseq = 77 };
    const SeloRecordType *type =
        selo_interface_op(selo_interface_find("store"), "msg_changes")->row;
    SeloMsgBatch *copied;

    for (uint32_t i = 0; i < N; i++) {
        uids[i] = i + 1;
        flags[i] = i;
        keywords[i] = (uint64_t) i << 40;
    }
    copied = selo_record_copy(type, &batch);
    memset(uids, 0, sizeof uids);
    memset(flags, 0, sizeof flags);
    memset(keywords, 0, sizeof keywords);
    memset(gone, 0, sizeof gone);
    for (uint32_t i = 0; i < N; i++) {
        g_assert_cmpint(copied->uids[i], ==, i + 1);
        g_assert_cmpint(copied->flags[i], ==, i);
        g_assert_cmpint(copied->keywords[i], ==, (uint64_t) i << 40);
    }
    g_assert_null(copied->new_uids);
    g_assert_null(copied->modseqs);
    g_assert_cmpint(copied->gone.v[1].first, ==, 5);
    g_assert_cmpstr(copied->keyword_names.v[0].s, ==, "$Junk");
    g_assert_cmpint(copied->modseq, ==, 77);
    selo_record_free(type, copied);
}

static void
test_text_row(void)
{
    SeloStr text = SELO_STR("ann"), *copied = selo_record_copy(&selo_str_record, &text);

    g_assert_cmpstr(copied->s, ==, "ann");
    g_assert_true(copied->s != text.s);
    selo_record_free(&selo_str_record, copied);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/api/interface/find", test_find);
    g_test_add_func("/api/record/texts", test_texts);
    g_test_add_func("/api/record/shorter", test_shorter);
    g_test_add_func("/api/record/nested-blobs", test_nested_blobs);
    g_test_add_func("/api/record/columns", test_columns);
    g_test_add_func("/api/record/text-row", test_text_row);
    return g_test_run();
}
