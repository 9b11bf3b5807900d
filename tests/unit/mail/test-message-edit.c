/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-message-edit.c: what filters want done to a message, applied.
 */
#include "config.h"

#include <string.h>

#include "server/mail/selo-filter-chain.h"
#include "server/mail/selo-message-edit.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name;
    SeloFilterAction actions[3]; /* until kind RESULT (0) */
    const char *want;
} EditCase;

#define MESSAGE "Received: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\n\r\nbody\r\n"
#define ACTION(what, index_, name_, value_)                                               \
    {                                                                                     \
        .struct_size = sizeof(SeloFilterAction), .kind = SELO_FILTER_DO_##what,           \
        .index = (index_), .name = { (name_), sizeof(name_) - 1 }, .value = {             \
            (value_), sizeof(value_) - 1                                                  \
        }                                                                                 \
    }
#define BODY(text)                                                                        \
    {                                                                                     \
        .struct_size = sizeof(SeloFilterAction), .kind = SELO_FILTER_DO_REPLACE_BODY,     \
        .blob = { .octets = (text), .size = sizeof(text) - 1 }                            \
    }

static const EditCase cases[] = {
    { "add",
      { ACTION(ADD_HEADER, 0, "X-New", "v") },
      "E\r\nReceived: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\nX-New: v\r\n\r\n"
      "body\r\n" },
    { "insert-above-ours",
      { ACTION(INSERT_HEADER, 0, "X-New", "v") },
      "E\r\nX-New: v\r\nReceived: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\n\r\n"
      "body\r\n" },
    { "insert-below-ours",
      { ACTION(INSERT_HEADER, 1, "X-New", "v") },
      "E\r\nReceived: ours\r\nX-New: v\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\n\r\n"
      "body\r\n" },
    { "change-second-of-a-name",
      { ACTION(CHANGE_HEADER, 2, "X-A", "changed") },
      "E\r\nReceived: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-A: changed\r\n\r\nbody\r\n" },
    { "delete-folded",
      { ACTION(CHANGE_HEADER, 1, "x-a", "") },
      "E\r\nReceived: ours\r\nSubject: one\r\nX-a: second\r\n\r\nbody\r\n" },
    { "deleted-fields-are-still-counted",
      { ACTION(CHANGE_HEADER, 1, "Subject", ""), ACTION(ADD_HEADER, 0, "Subject", "two") },
      "E\r\nReceived: ours\r\nX-A: first\r\n folded\r\nX-a: second\r\nSubject: two\r\n\r\nbody\r\n" },
    { "change-beyond-the-last-adds",
      { ACTION(CHANGE_HEADER, 1, "X-None", "v") },
      "E\r\nReceived: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\nX-None: v\r\n\r\n"
      "body\r\n" },
    { "value-folded-with-lf",
      { ACTION(CHANGE_HEADER, 1, "Subject", "a\n b") },
      "E\r\nReceived: ours\r\nSubject: a\r\n b\r\nX-A: first\r\n folded\r\nX-a: second\r\n\r\nbody\r\n" },
    { "value-that-would-be-a-field",
      { ACTION(CHANGE_HEADER, 1, "Subject", "a\r\nX-Forged: b\n\n") },
      "E\r\nReceived: ours\r\nSubject: a\r\n\tX-Forged: b\r\nX-A: first\r\n folded\r\nX-a: second\r\n"
      "\r\nbody\r\n" },
    { "body-in-two-rows",
      { BODY("new "), BODY("text\r\n") },
      "E\r\nReceived: ours\r\nSubject: one\r\nX-A: first\r\n folded\r\nX-a: second\r\n\r\nnew text\r\n" },
};

static void
test_edit(gconstpointer data)
{
    const EditCase *c = data;
    const SeloBlob message = { .octets = MESSAGE, .size = strlen(MESSAGE) };
    g_autoptr(GPtrArray) actions = g_ptr_array_new_with_free_func(selo_filter_action_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(SeloBlobWriter) writer = NULL;
    SeloBlob changed;
    char got[1024] = "";

    for (size_t i = 0; i < G_N_ELEMENTS(c->actions) && c->actions[i].kind != 0; i++)
        g_ptr_array_add(actions, selo_filter_action_copy(&c->actions[i]));
    g_assert_true(selo_message_edit_is_needed(actions));
    writer = selo_message_edit(SELO_STR("E\r\n"), &message, actions, &error);
    g_assert_no_error(error);
    g_assert_true(selo_blob_writer_end(writer, &changed, &error));
    selo_blob_read(&changed, 0, got, sizeof got - 1);
    g_assert_cmpstr(got, ==, c->want);
}

/* A NUL is an octet like others (RFC 5321 does not allow it, but it comes). */
static void
test_nul(void)
{
    static const char octets[] = "Subject: a\0b\r\nTo: c\r\n\r\nbody\r\n",
                      want[] = "Subject: a\0b\r\nTo: c\r\nX: v\r\n\r\nbody\r\n";
    const SeloBlob message = { .octets = octets, .size = sizeof octets - 1 };
    const SeloFilterAction action = ACTION(ADD_HEADER, 0, "X", "v");
    g_autoptr(GPtrArray) actions = g_ptr_array_new_with_free_func(selo_filter_action_free);
    g_autoptr(SeloBlobWriter) writer = NULL;
    SeloBlob changed;

    g_ptr_array_add(actions, selo_filter_action_copy(&action));
    writer = selo_message_edit(SELO_STR(""), &message, actions, NULL);
    g_assert_true(selo_blob_writer_end(writer, &changed, NULL));
    g_assert_cmpmem(changed.octets, changed.size, want, sizeof want - 1);
}

static void
test_nothing_to_do(void)
{
    g_autoptr(GPtrArray) actions = g_ptr_array_new();

    g_assert_false(selo_message_edit_is_needed(actions));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/mail/message-edit/nul", test_nul);
    g_test_add_func("/mail/edit/nothing", test_nothing_to_do);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/mail/edit/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_edit);
    }
    return g_test_run();
}
