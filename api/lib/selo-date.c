/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-date.c: the Date field (RFC 5322 section 3.3) with the obsolete forms of section 4.3,
 * asctime() and ISO-like dates, which occur too. A date that cannot exist is none. The calendar is
 * computed here: mktime() would ask for the server's time zone.
 */
#include "config.h"

#include <selo/message.h>
#include <stdio.h>
#include <string.h>

#include "api/lib/selo-message-private.h"

typedef struct {
    int year, month, day, hour, minute, second; /* month 1 to 12 */
    int zone;                                   /* minutes east */
} Date;

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char weekdays[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };

/* RFC 5322 section 4.3. Military letters and unknown names count as -0000. */
static const struct {
    const char *name;
    int minutes;
} zones[] = { { "UT", 0 },     { "GMT", 0 },    { "EST", -300 }, { "EDT", -240 }, { "CST", -360 },
              { "CDT", -300 }, { "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 } };

/* Days since 1970-01-01 in the Gregorian calendar, years counted from March. */
static int64_t
days_from_civil(int64_t year, int month, int day)
{
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = year / 400;
    year_of_era = year % 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void
civil_from_days(int64_t days, Date *out_date)
{
    int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    out_date->day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
    out_date->month = (int) (month < 10 ? month + 3 : month - 9);
    out_date->year = (int) (year_of_era + era * 400 + (out_date->month <= 2));
}

static int
days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    gboolean is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && is_leap);
}

/* Digits after CFWS; their count, 0 if there are none or more than @max. Moves *at past them. */
static int
parse_number(const char **at, const char *end, int max, int *out_number)
{
    const char *digit = selo_mime_skip_cfws(*at, end), *start = digit;
    int number = 0;

    while (digit < end && g_ascii_isdigit(*digit) && digit - start <= max)
        number = number * 10 + (*digit++ - '0');
    if (digit == start || digit - start > max)
        return 0;
    *at = digit;
    *out_number = number;
    return (int) (digit - start);
}

/* One of @marks after CFWS. */
static gboolean
skip_mark(const char **at, const char *end, const char *marks)
{
    const char *mark = selo_mime_skip_cfws(*at, end);

    if (mark == end || *mark == '\0' || strchr(marks, *mark) == NULL)
        return FALSE;
    *at = mark + 1;
    return TRUE;
}

static SeloStr
parse_word(const char **at, const char *end)
{
    const char *start = selo_mime_skip_cfws(*at, end), *stop = start;

    while (stop < end && g_ascii_isalpha(*stop))
        stop++;
    *at = stop;
    return (SeloStr){ start, (size_t) (stop - start) };
}

/* A name of a month, in full or its first letters; 0 if it is none. */
static int
find_month(SeloStr word)
{
    for (int i = 0; word.len >= 3 && i < 12; i++) {
        if (g_ascii_strncasecmp(word.s, months[i], 3) == 0)
            return i + 1;
    }
    return 0;
}

/* RFC 5322 section 4.3: two digits are 1950 to 2049, three count from 1900. */
static int
full_year(int year, int digits)
{
    if (digits == 2)
        return year < 50 ? year + 2000 : year + 1900;
    return digits == 3 ? year + 1900 : year;
}

static gboolean
parse_time(const char **at, const char *end, Date *date)
{
    if (parse_number(at, end, 2, &date->hour) == 0 || !skip_mark(at, end, ":.") ||
        parse_number(at, end, 2, &date->minute) == 0)
        return FALSE;
    if (skip_mark(at, end, ":.") && parse_number(at, end, 2, &date->second) == 0)
        return FALSE;
    return TRUE;
}

static void
parse_zone(const char **at, const char *end, Date *date)
{
    const char *sign = selo_mime_skip_cfws(*at, end);
    int hours = 0, minutes = 0, digits;
    SeloStr word;

    if (sign < end && (*sign == '+' || *sign == '-')) {
        *at = sign + 1;
        digits = parse_number(at, end, 4, &hours);
        if (digits == 4) {
            minutes = hours % 100;
            hours /= 100;
        } else if (digits > 0 && skip_mark(at, end, ":")) {
            parse_number(at, end, 2, &minutes);
        }
        if (digits > 0 && hours < 24 && minutes < 60)
            date->zone = (*sign == '-' ? -1 : 1) * (hours * 60 + minutes);
        return;
    }
    word = parse_word(at, end);
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        if (selo_str_is(word, zones[i].name))
            date->zone = zones[i].minutes;
    }
}

