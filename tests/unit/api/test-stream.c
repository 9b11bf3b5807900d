/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-stream.c: a stream over one end of a socket pair, the test at the other.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/x509.h>

#include "api/lib/selo-blob-private.h"
#include "api/lib/selo-stream-private.h"

#include "tests/lib/selo-test.h"

typedef struct Side Side;
struct Side {
    SeloStream *stream;
    int fd; /* the test's end */
    gboolean is_ready, is_closed, is_expired, is_drained, is_secured;
    int n_inputs;
    SeloStatus secured;
    void (*on_input)(Side *side);
    GString *seen; /* what the reader made of the input */
    size_t max;
    SeloBlobWriter *writer;
    gboolean has_message;
    char *fault;
    char *tls; /* the peer's texts about it, joined */
};

static void
on_ready(void *data)
{
    ((Side *) data)->is_ready = TRUE;
}

static void
on_input(void *data)
{
    Side *side = data;

    side->n_inputs++;
    if (side->on_input != NULL)
        side->on_input(side);
}

static void
on_drained(void *data)
{
    ((Side *) data)->is_drained = TRUE;
}

static void
on_secured(void *data, SeloStatus status, const char *text)
{
    Side *side = data;

    side->is_secured = TRUE;
    side->secured = status;
    g_assert_true((text != NULL) == (status != SELO_OK));
}

static void
on_expired(void *data)
{
    ((Side *) data)->is_expired = TRUE;
}

static void
on_closed(void *data)
{
    Side *side = data;

    side->is_closed = TRUE;
    side->fault = g_strdup(selo_stream_fault(side->stream));
    side->stream = NULL;
}

static const SeloStreamEvents events = { on_ready,   on_input,   on_drained,
                                         on_secured, on_expired, on_closed };

static void
open_side(Side *side, const SeloStreamOptions *options)
{
    static const SeloStreamOptions plain = { .listener = "test" };
    int fds[2];

    *side = (Side){ .seen = g_string_new(NULL), .max = 20, .on_input = side->on_input };
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    side->fd = fds[1];
    side->stream =
        selo_stream_new(selo_loop_get(), fds[0], options != NULL ? options : &plain, &events, side);
    g_assert_false(side->is_ready);
}

static void
close_side(Side *side)
{
    selo_stream_close(side->stream);
    selo_blob_writer_free(side->writer);
    if (side->fd >= 0)
        close(side->fd);
    g_string_free(side->seen, TRUE);
    g_free(side->fault);
    g_free(side->tls);
    selo_test_run_for(1000);
}

static void
say_octets(Side *side, const char *octets, size_t size)
{
    while (size > 0) {
        ssize_t n = write(side->fd, octets, size);

        if (n < 0) {
            g_assert_cmpint(errno, ==, EAGAIN);
            selo_test_run_for(1000);
            continue;
        }
        octets += n;
        size -= (size_t) n;
    }
}

static void
say(Side *side, const char *text)
{
    say_octets(side, text, strlen(text));
}

static void
say_octet_by_octet(Side *side, const char *octets, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        say_octets(side, octets + i, 1);
        selo_test_run_for(0);
    }
}

static GString *
hear(Side *side)
{
    GString *heard = g_string_new(NULL);
    char octets[65536];
    ssize_t n;

    selo_test_run_for(5000);
    while ((n = read(side->fd, octets, sizeof octets)) > 0) {
        g_string_append_len(heard, octets, n);
        selo_test_run_for(2000);
    }
    return heard;
}

static void
assert_hears(Side *side, const char *want)
{
    GString *heard = hear(side);

    g_assert_cmpstr(heard->str, ==, want);
    g_string_free(heard, TRUE);
}

/* ---- lines ---- */

