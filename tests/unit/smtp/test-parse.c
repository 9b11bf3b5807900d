/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-parse.c: paths, parameters and arguments, each also cut short at every octet: a parser must neither
 * read past its text nor take a part for the whole.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-parse.h"
#include "tests/lib/selo-test.h"

#define A16  "aaaaaaaaaaaaaaaa"
#define A64  A16 A16 A16 A16
#define A256 A64 A64 A64 A64

typedef struct {
    const char *name, *input, *want; /* want NULL: refused */
} PathCase;

/* clang-format off */
static const PathCase paths[] = {
    { "plain", "<a@b.example>", "a@b.example" },
    { "null", "<>", "" }, /* RFC 5321 section 4.5.5 */
    { "no-domain", "<postmaster>", "postmaster" },
    { "case-kept", "<Ann@B.Example>", "Ann@B.Example" },
    { "dots", "<a.b.c@d>", "a.b.c@d" },
    { "atext", "<!#$%&'*+-/=?^_`{|}~@d>", "!#$%&'*+-/=?^_`{|}~@d" },
    { "underscore-domain", "<a@my_host.example>", "a@my_host.example" },
    { "source-route", "<@x.example,@y.example:a@b>", "a@b" },
    { "quoted", "<\"a b\"@d>", "\"a b\"@d" },
    { "quoted-at", "<\"a@b\"@d>", "\"a@b\"@d" },
    { "quoted-escape", "<\"a\\\"b\"@d>", "\"a\\\"b\"@d" },
    { "quoted-needless", "<\"ann\"@d>", "ann@d" },
    { "quoted-escaped-needless", "<\"a\\nn\"@d>", "ann@d" },
    { "quoted-empty", "<\"\"@d>", "\"\"@d" },
    { "quoted-bracket", "<\"a>b\"@d>", "\"a>b\"@d" },
    { "ipv4", "<a@[192.0.2.1]>", "a@[192.0.2.1]" },
    { "ipv6", "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]" },
    { "tagged", "<a@[x-new:abc]>", "a@[x-new:abc]" },
    { "utf8", "<\xc3\xa4@\xc3\xb6.example>", "\xc3\xa4@\xc3\xb6.example" },
    { "local-part-longest", "<" A256 "@d>", A256 "@d" },
    { "label-longest", "<a@" A16 A16 A16 "aaaaaaaaaaaaaaa.b>", "a@" A16 A16 A16 "aaaaaaaaaaaaaaa.b" },
    { "no-bracket", "a@b", NULL },
    { "empty", "", NULL },
    { "empty-local-part", "<@b>", NULL },
    { "empty-domain", "<a@>", NULL },
    { "two-at", "<a@b@c>", NULL },
    { "dot-first", "<.a@b>", NULL },
    { "dot-last", "<a.@b>", NULL },
    { "dots-two", "<a..b@c>", NULL },
    { "space", "<a b@c>", NULL },
    { "bare-lf", "<a@b.example\n>", NULL },
    { "cr", "<a\r@b>", NULL },
    { "tab-quoted", "<\"a\tb\"@d>", NULL },
    { "quote-open", "<\"a@b>", NULL },
    { "quote-half", "<\"a\"b@c>", NULL },
    { "domain-dot-last", "<a@b.>", NULL },
    { "domain-dots", "<a@b..c>", NULL },
    { "domain-hyphen", "<a@-b>", NULL },
    { "domain-hyphen-last", "<a@b-.c>", NULL },
    { "domain-space", "<a@b c>", NULL },
    { "label-too-long", "<a@" A64 ">", NULL },
    { "domain-too-long", "<a@" A16 A16 "." A16 A16 "." A16 A16 "." A16 A16 "." A16 A16 "." A16 A16 "." A16 A16 "." A16 A16 ">", NULL },
    { "local-part-too-long", "<a" A256 "@d>", NULL },
    { "quoted-too-long", "<\"" A256 "\"@d>", NULL },
    { "ipv4-bad", "<a@[192.0.2.256]>", NULL },
    { "ipv6-bad", "<a@[IPv6:12345::]>", NULL },
    { "ipv6-untagged", "<a@[2001:db8::1]>", "a@[2001:db8::1]" },
    { "literal-empty", "<a@[]>", NULL },
    { "literal-open", "<a@[192.0.2.1>", NULL },
    { "literal-nested", "<a@[x:[y]>", NULL },
    { "route-empty", "<@:a@b>", NULL },
    { "route-only", "<@x:>", NULL },
    { "route-open", "<@x,a@b>", NULL },
    { "utf8-broken", "<\xc3@b>", NULL },
    { "utf8-overlong", "<\xc0\xaf@b>", NULL },
};
/* clang-format on */

