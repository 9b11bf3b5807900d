/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-session.c: see fake-session.h.
 */
#include "config.h"

#include "tests/unit/mailbox/fake-session.h"

#include <string.h>

#include "server/mailbox/selo-account-private.h"
#include "tests/lib/selo-test.h"

FakeStore *store;
static SeloRole role;

static void
session_returned(void *data, SeloStatus status, const char *text, const void *reply)
{
    ((Session *) data)->has_returned = TRUE;
}

void
done(void *data, SeloStatus status, const char *text, const void *reply)
{
    Session *session = data;

    session->status = status;
    session->is_done = TRUE;
    session->n_done++;
}

SeloStatus
wait_done(Session *session)
{
    selo_test_wait(&session->is_done);
    session->is_done = FALSE;
    return session->status;
}

static void
account_opened(void *data, SeloStatus status, const char *text, SeloAccount *account)
{
    ((Session *) data)->account = account;
    done(data, status, text, NULL);
}

void
view_opened(void *data, SeloStatus status, const char *text, SeloView *view)
{
    ((Session *) data)->view = view;
    done(data, status, text, NULL);
}

void
begin(Session *session)
{
    SeloHomeUser user = { .user = (char *) "ann" };

    *session = (Session){ .heard = g_string_new(NULL) };
    session->call = selo_call_new_root(&role, "s.1", NULL, session_returned, session);
    selo_account_open_in(session->call, fake_store_instance(store), &user, account_opened, session);
    g_assert_cmpint(wait_done(session), ==, SELO_OK);
    g_assert_nonnull(session->account);
}

void
open_box(Session *session, const char *name, uint32_t flags)
{
    selo_view_open(session->account, session->call, (SeloStr){ name, strlen(name) }, flags,
                   view_opened, session);
    g_assert_cmpint(wait_done(session), ==, SELO_OK);
}

void
end(Session *session)
{
    selo_view_free(session->view);
    selo_account_unref(session->account);
    selo_call_return(session->call, SELO_OK, NULL, NULL);
    selo_call_unref(session->call);
    selo_test_wait(&session->has_returned);
    g_string_free(session->heard, TRUE);
}

void
set_up(void)
{
    role = (SeloRole){ .kind = SELO_ROLE_WORKER,
                       .loop = selo_loop_get(),
                       .temp_dir = g_get_tmp_dir() };
    store = fake_store_new(&role);
}

static void
role_closed(void *data)
{
    *(gboolean *) data = TRUE;
}

void
tear_down(void)
{
    gboolean is_closed = FALSE;

    selo_home_close_role(&role, role_closed, &is_closed);
    selo_test_wait(&is_closed);
    g_assert_cmpuint(fake_store_n_calls(store, "account_close"), ==,
                     fake_store_n_calls(store, "account_open"));
    fake_store_free(store);
}

static void
never_closed(void *data)
{
    g_assert_not_reached();
}

void
begin_to_close(void)
{
    selo_home_close_role(&role, never_closed, NULL);
}

void
tear_down_at_once(void)
{
    selo_home_forget_role(&role);
    selo_test_run_for(1000);
    fake_store_free(store);
}