static void
read_lines(Side *side)
{
    SeloStr line;
    SeloRead read;

    while ((read = selo_stream_read_line(side->stream, side->max, &line)) != SELO_READ_AGAIN) {
        switch (read) {
        case SELO_READ_OK:
            g_assert_cmpint(line.s[line.len], ==, 0);
            g_string_append_printf(side->seen, "[%s]%s", line.s,
                                   selo_stream_line_was_bare(side->stream) ? "!" : "");
            break;
        case SELO_READ_TOO_LONG:
            g_string_append(side->seen, "<long>");
            break;
        case SELO_READ_END:
            g_string_append(side->seen, "<end>");
            return;
        case SELO_READ_AGAIN:
        case SELO_READ_BARE:
        case SELO_READ_FAILED:
        default:
            g_assert_not_reached();
        }
    }
}

static const struct {
    const char *name, *input, *want;
} line_cases[] = {
    { "plain", "EHLO a\r\nQUIT\r\n", "[EHLO a][QUIT]" },
    { "bare-lf", "a\nb\r\n\n", "[a]![b][]!" },
    { "empty", "\r\n\r\n", "[][]" },
    { "bare-cr", "a\rb\r\n\r\r\n", "[a\rb][\r]" },
    { "at-limit", "12345678901234567890\r\nx\r\n", "[12345678901234567890][x]" },
    { "over-limit", "123456789012345678901\r\nx\r\n", "<long>[x]" },
    { "far-over-limit",
      "1234567890123456789012345678901234567890123456789012345678901234567890\r\nx\r\n",
      "<long>[x]" },
};

static void
test_lines(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);

    for (int way = 0; way < 2; way++) {
        Side side = { .on_input = read_lines };

        open_side(&side, NULL);
        selo_test_wait(&side.is_ready);
        if (way == 0)
            say(&side, line_cases[i].input);
        else
            say_octet_by_octet(&side, line_cases[i].input, strlen(line_cases[i].input));
        selo_test_run_for(3000);
        g_assert_cmpstr(side.seen->str, ==, line_cases[i].want);
        close(side.fd);
        side.fd = -1;
        selo_test_run_for(3000);
        g_assert_true(g_str_has_suffix(side.seen->str, "<end>"));
        close_side(&side);
    }
}

/* Input before the session begins, and much of it, arrives; a line without end takes no memory. */
static void
test_lines_many(void)
{
    Side side = { .on_input = read_lines };

    open_side(&side, NULL);
    side.max = 1000;
    for (int i = 0; i < 20000; i++)
        say(&side, "a line\r\n");
    selo_test_run_for(20000);
    g_assert_cmpint(side.seen->len, ==, 20000 * strlen("[a line]"));
    g_string_truncate(side.seen, 0);
    for (int i = 0; i < 300; i++) {
        char junk[10000];

        memset(junk, 'x', sizeof junk);
        say_octets(&side, junk, sizeof junk);
    }
    say(&side, "\r\nlast\r\n");
    selo_test_run_for(20000);
    g_assert_cmpstr(side.seen->str, ==, "<long>[last]");
    close_side(&side);
}

/* ---- messages and literals ---- */

static void
read_message(Side *side)
{
    SeloBlob blob;
    SeloStr line;

    if (!side->has_message) {
        SeloRead read = selo_stream_read_dots(side->stream, side->max, side->writer);

        if (read == SELO_READ_AGAIN)
            return;
        side->has_message = TRUE;
        g_assert_true(selo_blob_writer_end(side->writer, &blob, NULL));
        g_string_append_printf(side->seen, "%d:", read);
        if (blob.octets != NULL)
            g_string_append_len(side->seen, blob.octets, (gssize) blob.size);
        else
            g_string_append_printf(side->seen, "%" G_GUINT64_FORMAT " in a file", blob.size);
    }
    while (selo_stream_read_line(side->stream, 100, &line) == SELO_READ_OK)
        g_string_append_printf(side->seen, "[%s]", line.s);
}

