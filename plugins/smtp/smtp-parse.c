/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-parse.c: what follows each verb. The parameters of MAIL and RCPT are one table.
 */
#include "config.h"

#include "plugins/smtp/smtp-parse.h"

#include <string.h>

static gboolean
is_word(SeloStr text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.s[i] < '!' || text.s[i] > '~')
            return FALSE;
    }
    return text.len > 0;
}

static gboolean
equals(SeloStr text, const char *name)
{
    return text.len == strlen(name) && g_ascii_strncasecmp(text.s, name, text.len) == 0;
}

/* The octets up to the next space; *text goes on after it. */
static SeloStr
next_word(SeloStr *text)
{
    const char *space = text->len > 0 ? memchr(text->s, ' ', text->len) : NULL;
    SeloStr word = { text->s, space != NULL ? (size_t) (space - text->s) : text->len };

    text->s += word.len;
    text->len -= word.len;
    while (text->len > 0 && *text->s == ' ') {
        text->s++;
        text->len--;
    }
    return word;
}

/* 1 to 20 digits that fit. */
static gboolean
read_number(SeloStr text, uint64_t *out_number)
{
    uint64_t number = 0;

    if (text.len == 0 || text.len > 20)
        return FALSE;
    for (size_t i = 0; i < text.len; i++) {
        if (!g_ascii_isdigit(text.s[i]) || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t) (text.s[i] - '0'), &number))
            return FALSE;
    }
    *out_number = number;
    return TRUE;
}

gboolean
selo_smtp_is_xtext(SeloStr text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.s[i];

        if (c == '+') {
            if (text.len - i < 3 || strchr("0123456789ABCDEF", text.s[i + 1]) == NULL ||
                strchr("0123456789ABCDEF", text.s[i + 2]) == NULL || text.s[i + 1] == '\0' ||
                text.s[i + 2] == '\0')
                return FALSE;
            i += 2;
        } else if (c < '!' || c > '~' || c == '=')
            return FALSE;
    }
    return text.len > 0;
}

/* ---- parameters of MAIL and RCPT ---- */

static gboolean
take_size(SeloStr value, SeloSmtpArgs *args)
{
    return read_number(value, &args->size);
}

static gboolean
take_body(SeloStr value, SeloSmtpArgs *args)
{
    args->is_8bit = equals(value, "8BITMIME");
    return args->is_8bit || equals(value, "7BIT");
}

static gboolean
take_smtputf8(SeloStr value, SeloSmtpArgs *args)
{
    args->is_utf8 = TRUE;
    return value.s == NULL;
}

/* What an unknown server says of who sent it: looked at for its form, never believed. */
static gboolean
take_auth(SeloStr value, SeloSmtpArgs *args)
{
    return equals(value, "<>") || (value.len <= 500 && selo_smtp_is_xtext(value));
}

static gboolean
take_ret(SeloStr value, SeloSmtpArgs *args)
{
    return equals(value, "FULL") || equals(value, "HDRS");
}

static gboolean
take_envid(SeloStr value, SeloSmtpArgs *args)
{
    return value.len <= 100 && selo_smtp_is_xtext(value);
}

static gboolean
take_notify(SeloStr value, SeloSmtpArgs *args)
{
    if (equals(value, "NEVER"))
        return TRUE;
    for (;;) {
        const char *comma = value.len > 0 ? memchr(value.s, ',', value.len) : NULL;
        SeloStr item = { value.s, comma != NULL ? (size_t) (comma - value.s) : value.len };

        if (!equals(item, "SUCCESS") && !equals(item, "FAILURE") && !equals(item, "DELAY"))
            return FALSE;
        if (comma == NULL)
            return TRUE;
        value.s += item.len + 1;
        value.len -= item.len + 1;
    }
}

static gboolean
take_orcpt(SeloStr value, SeloSmtpArgs *args)
{
    const char *semicolon = value.len > 0 ? memchr(value.s, ';', value.len) : NULL;
    size_t type = semicolon != NULL ? (size_t) (semicolon - value.s) : 0;

    for (size_t i = 0; i < type; i++) {
        if (!g_ascii_isalnum(value.s[i]) && value.s[i] != '-')
            return FALSE;
    }
    return type > 0 && value.len <= 500 &&
           selo_smtp_is_xtext((SeloStr){ value.s + type + 1, value.len - type - 1 });
}

enum { OF_MAIL = 1, OF_RCPT = 2 };

