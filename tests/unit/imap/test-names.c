/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-names.c: modified UTF-7, mailbox names, LIST patterns, sequence sets, strings and dates.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-flags.h"
#include "plugins/imap/imap-list.h"
#include "plugins/imap/imap-names.h"
#include "plugins/imap/imap-response.h"
#include "plugins/imap/imap-sequence-set.h"
#include "tests/lib/selo-test.h"

static SeloStr
str(const char *text)
{
    return (SeloStr){ text, strlen(text) };
}

static void
test_mailbox(void)
{
    static const struct {
        const char *wire, *name;
        gboolean is_utf8;
    } names[] = {
        { "inbox", "INBOX", FALSE },
        { "Inbox/a", "INBOX/a", FALSE },
        { "inboxes", "inboxes", FALSE },
        { "a/b/", "a/b", FALSE },
        { "/", "/", FALSE },
        { "&AOQ-", "\303\244", FALSE },
        { "&AOQ-", "&AOQ-", TRUE },
        { "\303\244", "\303\244", FALSE },
        { "\303", NULL, FALSE },
        { "a\001b", NULL, FALSE },
        { "a\001b", NULL, TRUE },
        { "\302\205", NULL, TRUE },
    };
    ImapArena arena = { 0 };
    SeloStr name;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        gboolean is_good =
            imap_mailbox_from_wire(&arena, str(names[i].wire), names[i].is_utf8, &name);

        g_assert_cmpint(is_good, ==, names[i].name != NULL);
        if (is_good)
            g_assert_cmpstr(name.s, ==, names[i].name);
    }
    imap_arena_clear(&arena);
}

static void
test_patterns(void)
{
    static const struct {
        const char *pattern, *name;
        gboolean matches;
    } rows[] = {
        { "*", "a/b", TRUE },
        { "%", "a/b", FALSE },
        { "%", "a", TRUE },
        { "%/%", "a/b", TRUE },
        { "a/*", "a", FALSE },
        { "a*", "a", TRUE },
        { "a/%", "a/b/c", FALSE },
        { "*c", "a/b/c", TRUE },
        { "%c", "a/b/c", FALSE },
        { "inbox", "INBOX", TRUE },
        { "inb*", "INBOX", FALSE },
        { "INB*", "INBOX", TRUE },
        { "inbox/%", "INBOX/a", TRUE },
        { "Inboxes", "INBOX", FALSE },
        { "", "", TRUE },
        { "", "a", FALSE },
        { "a", "", FALSE },
        { "*%", "a/b", TRUE },
        { "%*", "a/b", TRUE },
        { "a%b*c", "axb/yc", TRUE },
        { "*a%c", "a/abc", TRUE },
        { "*a%c", "a/a/c", FALSE },
        { "%%", "ab", TRUE },
        { "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FALSE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s %s", rows[i].pattern, rows[i].name);
        g_assert_cmpint(imap_list_matches(str(rows[i].pattern), str(rows[i].name)), ==,
                        rows[i].matches);
    }
}

static void
test_join(void)
{
    ImapArena arena = { 0 };

    g_assert_cmpstr(imap_list_join(&arena, SELO_STR("a/"), SELO_STR("%")).s, ==, "a/%");
    g_assert_cmpstr(imap_list_join(&arena, SELO_STR(""), SELO_STR("*")).s, ==, "*");
    g_assert_cmpstr(imap_list_join(&arena, SELO_STR("a"), SELO_STR("")).s, ==, "a");
    imap_arena_clear(&arena);
}