#define INPUT(text) text, sizeof text - 1
static const struct {
    const char *name, *input;
    size_t size;
    const char *want;
} dot_cases[] = {
    { "plain", INPUT("a\r\nb\r\n.\r\nQUIT\r\n"), "0:a\r\nb\r\n[QUIT]" },
    { "empty", INPUT(".\r\nQUIT\r\n"), "0:[QUIT]" },
    { "stuffed", INPUT("..\r\n..a\r\n.b\r\n...\r\n.\r\nQUIT\r\n"),
      "0:.\r\n.a\r\nb\r\n..\r\n[QUIT]" },
    { "lf-dot-lf", INPUT("a\n.\nMAIL\r\n.\r\nQUIT\r\n"), "3:a\n.\nMAIL\r\n[QUIT]" },
    { "lf-dot-crlf", INPUT("a\n.\r\nMAIL\r\n.\r\nQUIT\r\n"), "3:a\n.\r\nMAIL\r\n[QUIT]" },
    { "crlf-dot-lf", INPUT("a\r\n.\nMAIL\r\n.\r\nQUIT\r\n"), "3:a\r\n\nMAIL\r\n[QUIT]" },
    { "crlf-dot-cr", INPUT("a\r\n.\rb\r\n.\r\nQUIT\r\n"), "3:a\r\n\rb\r\n[QUIT]" },
    { "cr-dot-cr", INPUT("a\r.\rb\r\n.\r\nQUIT\r\n"), "3:a\r.\rb\r\n[QUIT]" },
    { "cr-cr-lf", INPUT("a\r\r\n.\r\nQUIT\r\n"), "3:a\r\r\n[QUIT]" },
    { "nul", INPUT("a\0b\r\n.\r\nQUIT\r\n"), "3:a\0b\r\n[QUIT]" },
    { "nul-after", INPUT("a\r\n.\r\nQU\0IT\r\n"), "0:a\r\n[QU]" },
    { "too-long", INPUT("123456789012345678901234567890\r\n\r\n.\r\nQUIT\r\n"), "2:[QUIT]" },
};

static void
test_dots(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);

    for (int way = 0; way < 2; way++) {
        Side side = { .on_input = read_message };
        GString *want;

        open_side(&side, NULL);
        side.writer = selo_blob_writer_new();
        if (way == 0)
            say_octets(&side, dot_cases[i].input, dot_cases[i].size);
        else
            say_octet_by_octet(&side, dot_cases[i].input, dot_cases[i].size);
        selo_test_run_for(3000);
        want = g_string_new(dot_cases[i].want);
        if (strcmp(dot_cases[i].name, "nul") == 0) {
            g_string_truncate(want, 0);
            g_string_append_len(want, INPUT("3:a\0b\r\n[QUIT]"));
        }
        if (strcmp(dot_cases[i].name, "too-long") == 0 &&
            way == 1) { /* what came before the limit was kept */
            g_assert_true(g_str_has_prefix(side.seen->str, "2:"));
            g_assert_true(g_str_has_suffix(side.seen->str, "[QUIT]"));
        } else {
            g_assert_cmpmem(side.seen->str, side.seen->len, want->str, want->len);
        }
        g_string_free(want, TRUE);
        close_side(&side);
    }
}

static void
test_large_message(void)
{
    Side side = { .on_input = read_message };
    enum { N = 100000 };

    open_side(&side, NULL);
    side.max = 0;
    side.writer = selo_blob_writer_new();
    for (int i = 0; i < N; i++)
        say(&side, "this line has thirty-one octets\r\n");
    say(&side, ".\r\nQUIT\r\n");
    selo_test_run_for(20000);
    g_assert_cmpstr(side.seen->str, ==, "0:3300000 in a file[QUIT]");
    close_side(&side);
}

