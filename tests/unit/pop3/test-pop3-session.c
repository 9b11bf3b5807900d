/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-pop3-session.c: whole dialogues over a real stream, with a login and a mailbox of a few
 * lines each in the place of libselo's. The user "ann" has three messages, "busy" a locked
 * maildrop, "down" none that can be opened; every password but "pass" is wrong.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/lib/selo-call-private.h"
#include "api/lib/selo-stream-private.h"

#include "plugins/pop3/pop3-session.h"
#include "server/process/selo-role.h"
#include "tests/lib/selo-test.h"

static const char *const messages[] = { "A: 1\r\n\r\n.one\r\ntwo\r\n", "A: 2\r\n\r\nend",
                                        "A: 3\r\n\r\n" };

static struct {
    SeloRole role;
    Pop3Listener listener;
    SeloCall *root;
    SeloStream *stream;
    void *session;
    int client;
    SeloDeferred later;
    void (*answer)(void);
    SeloDoneFunc done;
    SeloRowFunc row;
    void *data;
    SeloLoginFunc told;
    SeloAccountFunc account_opened;
    SeloViewFunc view_opened;
    SeloLoginResult login;
    SeloStatus status;
    char *user, *log; /* log: what the mailbox was told */
    uint32_t uid;
    gboolean has_ended, is_closed, breaks_expunge;
} w;

/* ---- answers come later, one at a time ---- */

static void
run_answer(void *data)
{
    w.answer();
}

static void
answer_later(void (*answer)(void))
{
    w.answer = answer;
    selo_loop_defer(w.role.loop, &w.later, run_answer, NULL);
}

static void
answer_done(void)
{
    w.done(w.data, w.status, NULL, NULL);
}

static void
finish_later(SeloStatus status, SeloDoneFunc done, void *data)
{
    w.status = status;
    w.done = done;
    w.data = data;
    answer_later(answer_done);
}

/* ---- <selo/login.h> ---- */

SeloStrs
selo_login_mechanisms(SeloCall *root, SeloStream *stream)
{
    static const SeloStr plain = { "PLAIN", 5 };

    return (SeloStrs){ &plain, 1 };
}

gboolean
selo_login_allows_plaintext(SeloCall *root, SeloStream *stream)
{
    return TRUE;
}

static void
answer_login(void)
{
    const SeloLoginReply reply = { .struct_size = sizeof reply,
                                   .user = { w.user, strlen(w.user) } };

    w.told(w.data, w.login, &reply);
}

SeloLogin *
selo_login_password(SeloCall *root, SeloStream *stream, SeloStr user, SeloStr password,
                    SeloLoginFunc done, void *data)
{
    g_free(w.user);
    w.user = g_strndup(user.s, user.len);
    w.login =
        password.len == 4 && memcmp(password.s, "pass", 4) == 0 ? SELO_LOGIN_OK : SELO_LOGIN_FAILED;
    w.told = done;
    w.data = data;
    answer_later(answer_login);
    return (SeloLogin *) &w;
}

SeloLogin *
selo_login_start(SeloCall *root, SeloStream *stream, SeloStr mechanism, SeloStr initial,
                 SeloLoginFunc done, void *data)
{
    if (initial.s != NULL) /* as if it held ann's */
        return selo_login_password(root, stream, SELO_STR("ann"), SELO_STR("pass"), done, data);
    w.login = SELO_LOGIN_CHALLENGE;
    w.user = w.user != NULL ? w.user : g_strdup("");
    w.told = done;
    w.data = data;
    answer_later(answer_login);
    return (SeloLogin *) &w;
}

void
selo_login_step(SeloLogin *login, SeloStr response)
{
    selo_login_password(NULL, NULL, SELO_STR("ann"), SELO_STR("pass"), w.told, w.data);
}

void
selo_login_cancel(SeloLogin *login)
{
    selo_loop_undefer(w.role.loop, &w.later);
}

/* ---- <selo/mailbox.h> ---- */

static void
answer_account(void)
{
    w.account_opened(w.data, w.status, NULL, w.status == SELO_OK ? (SeloAccount *) &w : NULL);
}

void
selo_account_open(SeloCall *call, SeloStr user, SeloAccountFunc opened, void *data)
{
    w.status = strcmp(user.s, "down") == 0 ? SELO_TEMPORARY : SELO_OK;
    w.account_opened = opened;
    w.data = data;
    answer_later(answer_account);
}

