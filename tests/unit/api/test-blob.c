/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-blob.c: blobs in memory, in a file, and where no file can be.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "api/lib/selo-blob-private.h"

#include "tests/lib/selo-test.h"

/* Writes @size octets in pieces of @piece, reads them back. */
static void
check(size_t size, size_t piece)
{
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    g_autofree char *octets = g_malloc(size + 1), *read = g_malloc0(size + 1);
    g_autoptr(GError) error = NULL;
    SeloBlob blob;
    size_t at = 0;

    for (size_t i = 0; i < size; i++)
        octets[i] = (char) (i * 7 + i / 251);
    for (size_t done = 0; done < size; done += MIN(piece, size - done))
        selo_blob_writer_add(writer, octets + done, MIN(piece, size - done));
    g_assert_cmpint(selo_blob_writer_size(writer), ==, size);
    g_assert_true(selo_blob_writer_end(writer, &blob, &error));
    g_assert_no_error(error);
    g_assert_cmpint(blob.size, ==, size);
    g_assert_true((blob.octets != NULL) == (size <= 128 << 10));
    if (blob.octets != NULL)
        g_assert_cmpint(blob.octets[size], ==, 0);
    for (int64_t n; (n = selo_blob_read(&blob, at, read + at, 1000)) > 0;)
        at += (size_t) n;
    g_assert_cmpmem(read, at, octets, size);
}

static void
test_sizes(void)
{
    static const size_t sizes[] = { 0, 1, 2047, 2048, 2049, 128 << 10, (128 << 10) + 1, 300000 };
    static const size_t pieces[] = { 1, 77, 65536, 1 << 20 };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(pieces); j++)
            check(sizes[i], pieces[j]);
}

static void
test_no_directory(void)
{
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    g_autofree char *octets = g_strnfill(200000, 'x');
    g_autoptr(GError) error = NULL;
    SeloBlob blob;

    selo_blob_set_temp_dir("/nonexistent");
    selo_blob_writer_add(writer, octets, 100);
    g_assert_false(selo_blob_writer_has_failed(writer));
    selo_blob_writer_add(writer, octets, 200000);
    g_assert_true(selo_blob_writer_has_failed(writer));
    selo_blob_writer_add(writer, octets, 100);
    g_assert_cmpint(selo_blob_writer_size(writer), ==, 200200);
    g_assert_false(selo_blob_writer_end(writer, &blob, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "/nonexistent"));
    selo_blob_set_temp_dir(NULL);
}

/* A write that fails in the middle, as on a full disk. */
static void
test_no_room(void)
{
    g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
    g_autofree char *octets = g_strnfill(200000, 'x');
    struct rlimit usual, small;
    SeloBlob blob;

    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &usual), ==, 0);
    small = usual;
    small.rlim_cur = 150000;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    selo_blob_writer_add(writer, octets, 200000);
    selo_blob_writer_add(writer, octets, 200000);
    setrlimit(RLIMIT_FSIZE, &usual);
    g_assert_true(selo_blob_writer_has_failed(writer));
    g_assert_false(selo_blob_writer_end(writer, &blob, NULL));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/api/blob/sizes", test_sizes);
    g_test_add_func("/api/blob/no-directory", test_no_directory);
    g_test_add_func("/api/blob/no-room", test_no_room);
    return g_test_run();
}