static void
read_literal(Side *side)
{
    SeloRead read = selo_stream_read_blob(side->stream, side->max, side->writer);
    SeloBlob blob;
    SeloStr octets;

    if (read == SELO_READ_AGAIN)
        return;
    g_assert_true(selo_blob_writer_end(side->writer, &blob, NULL));
    g_string_append_printf(side->seen, "%d:", read);
    g_string_append_len(side->seen, blob.octets, (gssize) blob.size);
    while ((read = selo_stream_read_octets(side->stream, 3, &octets)) == SELO_READ_OK) {
        g_string_append_c(side->seen, '|');
        g_string_append_len(side->seen, octets.s, (gssize) octets.len);
    }
    g_assert_cmpint(read, ==, SELO_READ_AGAIN);
}

static void
test_literal(void)
{
    Side side = { .on_input = read_literal };

    open_side(&side, NULL);
    side.max = 10;
    side.writer = selo_blob_writer_new();
    say(&side, "01234");
    selo_test_run_for(2000);
    say(&side, "56789abcd");
    selo_test_run_for(2000);
    g_assert_cmpstr(side.seen->str, ==, "0:0123456789|abc|d");
    close_side(&side);
}

/* ---- output ---- */

static void
test_output(void)
{
    Side side = { .on_input = read_lines };
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    SeloBlob blob;
    GString *heard, *want = g_string_new("250-a\r\n250 12\r\n{300000}\r\n");

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    for (int i = 0; i < 100000; i++)
        selo_blob_writer_add(writer, "xyz", 3);
    g_assert_true(selo_blob_writer_end(writer, &blob, NULL));
    g_assert_null(blob.octets);
    selo_stream_write(side.stream, "250-a\r\n", 7);
    selo_stream_printf(side.stream, "%d %d\r\n", 250, 12);
    selo_stream_printf(side.stream, "{%d}\r\n", 300000);
    selo_stream_write_blob(side.stream, &blob, 0, 300000);
    selo_stream_write(side.stream, "tail", 4);
    selo_stream_write_blob(side.stream, &(SeloBlob){ .octets = "0123456789", .size = 10 }, 3, 4);
    selo_stream_write_blob(side.stream, &blob, 299999, 1);
    g_assert_cmpint(selo_stream_queued(side.stream), ==, want->len + 300000 + 4 + 4 + 1);
    heard = hear(&side);
    for (int i = 0; i < 100000; i++)
        g_string_append(want, "xyz");
    g_string_append(want, "tail3456z");
    g_assert_cmpmem(heard->str, heard->len, want->str, want->len);
    g_assert_cmpint(selo_stream_queued(side.stream), ==, 0);
    g_assert_true(side.is_drained);
    g_string_free(heard, TRUE);
    g_string_free(want, TRUE);
    close_side(&side);
}

/* A peer that does not read what it asked for is not read either. */
static void
test_back_pressure(void)
{
    Side side = { .on_input = read_lines };
    g_autofree char *much = g_strnfill(2 << 20, 'x');
    GString *heard;

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_stream_write(side.stream, much, 2 << 20);
    say(&side, "more\r\n");
    selo_test_run_for(10000);
    g_assert_cmpstr(side.seen->str, ==, "");
    heard = hear(&side);
    g_assert_cmpint(heard->len, ==, 2 << 20);
    g_assert_cmpstr(side.seen->str, ==, "[more]");
    g_string_free(heard, TRUE);
    close_side(&side);
}

static void
test_finish(void)
{
    Side side = { .on_input = read_lines };

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_stream_write(side.stream, "221 bye\r\n", 9);
    selo_stream_finish(side.stream);
    selo_stream_write(side.stream, "too late", 8);
    selo_test_wait(&side.is_closed);
    assert_hears(&side, "221 bye\r\n");
    close_side(&side);
}

/* With input unread, the stream waits for the peer to close first. */
static void
test_finish_lingers(void)
{
    Side side = { .on_input = NULL };

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    say(&side, "never read\r\n");
    selo_test_run_for(2000);
    selo_stream_write(side.stream, "421 bye\r\n", 9);
    selo_stream_finish(side.stream);
    selo_test_run_for(5000);
    g_assert_false(side.is_closed);
    assert_hears(&side, "421 bye\r\n");
    shutdown(side.fd, SHUT_WR);
    selo_test_wait(&side.is_closed);
    close_side(&side);
}

