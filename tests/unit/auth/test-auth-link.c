/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-auth-link.c: lookups and password checks over a channel: names, order, cache, an auth role
 * that comes late or dies.
 */
#include "config.h"

#include <string.h>

#include "tests/lib/selo-test.h"
#include "tests/unit/auth/fake-world.h"

typedef struct {
    gboolean is_done;
    SeloStatus status;
    char *user, *text;
    uint64_t quota_octets;
    size_t n_attributes;
} Answer;

static void
answer_clear(Answer *answer)
{
    g_free(answer->user);
    g_free(answer->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)

static void
looked_up(void *data, SeloStatus status, const char *text, const void *reply)
{
    Answer *answer = data;
    const SeloAuthUser *user = reply;

    g_assert_false(answer->is_done);
    answer->is_done = TRUE;
    answer->status = status;
    answer->text = g_strdup(text);
    answer->user = user != NULL ? g_strdup(user->user.s) : NULL;
    answer->quota_octets = user != NULL ? user->quota_octets : 0;
}

static void
checked(void *data, SeloStatus status, const char *text, const void *reply)
{
    Answer *answer = data;
    const SeloAuthIdentity *identity = reply;

    answer->is_done = TRUE;
    answer->status = status;
    answer->user = identity != NULL ? g_strdup(identity->user.s) : NULL;
    answer->n_attributes = identity != NULL ? identity->attributes.n : 0;
}

static void
lookup(Answer *answer, const char *auth, const char *name)
{
    answer_clear(answer);
    *answer = (Answer){ FALSE };
    selo_auth_client_lookup(world.role.auth, world.session, auth, (SeloStr){ name, strlen(name) },
                            looked_up, answer);
    g_assert_false(answer->is_done);
    selo_test_wait(&answer->is_done);
}

static void
test_names(void)
{
    g_auto(Answer) answer = { FALSE };

    world_set_up();
    lookup(&answer, NULL, "ann");
    g_assert_cmpstr(answer.user, ==, "ann");
    g_assert_cmpuint(answer.quota_octets, ==, G_MAXUINT64);
    lookup(&answer, NULL, "ann@example.org"); /* a domain of ours */
    g_assert_cmpstr(answer.user, ==, "ann");
    lookup(&answer, NULL, "ann@elsewhere.example");
    g_assert_cmpint(answer.status, ==, SELO_NOT_FOUND);
    lookup(&answer, NULL, "bob"); /* the second one's default domain */
    g_assert_cmpstr(answer.user, ==, "bob@example.org");
    lookup(&answer, "one", "bob@example.org");
    g_assert_cmpint(answer.status, ==, SELO_NOT_FOUND);
    lookup(&answer, "none", "ann"); /* cannot tell */
    g_assert_cmpint(answer.status, ==, SELO_TEMPORARY);
    lookup(&answer, NULL, "down");
    g_assert_cmpint(answer.status, ==, SELO_TEMPORARY);
    lookup(&answer, NULL, "\xff");
    g_assert_cmpint(answer.status, ==, SELO_NOT_FOUND);
    world.username_format = "local-part";
    lookup(&answer, NULL, "ann@elsewhere.example");
    g_assert_cmpstr(answer.user, ==, "ann");
    world_tear_down();
}

static void
test_cache(void)
{
    g_auto(Answer) answer = { FALSE };
    guint n;

    world_set_up();
    lookup(&answer, NULL, "ann");
    n = world.n_asked;
    lookup(&answer, NULL, "ann");
    g_assert_cmpint(answer.status, ==, SELO_OK);
    g_assert_cmpuint(world.n_asked, ==, n);
    selo_test_run_for(150 * 1000);
    lookup(&answer, NULL, "ann");
    g_assert_cmpuint(world.n_asked, ==, n + 1);
    lookup(&answer, NULL, "nobody"); /* who is not there is never remembered */
    n = world.n_asked;
    lookup(&answer, NULL, "nobody");
    g_assert_cmpuint(world.n_asked, >, n);
    world_tear_down();
}

static void
verify(Answer *answer, const char *user, const char *password)
{
    static const SeloStr names[] = { { "one", 3 }, { "two", 3 } };
    const SeloAuthLogin login = { .struct_size = sizeof login,
                                  .user = { user, strlen(user) },
                                  .secret = { password, strlen(password) },
                                  .client_ip = SELO_STR("192.0.2.7") };

    answer_clear(answer);
    *answer = (Answer){ FALSE };
    selo_auth_client_verify(world.role.auth, world.session, (SeloStrs){ names, 2 }, &login, checked,
                            answer);
}

static void
test_verify(void)
{
    g_auto(Answer) right = { FALSE }, wrong = { FALSE }, unknown = { FALSE };
    gint64 begun;

    world_set_up();
    verify(&right, "bob", "pass");
    selo_test_wait(&right.is_done);
    g_assert_cmpint(right.status, ==, SELO_OK);
    g_assert_cmpstr(right.user, ==, "bob@example.org");
    g_assert_cmpuint(right.n_attributes, ==, 1);
    begun = g_get_monotonic_time();
    verify(&wrong, "ann", "no");
    verify(&unknown, "zoe", "no");
    selo_test_wait(&wrong.is_done);
    g_assert_cmpint(wrong.status, ==, SELO_DENIED);
    g_assert_cmpint(g_get_monotonic_time() - begun, >, 3 * G_USEC_PER_SEC / 2);
    selo_test_wait(&unknown.is_done);
    g_assert_cmpint(unknown.status, ==, SELO_NOT_FOUND);
    world_tear_down();
}

/* What was asked before the auth role is there, or when it dies, is asked again. */
static void
test_restart(void)
{
    g_auto(Answer) answer = { FALSE };

    world_set_up();
    world_disconnect();
    selo_auth_client_lookup(world.role.auth, world.session, NULL, SELO_STR("ann"), looked_up,
                            &answer);
    selo_test_run_for(20 * 1000);
    g_assert_false(answer.is_done);
    world_connect();
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_OK);
    world_tear_down();
}

static void
test_stop(void)
{
    g_auto(Answer) answer = { FALSE }, left = { FALSE };
    SeloCall *call;

    world_set_up();
    world_disconnect();
    call = selo_call_new_child(world.session, NULL);
    selo_auth_client_lookup(world.role.auth, call, NULL, SELO_STR("ann"), looked_up, &answer);
    selo_call_stop(call);
    g_assert_false(answer.is_done);
    selo_test_wait(&answer.is_done);
    g_assert_cmpint(answer.status, ==, SELO_CANCELLED);
    selo_call_return(call, SELO_OK, NULL, NULL);
    selo_call_unref(call);
    selo_auth_client_lookup(world.role.auth, world.session, NULL, SELO_STR("ann"), looked_up,
                            &left);
    world_tear_down(); /* with a request under way */
    g_assert_cmpint(left.status, ==, SELO_CANCELLED);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/auth/link/names", test_names);
    g_test_add_func("/auth/link/cache", test_cache);
    g_test_add_func("/auth/link/verify", test_verify);
    g_test_add_func("/auth/link/restart", test_restart);
    g_test_add_func("/auth/link/stop", test_stop);
    return g_test_run();
}
