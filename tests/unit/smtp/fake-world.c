/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.c: see fake-world.h. Callbacks are told from a queue, after the function that began the step has
 * returned, as the real layers promise.
 */
#include "config.h"

#include "tests/unit/smtp/fake-world.h"

#include <string.h>

typedef struct {
    SeloMailFunc mail;
    SeloLoginFunc login;
    void *data;
    SeloMailReply reply;
    SeloLoginResult result;
    gboolean is_handshake;
} Owed;

struct SeloTransaction {
    SeloBlobWriter *writer;
    GPtrArray *recipients;
    char *reverse_path;
};

static struct {
    World *world;
    GString *input, *output;
    GQueue owed;
    void *session;
    gboolean is_paused, is_bare;
    SeloPeer peer;
    void (*stop)(SeloCall *, void *);
    void *stop_data;
    SeloLoginFunc login_done;
    gboolean is_plain, is_known;
    int login_steps;
} now;

/* ---- what is answered ---- */

static const struct {
    const char *local_part;
    SeloMailReply reply;
} answers[] = {
    { "relay", { .cause = SELO_MAIL_RELAY_DENIED, .flags = SELO_MAIL_PERMANENT } },
    { "queue", { .cause = SELO_MAIL_NO_QUEUE } },
    { "unknown", { .cause = SELO_MAIL_UNKNOWN_USER, .flags = SELO_MAIL_PERMANENT } },
    { "busy", { .cause = SELO_MAIL_MAILBOX_UNAVAILABLE } },
    { "full", { .cause = SELO_MAIL_MAILBOX_FULL } },
    { "quota", { .cause = SELO_MAIL_MAILBOX_FULL, .flags = SELO_MAIL_PERMANENT } },
    { "nospace", { .cause = SELO_MAIL_NO_SPACE } },
    { "other", { .cause = SELO_MAIL_SENDER_DENIED, .flags = SELO_MAIL_PERMANENT } },
    { "login", { .cause = SELO_MAIL_AUTH_NEEDED, .flags = SELO_MAIL_PERMANENT } },
    { "failing", { .cause = SELO_MAIL_FAILED } },
    { "failed", { .cause = SELO_MAIL_FAILED, .flags = SELO_MAIL_PERMANENT } },
    { "loop", { .cause = SELO_MAIL_TOO_MANY_HOPS, .flags = SELO_MAIL_PERMANENT } },
    { "spam", { .cause = SELO_MAIL_FILTERED, .flags = SELO_MAIL_PERMANENT } },
    { "worse",
      { .cause = SELO_MAIL_FILTERED,
        .flags = SELO_MAIL_PERMANENT | SELO_MAIL_DISCONNECT,
        .code = 521,
        .enhanced = { "5.7.9", 5 },
        .text = { "go\r\n250 away", 12 } } },
    { "grey", { .cause = SELO_MAIL_FILTERED } },
};

static SeloMailReply
answer_for(const char *path, const char *prefix)
{
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *start = g_strconcat(prefix, answers[i].local_part, "@", NULL);

        if (g_str_has_prefix(path, start))
            return answers[i].reply;
    }
    return (SeloMailReply){ .cause = SELO_MAIL_OK };
}

static void
owe_mail(SeloMailFunc done, void *data, SeloMailReply reply)
{
    Owed *owed = g_new0(Owed, 1);

    *owed = (Owed){ .mail = done, .data = data, .reply = reply };
    g_queue_push_tail(&now.owed, owed);
}

static void
owe_login(SeloLoginFunc done, void *data, SeloLoginResult result)
{
    Owed *owed = g_new0(Owed, 1);

    *owed = (Owed){ .login = done, .data = data, .result = result };
    g_queue_push_tail(&now.owed, owed);
}

static void
tell(Owed *owed)
{
    SeloLoginReply login = { .struct_size = sizeof login,
                             .user = SELO_STR("ann"),
                             .challenge = SELO_STR("Username:") };

    if (owed->is_handshake) {
        now.peer.tls = 1;
        g_string_truncate(now.input, 0);
        selo_smtp_session_secured(now.session, SELO_OK, NULL);
    } else if (owed->mail != NULL)
        owed->mail(owed->data, &owed->reply);
    else
        owed->login(owed->data, owed->result, &login);
}

static void
turn(void)
{
    for (;;) {
        g_autofree Owed *owed = g_queue_pop_head(&now.owed);
        gsize before = now.input->len;

        if (owed != NULL)
            tell(owed);
        else if (!now.is_paused && !now.world->is_closed && now.input->len > 0) {
            selo_smtp_session_input(now.session);
            if (g_queue_is_empty(&now.owed) && now.input->len == before)
                return;
        } else
            return;
    }
}

/* ---- the world ---- */