static void
test_timeout(void)
{
    Side side = { .on_input = read_lines };

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_stream_set_timeout(side.stream, 40000);
    for (int i = 0; i < 5; i++) {
        selo_test_run_for(15000);
        say(&side, "x\r\n");
    }
    g_assert_false(side.is_expired);
    selo_stream_pause(side.stream);
    selo_test_run_for(60000);
    g_assert_false(side.is_expired);
    selo_stream_resume(side.stream);
    selo_test_wait(&side.is_expired);
    close_side(&side);
}

/* A peer that always says something never is idle, and still does not stay. */
static void
test_limit(void)
{
    Side side = { .on_input = read_lines };

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_stream_set_timeout(side.stream, 40000);
    selo_stream_set_limit(side.stream, 60000);
    for (int i = 0; i < 5; i++) {
        selo_test_run_for(15000);
        say(&side, "x\r\n");
    }
    g_assert_true(side.is_expired);
    side.is_expired = FALSE;
    selo_stream_set_timeout(side.stream, 40000); /* the session cannot end just now */
    for (int i = 0; i < 5; i++) {
        selo_test_run_for(15000);
        say(&side, "x\r\n");
    }
    g_assert_false(side.is_expired); /* it is not asked all the time */
    close_side(&side);
}

static void
test_limit_lifted(void)
{
    Side side = { .on_input = read_lines };

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_stream_set_limit(side.stream, 30000);
    selo_stream_set_limit(side.stream, 0);
    selo_test_run_for(60000);
    g_assert_false(side.is_expired);
    close_side(&side);
}

static void
test_pause(void)
{
    Side side = { .on_input = read_lines };
    int n;

    open_side(&side, NULL);
    selo_test_wait(&side.is_ready);
    selo_test_run_for(2000);
    selo_stream_pause(side.stream);
    n = side.n_inputs;
    say(&side, "a\r\n");
    selo_test_run_for(2000);
    g_assert_cmpint(side.n_inputs, ==, n);
    selo_stream_resume(side.stream);
    g_assert_cmpint(side.n_inputs, ==, n);
    selo_test_run_for(2000);
    g_assert_cmpstr(side.seen->str, ==, "[a]");
    close_side(&side);
}

/* ---- PROXY ---- */

#define SPACES "                                        "
static const struct {
    const char *name, *header;
    size_t size;
    const char *want_ip; /* NULL: refused */
} proxy_cases[] = {
    { "v1-tcp4", INPUT("PROXY TCP4 192.0.2.1 198.51.100.1 40000 25\r\n"), "192.0.2.1" },
    { "v1-tcp6", INPUT("PROXY TCP6 2001:db8::1 2001:db8::2 40000 25\r\n"), "2001:db8::1" },
    { "v1-unknown", INPUT("PROXY UNKNOWN ffff::1 whatever\r\n"), "" },
    { "v1-bad-address", INPUT("PROXY TCP4 192.0.2.256 198.51.100.1 40000 25\r\n"), NULL },
    { "v1-bad-family", INPUT("PROXY TCP5 192.0.2.1 198.51.100.1 40000 25\r\n"), NULL },
    { "v1-bad-port", INPUT("PROXY TCP4 192.0.2.1 198.51.100.1 70000 25\r\n"), NULL },
    { "v1-bare-lf", INPUT("PROXY TCP4 192.0.2.1 198.51.100.1 40000 25\n"), NULL },
    { "v1-endless",
      INPUT(
          "PROXY TCP4 192.0.2.1 198.51.100.1 40000 25" SPACES SPACES),
      NULL },
    { "none", INPUT("EHLO example.org\r\n"), NULL },
    { "v2-tcp4",
      INPUT("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\0\x19"),
      "192.0.2.1" },
    { "v2-local", INPUT("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"), "" },
    { "v2-extension",
      INPUT(
          "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x11\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\0\x19" "\x04\0\x02xx"),
      "192.0.2.1" },
    { "v2-bad-extension",
      INPUT(
          "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x11\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\0\x19" "\x04\0\x09xx"),
      NULL },
    { "v2-short", INPUT("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x04\xc0\0\x02\x01"), NULL },
    { "v2-version",
      INPUT("\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x9c\x40\0\x19"),
      NULL },
    { "v2-huge", INPUT("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"), NULL },
};

