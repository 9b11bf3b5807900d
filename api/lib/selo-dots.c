/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-dots.c: finds CRLF.CRLF and takes the dots out. Only CRLF ends a line here: a CR or LF alone
 * is kept, noted, and never part of an end, or else one message could smuggle another past us.
 * Three memchr() over each line are several times faster than one loop over its octets.
 */
#include "config.h"

#include "api/lib/selo-dots.h"

#include <string.h>

enum { LINE_START, TEXT, CR, DOT, DOT_CR };

static void
emit(SeloDots *dots, SeloBlobWriter *into, const char *octets, size_t size)
{
    if (size == 0)
        return;
    if (dots->max != 0 && size > dots->max - MIN(dots->size, dots->max))
        dots->is_too_long = TRUE;
    dots->size += size;
    if (into != NULL && !dots->is_too_long)
        selo_blob_writer_add(into, octets, size);
}

/* From within a line: to the octet after its CRLF, or to @end. Sets the state. */
static const char *
scan_line(SeloDots *dots, const char *at, const char *end)
{
    const char *lf = memchr(at, '\n', (size_t) (end - at)), *stop = lf != NULL ? lf : end;
    const char *cr = memchr(at, '\r', (size_t) (stop - at));

    while (cr != NULL && cr + 1 < stop) { /* a CR with something else behind it */
        dots->is_bare = TRUE;
        cr = memchr(cr + 1, '\r', (size_t) (stop - cr - 1));
    }
    if (lf == NULL) {
        dots->state = cr != NULL ? CR : TEXT;
        return end;
    }
    if (cr == NULL)
        dots->is_bare = TRUE;
    dots->state = cr != NULL ? LINE_START : TEXT;
    return lf + 1;
}

/* One octet in a state that depends on it. Gives the octets that go into the message before it
 * goes on: -1 = this one is dropped, 0 = look at it again as text, 1 = the end. */
static int
step(SeloDots *dots, char octet, SeloBlobWriter *into)
{
    switch (dots->state) {
    case LINE_START:
        dots->state = octet == '.' ? DOT : TEXT;
        return octet == '.' ? -1 : 0;
    case DOT:
        dots->state = octet == '\r' ? DOT_CR : TEXT;
        return octet == '\r' ? -1 : 0;
    case DOT_CR:
        if (octet == '\n')
            return 1;
        dots->is_bare = TRUE;
        emit(dots, into, "\r", 1);
        dots->state = TEXT;
        return 0;
    default: /* CR at the end of what came before */
        if (octet != '\n') {
            dots->is_bare = TRUE;
            dots->state = TEXT;
            return 0;
        }
        emit(dots, into, "\n", 1);
        dots->state = LINE_START;
        return -1;
    }
}

gboolean
selo_dots_feed(SeloDots *dots, const char *octets, size_t size, SeloBlobWriter *into,
               size_t *out_used)
{
    const char *at = octets, *end = octets + size, *run = octets; /* run: not emitted yet */
    gboolean is_end = FALSE;

    while (at < end && !is_end) {
        if (dots->state == TEXT || (dots->state == LINE_START && *at != '.')) {
            at = scan_line(dots, at, end);
            continue;
        }
        emit(dots, into, run, (size_t) (at - run));
        run = at;
        switch (step(dots, *at, into)) {
        case -1:
            run = ++at;
            break;
        case 1:
            run = ++at;
            is_end = TRUE;
            break;
        default:
            break;
        }
    }
    emit(dots, into, run, (size_t) (at - run));
    if (memchr(octets, 0, (size_t) (at - octets)) != NULL)
        dots->is_bare = TRUE;
    *out_used = (size_t) (at - octets);
    return is_end;
}
