/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-config.c: a configuration file through the line reader. What it takes GKeyFile takes too,
 * and every key stands on a line of the file.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "server/config/selo-config-file.h"
#include "server/config/selo-fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
check_section(const SeloConfigSection *section, guint n_lines)
{
    for (guint i = 0; i < section->lines->len; i++) {
        const SeloConfigLine *line = section->lines->pdata[i];
        g_auto(GStrv) items = selo_list_split(line->value);

        g_assert_nonnull(items);
        g_assert_cmpuint(line->line, >, 0);
        g_assert_cmpuint(line->line, <=, n_lines);
        g_assert_true(g_utf8_validate(line->value, -1, NULL));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autoptr(GPtrArray) faults = selo_faults_new();
    g_autoptr(GPtrArray) sections =
        selo_config_file_parse((const char *) octets, size, "fuzz", faults);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    guint n_lines = 1;

    for (size_t i = 0; i < size; i++)
        n_lines += octets[i] == '\n';
    if (faults->len == 0 && size > 0) {
        g_key_file_load_from_data(file, (const char *) octets, size, G_KEY_FILE_NONE, &error);
        g_assert_no_error(error);
    }
    for (guint i = 0; i < sections->len; i++)
        check_section(sections->pdata[i], n_lines);
    for (guint i = 0; i < faults->len; i++)
        g_free(selo_fault_format(faults->pdata[i]));
    return 0;
}