static void
test_proxy(gconstpointer data)
{
    static const SeloStreamOptions options = { .listener = "test", .has_proxy_header = TRUE };
    gsize i = GPOINTER_TO_SIZE(data);

    for (int way = 0; way < 2; way++) {
        Side side = { .on_input = read_lines };
        const SeloPeer *peer;

        open_side(&side, &options);
        selo_test_run_for(1000);
        g_assert_false(side.is_ready);
        if (way == 0)
            say_octets(&side, proxy_cases[i].header, proxy_cases[i].size);
        else
            for (size_t j = 0; j < proxy_cases[i].size && !side.is_closed; j++)
                say_octet_by_octet(&side, proxy_cases[i].header + j, 1);
        selo_test_run_for(2000);
        if (proxy_cases[i].want_ip == NULL) {
            g_assert_true(side.is_closed);
            g_assert_true(g_str_has_prefix(side.fault, "PROXY header: "));
        } else {
            g_assert_true(side.is_ready);
            peer = selo_stream_peer(side.stream);
            say(&side, "hello\r\n");
            selo_test_run_for(2000);
            g_assert_cmpstr(side.seen->str, ==, "[hello]");
            g_assert_cmpstr(peer->remote_ip.s, ==, proxy_cases[i].want_ip);
            g_assert_cmpint(peer->remote_port, ==, *proxy_cases[i].want_ip != '\0' ? 40000 : 0);
        }
        close_side(&side);
    }
}

static void
test_proxy_timeout(void)
{
    static const SeloStreamOptions options = { .has_proxy_header = TRUE,
                                               .handshake_timeout = 10000 };
    Side side = { .on_input = read_lines };

    open_side(&side, &options);
    say(&side, "PROXY ");
    selo_test_wait(&side.is_closed);
    g_assert_nonnull(side.fault);
    close_side(&side);
}

/* ---- TLS: a client on a thread of its own ---- */