static void
test_sets(void)
{
    static const struct {
        const char *text, *want; /* with "*" = 10; NULL: refused */
    } rows[] = {
        { "1", "1" },
        { "3:1", "1:3" },
        { "*", "10" },
        { "*:8", "8:10" },
        { "12:*", "10:12" },
        { "5,1:3,4", "1:5" },
        { "1,3,5", "1,3,5" },
        { "1:4,2:8", "1:8" },
        { "4294967294", "4294967294" },
        { "0", NULL },
        { "", NULL },
        { "1:", NULL },
        { ":1", NULL },
        { "1,,2", NULL },
        { "1,", NULL },
        { "a", NULL },
        { "4294967295", "4294967294" },
        { "1:4294967295", "1:4294967294" },
        { "4294967296", NULL },
        { "01", NULL },
        { "99999999999", NULL },
        { "1:2:3", NULL },
        { "$1", NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        ImapArena arena = { 0 };
        ImapSet set;
        gboolean is_good = imap_set_parse(str(rows[i].text), &arena, &set);

        g_test_message("%s", rows[i].text);
        g_assert_cmpint(is_good, ==, rows[i].want != NULL);
        if (is_good) {
            g_autoptr(GString) got = g_string_new(NULL);

            imap_set_print(imap_set_normalise(&set, 10, &arena), got);
            g_assert_cmpstr(got->str, ==, rows[i].want);
        }
        imap_arena_clear(&arena);
    }
}

static void
test_set_limit(void)
{
    g_autoptr(GString) text = g_string_new("1");
    ImapArena arena = { 0 };
    ImapSet set;

    for (int i = 0; i < IMAP_SET_MAX; i++)
        g_string_append(text, ",1");
    g_assert_false(imap_set_parse((SeloStr){ text->str, text->len }, &arena, &set));
    g_assert_true(imap_set_parse(SELO_STR("$"), &arena, &set));
    g_assert_true(set.is_saved);
    imap_arena_clear(&arena);
}

static void
test_strings(void)
{
    static const struct {
        const char *text, *nstring, *astring;
        gboolean is_utf8;
    } rows[] = {
        { "abc", "\"abc\"", "abc", FALSE },
        { "", "\"\"", "\"\"", FALSE },
        { "a b", "\"a b\"", "\"a b\"", FALSE },
        { "a\"\\b", "\"a\\\"\\\\b\"", "\"a\\\"\\\\b\"", FALSE },
        { "a\r\nb", "{4}\r\na\r\nb", "{4}\r\na\r\nb", FALSE },
        { "\303\244", "{2}\r\n\303\244", "{2}\r\n\303\244", FALSE },
        { "\303\244", "\"\303\244\"", "\"\303\244\"", TRUE },
        { "\303", "{1}\r\n\303", "{1}\r\n\303", TRUE },
        { "NIL", "\"NIL\"", "\"NIL\"", FALSE },
    };
    ImapOut out = { .text = g_string_new(NULL) };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_string_truncate(out.text, 0);
        imap_out_nstring(&out, str(rows[i].text), rows[i].is_utf8);
        g_assert_cmpstr(out.text->str, ==, rows[i].nstring);
        g_string_truncate(out.text, 0);
        imap_out_astring(&out, str(rows[i].text), rows[i].is_utf8);
        g_assert_cmpstr(out.text->str, ==, rows[i].astring);
    }
    g_string_truncate(out.text, 0);
    imap_out_nstring(&out, (SeloStr){ NULL, 0 }, FALSE);
    g_assert_cmpstr(out.text->str, ==, "NIL");
    g_string_free(out.text, TRUE);
}

static void
test_dates(void)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
        const char *printed;
    } rows[] = {
        { "17-Jul-1996 02:44:25 -0700", 837596665, "\"17-Jul-1996 09:44:25 +0000\"" },
        { " 1-Jan-1970 00:00:01 +0000", 1, "\" 1-Jan-1970 00:00:01 +0000\"" },
        { "29-Feb-2024 23:59:59 +0530", 1709231399, "\"29-Feb-2024 18:29:59 +0000\"" },
        { "29-Feb-2023 00:00:00 +0000", -1, NULL },
        { "17-Jul-1996 02:44:25", -1, NULL },
        { "17-Jul-1996 24:44:25 +0000", -1, NULL },
        { "17-Foo-1996 02:44:25 +0000", -1, NULL },
        { "", -1, NULL },
    };
    SeloTime time;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        gboolean is_good = imap_parse_date_time(str(rows[i].text), &time);
        ImapOut out = { .text = g_string_new(NULL) };

        g_assert_cmpint(is_good, ==, rows[i].seconds >= 0);
        if (is_good) {
            g_assert_cmpint(time.usec, ==, rows[i].seconds * G_USEC_PER_SEC);
            imap_out_date_time(&out, time);
            g_assert_cmpstr(out.text->str, ==, rows[i].printed);
        }
        g_string_free(out.text, TRUE);
    }
    g_assert_true(imap_parse_date(SELO_STR("1-Feb-1994"), &time));
    g_assert_cmpint(time.usec, ==, INT64_C(760060800) * G_USEC_PER_SEC);
    g_assert_false(imap_parse_date(SELO_STR("1-Feb-94"), &time));
}

static void
test_flags(void)
{
    static const SeloStr names[] = { { "$Forwarded", 10 }, { "x", 1 } };
    ImapOut out = { .text = g_string_new(NULL) };

    imap_out_flags(&out, SELO_FLAG_SEEN | SELO_FLAG_ANSWERED, 2, (SeloStrs){ names, 2 });
    g_assert_cmpstr(out.text->str, ==, "(\\Answered \\Seen x)");
    g_string_truncate(out.text, 0);
    imap_out_flags(&out, 0, UINT64_MAX, (SeloStrs){ names, 2 });
    g_assert_cmpstr(out.text->str, ==, "($Forwarded x)");
    g_string_truncate(out.text, 0);
    imap_out_flags(&out, 0, 0, (SeloStrs){ NULL, 0 });
    g_assert_cmpstr(out.text->str, ==, "()");
    g_string_free(out.text, TRUE);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/imap/names/mailbox", test_mailbox);
    g_test_add_func("/imap/names/patterns", test_patterns);
    g_test_add_func("/imap/names/join", test_join);
    g_test_add_func("/imap/names/sets", test_sets);
    g_test_add_func("/imap/names/set-limit", test_set_limit);
    g_test_add_func("/imap/names/strings", test_strings);
    g_test_add_func("/imap/names/dates", test_dates);
    g_test_add_func("/imap/names/flags", test_flags);
    return g_test_run();
}
