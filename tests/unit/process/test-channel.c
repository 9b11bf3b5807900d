/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-channel.c: messages between roles: order, descriptors, refusals, a peer who is slow or gone.
 */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/process/selo-channel.h"
#include "tests/lib/selo-test.h"

typedef struct {
    SeloLoop *loop;
    SeloChannel *left, *right;
    guint n_received, n_expected;
    gboolean is_closed, is_free_at_first;
    char text[64];
    int fd;
} Fixture;

static void
left_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
}

static void
right_received(void *data, const char *message, GVariant *body, int *fds, size_t n_fds)
{
    Fixture *f = data;

    f->n_received++;
    if (g_variant_is_of_type(body, G_VARIANT_TYPE("(s)"))) {
        const char *text;

        g_variant_get(body, "(&s)", &text);
        g_strlcpy(f->text, text, sizeof f->text);
    }
    if (n_fds == 1) {
        f->fd = fds[0];
        fds[0] = -1;
    }
    if (f->is_free_at_first)
        g_clear_pointer(&f->right, selo_channel_free);
}

static void
peer_closed(void *data)
{
    ((Fixture *) data)->is_closed = TRUE;
}

static void
set_up(Fixture *f, gconstpointer data)
{
    int ends[2];
    g_autoptr(GError) error = NULL;

    f->loop = selo_loop_get();
    f->fd = -1;
    g_assert_true(selo_channel_pair(ends, &error));
    f->left = selo_channel_new(f->loop, ends[0], left_received, peer_closed, f);
    f->right = selo_channel_new(f->loop, ends[1], right_received, peer_closed, f);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    selo_channel_free(f->left);
    selo_channel_free(f->right);
    if (f->fd >= 0)
        close(f->fd);
}

static gboolean
has_received(void *data)
{
    return ((Fixture *) data)->n_received > 0;
}

static void
test_body(Fixture *f, gconstpointer data)
{
    g_assert_true(selo_channel_send(f->left, "failed", g_variant_new("(s)", "no plugin"), NULL, 0));
    g_assert_cmpuint(f->n_received, ==, 0); /* never from inside */
    selo_test_run_until(has_received, f);
    g_assert_cmpstr(f->text, ==, "no plugin");
}

static void
test_descriptor(Fixture *f, gconstpointer data)
{
    int ends[2];
    char octet = 0;

    g_assert_no_errno(pipe(ends));
    g_assert_true(selo_channel_send(f->left, "log", g_variant_new("()"), &ends[1], 1));
    close(ends[1]);
    selo_test_run_until(has_received, f);
    g_assert_cmpint(f->fd, >=, 0);
    g_assert_cmpint(write(f->fd, "x", 1), ==, 1);
    g_assert_cmpint(read(ends[0], &octet, 1), ==, 1);
    g_assert_cmpint(octet, ==, 'x');
    close(ends[0]);
}

static void
test_refused(Fixture *f, gconstpointer data)
{
    char *long_text = g_strnfill(SELO_CHANNEL_MAX_PACKET, 'x');
    const int fd = STDERR_FILENO;

    g_assert_false(selo_channel_send(f->left, "no-such-message", g_variant_new("()"), NULL, 0));
    g_assert_false(selo_channel_send(f->left, "start", g_variant_new("(s)", "x"), NULL, 0));
    g_assert_false(selo_channel_send(f->left, "start", g_variant_new("()"), &fd, 1));
    g_assert_false(selo_channel_send(f->left, "log", g_variant_new("()"), NULL, 0));
    g_assert_false(selo_channel_send(f->left, "failed", g_variant_new("(s)", long_text), NULL, 0));
    g_free(long_text);
    selo_test_run_for(20 * 1000);
    g_assert_cmpuint(f->n_received, ==, 0);
    g_assert_false(f->is_closed);
}

/* What a broken peer writes past its own checks is refused by the reader, and the channel goes on. */
static void
test_malformed(Fixture *f, gconstpointer data)
{
    int ends[2];
    SeloChannel *victim;
    g_autoptr(GVariant) wrong =
        g_variant_ref_sink(g_variant_new("(sv)", "start", g_variant_new_string("body")));
    g_autoptr(GVariant) right =
        g_variant_ref_sink(g_variant_new("(sv)", "failed", g_variant_new("(s)", "still here")));

    g_assert_true(selo_channel_pair(ends, NULL));
    victim = selo_channel_new(f->loop, ends[1], right_received, peer_closed, f);
    g_assert_cmpint(send(ends[0], "\xff\xfe", 2, 0), ==, 2);
    g_assert_cmpint(send(ends[0], g_variant_get_data(wrong), g_variant_get_size(wrong), 0), >, 0);
    g_assert_cmpint(send(ends[0], g_variant_get_data(right), g_variant_get_size(right), 0), >, 0);
    selo_test_run_until(has_received, f);
    g_assert_cmpuint(f->n_received, ==, 1);
    g_assert_cmpstr(f->text, ==, "still here");
    selo_channel_free(victim);
    close(ends[0]);
}

static gboolean
has_expected(void *data)
{
    return ((Fixture *) data)->n_received == ((Fixture *) data)->n_expected;
}

/* A peer who does not read: packets wait, but not without end, and none is lost. */
static void
test_full(Fixture *f, gconstpointer data)
{
    guint n_sent = 0;

    while (n_sent < 100000 &&
           selo_channel_send(f->left, "failed", g_variant_new("(s)", "x"), NULL, 0))
        n_sent++;
    g_assert_cmpuint(n_sent, >=, 1024);
    g_assert_cmpuint(n_sent, <, 100000);
    f->n_expected = n_sent;
    selo_test_run_until(has_expected, f);
    g_assert_true(selo_channel_send(f->left, "failed", g_variant_new("(s)", "again"), NULL, 0));
}

static void
test_closed(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->left, selo_channel_free);
    selo_test_wait(&f->is_closed);
    g_assert_false(selo_channel_send(f->right, "start", g_variant_new("()"), NULL, 0));
}

/* The last words of a role that could not start are heard, whatever was being sent to it. */
static void
test_last_words(Fixture *f, gconstpointer data)
{
    selo_channel_send(f->right, "start", g_variant_new("()"), NULL, 0); /* never read */
    selo_channel_send(f->left, "failed", g_variant_new("(s)", "last words"), NULL, 0);
    g_clear_pointer(&f->left, selo_channel_free);
    g_assert_false(selo_channel_send(f->right, "stop", g_variant_new("()"), NULL, 0));
    selo_test_wait(&f->is_closed);
    g_assert_cmpstr(f->text, ==, "last words");
}

static void
test_freed_inside(Fixture *f, gconstpointer data)
{
    f->is_free_at_first = TRUE;
    selo_channel_send(f->left, "start", g_variant_new("()"), NULL, 0);
    selo_channel_send(f->left, "start", g_variant_new("()"), NULL, 0);
    selo_test_run_until(has_received, f);
    g_assert_cmpuint(f->n_received, ==, 1);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
#define ADD(name, test) g_test_add("/process/channel/" name, Fixture, NULL, set_up, test, tear_down)
    ADD("body", test_body);
    ADD("descriptor", test_descriptor);
    ADD("refused", test_refused);
    ADD("malformed", test_malformed);
    ADD("full", test_full);
    ADD("closed", test_closed);
    ADD("last-words", test_last_words);
    ADD("freed-inside", test_freed_inside);
#undef ADD
    return g_test_run();
}