void
selo_account_unref(SeloAccount *account)
{
}

void
selo_account_lock(SeloAccount *account, SeloCall *call, SeloDoneFunc done, void *data)
{
    finish_later(strcmp(w.user, "busy") == 0 ? SELO_EXISTS : SELO_OK, done, data);
}

static void
answer_view(void)
{
    w.view_opened(w.data, SELO_OK, NULL, (SeloView *) &w);
}

void
selo_view_open(SeloAccount *account, SeloCall *call, SeloStr name, uint32_t flags,
               SeloViewFunc opened, void *data)
{
    w.view_opened = opened;
    w.data = data;
    answer_later(answer_view);
}

void
selo_view_free(SeloView *view)
{
}

uint32_t
selo_view_uidvalidity(SeloView *view)
{
    return 1795419877;
}

uint32_t
selo_view_count(SeloView *view)
{
    return G_N_ELEMENTS(messages);
}

uint32_t
selo_view_uid(SeloView *view, uint32_t seq)
{
    return seq;
}

static void
answer_rows(void)
{
    for (uint32_t i = 0; i < G_N_ELEMENTS(messages); i++) {
        const SeloMsg row = { .struct_size = sizeof row,
                              .uid = i + 1,
                              .size = strlen(messages[i]),
                              .body = { messages[i], strlen(messages[i]), 0, { -1, 0 } } };

        if (w.uid == 0 || w.uid == row.uid)
            w.row(w.data, &row);
    }
    w.done(w.data, SELO_OK, NULL, NULL);
}

SeloFetch *
selo_view_fetch(SeloView *view, SeloCall *call, SeloUids uids, uint32_t fields, SeloRowFunc row,
                SeloDoneFunc done, void *data)
{
    w.uid = fields & SELO_MSG_BODY ? uids.v[0].first : 0;
    w.row = row;
    w.done = done;
    w.data = data;
    answer_later(answer_rows);
    return NULL;
}

static void
note(const char *what, SeloUids uids)
{
    g_autoptr(GString) text = g_string_new(w.log);

    g_string_append(text, what);
    for (size_t i = 0; i < uids.n; i++)
        g_string_append_printf(text, " %u:%u", uids.v[i].first, uids.v[i].last);
    g_string_append_c(text, ';');
    g_free(w.log);
    w.log = g_strdup(text->str);
}

void
selo_view_store(SeloView *view, SeloCall *call, SeloUids uids, const SeloFlagChange *change,
                SeloDoneFunc done, void *data)
{
    note(change->flags == SELO_FLAG_SEEN ? "seen" : "deleted", uids);
    finish_later(SELO_OK, done, data);
}

void
selo_view_expunge(SeloView *view, SeloCall *call, SeloUids uids, SeloDoneFunc done, void *data)
{
    note("expunge", uids);
    finish_later(w.breaks_expunge ? SELO_TEMPORARY : SELO_OK, done, data);
}

/* ---- a session ---- */

static void
on_input(void *data)
{
    pop3_session_input(w.session);
}

static void
on_drained(void *data)
{
    pop3_session_drained(w.session);
}

static void
on_secured(void *data, SeloStatus status, const char *operator_text)
{
    pop3_session_secured(w.session, status, operator_text);
}

static void
on_expired(void *data)
{
    pop3_session_expired(w.session);
}

static void
on_closed(void *data)
{
    w.is_closed = TRUE;
}

static void
on_ready(void *data)
{
    g_assert_true(pop3_session_new(&w.listener, w.root, w.stream, &w.session, NULL));
}

static void
returned(void *data, SeloStatus status, const char *text, const void *reply)
{
    w.has_ended = TRUE;
    selo_stream_finish(w.stream);
}

static void
set_up(void)
{
    static const SeloStreamEvents events = { on_ready,   on_input,   on_drained,
                                             on_secured, on_expired, on_closed };
    const SeloStreamOptions options = { .listener = "pop3" };
    int ends[2];

    memset(&w, 0, sizeof w);
    w.role = (SeloRole){ .kind = SELO_ROLE_WORKER, .loop = selo_loop_get() };
    w.listener = (Pop3Listener){ .idle_timeout = 600 * G_USEC_PER_SEC,
                                 .max_errors = 3,
                                 .max_failures = 2,
                                 .updates_flags = TRUE,
                                 .uidl = pop3_uidl_format_new("%08Xu%08Xv", NULL) };
    w.log = g_strdup("");
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), ==,
                    0);
    w.client = ends[1];
    w.root = selo_call_new_root(&w.role, "s.1", NULL, returned, NULL);
    w.stream = selo_stream_new(w.role.loop, ends[0], &options, &events, NULL);
}

