/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-address.c: address lists (RFC 5322 section 3.4) with groups, routes and the other obsolete
 * forms of section 4.4, and what senders make of them. It never fails: what stands between two
 * commas is read as the address that a person would see there.
 *
 * Words are collected until a special says what they were: a display name ("<"), a group's name
 * (":"), a local part ("@") or a mailbox without a host (","). All texts of one address lie in one
 * scratch buffer, which is never larger than the value asks for.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "api/lib/selo-message-private.h"

typedef struct {
    char *s;
    size_t len, size;
} Text;

typedef struct {
    const char *at, *end;
    Text phrase;  /* all words so far, one space between them */
    Text local;   /* the last run of words that only dots separate */
    Text comment; /* the last comment outside of brackets */
    Text host, route;
    size_t phrase_before_local; /* length of phrase when that run began */
    gboolean has_word, has_host;
    gboolean in_group;
    size_t n_found, max;
    SeloAddressFunc found;
    void *data;
} Parser;

static void
append(Text *text, char c)
{
    if (text->len + 1 < text->size)
        text->s[text->len++] = c;
}

static SeloStr
finish(Text *text, size_t len)
{
    text->s[len] = '\0';
    return (SeloStr){ text->s, len };
}

static gboolean
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static gboolean
is_special(char c)
{
    return is_space(c) || strchr("()<>:;@,.\"", c) != NULL;
}

/* Inside of a comment; its text goes to parser->comment without the outer parentheses. */
static void
skip_comment(Parser *parser)
{
    int depth = 1;

    parser->comment.len = 0;
    for (parser->at++; parser->at < parser->end; parser->at++) {
        char c = *parser->at;

        if (c == '\\' && parser->at + 1 < parser->end) {
            append(&parser->comment, *++parser->at);
            continue;
        }
        if (c == '(')
            depth++;
        if (c == ')' && --depth == 0) {
            parser->at++;
            return;
        }
        if (c != '\r' && c != '\n' && c != '\0')
            append(&parser->comment, c);
    }
}

static void
skip_cfws(Parser *parser)
{
    while (parser->at < parser->end) {
        if (*parser->at == '(')
            skip_comment(parser);
        else if (is_space(*parser->at))
            parser->at++;
        else
            return;
    }
}

/* An atom or a quoted string at parser->at, unquoted, to both texts (each may be NULL). */
static void
read_word(Parser *parser, Text *text, Text *other)
{
    gboolean is_quoted = *parser->at == '"';

    if (is_quoted)
        parser->at++;
    while (parser->at < parser->end) {
        char c = *parser->at;

        if (is_quoted ? c == '"' : is_special(c))
            break;
        parser->at++;
        if (c == '\\' && parser->at < parser->end)
            c = *parser->at++;
        if (c == '\r' || c == '\n' || c == '\0')
            continue;
        append(text, c);
        if (other != NULL)
            append(other, c);
    }
    if (is_quoted && parser->at < parser->end)
        parser->at++;
}

/* "a.b", "[192.0.2.1]"; white space and comments around the dots are obsolete but legal. */
static void
read_host(Parser *parser, Text *host)
{
    size_t start = host->len;

    skip_cfws(parser);
    if (parser->at < parser->end && *parser->at == '[') {
        while (parser->at < parser->end && *parser->at != ']') {
            if (!is_space(*parser->at))
                append(host, *parser->at);
            parser->at++;
        }
        append(host, ']');
        if (parser->at < parser->end)
            parser->at++;
        return;
    }
    for (;;) {
        skip_cfws(parser);
        if (parser->at == parser->end)
            return;
        if (*parser->at == '.')
            append(host, *parser->at++);
        else if (!is_special(*parser->at) && (host->len == start || host->s[host->len - 1] == '.'))
            read_word(parser, host, NULL);
        else
            return;
    }
}

static void
tell(Parser *parser, const SeloAddress *address)
{
    if (parser->n_found++ < parser->max)
        parser->found(parser->data, address);
}

static void
reset(Parser *parser)
{
    parser->phrase.len = parser->local.len = parser->comment.len = 0;
    parser->host.len = parser->route.len = 0;
    parser->phrase_before_local = 0;
    parser->has_word = parser->has_host = FALSE;
}

/* Tells the address that was collected. @name_size: how much of the phrase is its display name; a
 * comment takes its place if there is none. */
static void
tell_mailbox(Parser *parser, size_t name_size)
{
    SeloAddress address = { 0 };

    while (name_size > 0 && parser->phrase.s[name_size - 1] == ' ')
        name_size--;
    if (name_size > 0)
        address.name = finish(&parser->phrase, name_size);
    else if (parser->comment.len > 0)
        address.name = finish(&parser->comment, parser->comment.len);
    if (parser->route.len > 0)
        address.route = finish(&parser->route, parser->route.len);
    address.mailbox = finish(&parser->local, parser->local.len);
    address.host = finish(&parser->host, parser->host.len);
    tell(parser, &address);
    reset(parser);
}

/* What was collected at a comma, at the end of a group or of the value. */
static void
end_mailbox(Parser *parser)
{
    if (parser->has_word || parser->has_host)
        tell_mailbox(parser, parser->phrase_before_local);
    else
        reset(parser);
}

