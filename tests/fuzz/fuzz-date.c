/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-date.c: any octets as a date. What is read as one prints as a date of the same second.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    int zone = 0;
    SeloTime time = selo_date_parse((SeloStr){ (const char *) octets, size }, &zone);
    char text[32];

    g_assert_cmpint(ABS(zone), <, 24 * 60);
    if (time.usec == 0)
        return 0;
    selo_date_print(time, text, sizeof text);
    if (time.usec >= INT64_C(-2208988800) * G_USEC_PER_SEC &&
        strlen(text) == 31) /* four digits of year */
        g_assert_cmpint(selo_date_parse((SeloStr){ text, strlen(text) }, NULL).usec, ==, time.usec);
    return 0;
}