static void
test_path(gconstpointer data)
{
    const PathCase *c = data;
    SeloSmtpPath path;
    size_t taken, size = strlen(c->input);
    g_autofree char *exact = g_memdup2(c->input, size + 1); /* so that a read beyond is seen */

    if (c->want == NULL) {
        g_assert_false(selo_smtp_parse_path((SeloStr){ exact, size }, &path, &taken));
        return;
    }
    g_assert_true(selo_smtp_parse_path((SeloStr){ exact, size }, &path, &taken));
    g_assert_cmpuint(taken, ==, size);
    g_assert_cmpstr(path.text, ==, c->want);
    g_assert_cmpuint(path.size, ==, strlen(c->want));
}

static void
test_path_cut(gconstpointer data)
{
    const PathCase *c = data;
    SeloSmtpPath path;
    size_t taken;

    for (size_t size = 0; size < strlen(c->input); size++) {
        g_autofree char *part = g_memdup2(c->input, MAX(size, 1));

        g_assert_false(selo_smtp_parse_path((SeloStr){ part, size }, &path, &taken));
    }
}

#define ALL \
    (SELO_SMTP_EXT_SIZE | SELO_SMTP_EXT_8BITMIME | SELO_SMTP_EXT_SMTPUTF8 | SELO_SMTP_EXT_AUTH)
#define DSN (ALL | SELO_SMTP_EXT_DSN)

typedef struct {
    const char *name, *input;
    SeloSmtpParse parse;
    guint extensions;
    SeloSmtpReply want;
} ArgsCase;