World *
world_new(SeloSmtpMode mode)
{
    World *world = g_new0(World, 1);

    world->listener = (SeloSmtpListener){ .mode = mode,
                                          .refuses_bare_newline = TRUE,
                                          .max_recipients = 3,
                                          .max_errors = 20,
                                          .max_junk = 100,
                                          .max_commands = 1000,
                                          .idle_timeout = 1000000,
                                          .message_timeout = 1000000 };
    world->listener.messages = selo_smtp_rate_new();
    world->listener.recipients = selo_smtp_rate_new();
    world->max_size = 1000;
    world->delivered = g_string_new(NULL);
    world->envelope = g_string_new(NULL);
    memset(&now, 0, sizeof now);
    now.world = world;
    now.input = g_string_new(NULL);
    now.output = g_string_new(NULL);
    g_queue_init(&now.owed);
    now.peer = (SeloPeer){ .struct_size = sizeof now.peer, .remote_ip = SELO_STR("192.0.2.7") };
    return world;
}

void
world_free(World *world)
{
    if (now.session != NULL)
        selo_smtp_session_free(now.session);
    g_queue_clear_full(&now.owed, g_free);
    g_string_free(now.input, TRUE);
    g_string_free(now.output, TRUE);
    selo_smtp_rate_free(world->listener.messages);
    selo_smtp_rate_free(world->listener.recipients);
    g_string_free(world->delivered, TRUE);
    g_string_free(world->envelope, TRUE);
    g_free(world->helo);
    g_free(world);
}

static char *
take_output(void)
{
    char *output = g_strdup(now.output->str);

    g_string_truncate(now.output, 0);
    return output;
}

void
world_set_tls(void)
{
    now.peer.tls = 1;
}

void
world_connect(World *world)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(selo_smtp_session_new(&world->listener, (SeloCall *) &now, (SeloStream *) &now,
                                        &now.session, &error));
    if (world->speaks_early)
        g_string_assign(now.input, "EHLO hasty\r\n");
    selo_smtp_session_input(now.session); /* as a stream does, whether there is something or not */
    turn();
}

char *
world_talk(World *world, const char *input, size_t step)
{
    size_t size = strlen(input);

    if (step == 0)
        step = size;
    for (size_t i = 0; i < size && !world->is_closed; i += step) {
        g_string_append_len(now.input, input + i, (gssize) MIN(step, size - i));
        turn();
    }
    return take_output();
}

char *
world_stop(World *world)
{
    now.stop(NULL, now.stop_data);
    turn();
    return take_output();
}

char *
world_expire(World *world)
{
    selo_smtp_session_expired(now.session);
    return take_output();
}

/* ---- <selo/plugin.h> ---- */

void
selo_call_return(SeloCall *call, SeloStatus status, const char *operator_text, const void *reply)
{
    g_assert_false(now.world->is_closed);
    now.world->is_closed = TRUE;
}

void
selo_call_on_stop(SeloCall *call, void (*fn)(SeloCall *, void *), void *data)
{
    now.stop = fn;
    now.stop_data = data;
}

const char *
selo_call_id(SeloCall *call)
{
    return "S1";
}

void
selo_log(SeloCall *call, uint32_t level, const char *event, const char *format, ...)
{
    g_assert_cmpstr(event, ==, "session-cut");
}

/* ---- <selo/stream.h> ---- */

const SeloPeer *
selo_stream_peer(SeloStream *stream)
{
    return &now.peer;
}

SeloRead
selo_stream_read_line(SeloStream *stream, size_t max, SeloStr *out_line)
{
    static char line[16384];
    const char *lf = memchr(now.input->str, '\n', now.input->len);
    size_t size = lf != NULL ? (size_t) (lf - now.input->str) : now.input->len;

    if (size > max && lf != NULL) {
        g_string_erase(now.input, 0, (gssize) size + 1);
        return SELO_READ_TOO_LONG;
    }
    if (lf == NULL)
        return SELO_READ_AGAIN;
    now.is_bare = size == 0 || lf[-1] != '\r';
    memcpy(line, now.input->str, size);
    *out_line = (SeloStr){ line, now.is_bare ? size : size - 1 };
    g_string_erase(now.input, 0, (gssize) size + 1);
    return SELO_READ_OK;
}

SeloRead
selo_stream_read_octets(SeloStream *stream, size_t max, SeloStr *out_octets)
{
    g_assert_cmpuint(max, ==, 0);
    *out_octets = (SeloStr){ now.input->str, 0 };
    return now.input->len > 0 ? SELO_READ_OK : SELO_READ_AGAIN;
}

gboolean
selo_stream_line_was_bare(SeloStream *stream)
{
    return now.is_bare;
}

