/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-bare.c: finds bare CR and LF in a message that came in chunks. DATA is checked by the stream as it
 * is read; chunks pass the stream untouched, so they are looked at once when the last one is in. Without
 * this BDAT would carry in what DATA refuses (SMTP smuggling), for the next server to trip over.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-session.h"

/* @previous: the octet before @octets; left at their last one. */
static gboolean
has_bare(const char *octets, size_t size, char *previous)
{
    const char *at = octets, *end = octets + size;

    if (size == 0)
        return FALSE;
    if (*previous == '\r' && *octets != '\n')
        return TRUE;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t) (end - at));
        const char *stop = lf != NULL ? lf : end;
        const char *cr = memchr(at, '\r', (size_t) (stop - at));
        char before = stop > octets ? stop[-1] : *previous;

        if (cr != NULL && cr + 1 != stop) /* also a CR that ends these octets passes, for now */
            return TRUE;
        if (lf != NULL && before != '\r')
            return TRUE;
        at = stop + 1;
    }
    *previous = octets[size - 1];
    return FALSE;
}

gboolean
selo_smtp_has_bare(const SeloBlob *blob)
{
    char previous = '\0', buffer[16384];
    uint64_t offset = 0;

    if (blob->octets != NULL)
        return has_bare(blob->octets, blob->size, &previous) || previous == '\r';
    while (offset < blob->size) {
        int64_t size = selo_blob_read(blob, offset, buffer, sizeof buffer);

        if (size <= 0 || has_bare(buffer, (size_t) size, &previous))
            return TRUE;
        offset += (uint64_t) size;
    }
    return previous == '\r';
}
