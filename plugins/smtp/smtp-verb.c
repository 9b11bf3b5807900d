/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb.c: the table of commands, and the way from a line to the function that runs it.
 */
#include "config.h"

#include "plugins/smtp/smtp-verb.h"

#include <string.h>

#define REFUSED SELO_SMTP_PHASE_REFUSED
#define NEW     SELO_SMTP_PHASE_NEW
#define READY   SELO_SMTP_PHASE_READY
#define MAIL    SELO_SMTP_PHASE_MAIL
#define RCPT    SELO_SMTP_PHASE_RCPT
#define CHUNKS  SELO_SMTP_PHASE_CHUNKS
#define ANY     (NEW | READY | MAIL | RCPT | CHUNKS)
#define JUNK    SELO_SMTP_VERB_JUNK
#define NO_TLS  SELO_SMTP_VERB_NO_TLS
#define SMTP    SELO_SMTP_VERB_SMTP
#define LMTP    SELO_SMTP_VERB_LMTP
#define OCTETS  SELO_SMTP_VERB_OCTETS

/* clang-format off */
#define VERB(name, rfc, legal_in, flags, parser, runner) \
    { name, rfc, legal_in, flags, selo_smtp_parse_##parser, selo_smtp_run_##runner }
static const SeloSmtpVerb verbs[] = { /* the most frequent first */
    VERB("MAIL",     "RFC 5321 4.1.1.2",  READY,         0,                    mail,     mail),
    VERB("RCPT",     "RFC 5321 4.1.1.3",  MAIL | RCPT,   0,                    rcpt,     rcpt),
    VERB("DATA",     "RFC 5321 4.1.1.4",  RCPT,          0,                    nothing,  data),
    VERB("BDAT",     "RFC 3030 2",        RCPT | CHUNKS, OCTETS,               bdat,     bdat),
    VERB("QUIT",     "RFC 5321 4.1.1.10", ANY | REFUSED, NO_TLS,               nothing,  quit),
    VERB("EHLO",     "RFC 5321 4.1.1.1",  ANY,           JUNK | NO_TLS | SMTP, helo,     ehlo),
    VERB("HELO",     "RFC 5321 4.1.1.1",  ANY,           JUNK | NO_TLS | SMTP, helo,     helo),
    VERB("LHLO",     "RFC 2033 4.1",      ANY,           JUNK | NO_TLS | LMTP, helo,     ehlo),
    VERB("RSET",     "RFC 5321 4.1.1.5",  ANY,           JUNK,                 nothing,  rset),
    VERB("NOOP",     "RFC 5321 4.1.1.9",  ANY,           JUNK | NO_TLS,        anything, noop),
    VERB("AUTH",     "RFC 4954 4",        READY,         0,                    auth,     auth),
    VERB("STARTTLS", "RFC 3207 4",        NEW | READY,   NO_TLS,               nothing,  starttls),
    VERB("VRFY",     "RFC 5321 4.1.1.6",  ANY,           JUNK,                 vrfy,     vrfy),
    VERB("HELP",     "RFC 5321 4.1.1.8",  ANY,           JUNK | NO_TLS,        anything, help),
};
/* clang-format on */

/* Words of other protocols. A browser made to send its form here must not get to the lines after the
 * first (cross-protocol attacks); "Name:" is a header line that lost its DATA. */
static const char *const foreign_words[] = { "GET",     "POST",   "PUT",     "HEAD",
                                             "OPTIONS", "DELETE", "CONNECT", "PATCH" };

static gboolean
equals(SeloStr text, const char *name)
{
    return text.len == strlen(name) && g_ascii_strncasecmp(text.s, name, text.len) == 0;
}

const SeloSmtpVerb *
selo_smtp_verb_find(SeloStr name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (name.len > 0 && (*name.s & 0xdf) == *verbs[i].name && equals(name, verbs[i].name))
            return &verbs[i];
    }
    return NULL;
}

void
selo_smtp_verb_list(gboolean is_lmtp, char *buffer, size_t size)
{
    *buffer = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (verbs[i].flags & (is_lmtp ? SMTP : LMTP))
            continue;
        g_strlcat(buffer, verbs[i].name, size);
        if (i + 1 < G_N_ELEMENTS(verbs))
            g_strlcat(buffer, " ", size);
    }
}