/* clang-format off */
static const ArgsCase arguments[] = {
    { "mail/plain", "FROM:<a@b>", selo_smtp_parse_mail, 0, SELO_SMTP_NONE },
    { "mail/case", "from:<a@b>", selo_smtp_parse_mail, 0, SELO_SMTP_NONE },
    { "mail/space", "FROM: <a@b>", selo_smtp_parse_mail, 0, SELO_SMTP_NONE },
    { "mail/null", "FROM:<>", selo_smtp_parse_mail, 0, SELO_SMTP_NONE },
    { "mail/size", "FROM:<a@b> SIZE=1000", selo_smtp_parse_mail, ALL, SELO_SMTP_NONE },
    { "mail/all", "FROM:<a@b> size=1  BODY=8BITMIME SMTPUTF8 AUTH=<>", selo_smtp_parse_mail, ALL, SELO_SMTP_NONE },
    { "mail/auth", "FROM:<a@b> AUTH=e+3Dmc2@example.com", selo_smtp_parse_mail, ALL, SELO_SMTP_NONE },
    { "mail/utf8", "FROM:<\xc3\xa4@b> SMTPUTF8", selo_smtp_parse_mail, ALL, SELO_SMTP_NONE },
    { "mail/dsn", "FROM:<a@b> RET=HDRS ENVID=QQ+3D1", selo_smtp_parse_mail, DSN, SELO_SMTP_NONE },
    { "mail/no-keyword", "<a@b>", selo_smtp_parse_mail, ALL, SELO_SMTP_MAIL_SYNTAX },
    { "mail/nothing", "", selo_smtp_parse_mail, ALL, SELO_SMTP_MAIL_SYNTAX },
    { "mail/no-path", "FROM:", selo_smtp_parse_mail, ALL, SELO_SMTP_MAIL_SYNTAX },
    { "mail/no-bracket", "FROM:a@b", selo_smtp_parse_mail, ALL, SELO_SMTP_MAIL_SYNTAX },
    { "mail/glued", "FROM:<a@b>SIZE=1", selo_smtp_parse_mail, ALL, SELO_SMTP_MAIL_SYNTAX },
    { "mail/no-domain", "FROM:<root>", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SENDER },
    { "mail/bad-path", "FROM:<a@b..c>", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SENDER },
    { "mail/utf8-undeclared", "FROM:<\xc3\xa4@b>", selo_smtp_parse_mail, ALL, SELO_SMTP_NEEDS_SMTPUTF8 },
    { "mail/unannounced", "FROM:<a@b> SIZE=1", selo_smtp_parse_mail, 0, SELO_SMTP_UNKNOWN_PARAMETER },
    { "mail/unknown", "FROM:<a@b> X=1", selo_smtp_parse_mail, ALL, SELO_SMTP_UNKNOWN_PARAMETER },
    { "mail/of-rcpt", "FROM:<a@b> NOTIFY=NEVER", selo_smtp_parse_mail, DSN, SELO_SMTP_UNKNOWN_PARAMETER },
    { "mail/twice", "FROM:<a@b> SIZE=1 SIZE=1", selo_smtp_parse_mail, ALL, SELO_SMTP_REPEATED_PARAMETER },
    { "mail/size-none", "FROM:<a@b> SIZE", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SIZE },
    { "mail/size-empty", "FROM:<a@b> SIZE=", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SIZE },
    { "mail/size-sign", "FROM:<a@b> SIZE=-1", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SIZE },
    { "mail/size-most", "FROM:<a@b> SIZE=18446744073709551615", selo_smtp_parse_mail, ALL, SELO_SMTP_NONE },
    { "mail/size-over", "FROM:<a@b> SIZE=18446744073709551616", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_SIZE },
    { "mail/body", "FROM:<a@b> BODY=BINARYMIME", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_BODY },
    { "mail/flag", "FROM:<a@b> SMTPUTF8=1", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_FLAG },
    { "mail/auth-xtext", "FROM:<a@b> AUTH=a+zz", selo_smtp_parse_mail, ALL, SELO_SMTP_BAD_AUTH_PARAMETER },
    { "mail/ret", "FROM:<a@b> RET=ALL", selo_smtp_parse_mail, DSN, SELO_SMTP_BAD_RET },
    { "mail/envid", "FROM:<a@b> ENVID=", selo_smtp_parse_mail, DSN, SELO_SMTP_BAD_ENVID },
    { "rcpt/plain", "TO:<a@b>", selo_smtp_parse_rcpt, 0, SELO_SMTP_NONE },
    { "rcpt/postmaster", "TO:<PostMaster>", selo_smtp_parse_rcpt, 0, SELO_SMTP_NONE },
    { "rcpt/notify", "TO:<a@b> NOTIFY=SUCCESS,delay ORCPT=rfc822;a+40b", selo_smtp_parse_rcpt, DSN, SELO_SMTP_NONE },
    { "rcpt/nothing", "", selo_smtp_parse_rcpt, 0, SELO_SMTP_RCPT_SYNTAX },
    { "rcpt/from", "FROM:<a@b>", selo_smtp_parse_rcpt, 0, SELO_SMTP_RCPT_SYNTAX },
    { "rcpt/null", "TO:<>", selo_smtp_parse_rcpt, 0, SELO_SMTP_BAD_RECIPIENT },
    { "rcpt/no-domain", "TO:<ann>", selo_smtp_parse_rcpt, 0, SELO_SMTP_BAD_RECIPIENT },
    { "rcpt/utf8", "TO:<\xc3\xa4@b>", selo_smtp_parse_rcpt, ALL, SELO_SMTP_NEEDS_SMTPUTF8 },
    { "rcpt/notify-never-more", "TO:<a@b> NOTIFY=NEVER,DELAY", selo_smtp_parse_rcpt, DSN, SELO_SMTP_BAD_NOTIFY },
    { "rcpt/notify-comma", "TO:<a@b> NOTIFY=DELAY,", selo_smtp_parse_rcpt, DSN, SELO_SMTP_BAD_NOTIFY },
    { "rcpt/orcpt", "TO:<a@b> ORCPT=rfc822", selo_smtp_parse_rcpt, DSN, SELO_SMTP_BAD_ORCPT },
    { "helo/name", "mx.example", selo_smtp_parse_helo, 0, SELO_SMTP_NONE },
    { "helo/literal", "[192.0.2.1]", selo_smtp_parse_helo, 0, SELO_SMTP_NONE },
    { "helo/odd", "my_pc$", selo_smtp_parse_helo, 0, SELO_SMTP_NONE },
    { "helo/nothing", "", selo_smtp_parse_helo, 0, SELO_SMTP_HELO_SYNTAX },
    { "helo/two", "a b", selo_smtp_parse_helo, 0, SELO_SMTP_HELO_SYNTAX },
    { "helo/utf8", "\xc3\xa4", selo_smtp_parse_helo, 0, SELO_SMTP_HELO_SYNTAX },
    { "bdat/size", "0", selo_smtp_parse_bdat, 0, SELO_SMTP_NONE },
    { "bdat/last", "100 last", selo_smtp_parse_bdat, 0, SELO_SMTP_NONE },
    { "bdat/nothing", "", selo_smtp_parse_bdat, 0, SELO_SMTP_BDAT_SYNTAX },
    { "bdat/sign", "+1", selo_smtp_parse_bdat, 0, SELO_SMTP_BDAT_SYNTAX },
    { "bdat/word", "1 FIRST", selo_smtp_parse_bdat, 0, SELO_SMTP_BDAT_SYNTAX },
    { "auth/plain", "PLAIN", selo_smtp_parse_auth, 0, SELO_SMTP_NONE },
    { "auth/initial", "PLAIN AGE=", selo_smtp_parse_auth, 0, SELO_SMTP_NONE },
    { "auth/nothing", "", selo_smtp_parse_auth, 0, SELO_SMTP_AUTH_SYNTAX },
    { "auth/three", "PLAIN a b", selo_smtp_parse_auth, 0, SELO_SMTP_AUTH_SYNTAX },
    { "auth/long", "ABCDEFGHIJKLMNOPQRSTU", selo_smtp_parse_auth, 0, SELO_SMTP_AUTH_SYNTAX },
    { "vrfy/nothing", "", selo_smtp_parse_vrfy, 0, SELO_SMTP_VRFY_SYNTAX },
    { "nothing/something", "x", selo_smtp_parse_nothing, 0, SELO_SMTP_NO_ARGUMENT_TAKEN },
};
/* clang-format on */