static void
tear_down(void)
{
    close(w.client);
    selo_test_wait(&w.is_closed);
    g_assert_true(w.has_ended);
    pop3_session_free(w.session);
    selo_call_unref(w.root);
    pop3_uidl_format_free(w.listener.uidl);
    g_free(w.user);
    g_free(w.log);
}

/* Sends @input in pieces of @step octets, gives all that comes back. */
static char *
talk(const char *input, size_t step)
{
    g_autoptr(GString) output = g_string_new(NULL);
    char piece[4096];
    ssize_t n;

    for (size_t at = 0; at < strlen(input); at += step) {
        const size_t size = MIN(step, strlen(input) - at);

        g_assert_cmpint(send(w.client, input + at, size, MSG_NOSIGNAL), ==, (ssize_t) size);
        if (step < strlen(input))
            selo_test_run_for(1000);
    }
    selo_test_run_for(10 * 1000);
    while ((n = read(w.client, piece, sizeof piece)) > 0)
        g_string_append_len(output, piece, n);
    return g_strdup(output->str);
}

typedef struct {
    const char *name, *input, *want;
    const char *log; /* NULL: nothing */
} Dialogue;

#define HELLO "+OK Selo ready.\r\n"
#define IN    HELLO "+OK\r\n+OK Logged in.\r\n"
#define LOGIN "USER ann\r\nPASS pass\r\n"
#define BYE   "+OK Logging out.\r\n"
static const Dialogue dialogues[] = {
    { "quit", "QUIT\r\n", HELLO BYE, NULL },
    { "stat", LOGIN "STAT\r\nQUIT\r\n", IN "+OK 3 38\r\n" BYE, NULL },
    { "list", LOGIN "LIST\r\nLIST 2\r\nLIST 4\r\nQUIT\r\n",
      IN "+OK 3 messages:\r\n1 19\r\n2 11\r\n3 8\r\n.\r\n+OK 2 11\r\n"
         "-ERR There's no such message.\r\n" BYE,
      NULL },
    { "uidl", LOGIN "UIDL 2\r\nUIDL\r\nQUIT\r\n",
      IN "+OK 2 000000026b03eee5\r\n+OK\r\n1 000000016b03eee5\r\n2 000000026b03eee5\r\n"
         "3 000000036b03eee5\r\n.\r\n" BYE,
      NULL },
    { "retr", LOGIN "RETR 1\r\nRETR 2\r\nQUIT\r\n",
      IN
      "+OK 19 octets\r\nA: 1\r\n\r\n..one\r\ntwo\r\n.\r\n+OK 11 octets\r\nA: 2\r\n\r\nend\r\n.\r\n" BYE,
      "seen 1:2;" },
    { "top", LOGIN "TOP 1 1\r\nTOP 1 0\r\nTOP 1\r\nQUIT\r\n",
      IN "+OK\r\nA: 1\r\n\r\n..one\r\n.\r\n+OK\r\nA: 1\r\n\r\n.\r\n-ERR Invalid arguments.\r\n" BYE,
      NULL },
    { "dele", LOGIN "DELE 1\r\nDELE 3\r\nSTAT\r\nRETR 1\r\nQUIT\r\n",
      IN "+OK Marked to be deleted.\r\n+OK Marked to be deleted.\r\n+OK 1 11\r\n"
         "-ERR Message is deleted.\r\n+OK Logging out, messages deleted.\r\n",
      "deleted 1:1 3:3;expunge 1:1 3:3;" },
    { "rset", LOGIN "DELE 1\r\nRSET\r\nSTAT\r\nQUIT\r\n",
      IN "+OK Marked to be deleted.\r\n+OK\r\n+OK 3 38\r\n" BYE, NULL },
    { "wrong-state", "STAT\r\nUSER ann\r\nPASS pass\r\nUSER ann\r\nQUIT\r\n",
      HELLO "-ERR Not in this state.\r\n+OK\r\n+OK Logged in.\r\n-ERR Not in this state.\r\n" BYE,
      NULL },
    { "wrong-password", "USER ann\r\nPASS x\r\nPASS pass\r\nUSER ann\r\nPASS x\r\n",
      HELLO "+OK\r\n-ERR [AUTH] Authentication failed.\r\n-ERR No username given.\r\n+OK\r\n"
            "-ERR [AUTH] Authentication failed.\r\n",
      NULL },
    { "in-use", "USER busy\r\nPASS pass\r\n",
      HELLO "+OK\r\n-ERR [IN-USE] Mailbox is locked by another POP3 session.\r\n", NULL },
    { "unavailable", "USER down\r\nPASS pass\r\n",
      HELLO "+OK\r\n-ERR [SYS/TEMP] Mailbox cannot be opened now.\r\n", NULL },
    { "sasl", "AUTH PLAIN eA==\r\nQUIT\r\n", HELLO "+OK Logged in.\r\n" BYE, NULL },
    { "sasl-challenge", "AUTH PLAIN\r\neA==\r\nQUIT\r\n", HELLO "+ \r\n+OK Logged in.\r\n" BYE,
      NULL },
    { "sasl-cancelled", "AUTH PLAIN\r\n*\r\nQUIT\r\n",
      HELLO "+ \r\n-ERR Authentication aborted by client.\r\n" BYE, NULL },
    { "sasl-not-base64", "AUTH PLAIN !\r\nQUIT\r\n",
      HELLO "-ERR Invalid authentication response.\r\n" BYE, NULL },
    { "too-many-errors", "A\r\nB\r\nC\r\nD\r\n",
      HELLO "-ERR Unknown command.\r\n-ERR Unknown command.\r\n-ERR Unknown command.\r\n"
            "-ERR Unknown command.\r\n-ERR Too many errors.\r\n",
      NULL },
};