static gboolean
is_foreign(SeloStr word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(foreign_words); i++) {
        if (equals(word, foreign_words[i]))
            return TRUE;
    }
    return word.len > 1 && word.s[word.len - 1] == ':';
}

/* Why @verb is not legal now. */
static SeloSmtpReply
explain_sequence(const SeloSmtpSession *self, const SeloSmtpVerb *verb)
{
    if (self->phase == REFUSED)
        return SELO_SMTP_REFUSED_SESSION;
    if (self->phase == NEW)
        return SELO_SMTP_HELO_FIRST;
    if (self->phase == READY)
        return SELO_SMTP_NEED_MAIL;
    if (self->phase == CHUNKS)
        return SELO_SMTP_CHUNKS_BEGUN;
    return verb->legal_in & READY ? SELO_SMTP_NESTED_MAIL : SELO_SMTP_NEED_RECIPIENT;
}

/* What speaks against running @verb, before its arguments are looked at. */
static SeloSmtpReply
check_verb(const SeloSmtpSession *self, const SeloSmtpVerb *verb)
{
    gboolean is_lmtp = selo_smtp_is_lmtp(self);

    if (verb->flags & (is_lmtp ? SMTP : LMTP))
        return SELO_SMTP_NOT_IMPLEMENTED;
    if (self->listener->requires_tls && !(verb->flags & NO_TLS) &&
        !selo_stream_peer(self->stream)->tls)
        return SELO_SMTP_TLS_NEEDED;
    if (!(verb->legal_in & self->phase))
        return explain_sequence(self, verb);
    return SELO_SMTP_NONE;
}

static void
run(SeloSmtpSession *self, const SeloSmtpVerb *verb, SeloStr text)
{
    SeloSmtpGrammar grammar = { .extensions = self->extensions,
                                .allows_utf8 = self->is_utf8,
                                .allows_no_domain = selo_smtp_is_lmtp(self) };
    SeloSmtpReply refusal = check_verb(self, verb);
    SeloSmtpReply fault;
    SeloSmtpArgs args;

    if (refusal != SELO_SMTP_NONE && !(verb->flags & OCTETS)) {
        selo_smtp_answer(self, refusal);
        return;
    }
    fault = verb->parse(text, &grammar, &args);
    if (fault != SELO_SMTP_NONE)
        selo_smtp_answer(self, fault);
    else if (refusal != SELO_SMTP_NONE)
        selo_smtp_skip_chunk(self, args.size, refusal);
    else
        verb->run(self, &args);
}

/* The octets that may not be in a command at all (RFC 5321 section 4.1.2). */
static gboolean
has_control(SeloStr line)
{
    for (size_t i = 0; i < line.len; i++) {
        if ((unsigned char) line.s[i] < ' ' || line.s[i] == 0x7f)
            return TRUE;
    }
    return FALSE;
}

void
selo_smtp_dispatch(SeloSmtpSession *self, SeloStr line)
{
    const char *space = line.len > 0 ? memchr(line.s, ' ', line.len) : NULL;
    SeloStr word = { line.s, space != NULL ? (size_t) (space - line.s) : line.len };
    SeloStr text = { line.s + word.len, line.len - word.len };
    const SeloSmtpVerb *verb = selo_smtp_verb_find(word);

    /* RFC 5321 section 4.1.1: blanks before the end are to be tolerated. */
    while (text.len > 0 && text.s[text.len - 1] == ' ')
        text.len--;
    if (text.len > 0)
        text = (SeloStr){ text.s + 1, text.len - 1 };
    if (verb == NULL && is_foreign(word))
        selo_smtp_answer(self, SELO_SMTP_NOT_SMTP);
    else if (has_control(line))
        selo_smtp_answer(self, SELO_SMTP_BAD_SYNTAX);
    else if (verb == NULL)
        selo_smtp_answer(self, word.len > 0 ? SELO_SMTP_UNKNOWN_VERB : SELO_SMTP_BAD_SYNTAX);
    else if (line.len > SELO_SMTP_MAX_LINE && verb->run != selo_smtp_run_auth)
        selo_smtp_answer(self, SELO_SMTP_LINE_TOO_LONG);
    else {
        if (verb->flags & JUNK && ++self->counts.junk > self->listener->max_junk)
            self->counts.errors++;
        run(self, verb, text);
    }
}