/* "24 Nov 2026 21:32:58 +0000", also "24-Nov-26", "2026-11-24 21:32:58". */
static gboolean
parse_day_first(const char **at, const char *end, Date *date)
{
    int digits = parse_number(at, end, 4, &date->day);

    if (digits == 0)
        return FALSE;
    skip_mark(at, end, "-,.");
    date->month = find_month(parse_word(at, end));
    if (date->month == 0 && parse_number(at, end, 2, &date->month) == 0)
        return FALSE;
    skip_mark(at, end, "-,.");
    if (digits == 4) {
        date->year = date->day;
        return parse_number(at, end, 2, &date->day) > 0;
    }
    digits = parse_number(at, end, 4, &date->year);
    if (digits < 2)
        return FALSE;
    date->year = full_year(date->year, digits);
    return TRUE;
}

/* After the month: "24 21:32:58 2026", as asctime() has it. */
static gboolean
parse_asctime(const char **at, const char *end, Date *date)
{
    int digits;

    if (parse_number(at, end, 2, &date->day) == 0 || !parse_time(at, end, date))
        return FALSE;
    digits = parse_number(at, end, 4, &date->year);
    if (digits == 0) { /* "EST 2026" */
        parse_zone(at, end, date);
        digits = parse_number(at, end, 4, &date->year);
    }
    date->year = full_year(date->year, digits);
    return digits >= 2;
}

static gboolean
parse_date(const char *at, const char *end, Date *date)
{
    SeloStr word = parse_word(&at, end); /* the day of the week says nothing new */

    if (word.len > 0)
        skip_mark(&at, end, ",.");
    if (find_month(word) == 0 && word.len > 0) {
        const char *before = at;

        word = parse_word(&at, end);
        if (find_month(word) == 0)
            at = before;
    }
    if (find_month(word) > 0) {
        date->month = find_month(word);
        return parse_asctime(&at, end, date);
    }
    if (!parse_day_first(&at, end, date))
        return FALSE;
    skip_mark(&at, end, "T,");
    if (!parse_time(&at, end, date))
        return FALSE;
    parse_zone(&at, end, date);
    return TRUE;
}

static gboolean
is_possible(const Date *date)
{
    return date->year >= 1900 && date->year <= 9999 && date->month >= 1 && date->month <= 12 &&
           date->day >= 1 && date->day <= days_in_month(date->year, date->month) &&
           date->hour < 24 && date->minute < 60 && date->second <= 60;
}

SeloTime
selo_date_parse(SeloStr value, int *out_zone)
{
    Date date = { 0 };
    int64_t seconds;

    if (value.s == NULL || !parse_date(value.s, value.s + value.len, &date) || !is_possible(&date))
        return (SeloTime){ 0 };
    seconds = days_from_civil(date.year, date.month, date.day) * 86400 + date.hour * 3600 +
              (date.minute - date.zone) * 60 + date.second;
    if (out_zone != NULL)
        *out_zone = date.zone;
    /* 0 means unset, so the epoch itself is told as its first microsecond. */
    return (SeloTime){ seconds != 0 ? seconds * G_USEC_PER_SEC : 1 };
}

void
selo_date_print(SeloTime time, char *buffer, size_t size)
{
    int64_t seconds = time.usec / G_USEC_PER_SEC - (time.usec % G_USEC_PER_SEC < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int second_of_day = (int) (seconds - days * 86400);
    Date date;

    civil_from_days(days, &date);
    snprintf(buffer, size, "%s, %02d %s %04d %02d:%02d:%02d +0000", weekdays[((days % 7) + 7) % 7],
             date.day, months[date.month - 1], date.year, second_of_day / 3600,
             second_of_day / 60 % 60, second_of_day % 60);
}
