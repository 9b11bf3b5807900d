/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-reply.c: the table is whole and its lines are lines, whatever is put into them.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-reply.h"
#include "tests/lib/selo-test.h"

static void
test_rows(void)
{
    for (int i = SELO_SMTP_NONE + 1; i < SELO_SMTP_REPLIES; i++) {
        const SeloSmtpReplyRow *row = selo_smtp_reply_row((SeloSmtpReply) i);

        g_assert_cmpuint(row->code, >=, 200);
        g_assert_cmpuint(row->code, <, 600);
        g_assert_nonnull(row->text);
        g_assert_true(g_str_has_prefix(row->rfc, "RFC "));
        if (row->code >= 300 && row->code < 400)
            g_assert_null(row->enhanced);
        else /* RFC 2034 section 4: classes agree */
            g_assert_cmpint(row->enhanced[0], ==, '0' + row->code / 100);
    }
}

static const struct {
    SeloMailCause cause;
    uint32_t flags;
    gboolean at_mail;
    uint16_t code;
    const char *enhanced;
} causes[] = {
    { SELO_MAIL_RELAY_DENIED, SELO_MAIL_PERMANENT, FALSE, 550, "5.7.1" },
    { SELO_MAIL_NO_QUEUE, 0, FALSE, 451, "4.3.0" },
    { SELO_MAIL_UNKNOWN_USER, SELO_MAIL_PERMANENT, FALSE, 550, "5.1.1" },
    { SELO_MAIL_MAILBOX_UNAVAILABLE, 0, FALSE, 450, "4.2.0" },
    { SELO_MAIL_MAILBOX_FULL, 0, FALSE, 452, "4.2.2" },
    { SELO_MAIL_MAILBOX_FULL, SELO_MAIL_PERMANENT, FALSE, 552, "5.2.2" },
    { SELO_MAIL_TOO_BIG, SELO_MAIL_PERMANENT, FALSE, 552, "5.3.4" },
    { SELO_MAIL_TOO_MANY_RECIPIENTS, 0, FALSE, 452, "4.5.3" },
    { SELO_MAIL_TOO_MANY_HOPS, SELO_MAIL_PERMANENT, FALSE, 554, "5.4.6" },
    { SELO_MAIL_NO_SPACE, 0, FALSE, 452, "4.3.1" },
    { SELO_MAIL_BAD_ADDRESS, SELO_MAIL_PERMANENT, FALSE, 501, "5.1.3" },
    { SELO_MAIL_BAD_ADDRESS, SELO_MAIL_PERMANENT, TRUE, 501, "5.1.7" },
    { SELO_MAIL_AUTH_NEEDED, SELO_MAIL_PERMANENT, TRUE, 530, "5.7.0" },
    { SELO_MAIL_SENDER_DENIED, SELO_MAIL_PERMANENT, TRUE, 553, "5.7.1" },
    { SELO_MAIL_FILTERED, SELO_MAIL_PERMANENT, FALSE, 550, "5.7.1" },
    { SELO_MAIL_FILTERED, 0, FALSE, 451, "4.7.1" },
    { SELO_MAIL_FAILED, SELO_MAIL_PERMANENT, FALSE, 554, "5.3.0" },
    { SELO_MAIL_FAILED, 0, FALSE, 451, "4.3.0" },
    { 999, 0, FALSE, 451, "4.3.0" }, /* from a newer core */
};

static void
test_causes(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++) {
        SeloMailReply reply = { .cause = causes[i].cause, .flags = causes[i].flags };
        const SeloSmtpReplyRow *row =
            selo_smtp_reply_row(selo_smtp_reply_for(&reply, causes[i].at_mail));

        g_assert_cmpuint(row->code, ==, causes[i].code);
        g_assert_cmpstr(row->enhanced, ==, causes[i].enhanced);
    }
}

static void
assert_print(SeloSmtpReply reply, const SeloSmtpReplyParts *parts, const char *want)
{
    char line[SELO_SMTP_REPLY_MAX];
    size_t size = selo_smtp_reply_print(selo_smtp_reply_row(reply), parts, line);

    g_assert_cmpmem(line, size, want, strlen(want));
}

static void
test_print(void)
{
    assert_print(SELO_SMTP_UNKNOWN_USER,
                 &(SeloSmtpReplyParts){ .address = SELO_STR("x@y"), .id = "3fQk2a.1" },
                 "550 5.1.1 <x@y>: no such user here [3fQk2a.1]\r\n");
    assert_print(SELO_SMTP_STOPPING, &(SeloSmtpReplyParts){ .host = "mx.example" },
                 "421 4.3.2 mx.example server is stopping, try again\r\n");
    assert_print(SELO_SMTP_SEND_MESSAGE, &(SeloSmtpReplyParts){ 0 },
                 "354 End data with <CR><LF>.<CR><LF>\r\n");
    assert_print(SELO_SMTP_FILTERED,
                 &(SeloSmtpReplyParts){
                     .code = 554, .enhanced = SELO_STR("5.7.9"), .text = SELO_STR("no\r\n250 ok") },
                 "554 5.7.9 no  250 ok\r\n");
    assert_print(SELO_SMTP_FILTERED, &(SeloSmtpReplyParts){ .code = 99999 },
                 "550 5.7.1 refused by local policy\r\n");
}

/* A line keeps within 512 octets, with its reason, id and CRLF, however long the parts are. */
static void
test_long(void)
{
    g_autofree char *address = g_strnfill(2000, 'a');
    g_autofree char *id = g_strnfill(200, 'i');

    for (int i = SELO_SMTP_NONE + 1; i < SELO_SMTP_REPLIES; i++) {
        SeloSmtpReplyParts parts = { .address = { address, 2000 },
                                     .detail = { address, 2000 },
                                     .enhanced = { NULL, 0 },
                                     .host = id,
                                     .id = id };
        const SeloSmtpReplyRow *row = selo_smtp_reply_row((SeloSmtpReply) i);
        char line[SELO_SMTP_REPLY_MAX];
        size_t size = selo_smtp_reply_print(row, &parts, line);

        g_assert_cmpuint(size, <=, sizeof line);
        g_assert_cmpmem(line + size - 3, 3, "]\r\n", 3);
        if (row->flags & SELO_SMTP_REPLY_PERSONAL)
            g_assert_nonnull(g_strstr_len(line, (gssize) size, row->text));
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    g_test_add_func("/smtp/reply/rows", test_rows);
    g_test_add_func("/smtp/reply/causes", test_causes);
    g_test_add_func("/smtp/reply/print", test_print);
    g_test_add_func("/smtp/reply/long", test_long);
    return g_test_run();
}
