/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-response.c: see its header.
 */
#include "config.h"

#include "plugins/imap/imap-response.h"

#include <selo/store.h>
#include <string.h>

#include "plugins/common/mutf7.h"

#define DAY_SECONDS 86400
#define MAX_KEPT    (256 * 1024) /* of the output buffer */

static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

size_t
imap_print_u64(char *buffer, uint64_t number)
{
    char digits[IMAP_DIGITS_MAX];
    size_t n = 0;

    do {
        digits[n++] = (char) ('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < n; i++)
        buffer[i] = digits[n - 1 - i];
    return n;
}

void
imap_out_flush(ImapOut *out)
{
    if (out->stream == NULL || out->text->len == 0)
        return;
    selo_stream_write(out->stream, out->text->str, out->text->len);
    if (out->text->allocated_len > MAX_KEPT) { /* a large header went through */
        g_string_free(out->text, TRUE);
        out->text = g_string_sized_new(2 * IMAP_OUT_FLUSH);
    }
    g_string_truncate(out->text, 0);
}

void
imap_out_octets(ImapOut *out, const char *octets, size_t size)
{
    g_string_append_len(out->text, octets, (gssize) size);
    if (out->text->len >= IMAP_OUT_FLUSH)
        imap_out_flush(out);
}

void
imap_out_text(ImapOut *out, const char *text)
{
    imap_out_octets(out, text, strlen(text));
}

void
imap_out_u64(ImapOut *out, uint64_t number)
{
    char digits[IMAP_DIGITS_MAX];

    imap_out_octets(out, digits, imap_print_u64(digits, number));
}

void
imap_out_blob(ImapOut *out, const SeloBlob *blob, uint64_t offset, uint64_t size)
{
    if (size == 0)
        return;
    if (out->stream != NULL) {
        imap_out_flush(out);
        selo_stream_write_blob(out->stream, blob, offset, size);
    } else {
        gsize start = out->text->len;

        g_string_set_size(out->text, start + size);
        selo_blob_read(blob, offset, out->text->str + start, size);
    }
}

static gboolean
can_quote(SeloStr text, gboolean is_utf8)
{
    gboolean has_8bit = FALSE;

    if (text.len > 1000)
        return FALSE;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.s[i];

        if (c == '\r' || c == '\n' || c == '\0')
            return FALSE;
        has_8bit |= c >= 0x80;
    }
    return !has_8bit || (is_utf8 && g_utf8_validate(text.s, (gssize) text.len, NULL));
}

static void
put_literal(ImapOut *out, SeloStr text)
{
    imap_out_lit(out, "{");
    imap_out_u64(out, text.len);
    imap_out_lit(out, "}\r\n");
    imap_out_octets(out, text.s, text.len);
}

void
imap_out_string(ImapOut *out, SeloStr text, gboolean is_utf8)
{
    size_t start = 0;

    if (!can_quote(text, is_utf8)) {
        put_literal(out, text);
        return;
    }
    imap_out_lit(out, "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] == '"' || text.s[i] == '\\') {
            imap_out_octets(out, text.s + start, i - start);
            imap_out_lit(out, "\\");
            start = i;
        }
    }
    imap_out_octets(out, text.s + start, text.len - start);
    imap_out_lit(out, "\"");
}

void
imap_out_nstring(ImapOut *out, SeloStr text, gboolean is_utf8)
{
    if (text.s == NULL)
        imap_out_lit(out, "NIL");
    else
        imap_out_string(out, text, is_utf8);
}

void
imap_out_astring(ImapOut *out, SeloStr text, gboolean is_utf8)
{
    gboolean is_atom = text.len > 0 && text.len < 100 && !imap_str_is(text, "NIL");

    for (size_t i = 0; i < text.len && is_atom; i++)
        is_atom = text.s[i] > 0x20 && text.s[i] < 0x7f && strchr("(){%*\"\\]", text.s[i]) == NULL;
    if (is_atom)
        imap_out_octets(out, text.s, text.len);
    else
        imap_out_string(out, text, is_utf8);
}

void
imap_out_mailbox(ImapOut *out, SeloStr name, gboolean is_utf8)
{
    gboolean is_ascii = TRUE;

    for (size_t i = 0; i < name.len && is_ascii; i++)
        is_ascii = name.s[i] >= 0x20 && name.s[i] < 0x7f && name.s[i] != '&';
    if (is_utf8 || is_ascii) {
        imap_out_astring(out, name, is_utf8);
    } else {
        g_autofree char *wire = mutf7_encode(name);

        imap_out_astring(out, SELO_STR(wire != NULL ? wire : ""), FALSE);
    }
}

void
imap_out_flags(ImapOut *out, uint32_t flags, uint64_t keywords, SeloStrs names)
{
    static const struct {
        uint32_t flag;
        SeloStr name;
    } system_flags[] = {
        { SELO_FLAG_ANSWERED, { "\\Answered", 9 } }, { SELO_FLAG_FLAGGED, { "\\Flagged", 8 } },
        { SELO_FLAG_DELETED, { "\\Deleted", 8 } },   { SELO_FLAG_SEEN, { "\\Seen", 5 } },
        { SELO_FLAG_DRAFT, { "\\Draft", 6 } },       { SELO_FLAG_RECENT, { "\\Recent", 7 } },
    };
    gboolean is_first = TRUE;

    imap_out_lit(out, "(");
    for (size_t i = 0; flags != 0 && i < G_N_ELEMENTS(system_flags); i++) {
        if ((flags & system_flags[i].flag) == 0)
            continue;
        if (!is_first)
            imap_out_lit(out, " ");
        is_first = FALSE;
        imap_out_octets(out, system_flags[i].name.s, system_flags[i].name.len);
    }
    for (size_t i = 0; i < MIN(names.n, SELO_KEYWORDS_MAX) && keywords >> i != 0; i++) {
        if ((keywords >> i & 1) == 0)
            continue;
        if (!is_first)
            imap_out_lit(out, " ");
        is_first = FALSE;
        imap_out_octets(out, names.v[i].s, names.v[i].len);
    }
    imap_out_lit(out, ")");
}

