/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-pop3-line.c: any octets as a POP3 command line, as a unique-id format, and as a message on
 * its way out, whole and octet by octet: both must give the same.
 */
#include "config.h"

#include <string.h>

#include "plugins/pop3/pop3-parse.h"
#include "plugins/pop3/pop3-stuff.h"
#include "plugins/pop3/pop3-uidl.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static void
print_uidl(const char *format_text)
{
    g_autoptr(Pop3UidlFormat) format = pop3_uidl_format_new(format_text, NULL);
    char id[POP3_UIDL_MAX + 1];

    if (format == NULL)
        return;
    pop3_uidl_print(format, 1, G_MAXUINT32, "guid", id);
    g_assert(*id != '\0');
}

static GString *
stuff(const char *octets, size_t size, size_t step, uint64_t lines)
{
    GString *out = g_string_new(NULL);
    gboolean goes_on = TRUE;
    Pop3Stuffer stuffer;

    pop3_stuffer_init(&stuffer, lines);
    for (size_t at = 0; at < size && goes_on; at += step)
        goes_on = pop3_stuffer_add(&stuffer, octets + at, MIN(step, size - at), out);
    pop3_stuffer_end(&stuffer, out);
    g_assert(g_str_has_suffix(out->str, ".\r\n"));
    return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    g_autofree char *text = g_strndup((const char *) octets, size);
    const uint64_t lines = size > 0 ? octets[0] % 8 : 0;
    g_autoptr(GString) whole = stuff(text, strlen(text), MAX(strlen(text), 1), lines);
    g_autoptr(GString) pieces = stuff(text, strlen(text), 1, lines);
    Pop3Line line;
    uint64_t number;

    g_assert(g_string_equal(whole, pieces));
    print_uidl(text);
    if (size > 0 && pop3_parse_line((SeloStr){ (const char *) octets, size }, &line) &&
        line.n_arguments > 0)
        pop3_parse_number(line.arguments[0], &number);
    return 0;
}
