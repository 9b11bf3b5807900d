/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-parse.h: the syntax of commands (RFC 5321 section 4.1.2 and the extensions). Pure: no I/O, no
 * session, no allocation; texts in the result point into the line, paths are copied in their
 * normal form. What is wrong with a line is told by the reply that says so, since every fault ends
 * as one; a GError would only be a second name for it.
 */
#pragma once

#include "plugins/smtp/smtp-reply.h"

/* Octets. Local parts are held to 64 by RFC 5321 section 4.5.3.1.1 and to more by real mailing lists
 * (VERP) and forwarders (SRS), so the limit here is wider; domains as section 4.5.3.1.2 says. */
#define SELO_SMTP_MAX_LOCAL_PART 256
#define SELO_SMTP_MAX_DOMAIN     255
#define SELO_SMTP_MAX_PARAMETERS 16

typedef enum { /* extensions that change what may be said; EHLO announces those that are on */
               SELO_SMTP_EXT_SIZE = 1 << 0,
               SELO_SMTP_EXT_8BITMIME = 1 << 1,
               SELO_SMTP_EXT_SMTPUTF8 = 1 << 2,
               SELO_SMTP_EXT_AUTH = 1 << 3,
               SELO_SMTP_EXT_DSN = 1 << 4
} SeloSmtpExtensions;

typedef struct { /* what a line may contain here */
    SeloSmtpExtensions extensions;
    gboolean allows_utf8;      /* RCPT: MAIL said SMTPUTF8 */
    gboolean allows_no_domain; /* LMTP: recipients are user names too */
} SeloSmtpGrammar;

typedef struct {
    char text[SELO_SMTP_MAX_LOCAL_PART + 1 + SELO_SMTP_MAX_DOMAIN +
              1]; /* without brackets; ends in 0 */
    size_t size;
    gboolean has_domain, has_utf8;
} SeloSmtpPath;

typedef struct {
    SeloStr word;    /* HELO's name, AUTH's mechanism, VRFY's and HELP's text */
    SeloStr initial; /* AUTH: initial response as sent; unset if there is none */
    SeloSmtpPath path;
    SeloStr parameters[SELO_SMTP_MAX_PARAMETERS]; /* as sent */
    size_t n_parameters;
    uint64_t size; /* SIZE, BDAT */
    gboolean is_8bit, is_utf8, is_last;
} SeloSmtpArgs;

/* The parsers of the verb table; @text is what follows the verb and one space. */
typedef SeloSmtpReply (*SeloSmtpParse)(SeloStr text, const SeloSmtpGrammar *grammar,
                                       SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_nothing(SeloStr text, const SeloSmtpGrammar *grammar,
                                      SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_anything(SeloStr text, const SeloSmtpGrammar *grammar,
                                       SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_helo(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_mail(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_rcpt(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_bdat(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_vrfy(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);
SeloSmtpReply selo_smtp_parse_auth(SeloStr text, const SeloSmtpGrammar *grammar,
                                   SeloSmtpArgs *out_args);

/**
 * selo_smtp_parse_path:
 * @text: from the opening bracket on
 * @out_size: octets that the path took, with its brackets
 *
 * Reads <> or a Path of RFC 5321 section 4.1.2, with the UTF-8 forms of RFC 6531 section 3.3. A source route is
 * dropped (appendix C), quotes that a local part does not need are taken off. Whether a path without a domain
 * or an empty one will do is the caller's business.
 *
 * Returns: %FALSE if it is not one.
 */
gboolean selo_smtp_parse_path(SeloStr text, SeloSmtpPath *out_path, size_t *out_size);

/* RFC 5321 sections 4.1.2 and 4.1.3: also with U-labels and, as the world has them, with underscores. */
gboolean selo_smtp_is_domain(SeloStr text);
gboolean selo_smtp_is_address_literal(SeloStr text); /* with its brackets */
/* RFC 3461 section 4. */
gboolean selo_smtp_is_xtext(SeloStr text);