/* ---- dates (RFC 9051 section 9, date-time and date) ---- */

/* Days from 1970-01-01 of a day in the proleptic Gregorian calendar, month 1 to 12. */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_era = year - era * 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
civil_from_days(int64_t days, int *out_year, int *out_month, int *out_day)
{
    int64_t era, of_era, year_of_era, of_year, month;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * of_year + 2) / 153;
    *out_day = (int) (of_year - (153 * month + 2) / 5 + 1);
    *out_month = (int) (month < 10 ? month + 3 : month - 9);
    *out_year = (int) (year_of_era + era * 400 + (*out_month <= 2));
}

static void
put_padded(char *to, int width, int64_t number)
{
    for (int i = width - 1; i >= 0; i--) {
        to[i] = (char) ('0' + number % 10);
        number /= 10;
    }
}

void
imap_out_date_time(ImapOut *out, SeloTime time)
{
    char text[] = "\"00-Xxx-0000 00:00:00 +0000\"";
    int64_t seconds = time.usec / G_USEC_PER_SEC - (time.usec % G_USEC_PER_SEC < 0);
    int64_t days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    int year, month, day;

    seconds -= days * DAY_SECONDS;
    civil_from_days(days, &year, &month, &day);
    put_padded(text + 1, 2, day);
    if (text[1] == '0')
        text[1] = ' '; /* date-day-fixed */
    memcpy(text + 4, month_names[month - 1], 3);
    put_padded(text + 8, 4, CLAMP(year, 0, 9999));
    put_padded(text + 13, 2, seconds / 3600);
    put_padded(text + 16, 2, seconds / 60 % 60);
    put_padded(text + 19, 2, seconds % 60);
    imap_out_octets(out, text, sizeof text - 1);
}

typedef struct {
    const char *at, *end;
} DateReader;

static gboolean
take_char(DateReader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c)
        return FALSE;
    reader->at++;
    return TRUE;
}

static gboolean
take_digits(DateReader *reader, int n, int *out_number)
{
    int number = 0;

    if (reader->end - reader->at < n)
        return FALSE;
    for (int i = 0; i < n; i++) {
        if (!g_ascii_isdigit(reader->at[i]))
            return FALSE;
        number = number * 10 + (reader->at[i] - '0');
    }
    reader->at += n;
    *out_number = number;
    return TRUE;
}

/* "17-Jul-1996", the day of one or two digits. */
static gboolean
take_date(DateReader *reader, int64_t *out_days)
{
    int day, month = 0, year;

    if (!take_digits(reader, 2, &day) && !take_digits(reader, 1, &day))
        return FALSE;
    if (!take_char(reader, '-') || reader->end - reader->at < 3)
        return FALSE;
    while (month < 12 && g_ascii_strncasecmp(month_names[month], reader->at, 3) != 0)
        month++;
    reader->at += 3;
    if (month == 12 || !take_char(reader, '-') || !take_digits(reader, 4, &year) ||
        !g_date_valid_dmy((GDateDay) day, (GDateMonth) (month + 1), (GDateYear) year))
        return FALSE;
    *out_days = days_from_civil(year, month + 1, day);
    return TRUE;
}

gboolean
imap_parse_date(SeloStr text, SeloTime *out_time)
{
    DateReader reader = { text.s, text.s + text.len };
    int64_t days;

    if (!take_date(&reader, &days) || reader.at != reader.end)
        return FALSE;
    out_time->usec = days * DAY_SECONDS * G_USEC_PER_SEC;
    return TRUE;
}

gboolean
imap_parse_date_time(SeloStr text, SeloTime *out_time)
{
    DateReader reader = { text.s, text.s + text.len };
    int hour, minute, second, zone_hour, zone_minute;
    int64_t days, seconds;
    gboolean is_west;

    if (take_char(&reader, ' ') && (reader.at == reader.end || !g_ascii_isdigit(*reader.at)))
        return FALSE;
    if (!take_date(&reader, &days) || !take_char(&reader, ' ') || !take_digits(&reader, 2, &hour) ||
        !take_char(&reader, ':') || !take_digits(&reader, 2, &minute) || !take_char(&reader, ':') ||
        !take_digits(&reader, 2, &second) || !take_char(&reader, ' '))
        return FALSE;
    is_west = take_char(&reader, '-');
    if ((!is_west && !take_char(&reader, '+')) || !take_digits(&reader, 2, &zone_hour) ||
        !take_digits(&reader, 2, &zone_minute) || reader.at != reader.end)
        return FALSE;
    if (hour > 23 || minute > 59 || second > 60 || zone_hour > 23 || zone_minute > 59)
        return FALSE;
    seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second -
              (is_west ? -1 : 1) * (zone_hour * 3600 + zone_minute * 60);
    out_time->usec = seconds * G_USEC_PER_SEC;
    return TRUE;
}