static void
begin_group(Parser *parser)
{
    SeloAddress address = { 0 };

    if (parser->in_group)
        tell(parser, &address);
    parser->in_group = TRUE;
    address.name = finish(&parser->phrase, parser->phrase.len);
    tell(parser, &address);
    reset(parser);
}

static void
end_group(Parser *parser)
{
    SeloAddress address = { 0 };

    end_mailbox(parser);
    if (parser->in_group)
        tell(parser, &address);
    parser->in_group = FALSE;
}

/* Behind "<": "@a,@b:local@host>" (RFC 5322 section 4.4, obs-route). Ends behind ">", or before a
 * comma if there is none. */
static void
read_angle(Parser *parser)
{
    parser->local.len = parser->host.len = 0;
    parser->has_word = TRUE;
    for (skip_cfws(parser); parser->at < parser->end; skip_cfws(parser)) {
        char c = *parser->at;

        if (c == '>') {
            parser->at++;
            return;
        }
        if (c == ',' && parser->route.len == 0)
            return;
        if (c == '@' && parser->local.len == 0 && !parser->has_host) {
            append(&parser->route, c);
            parser->at++;
            read_host(parser, &parser->route);
        } else if (c == ',') {
            append(&parser->route, c);
            parser->at++;
        } else if (c == '@' && !parser->has_host) {
            parser->has_host = TRUE;
            parser->at++;
            read_host(parser, &parser->host);
        } else if (c == '"' || !is_special(c)) {
            read_word(parser, &parser->local, NULL);
        } else {
            if (c == '.')
                append(&parser->local, c);
            parser->at++; /* ":" behind a route; anything else has no meaning here */
        }
    }
}

/* @is_joined: to the dot before it, as part of a local part; a phrase shows the space all the same
 * ("John Q. Public"). */
static void
read_phrase_word(Parser *parser, gboolean is_joined, gboolean is_spaced)
{
    if (parser->phrase.len > 0 && (!is_joined || is_spaced))
        append(&parser->phrase, ' ');
    if (!is_joined) {
        parser->phrase_before_local = parser->phrase.len;
        parser->local.len = 0;
    }
    parser->has_word = TRUE;
    read_word(parser, &parser->local, &parser->phrase);
}

/* "@host" outside of brackets. It joins the phrase too, which may yet turn out to be a display
 * name. */
static void
read_bare_host(Parser *parser)
{
    parser->at++;
    parser->has_host = TRUE;
    parser->host.len = 0;
    append(&parser->phrase, '@');
    read_host(parser, &parser->host);
    for (size_t i = 0; i < parser->host.len; i++)
        append(&parser->phrase, parser->host.s[i]);
}

/* Behind an address: nothing but comments up to the next comma. */
static void
skip_rest(Parser *parser)
{
    for (skip_cfws(parser); parser->at < parser->end; skip_cfws(parser)) {
        if (*parser->at == ',' || *parser->at == ';')
            return;
        parser->at++;
    }
}

static void
read_angle_address(Parser *parser)
{
    size_t name_size = parser->phrase.len;

    parser->at++;
    parser->has_host = FALSE;
    read_angle(parser);
    skip_rest(parser);
    tell_mailbox(parser, name_size);
}

static void
read_list(Parser *parser)
{
    gboolean is_joined = FALSE; /* the last thing was a dot of a local part */

    for (;;) {
        const char *before = parser->at;
        char c;

        skip_cfws(parser);
        if (parser->at == parser->end || parser->n_found >= parser->max)
            return;
        c = *parser->at;
        if (c == '"' || !is_special(c)) {
            read_phrase_word(parser, is_joined, parser->at > before);
            is_joined = FALSE;
            continue;
        }
        is_joined = c == '.' && parser->has_word && !parser->has_host;
        if (c == '<') {
            read_angle_address(parser);
        } else if (c == '@') {
            read_bare_host(parser);
        } else {
            parser->at++;
            if (c == ',')
                end_mailbox(parser);
            else if (c == ';')
                end_group(parser);
            else if (c == ':' && !parser->has_host)
                begin_group(parser);
            else if (is_joined) {
                append(&parser->local, c);
                append(&parser->phrase, c);
            }
        }
    }
}

void
selo_address_parse(SeloStr value, size_t max, SeloAddressFunc found, void *data)
{
    /* Twice the value: each word adds one space at most; two for the terminator. */
    size_t size = value.len * 2 + 2;
    char small[2048];
    g_autofree char *large = NULL;
    char *scratch = small;
    Parser parser = { .at = value.s, .max = max, .found = found, .data = data };
    Text *const texts[] = { &parser.phrase, &parser.local, &parser.comment, &parser.host,
                            &parser.route };

    if (value.s == NULL)
        return;
    parser.end = value.s + value.len;
    if (size * G_N_ELEMENTS(texts) > sizeof small)
        scratch = large = g_malloc(size * G_N_ELEMENTS(texts));
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = (Text){ scratch + i * size, 0, size };
    read_list(&parser);
    end_group(&parser);
}
