/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fuzz-smtp-command.c: an SMTP command line through every parser of the verb table. The first octet picks
 * which extensions are on; what a parser accepts must hold together.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size);

static const SeloSmtpParse parsers[] = { selo_smtp_parse_mail,    selo_smtp_parse_rcpt,
                                         selo_smtp_parse_helo,    selo_smtp_parse_bdat,
                                         selo_smtp_parse_auth,    selo_smtp_parse_vrfy,
                                         selo_smtp_parse_nothing, selo_smtp_parse_anything };

static void
check_path(const SeloSmtpPath *path)
{
    g_assert_cmpuint(strlen(path->text), ==, path->size);
    g_assert_true(g_utf8_validate_len(path->text, path->size, NULL));
    for (size_t i = 0; i < path->size; i++)
        g_assert_true((unsigned char) path->text[i] >= ' ');
}

int
LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    SeloSmtpGrammar grammar = { 0 };
    SeloSmtpReplyParts parts = { 0 };
    char line[SELO_SMTP_REPLY_MAX];
    SeloSmtpArgs args;
    SeloStr text;

    if (size == 0)
        return 0;
    grammar.extensions = octets[0] & 0x1f;
    grammar.allows_utf8 = (octets[0] & 0x20) != 0;
    grammar.allows_no_domain = (octets[0] & 0x40) != 0;
    text = (SeloStr){ (const char *) octets + 1, size - 1 };
    for (size_t i = 0; i < G_N_ELEMENTS(parsers); i++) {
        SeloSmtpReply fault = parsers[i](text, &grammar, &args);

        if (fault == SELO_SMTP_NONE && i < 2)
            check_path(&args.path);
    }
    parts.address = parts.text = text;
    size = selo_smtp_reply_print(selo_smtp_reply_row(SELO_SMTP_FILTERED), &parts, line);
    g_assert_cmpuint(size, <=, sizeof line);
    g_assert_true(memchr(line, '\n', size) == line + size - 1); /* one reply is one line */
    return 0;
}