static SeloTls *
make_tls(const char *dir)
{
    g_autofree char *certificate_file = g_build_filename(dir, "cert.pem", NULL);
    SeloStr key_pem;
    g_autoptr(GError) error = NULL;
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t certificate;
    char pem[8192];
    size_t size = sizeof pem;
    SeloTls *tls;

    gnutls_x509_privkey_init(&key);
    g_assert_cmpint(gnutls_x509_privkey_generate(
                        key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
                    ==, 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, "\1", 1);
    gnutls_x509_crt_set_activation_time(certificate, time(NULL) - 60);
    gnutls_x509_crt_set_expiration_time(certificate, time(NULL) + 3600);
    gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, "mail.example", 12);
    gnutls_x509_crt_set_key(certificate, key);
    g_assert_cmpint(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0), ==,
                    0);
    gnutls_x509_crt_export(certificate, GNUTLS_X509_FMT_PEM, pem, &size);
    g_assert_true(g_file_set_contents(certificate_file, pem, (gssize) size, NULL));
    size = sizeof pem;
    gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, pem, &size);
    key_pem = (SeloStr){ pem, size };
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);

    g_assert_null(selo_tls_new("/nonexistent", key_pem, "1.2", &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_clear_error(&error);
    g_assert_null(selo_tls_new(certificate_file, SELO_STR("no key"), "1.2", &error));
    g_assert_error(error, SELO_TLS_ERROR, SELO_TLS_ERROR_BAD);
    g_clear_error(&error);
    g_assert_null(selo_tls_new(certificate_file, key_pem, "1.1", &error));
    g_assert_error(error, SELO_TLS_ERROR, SELO_TLS_ERROR_BAD);
    g_clear_error(&error);
    tls = selo_tls_new(certificate_file, key_pem, "1.2", &error);
    g_assert_no_error(error);
    return tls;
}

typedef struct {
    int fd;
    const char *say_first; /* in clear, before the handshake */
    const char *priority;
    GString *heard;
    int handshake;
    gboolean is_done;
    SeloDeferred item;
} Client;

static void
client_is_done(void *data)
{
    ((Client *) data)->is_done = TRUE;
}

/* Shakes hands, says "hello", hears a megabyte, and what comes until close_notify. */
static void *
run_client(void *data)
{
    Client *client = data;
    gnutls_session_t session;
    gnutls_certificate_credentials_t credentials;
    char octets[16384];
    ssize_t n;

    fcntl(client->fd, F_SETFL, 0);
    if (client->say_first != NULL) {
        g_assert_cmpint(write(client->fd, client->say_first, strlen(client->say_first)), >, 0);
        n = read(client->fd, octets, sizeof octets);
        g_assert_cmpint(n, >, 0);
        g_string_append_len(client->heard, octets, n);
    }
    gnutls_certificate_allocate_credentials(&credentials);
    gnutls_init(&session, GNUTLS_CLIENT);
    gnutls_priority_set_direct(session, client->priority, NULL);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_server_name_set(session, GNUTLS_NAME_DNS, "mail.example", 12);
    gnutls_transport_set_int(session, client->fd);
    client->handshake = gnutls_handshake(session);
    if (client->handshake == 0) {
        gnutls_record_send(session, "hello\r\n", 7);
        while ((n = gnutls_record_recv(session, octets, sizeof octets)) > 0)
            g_string_append_len(client->heard, octets, n);
        g_assert_cmpint(n, ==, 0); /* close_notify, not a cut */
    }
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    close(client->fd);
    selo_loop_post(selo_loop_get(), &client->item, client_is_done, client);
    return NULL;
}

static void
answer_much(Side *side)
{
    g_autofree char *much = g_strnfill(1 << 20, 'y');
    const SeloPeer *peer = selo_stream_peer(side->stream);
    SeloStr line;

    if (selo_stream_read_line(side->stream, side->max, &line) != SELO_READ_OK)
        return;
    if (peer->tls)
        side->tls = g_strjoin(" ", peer->tls_version.s, peer->tls_cipher.s, peer->tls_sni.s,
                              peer->channel_binding.s, NULL);
    g_string_append_printf(side->seen, "[%s]", line.s);
    if (strcmp(line.s, "STARTTLS") == 0) {
        selo_stream_write(side->stream, "220 go\r\n", 8);
        selo_stream_start_tls(side->stream);
    } else {
        selo_stream_write(side->stream, much, 1 << 20);
        selo_stream_finish(side->stream);
    }
}

static void
run_tls(const SeloStreamOptions *options, Client *client, Side *side)
{
    GThread *thread;

    side->on_input = answer_much;
    open_side(side, options);
    side->max = 100;
    client->fd = side->fd;
    client->heard = g_string_new(NULL);
    side->fd = -1;
    thread = g_thread_new("client", run_client, client);
    selo_test_wait(&side->is_closed);
    selo_test_wait(&client->is_done);
    g_thread_join(thread);
}

static void
test_tls_immediate(gconstpointer data)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    SeloStreamOptions options = { .tls = make_tls(dir), .is_tls_immediate = TRUE };
    Client client = { .priority = data };
    Side side = { 0 };
    gboolean is_13 = strstr(data, "TLS1.3") != NULL;

    run_tls(&options, &client, &side);
    g_assert_cmpint(client.handshake, ==, 0);
    g_assert_cmpint(client.heard->len, ==, 1 << 20);
    g_assert_true(g_pattern_match_simple(is_13 ? "TLS1.3 TLS_* mail.example tls-exporter:*"
                                               : "TLS1.2 TLS_* mail.example tls-unique:*",
                                         side.tls));
    g_string_free(client.heard, TRUE);
    close_side(&side);
    selo_tls_unref(options.tls);
}

