/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-sockets.c: addresses of listeners, and which socket goes to which worker.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/process/selo-sockets.h"
#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *text, *want; /* NULL: refused */
} AddressCase;

static const AddressCase address_cases[] = {
    { "any", "*:25", "::" },
    { "v4", "192.0.2.1:25", "::ffff:192.0.2.1" },
    { "any-v4", "0.0.0.0:25", "::ffff:0.0.0.0" },
    { "v6", "[2001:db8::1]:25", "2001:db8::1" },
    { "no-port", "192.0.2.1", NULL },
    { "port-zero", "*:0", NULL },
    { "port-large", "*:65536", NULL },
    { "port-sign", "*:+25", NULL },
    { "no-brackets", "::1:25", NULL },
    { "brackets-v4", "[192.0.2.1]:25", NULL },
    { "name", "localhost:25", NULL },
    { "empty", "", NULL },
};

static void
test_address(gconstpointer data)
{
    const AddressCase *c = data;
    struct sockaddr_in6 address;
    char text[INET6_ADDRSTRLEN];
    gboolean is_v4;
    g_autoptr(GError) error = NULL;

    if (!selo_sockets_parse_address(c->text, &address, &is_v4, &error)) {
        g_assert_null(c->want);
        g_assert_error(error, SELO_SOCKETS_ERROR, SELO_SOCKETS_ERROR_ADDRESS);
        return;
    }
    g_assert_cmpstr(inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text), ==, c->want);
    g_assert_cmpuint(ntohs(address.sin6_port), ==, 25);
}

/* A port that was free a moment ago. */
static char *
get_address(void)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof any;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    g_assert_no_errno(bind(fd, (struct sockaddr *) &any, sizeof any));
    g_assert_no_errno(getsockname(fd, (struct sockaddr *) &any, &size));
    close(fd);
    return g_strdup_printf("127.0.0.1:%u", ntohs(any.sin_port));
}

static void
count_socket(void *data, int fd)
{
    guint *n = data;

    g_assert_cmpint(fd, >=, 0);
    (*n)++;
}

static guint
count(SeloSockets *sockets, const char *address, guint index, guint n_workers)
{
    guint n = 0;

    selo_sockets_for_worker(sockets, address, index, n_workers, count_socket, &n);
    return n;
}

static void
test_shares(void)
{
    g_autofree char *address = get_address();
    SeloSockets *sockets = selo_sockets_new();
    g_autoptr(GError) error = NULL;

    g_assert_true(selo_sockets_open(sockets, address, 3, &error));
    selo_sockets_settle(sockets, TRUE);
    for (guint i = 0; i < 3; i++)
        g_assert_cmpuint(count(sockets, address, i, 3), ==, 1);
    /* fewer workers: no socket is closed, for connections may wait on it */
    g_assert_true(selo_sockets_open(sockets, address, 2, &error));
    selo_sockets_settle(sockets, TRUE);
    g_assert_cmpuint(count(sockets, address, 0, 2), ==, 2);
    g_assert_cmpuint(count(sockets, address, 1, 2), ==, 1);
    selo_sockets_free(sockets);
}

static void
test_settle(void)
{
    g_autofree char *kept = get_address(), *tried = get_address();
    SeloSockets *sockets = selo_sockets_new();

    g_assert_true(selo_sockets_open(sockets, kept, 1, NULL));
    selo_sockets_settle(sockets, TRUE);
    g_assert_true(selo_sockets_open(sockets, tried, 1, NULL));
    selo_sockets_settle(sockets, FALSE); /* the reload failed */
    g_assert_cmpuint(count(sockets, kept, 0, 1), ==, 1);
    g_assert_cmpuint(count(sockets, tried, 0, 1), ==, 0);
    g_assert_true(selo_sockets_open(sockets, tried, 1, NULL));
    selo_sockets_settle(sockets, TRUE); /* it moved */
    g_assert_cmpuint(count(sockets, kept, 0, 1), ==, 0);
    g_assert_cmpuint(count(sockets, tried, 0, 1), ==, 1);
    selo_sockets_free(sockets);
}

static void
test_in_use(void)
{
    g_autofree char *address = get_address();
    struct sockaddr_in6 parsed;
    struct sockaddr_in taken = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    SeloSockets *sockets = selo_sockets_new();
    g_autoptr(GError) error = NULL;
    gboolean is_v4;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    selo_sockets_parse_address(address, &parsed, &is_v4, NULL);
    taken.sin_port = parsed.sin6_port;
    g_assert_no_errno(bind(fd, (struct sockaddr *) &taken, sizeof taken));
    g_assert_no_errno(listen(fd, 1));
    g_assert_false(selo_sockets_open(sockets, address, 1, &error));
    g_assert_error(error, SELO_SOCKETS_ERROR, SELO_SOCKETS_ERROR_BIND);
    g_assert_nonnull(strstr(error->message, address));
    close(fd);
    selo_sockets_free(sockets);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(address_cases); i++) {
        g_autofree char *path =
            g_strconcat("/process/sockets/address/", address_cases[i].name, NULL);

        g_test_add_data_func(path, &address_cases[i], test_address);
    }
    g_test_add_func("/process/sockets/shares", test_shares);
    g_test_add_func("/process/sockets/settle", test_settle);
    g_test_add_func("/process/sockets/in-use", test_in_use);
    return g_test_run();
}