/* All at once, in pieces, and octet by octet: pipelining changes nothing (RFC 2449 section 6.6). */
static void
test_dialogue(gconstpointer data)
{
    static const size_t steps[] = { 100000, 7, 1 };
    const Dialogue *d = data;

    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *got = NULL;

        set_up();
        got = talk(d->input, steps[i]);
        g_assert_cmpstr(got, ==, d->want);
        g_assert_cmpstr(w.log, ==, d->log != NULL ? d->log : "");
        tear_down();
    }
}

/* Without QUIT nothing is removed (RFC 1939 section 6). */
static void
test_hang_up(void)
{
    g_autofree char *got = NULL;

    set_up();
    got = talk(LOGIN "RETR 1\r\nDELE 1\r\n", 100000);
    g_assert_true(g_str_has_suffix(got, "+OK Marked to be deleted.\r\n"));
    close(w.client);
    selo_test_wait(&w.is_closed);
    g_assert_cmpstr(w.log, ==, "");
    w.client = dup(STDIN_FILENO);
    tear_down();
}

static void
test_expunge_fails(void)
{
    g_autofree char *got = NULL;

    set_up();
    w.breaks_expunge = TRUE;
    got = talk(LOGIN "DELE 2\r\nQUIT\r\n", 100000);
    g_assert_true(g_str_has_suffix(got, "-ERR [SYS/TEMP] Some deleted messages not removed.\r\n"));
    tear_down();
}

/* The server stops: at once between commands, but never with messages marked. */
static void
test_stop(void)
{
    g_autofree char *login = NULL, *marked = NULL, *quit = NULL;

    set_up();
    login = talk(LOGIN "DELE 1\r\n", 100000);
    selo_call_stop(w.root);
    marked = talk("NOOP\r\n", 100000);
    g_assert_cmpstr(marked, ==, "+OK\r\n");
    quit = talk("RSET\r\n", 100000);
    g_assert_cmpstr(quit, ==, "+OK\r\n-ERR [SYS/TEMP] Server shutting down.\r\n");
    tear_down();
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(dialogues); i++) {
        g_autofree char *path = g_strconcat("/pop3/session/", dialogues[i].name, NULL);

        g_test_add_data_func(path, &dialogues[i], test_dialogue);
    }
    g_test_add_func("/pop3/session/hang-up", test_hang_up);
    g_test_add_func("/pop3/session/expunge-fails", test_expunge_fails);
    g_test_add_func("/pop3/session/stop", test_stop);
    return g_test_run();
}