/* clang-format off */
static const struct {
    const char *name;
    uint32_t of;                  /* OF_MAIL, OF_RCPT */
    SeloSmtpExtensions extension; /* known only if this is announced */
    gboolean (*take)(SeloStr value, SeloSmtpArgs *args);
    SeloSmtpReply fault;
    const char *rfc;
} parameters[] = {
    { "SIZE",     OF_MAIL, SELO_SMTP_EXT_SIZE,     take_size,     SELO_SMTP_BAD_SIZE,           "RFC 1870 3" },
    { "BODY",     OF_MAIL, SELO_SMTP_EXT_8BITMIME, take_body,     SELO_SMTP_BAD_BODY,           "RFC 6152 2" },
    { "SMTPUTF8", OF_MAIL, SELO_SMTP_EXT_SMTPUTF8, take_smtputf8, SELO_SMTP_BAD_FLAG,           "RFC 6531 3.4" },
    { "AUTH",     OF_MAIL, SELO_SMTP_EXT_AUTH,     take_auth,     SELO_SMTP_BAD_AUTH_PARAMETER, "RFC 4954 5" },
    { "RET",      OF_MAIL, SELO_SMTP_EXT_DSN,      take_ret,      SELO_SMTP_BAD_RET,            "RFC 3461 4.3" },
    { "ENVID",    OF_MAIL, SELO_SMTP_EXT_DSN,      take_envid,    SELO_SMTP_BAD_ENVID,          "RFC 3461 4.4" },
    { "NOTIFY",   OF_RCPT, SELO_SMTP_EXT_DSN,      take_notify,   SELO_SMTP_BAD_NOTIFY,         "RFC 3461 4.1" },
    { "ORCPT",    OF_RCPT, SELO_SMTP_EXT_DSN,      take_orcpt,    SELO_SMTP_BAD_ORCPT,          "RFC 3461 4.2" },
};
/* clang-format on */

static SeloSmtpReply
parse_parameter(SeloStr word, uint32_t of, const SeloSmtpGrammar *grammar, uint32_t *seen,
                SeloSmtpArgs *args)
{
    const char *sign = memchr(word.s, '=', word.len);
    SeloStr name = { word.s, sign != NULL ? (size_t) (sign - word.s) : word.len };
    SeloStr value = { NULL, 0 };

    if (sign != NULL)
        value = (SeloStr){ sign + 1, word.len - name.len - 1 };
    for (size_t i = 0; i < G_N_ELEMENTS(parameters); i++) {
        if (!(parameters[i].of & of) || !(parameters[i].extension & grammar->extensions) ||
            !equals(name, parameters[i].name))
            continue;
        if (*seen & 1u << i)
            return SELO_SMTP_REPEATED_PARAMETER;
        *seen |= 1u << i;
        return parameters[i].take(value, args) ? SELO_SMTP_NONE : parameters[i].fault;
    }
    return SELO_SMTP_UNKNOWN_PARAMETER;
}

static SeloSmtpReply
parse_parameters(SeloStr text, uint32_t of, const SeloSmtpGrammar *grammar, SeloSmtpArgs *args)
{
    uint32_t seen = 0;

    while (text.len > 0) {
        SeloStr word = next_word(&text);
        SeloSmtpReply fault = is_word(word) ? parse_parameter(word, of, grammar, &seen, args)
                                            : SELO_SMTP_UNKNOWN_PARAMETER;

        if (fault != SELO_SMTP_NONE)
            return fault;
        args->parameters[args->n_parameters++] =
            word; /* none twice, so never more than the table has */
    }
    return SELO_SMTP_NONE;
}

G_STATIC_ASSERT(G_N_ELEMENTS(parameters) <= SELO_SMTP_MAX_PARAMETERS);

/* "FROM:" or "TO:", then a path, then parameters. A space before the path is not in the grammar, but
 * common, and no other reading is possible. */