/* RFC 3207 section 4.2 and what came of ignoring it: commands behind STARTTLS are dropped. */
static void
test_starttls(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    SeloStreamOptions options = { .tls = make_tls(dir) };
    Client client = { .say_first = "STARTTLS\r\nRCPT injected\r\n", .priority = "NORMAL" };
    Side side = { 0 };

    run_tls(&options, &client, &side);
    g_assert_cmpint(client.handshake, ==, 0);
    g_assert_true(side.is_secured);
    g_assert_cmpint(side.secured, ==, SELO_OK);
    g_assert_cmpint(client.heard->len, ==, (1 << 20) + 8);
    g_assert_cmpstr(side.seen->str, ==, "[STARTTLS][hello]");
    g_string_free(client.heard, TRUE);
    close_side(&side);
    selo_tls_unref(options.tls);
}

static void
test_tls_refused(void)
{
    g_autoptr(SeloTestDir) dir = selo_test_dir_new();
    SeloStreamOptions options = { .tls = make_tls(dir), .is_tls_immediate = TRUE };
    Client client = { .priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:%UNSAFE_RENEGOTIATION" };
    Side side = { 0 };

    run_tls(&options, &client, &side);
    g_assert_cmpint(client.handshake, <, 0);
    g_assert_false(side.is_ready);
    g_assert_true(g_str_has_prefix(side.fault, "TLS handshake: "));
    g_string_free(client.heard, TRUE);
    close_side(&side);

    side = (Side){ 0 }; /* no TLS at all */
    open_side(&side, &options);
    say(&side, "EHLO example.org\r\n");
    selo_test_wait(&side.is_closed);
    g_assert_true(g_str_has_prefix(side.fault, "TLS handshake: "));
    close_side(&side);
    selo_tls_unref(options.tls);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (gsize i = 0; i < G_N_ELEMENTS(line_cases); i++) {
        g_autofree char *path = g_strconcat("/api/stream/line/", line_cases[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_lines);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(dot_cases); i++) {
        g_autofree char *path = g_strconcat("/api/stream/dots/", dot_cases[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_dots);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(proxy_cases); i++) {
        g_autofree char *path = g_strconcat("/api/stream/proxy/", proxy_cases[i].name, NULL);

        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_proxy);
    }
    g_test_add_func("/api/stream/proxy/timeout", test_proxy_timeout);
    g_test_add_func("/api/stream/lines-many", test_lines_many);
    g_test_add_func("/api/stream/large-message", test_large_message);
    g_test_add_func("/api/stream/literal", test_literal);
    g_test_add_func("/api/stream/output", test_output);
    g_test_add_func("/api/stream/back-pressure", test_back_pressure);
    g_test_add_func("/api/stream/finish", test_finish);
    g_test_add_func("/api/stream/finish-lingers", test_finish_lingers);
    g_test_add_func("/api/stream/timeout", test_timeout);
    g_test_add_func("/api/stream/limit", test_limit);
    g_test_add_func("/api/stream/limit-lifted", test_limit_lifted);
    g_test_add_func("/api/stream/pause", test_pause);
    g_test_add_data_func("/api/stream/tls/1.3", "NORMAL:-VERS-ALL:+VERS-TLS1.3",
                         test_tls_immediate);
    g_test_add_data_func("/api/stream/tls/1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2",
                         test_tls_immediate);
    g_test_add_func("/api/stream/tls/starttls", test_starttls);
    g_test_add_func("/api/stream/tls/refused", test_tls_refused);
    return g_test_run();
}