static void
test_arguments(gconstpointer data)
{
    const ArgsCase *c = data;
    SeloSmtpGrammar grammar = { .extensions = c->extensions };
    size_t size = strlen(c->input);
    SeloSmtpArgs args;

    for (size_t part = 0; part < size; part++) { /* any part must be read without harm */
        g_autofree char *exact = g_memdup2(c->input, MAX(part, 1));

        c->parse((SeloStr){ exact, part }, &grammar, &args);
    }
    g_assert_cmpint(c->parse((SeloStr){ c->input, size }, &grammar, &args), ==, c->want);
}

static void
test_values(void)
{
    SeloSmtpGrammar grammar = { .extensions = ALL };
    SeloSmtpArgs args;

    selo_smtp_parse_mail(SELO_STR("FROM:<a@b> SIZE=1000 BODY=8bitmime"), &grammar, &args);
    g_assert_cmpuint(args.size, ==, 1000);
    g_assert_true(args.is_8bit);
    g_assert_false(args.is_utf8);
    g_assert_cmpuint(args.n_parameters, ==, 2);
    g_assert_cmpmem(args.parameters[1].s, args.parameters[1].len, "BODY=8bitmime", 13);
    selo_smtp_parse_auth(SELO_STR("plain  AGE="), &grammar, &args);
    g_assert_cmpmem(args.word.s, args.word.len, "plain", 5);
    g_assert_cmpmem(args.initial.s, args.initial.len, "AGE=", 4);
    selo_smtp_parse_bdat(SELO_STR("77 LAST"), &grammar, &args);
    g_assert_cmpuint(args.size, ==, 77);
    g_assert_true(args.is_last);
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *whole = g_strconcat("/smtp/path/", paths[i].name, NULL);
        g_autofree char *cut = g_strconcat("/smtp/path-cut/", paths[i].name, NULL);

        g_test_add_data_func(whole, &paths[i], test_path);
        g_test_add_data_func(cut, &paths[i], test_path_cut);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(arguments); i++) {
        g_autofree char *name = g_strconcat("/smtp/arguments/", arguments[i].name, NULL);

        g_test_add_data_func(name, &arguments[i], test_arguments);
    }
    g_test_add_func("/smtp/arguments/values", test_values);
    return g_test_run();
}