SeloRead
selo_stream_read_blob(SeloStream *stream, uint64_t size, SeloBlobWriter *into)
{
    if (now.input->len < size)
        return SELO_READ_AGAIN;
    if (into != NULL)
        selo_blob_writer_add(into, now.input->str, size);
    g_string_erase(now.input, 0, (gssize) size);
    return SELO_READ_OK;
}

static gboolean
is_bare_at(const char *text, size_t i)
{
    return (text[i] == '\r' && text[i + 1] != '\n') ||
           (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
}

SeloRead
selo_stream_read_dots(SeloStream *stream, uint64_t max, SeloBlobWriter *into)
{
    const char *text = now.input->str;
    const char *end = g_str_has_prefix(text, ".\r\n") ? text : strstr(text, "\r\n.\r\n");
    size_t size;
    SeloRead result = SELO_READ_OK;

    if (end == NULL)
        return SELO_READ_AGAIN;
    size = end == text ? 0 : (size_t) (end - text) + 2;
    for (size_t i = 0; i < size; i++) {
        if (is_bare_at(text, i))
            result = SELO_READ_BARE;
        if (text[i] != '.' || (i > 0 && text[i - 1] != '\n'))
            selo_blob_writer_add(into, text + i, 1);
    }
    if (max > 0 && size > max)
        result = SELO_READ_TOO_LONG;
    g_string_erase(now.input, 0, (gssize) size + 3);
    return result;
}

void
selo_stream_write(SeloStream *stream, const void *octets, size_t size)
{
    g_string_append_len(now.output, octets, (gssize) size);
}

void
selo_stream_printf(SeloStream *stream, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(now.output, format, args);
    va_end(args);
}

void
selo_stream_start_tls(SeloStream *stream)
{
    Owed *owed = g_new0(Owed, 1);

    owed->is_handshake = TRUE;
    if (now.world->never_shakes_hands)
        g_free(owed);
    else
        g_queue_push_tail(&now.owed, owed);
}

gboolean
selo_stream_can_start_tls(SeloStream *stream)
{
    return now.world->can_start_tls;
}

void
selo_stream_set_timeout(SeloStream *stream, int64_t usec)
{
}

void
selo_stream_pause(SeloStream *stream)
{
    now.is_paused = TRUE;
}

void
selo_stream_resume(SeloStream *stream)
{
    now.is_paused = FALSE;
}

/* ---- <selo/login.h>: PLAIN wants "\0ann\0secret"; LOGIN asks twice ---- */

SeloStrs
selo_login_mechanisms(SeloCall *root, SeloStream *stream)
{
    static const SeloStr all[] = { { "PLAIN", 5 }, { "LOGIN", 5 } };

    if (!now.world->has_auth || !(now.peer.tls || now.world->allows_plaintext))
        return (SeloStrs){ NULL, 0 };
    return (SeloStrs){ all, 2 };
}

static SeloLoginResult
check_plain(SeloStr response)
{
    static const char right[] = "\0ann\0secret";

    if (response.len == 0)
        return SELO_LOGIN_MALFORMED;
    if (response.len == 4 && memcmp(response.s, "down", 4) == 0)
        return SELO_LOGIN_UNAVAILABLE;
    return response.len == sizeof right - 1 && memcmp(response.s, right, response.len) == 0
               ? SELO_LOGIN_OK
               : SELO_LOGIN_FAILED;
}

SeloLogin *
selo_login_start(SeloCall *root, SeloStream *stream, SeloStr mechanism, SeloStr initial,
                 SeloLoginFunc done, void *data)
{
    SeloLoginResult result;

    now.login_done = done;
    now.is_plain = g_ascii_strncasecmp(mechanism.s, "PLAIN", mechanism.len) == 0;
    now.login_steps = 0;
    if (g_ascii_strncasecmp(mechanism.s, "LOGIN", mechanism.len) != 0 && !now.is_plain)
        result = SELO_LOGIN_UNSUPPORTED;
    else
        result = now.is_plain && initial.s != NULL ? check_plain(initial) : SELO_LOGIN_CHALLENGE;
    owe_login(done, data, result);
    return (SeloLogin *) &now;
}

void
selo_login_step(SeloLogin *login, SeloStr response)
{
    SeloLoginResult result = SELO_LOGIN_CHALLENGE;

    if (now.is_plain)
        result = check_plain(response);
    else if (++now.login_steps == 2)
        result = strcmp(response.s, "secret") == 0 ? SELO_LOGIN_OK : SELO_LOGIN_FAILED;
    owe_login(now.login_done, now.session, result);
}

void
selo_login_cancel(SeloLogin *login)
{
    now.login_done = NULL;
}

/* ---- <selo/transaction.h> ---- */

SeloMailPeer *
selo_mail_peer_new(SeloCall *root, SeloStream *stream, uint32_t flags)
{
    return (SeloMailPeer *) &now;
}

void
selo_mail_peer_free(SeloMailPeer *peer)
{
}

void
selo_mail_peer_mark(SeloMailPeer *peer, uint32_t flags)
{
    g_assert_cmpuint(flags, ==, SELO_PEER_SPOKE_EARLY);
}

const char *
selo_mail_peer_hostname(SeloMailPeer *peer)
{
    return "mx.example";
}

uint64_t
selo_mail_peer_max_size(SeloMailPeer *peer)
{
    return now.world->max_size;
}

void
selo_mail_peer_connect(SeloMailPeer *peer, SeloMailFunc done, void *data)
{
    owe_mail(done, data,
             now.world->is_refused
                 ? (SeloMailReply){ .cause = SELO_MAIL_FILTERED, .flags = SELO_MAIL_PERMANENT }
                 : (SeloMailReply){ .cause = SELO_MAIL_OK });
}

void
selo_mail_peer_helo(SeloMailPeer *peer, SeloStr helo, SeloStr protocol, SeloMailFunc done,
                    void *data)
{
    g_free(now.world->helo);
    now.world->helo =
        g_strdup_printf("%.*s as %.*s", (int) helo.len, helo.s, (int) protocol.len, protocol.s);
    owe_mail(done, data, answer_for(now.world->helo, ""));
}

void
selo_mail_peer_auth(SeloMailPeer *peer, SeloStr mechanism, SeloStr user, SeloStr protocol,
                    SeloMailFunc done, void *data)
{
    g_free(now.world->helo);
    now.world->helo = g_strdup_printf("as %.*s", (int) protocol.len, protocol.s);
    now.is_known = TRUE;
    owe_mail(done, data, (SeloMailReply){ .cause = SELO_MAIL_OK });
}

SeloTransaction *
selo_transaction_begin(SeloMailPeer *peer, SeloStr reverse_path, SeloStrs params, uint64_t size,
                       uint32_t flags, SeloMailFunc done, void *data)
{
    SeloTransaction *self = g_new0(SeloTransaction, 1);

    self->writer = selo_blob_writer_new();
    self->recipients = g_ptr_array_new_with_free_func(g_free);
    self->reverse_path = g_strndup(reverse_path.s, reverse_path.len);
    owe_mail(done, data,
             now.world->listener.mode == SELO_SMTP_MODE_SUBMISSION && !now.is_known
                 ? (SeloMailReply){ .cause = SELO_MAIL_AUTH_NEEDED, .flags = SELO_MAIL_PERMANENT }
                 : answer_for(self->reverse_path, ""));
    return self;
}

void
selo_transaction_recipient(SeloTransaction *self, SeloStr forward_path, SeloStrs params,
                           SeloMailFunc done, void *data)
{
    g_autofree char *path = g_strndup(forward_path.s, forward_path.len);
    SeloMailReply reply = answer_for(path, "");

    if (reply.cause == SELO_MAIL_OK)
        g_ptr_array_add(self->recipients, g_steal_pointer(&path));
    owe_mail(done, data, reply);
}

uint32_t
selo_transaction_recipients(SeloTransaction *self)
{
    return self->recipients->len;
}

/* "data-spam@" and the like as sender: refused at this stage. */
void
selo_transaction_data(SeloTransaction *self, SeloMailFunc done, void *data)
{
    owe_mail(done, data, answer_for(self->reverse_path, "data-"));
}

SeloBlobWriter *
selo_transaction_writer(SeloTransaction *self)
{
    return self->writer;
}

/* "end-full@" and the like as recipient: fails in delivery. */
void
selo_transaction_commit(SeloTransaction *self, SeloMailFunc recipient_done, SeloMailFunc done,
                        void *data)
{
    SeloMailReply worst = { .cause = SELO_MAIL_OK };
    SeloBlob blob;

    g_string_assign(now.world->envelope, self->reverse_path);
    for (guint i = 0; i < self->recipients->len; i++) {
        const char *path = g_ptr_array_index(self->recipients, i);
        SeloMailReply reply = answer_for(path, "end-");

        g_string_append_printf(now.world->envelope, " %s", path);
        reply.index = i;
        if (reply.cause != SELO_MAIL_OK)
            worst = reply;
        if (recipient_done != NULL)
            owe_mail(recipient_done, data, reply);
    }
    g_assert_true(selo_blob_writer_end(self->writer, &blob, NULL));
    g_string_truncate(now.world->delivered, 0);
    g_string_append_len(now.world->delivered, blob.octets, (gssize) blob.size);
    owe_mail(done, data, worst);
}

void
selo_transaction_free(SeloTransaction *self)
{
    selo_blob_writer_free(self->writer);
    g_ptr_array_unref(self->recipients);
    g_free(self->reverse_path);
    g_free(self);
}

const char *
selo_transaction_id(SeloTransaction *self)
{
    return "T1";
}