static SeloSmtpReply
parse_path_command(SeloStr text, const char *keyword, uint32_t of, const SeloSmtpGrammar *grammar,
                   SeloSmtpArgs *args)
{
    size_t skip = strlen(keyword), taken;

    args->n_parameters = 0;
    args->size = 0;
    args->is_8bit = args->is_utf8 = FALSE;
    if (text.len <= skip || g_ascii_strncasecmp(text.s, keyword, skip) != 0)
        return of == OF_MAIL ? SELO_SMTP_MAIL_SYNTAX : SELO_SMTP_RCPT_SYNTAX;
    text = (SeloStr){ text.s + skip, text.len - skip };
    while (text.len > 0 && *text.s == ' ')
        text = (SeloStr){ text.s + 1, text.len - 1 };
    if (text.len == 0 || *text.s != '<')
        return of == OF_MAIL ? SELO_SMTP_MAIL_SYNTAX : SELO_SMTP_RCPT_SYNTAX;
    if (!selo_smtp_parse_path(text, &args->path, &taken))
        return of == OF_MAIL ? SELO_SMTP_BAD_SENDER : SELO_SMTP_BAD_RECIPIENT;
    text = (SeloStr){ text.s + taken, text.len - taken };
    if (text.len > 0 && *text.s != ' ')
        return of == OF_MAIL ? SELO_SMTP_MAIL_SYNTAX : SELO_SMTP_RCPT_SYNTAX;
    next_word(&text); /* the empty one before the space */
    return parse_parameters(text, of, grammar, args);
}

SeloSmtpReply
selo_smtp_parse_mail(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    SeloSmtpReply fault = parse_path_command(text, "FROM:", OF_MAIL, grammar, out_args);

    if (fault != SELO_SMTP_NONE)
        return fault;
    if (out_args->path.size > 0 && !out_args->path.has_domain)
        return SELO_SMTP_BAD_SENDER;
    return out_args->path.has_utf8 && !out_args->is_utf8 ? SELO_SMTP_NEEDS_SMTPUTF8
                                                         : SELO_SMTP_NONE;
}

SeloSmtpReply
selo_smtp_parse_rcpt(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    SeloSmtpReply fault = parse_path_command(text, "TO:", OF_RCPT, grammar, out_args);
    SeloStr path = { out_args->path.text, out_args->path.size };

    if (fault != SELO_SMTP_NONE)
        return fault;
    if (path.len == 0)
        return SELO_SMTP_BAD_RECIPIENT;
    /* RFC 5321 section 4.1.1.3: <postmaster> is the one recipient without a domain. */
    if (!out_args->path.has_domain && !grammar->allows_no_domain && !equals(path, "postmaster"))
        return SELO_SMTP_BAD_RECIPIENT;
    return out_args->path.has_utf8 && !grammar->allows_utf8 ? SELO_SMTP_NEEDS_SMTPUTF8
                                                            : SELO_SMTP_NONE;
}

/* ---- the others ---- */

SeloSmtpReply
selo_smtp_parse_nothing(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    return text.len == 0 ? SELO_SMTP_NONE : SELO_SMTP_NO_ARGUMENT_TAKEN;
}

SeloSmtpReply
selo_smtp_parse_anything(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    out_args->word = text;
    return SELO_SMTP_NONE;
}

/* RFC 5321 section 4.1.4 forbids to refuse a name for what it is, so any one word will do: clients
 * send host names with underscores, addresses without brackets and worse. */
SeloSmtpReply
selo_smtp_parse_helo(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    out_args->word = text;
    return is_word(text) && text.len <= SELO_SMTP_MAX_DOMAIN ? SELO_SMTP_NONE
                                                             : SELO_SMTP_HELO_SYNTAX;
}

SeloSmtpReply
selo_smtp_parse_bdat(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    SeloStr size = next_word(&text);

    out_args->is_last = equals(text, "LAST");
    if (!read_number(size, &out_args->size) || (text.len > 0 && !out_args->is_last))
        return SELO_SMTP_BDAT_SYNTAX;
    return SELO_SMTP_NONE;
}

SeloSmtpReply
selo_smtp_parse_vrfy(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    out_args->word = text;
    return text.len > 0 ? SELO_SMTP_NONE : SELO_SMTP_VRFY_SYNTAX;
}

SeloSmtpReply
selo_smtp_parse_auth(SeloStr text, const SeloSmtpGrammar *grammar, SeloSmtpArgs *out_args)
{
    out_args->word = next_word(&text);
    out_args->initial = text.len > 0 ? text : (SeloStr){ NULL, 0 };
    /* RFC 4422 section 3.1: mechanism names have 1 to 20 characters. */
    if (!is_word(out_args->word) || out_args->word.len > 20 || (text.len > 0 && !is_word(text)))
        return SELO_SMTP_AUTH_SYNTAX;
    return SELO_SMTP_NONE;
}
