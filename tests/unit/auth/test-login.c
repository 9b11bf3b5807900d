/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-login.c: SASL exchanges as protocols drive them, TLS policy, and clients that give up.
 */
#include "config.h"

#include <selo/login.h>
#include <string.h>

#include "tests/lib/selo-test.h"
#include "tests/unit/auth/fake-world.h"

typedef struct {
    gboolean is_told;
    SeloLoginResult result;
    char user[64], challenge[64];
} Told;

static void
told(void *data, SeloLoginResult result, const SeloLoginReply *reply)
{
    Told *t = data;

    t->is_told = TRUE;
    t->result = result;
    g_strlcpy(t->user, reply->user.s != NULL ? reply->user.s : "", sizeof t->user);
    g_strlcpy(t->challenge, reply->challenge.s != NULL ? reply->challenge.s : "",
              sizeof t->challenge);
}

static SeloLogin *
start(Told *t, const char *mechanism, const char *initial, size_t size)
{
    SeloLogin *login;

    *t = (Told){ FALSE };
    login = selo_login_start(world.session, NULL, (SeloStr){ mechanism, strlen(mechanism) },
                             (SeloStr){ initial, size }, told, t);
    g_assert_false(t->is_told);
    selo_test_wait(&t->is_told);
    t->is_told = FALSE;
    return login;
}

typedef struct {
    const char *name, *message;
    size_t size;
    SeloLoginResult result;
} PlainCase;

#define PLAIN(text) (text), sizeof(text) - 1
static const PlainCase plain_cases[] = {
    { "right", PLAIN("\0ann\0pass"), SELO_LOGIN_OK },
    { "capitals", PLAIN("\0Ann\0pass"), SELO_LOGIN_OK },
    { "authzid-same", PLAIN("ann\0ann\0pass"), SELO_LOGIN_OK },
    { "authzid-other", PLAIN("bob\0ann\0pass"), SELO_LOGIN_FAILED },
    { "unavailable", PLAIN("\0down\0pass"), SELO_LOGIN_UNAVAILABLE },
    { "bad-name", PLAIN("\0a n\0pass"), SELO_LOGIN_FAILED },
    { "path-name", PLAIN("\0../ann\0pass"), SELO_LOGIN_FAILED },
    { "not-utf8", PLAIN("\0a\xff\0pass"), SELO_LOGIN_FAILED },
    { "no-separator", PLAIN("annpass"), SELO_LOGIN_MALFORMED },
    { "one-separator", PLAIN("ann\0pass"), SELO_LOGIN_MALFORMED },
    { "three-separators", PLAIN("\0ann\0pa\0ss"), SELO_LOGIN_MALFORMED },
    { "no-name", PLAIN("\0\0pass"), SELO_LOGIN_MALFORMED },
    { "no-password", PLAIN("\0ann\0"), SELO_LOGIN_MALFORMED },
    { "empty", PLAIN(""), SELO_LOGIN_MALFORMED },
};

static void
test_plain(gconstpointer data)
{
    const PlainCase *c = data;
    Told t;

    world_set_up();
    start(&t, "plain", c->message, c->size);
    g_assert_cmpint(t.result, ==, c->result);
    if (c->result == SELO_LOGIN_OK)
        g_assert_cmpstr(t.user, ==, "ann");
    world_tear_down();
}

static void
step(SeloLogin *login, Told *t, SeloStr response)
{
    t->is_told = FALSE;
    selo_login_step(login, response);
    g_assert_false(t->is_told);
    selo_test_wait(&t->is_told);
    t->is_told = FALSE;
}

static void
test_exchange(void)
{
    SeloLogin *login;
    Told t;

    world_set_up();
    login = start(&t, "LOGIN", NULL, 0);
    g_assert_cmpint(t.result, ==, SELO_LOGIN_CHALLENGE);
    g_assert_cmpstr(t.challenge, ==, "Username:");
    step(login, &t, SELO_STR("bob@example.org"));
    g_assert_cmpstr(t.challenge, ==, "Password:");
    step(login, &t, SELO_STR("pass"));
    g_assert_cmpint(t.result, ==, SELO_LOGIN_OK);
    g_assert_cmpstr(t.user, ==, "bob@example.org");
    g_assert_cmpstr(world.scope, ==, "example.org");
    g_assert_true(world.has_no_limit);
    login = start(&t, "PLAIN", NULL, 0);
    g_assert_cmpint(t.result, ==, SELO_LOGIN_CHALLENGE);
    g_assert_cmpstr(t.challenge, ==, "");
    step(login, &t, (SeloStr){ "\0ann\0pass", 9 });
    g_assert_cmpint(t.result, ==, SELO_LOGIN_OK);
    start(&t, "CRAM-MD5", NULL, 0);
    g_assert_cmpint(t.result, ==, SELO_LOGIN_UNSUPPORTED);
    world_tear_down();
}

/* No password in the clear, but from this machine where it is allowed. */
static void
test_tls(void)
{
    static const struct {
        const char *ip;
        gboolean allows;
        SeloLoginResult result;
    } cases[] = { { "192.0.2.7", TRUE, SELO_LOGIN_NEEDS_TLS },
                  { "127.0.0.1", FALSE, SELO_LOGIN_NEEDS_TLS },
                  { "127.0.0.1", TRUE, SELO_LOGIN_OK },
                  { "::1", TRUE, SELO_LOGIN_OK },
                  { "::ffff:127.0.0.1", TRUE, SELO_LOGIN_OK } };

    world_set_up();
    world.peer.tls = FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const gboolean is_ok = cases[i].result == SELO_LOGIN_OK;
        Told t = { FALSE };

        world.peer.remote_ip = (SeloStr){ cases[i].ip, strlen(cases[i].ip) };
        world.allows_plaintext = cases[i].allows;
        g_assert_true(selo_login_allows_plaintext(world.session, NULL) == is_ok);
        g_assert_cmpuint(selo_login_mechanisms(world.session, NULL).n, ==, is_ok ? 2 : 0);
        selo_login_password(world.session, NULL, SELO_STR("ann"), SELO_STR("pass"), told, &t);
        selo_test_wait(&t.is_told);
        g_assert_cmpint(t.result, ==, cases[i].result);
    }
    world_tear_down();
}

/* At every moment, and nothing is told any more. */
static void
test_cancel(void)
{
    SeloLogin *login;
    Told t = { FALSE };

    world_set_up();
    login = start(&t, "LOGIN", NULL, 0); /* waits for the client */
    selo_login_cancel(login);
    login = selo_login_start(world.session, NULL, SELO_STR("PLAIN"), SELO_STR("x"), told, &t);
    selo_login_cancel(login); /* before the result */
    login = selo_login_password(world.session, NULL, SELO_STR("ann"), SELO_STR("pass"), told, &t);
    selo_login_cancel(login); /* while the auth role is asked */
    selo_test_run_for(20 * 1000);
    g_assert_false(t.is_told);
    world_tear_down();
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(plain_cases); i++) {
        g_autofree char *path = g_strconcat("/auth/login/plain/", plain_cases[i].name, NULL);

        g_test_add_data_func(path, &plain_cases[i], test_plain);
    }
    g_test_add_func("/auth/login/exchange", test_exchange);
    g_test_add_func("/auth/login/tls", test_tls);
    g_test_add_func("/auth/login/cancel", test_cancel);
    return g_test_run();
}
