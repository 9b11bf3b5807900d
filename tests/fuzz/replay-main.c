/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * replay-main.c: runs a fuzz target over files, without a fuzzing engine: each file whole, and cut
 * short at every one of its first octets.
 */
#include <glib.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autofree char *octets = NULL;
        gsize size;

        if (!g_file_get_contents(argv[i], &octets, &size, NULL))
            return 1;
        for (gsize cut = 0; cut < MIN(size, 512); cut++)
            LLVMFuzzerTestOneInput((const uint8_t *) octets, cut);
        LLVMFuzzerTestOneInput((const uint8_t *) octets, size);
    }
    return 0;
}
