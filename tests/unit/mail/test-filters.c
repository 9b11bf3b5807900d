/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-filters.c: what one filter says and what it means for the others and for the delivery.
 */
#include "config.h"

#include "server/mail/selo-delivery.h"
#include "tests/lib/selo-test.h"
#include "tests/unit/mail/fake-world.h"

static SeloFilterOutcome outcome;
static gboolean is_told;

static void
told(void *data, const SeloFilterOutcome *result)
{
    outcome = *result;
    is_told = TRUE;
}

static void
run_stage(SeloTransaction *tx, const char *stage)
{
    const SeloFilterStage request = { .struct_size = sizeof request };

    is_told = FALSE;
    selo_filters_run(world.peer, tx, stage, &request, world.peer->root, told, NULL);
    selo_test_wait(&is_told);
}

/* Whoever leaves, leaves alone, and from then on. */
static void
test_leave_session(void)
{
    world_set_up();
    world.verdict = SELO_FILTER_VERDICT_LEAVE_SESSION;
    run_stage(NULL, "connect");
    run_stage(world.tx, "message");
    g_assert_cmpuint(world.n_one, ==, 1);
    g_assert_cmpuint(world.n_two, ==, 2);
    world_tear_down();
}

static void
test_leave_message(void)
{
    world_set_up();
    world.verdict = SELO_FILTER_VERDICT_LEAVE_MESSAGE;
    run_stage(world.tx, "message");
    run_stage(world.tx, "message");
    g_assert_cmpuint(world.n_one, ==, 1);
    g_assert_cmpuint(world.n_two, ==, 2);
    run_stage(NULL, "connect"); /* another message would be heard again */
    g_assert_cmpuint(world.n_one, ==, 2);
    world_tear_down();
}

static void
test_discard(void)
{
    world_set_up();
    world.verdict = SELO_FILTER_VERDICT_DISCARD;
    run_stage(world.tx, "message");
    g_assert_true(outcome.is_discarded);
    g_assert_cmpuint(world.n_two, ==, 0); /* that one is final */
    world_tear_down();
}

/* ---- delivery ---- */

static void
delivered(void *data)
{
    is_told = TRUE;
}

static void
deliver(void)
{
    is_told = FALSE;
    world.tx->delivery = selo_delivery_start(world.tx, delivered, NULL);
    selo_test_wait(&is_told);
}

static SeloMailCause
fate(void)
{
    const SeloTransactionRecipient *ann = g_ptr_array_index(world.tx->recipients, 0);

    return ann->cause;
}

static void
test_fileinto(void)
{
    world_set_up();
    world.fileinto = "Archive";
    deliver();
    g_assert_cmpstr(world.appended->str, ==, "Archive ");
    g_assert_cmpint(fate(), ==, SELO_MAIL_OK);
    world_tear_down();
}

static void
test_fileinto_missing(void)
{
    world_set_up();
    world.fileinto = "lost";
    deliver();
    g_assert_cmpstr(world.appended->str, ==, "lost INBOX ");
    g_assert_cmpint(fate(), ==, SELO_MAIL_OK);
    world_tear_down();
}

static void
test_deleted(void)
{
    const SeloFilterAction action = { .struct_size = sizeof action,
                                      .kind = SELO_FILTER_DO_DELETE_RCPT,
                                      .value = SELO_STR("Ann@example.org") };

    world_set_up();
    g_ptr_array_add(world.tx->changes, selo_filter_action_copy(&action));
    deliver();
    g_assert_cmpstr(world.appended->str, ==, "");
    g_assert_cmpint(fate(), ==, SELO_MAIL_OK);
    world_tear_down();
}

/* What must not reach a mailbox does not, and stays with the client. */
static void
test_quarantine(void)
{
    world_set_up();
    world.verdict = SELO_FILTER_VERDICT_QUARANTINE;
    deliver();
    g_assert_cmpstr(world.appended->str, ==, "");
    g_assert_cmpint(fate(), !=, SELO_MAIL_OK);
    world_tear_down();
}

/* The session goes, in this order, while a filter still thinks; then while an append is under way. */
static void
test_abandoned(gconstpointer holds_filter)
{
    SeloDelivery *delivery;

    world_set_up();
    world.holds_filter = GPOINTER_TO_INT(holds_filter);
    delivery = selo_delivery_start(world.tx, delivered, NULL);
    while (!world.holds_filter && world.appended->len == 0)
        g_main_context_iteration(NULL, FALSE);
    is_told = FALSE;
    selo_delivery_cancel(delivery);
    selo_call_stop(world.tx->call);
    g_clear_pointer(&world.tx, selo_transaction_unref);
    g_clear_pointer(&world.peer, selo_mail_peer_unref);
    selo_test_run_for(1000);
    g_assert_false(is_told);
    world_tear_down();
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/mail/filters/leave-session", test_leave_session);
    g_test_add_func("/mail/filters/leave-message", test_leave_message);
    g_test_add_func("/mail/filters/discard", test_discard);
    g_test_add_func("/mail/filters/fileinto", test_fileinto);
    g_test_add_func("/mail/filters/fileinto-missing", test_fileinto_missing);
    g_test_add_func("/mail/filters/deleted", test_deleted);
    g_test_add_func("/mail/filters/quarantine", test_quarantine);
    g_test_add_data_func("/mail/filters/abandoned/filter", GINT_TO_POINTER(TRUE), test_abandoned);
    g_test_add_data_func("/mail/filters/abandoned/append", GINT_TO_POINTER(FALSE), test_abandoned);
    return g_test_run();
}
