/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-memory-store.c: the conformance suite against memory, and its faults.
 */
#include "config.h"

#include "plugins/memory/memory-store.h"
#include "tests/lib/selo-store-suite.h"
#include "tests/lib/selo-test.h"

#define OPTIONS(fail, hang, slow, full)                                                           \
    {                                                                                             \
        { "fail", 'l', fail }, { "hang", 'l', hang }, { "slow", 'l', slow },                      \
            { "delay", 'x', "30000" }, { "full", 'b', full }, { NULL, 0, NULL },                  \
    }

static const SeloTestOption sound_options[] = OPTIONS("", "", "", "no");
static const SeloTestOption faulty_options[] =
    OPTIONS("box_status,msg_flags", "box_list", "box_open", "no");
static const SeloTestOption full_options[] = OPTIONS("", "", "", "yes");

static const SeloStoreUnderTest sound = { "memory", &memory_store_table, SELO_MODEL_MAIN_LOOP,
                                          sound_options };
static const SeloStoreUnderTest faulty = { "memory", &memory_store_table, SELO_MODEL_MAIN_LOOP,
                                           faulty_options };
static const SeloStoreUnderTest full = { "memory", &memory_store_table, SELO_MODEL_MAIN_LOOP,
                                         full_options };

static void
test_fail(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&faulty);

    g_assert_cmpint(selo_store_box(fixture, "box_status", "INBOX", NULL, 0), ==, SELO_TEMPORARY);
    g_assert_cmpint(selo_store_box(fixture, "box_create", "Work", NULL, 0), ==, SELO_OK);
}

static void
test_hang(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&faulty);
    SeloBoxRequest request = { .struct_size = sizeof request, .account = fixture->account };
    SeloCall *root = fixture->root, *child = selo_call_new_child(root, "hanging");
    g_autoptr(SeloStoreAnswer) answer = NULL;

    fixture->root = child;
    answer = selo_store_begin(fixture, "box_list", &request);
    fixture->root = root;
    selo_test_run_for(50000);
    g_assert_false(answer->is_done);
    selo_call_stop(child);
    selo_test_wait(&answer->is_done);
    g_assert_cmpint(answer->status, ==, SELO_CANCELLED);
    selo_call_return(child, SELO_OK, NULL, NULL);
    selo_call_unref(child);
}

static void
test_slow(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&faulty);
    int64_t begun = g_get_monotonic_time();
    void *box = selo_store_open(fixture, "INBOX", 0);

    g_assert_cmpint(g_get_monotonic_time() - begun, >=, 30000);
    selo_store_close(fixture, box);
}

static void
test_full(void)
{
    g_autoptr(SeloStoreFixture) fixture = selo_store_fixture_new(&full);

    g_assert_cmpint(selo_store_box(fixture, "box_create", "Work", NULL, 0), ==, SELO_TEMPORARY);
    g_assert_cmpint(selo_store_box(fixture, "box_status", "INBOX", NULL, 0), ==, SELO_OK);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    selo_store_suite_add(&sound);
    g_test_add_func("/memory/faults/fail", test_fail);
    g_test_add_func("/memory/faults/hang", test_hang);
    g_test_add_func("/memory/faults/slow", test_slow);
    g_test_add_func("/memory/faults/full", test_full);
    return g_test_run();
}
