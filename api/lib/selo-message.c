/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-message.c: the MIME structure of a message (RFC 5322, RFC 2045, RFC 2046) in one pass over
 * its lines, nothing copied. Each line is found by memchr(), which is all the work most octets
 * cost; only lines that begin with "--" are looked at while a multipart is open. Searching for each
 * boundary with memmem() lost: it passes over nested parts once a level and the lines have to be
 * counted anyway.
 *
 * What is read out of it: a multipart has at least one child, a message exactly one. A multipart
 * without a usable boundary has one child without header that is its whole body.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "api/lib/selo-message-private.h"

/* A delimiter line. level < 0: the end of the message. */
typedef struct {
    int level;
    gboolean is_close;
    const char *next;     /* the line after it */
    const char *text_end; /* of what stood before it: its CRLF belongs to the delimiter */
    uint32_t n_lines;     /* of the message, up to text_end */
} Delimiter;

typedef struct {
    SeloMessage *message;
    const char *at, *end;
    uint32_t n_lines; /* LFs before @at */
    uint32_t n_open;
    uint32_t depth;                                 /* multiparts and messages around @at */
    const char *boundaries[SELO_MESSAGE_MAX_DEPTH]; /* of the open multiparts, outermost first */
    size_t boundary_sizes[SELO_MESSAGE_MAX_DEPTH];
} Parser;

typedef struct {
    const char *name;
    uint32_t content, fact; /* field + 1, 0 = none */
} KnownField;

/* clang-format off */
static const KnownField known_fields[] = {
    { "Content-Type",              SELO_CONTENT_TYPE + 1,        0 },
    { "Content-Transfer-Encoding", SELO_CONTENT_ENCODING + 1,    0 },
    { "Content-ID",                SELO_CONTENT_ID + 1,          0 },
    { "Content-Description",       SELO_CONTENT_DESCRIPTION + 1, 0 },
    { "Content-MD5",               SELO_CONTENT_MD5 + 1,         0 },
    { "Content-Disposition",       SELO_CONTENT_DISPOSITION + 1, 0 },
    { "Content-Language",          SELO_CONTENT_LANGUAGE + 1,    0 },
    { "Content-Location",          SELO_CONTENT_LOCATION + 1,    0 },
    { "Date",        0, SELO_FACT_DATE + 1 },
    { "Subject",     0, SELO_FACT_SUBJECT + 1 },
    { "From",        0, SELO_FACT_FROM + 1 },
    { "Sender",      0, SELO_FACT_SENDER + 1 },
    { "Reply-To",    0, SELO_FACT_REPLY_TO + 1 },
    { "To",          0, SELO_FACT_TO + 1 },
    { "Cc",          0, SELO_FACT_CC + 1 },
    { "Bcc",         0, SELO_FACT_BCC + 1 },
    { "In-Reply-To", 0, SELO_FACT_IN_REPLY_TO + 1 },
    { "Message-ID",  0, SELO_FACT_MESSAGE_ID + 1 },
    { "References",  0, SELO_FACT_REFERENCES + 1 },
};
/* clang-format on */

static SeloPart *
part_at(Parser *parser, uint32_t index)
{
    return &g_array_index(parser->message->parts, SeloPart, index);
}

/* ---- delimiters ---- */

/* Is the line at @line (which begins with "--") a delimiter of an open multipart? The innermost
 * counts. The whole line has to be the delimiter, trailing white space aside: one boundary may be
 * the beginning of another (RFC 2046 section 5.1.1). */
static gboolean
match_delimiter(Parser *parser, const char *line, Delimiter *out_delimiter)
{
    const char *lf = memchr(line, '\n', (size_t) (parser->end - line));
    const char *next = lf != NULL ? lf + 1 : parser->end, *text = line + 2;
    const char *stop = lf != NULL ? lf : parser->end;
    size_t size;

    while (stop > text && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
        stop--;
    size = (size_t) (stop - text);
    for (int level = (int) parser->n_open - 1; level >= 0; level--) {
        size_t wanted = parser->boundary_sizes[level];
        gboolean is_close = size == wanted + 2 && text[wanted] == '-' && text[wanted + 1] == '-';

        if ((size == wanted || is_close) && memcmp(text, parser->boundaries[level], wanted) == 0) {
            if (!is_close && parser->message->parts->len >= SELO_MESSAGE_MAX_PARTS)
                return FALSE; /* no room for what it would open */
            *out_delimiter = (Delimiter){ .level = level, .is_close = is_close, .next = next };
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
is_delimiter(Parser *parser, const char *line, Delimiter *out_delimiter)
{
    return parser->n_open > 0 && parser->end - line >= 2 && line[0] == '-' && line[1] == '-' &&
           match_delimiter(parser, line, out_delimiter);
}

/* Reads lines from parser->at to the next delimiter or the end; parser->at is then behind it. The
 * text before it never ends before @floor, the start of the body: an empty body shares its CRLF
 * with the header. */
static Delimiter
scan_text(Parser *parser, const char *floor)
{
    Delimiter delimiter = { .level = -1, .next = parser->end };
    const char *line = parser->at, *end;

    while (!is_delimiter(parser, line, &delimiter)) {
        const char *lf = memchr(line, '\n', (size_t) (parser->end - line));

        if (lf == NULL) {
            line = parser->end;
            break;
        }
        parser->n_lines++;
        line = lf + 1;
    }
    delimiter.n_lines = parser->n_lines;
    end = line;
    if (delimiter.level >= 0 && end > floor) {
        delimiter.n_lines--;
        end--;
        if (end > floor && end[-1] == '\r')
            end--;
    }
    delimiter.text_end = end;
    if (delimiter.next > line && delimiter.next[-1] == '\n')
        parser->n_lines++;
    parser->at = delimiter.next;
    return delimiter;
}

/* ---- headers ---- */

static void
take_field(Parser *parser, SeloPart *part, const SeloHeader *field)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_fields); i++) {
        const KnownField *known = &known_fields[i];

        if (!selo_str_is(field->name, known->name))
            continue;
        if (known->content > 0 && part->content[known->content - 1].s == NULL)
            part->content[known->content - 1] = field->value;
        if (known->fact > 0 && part->envelope > 0) {
            SeloEnvelope *envelope =
                &g_array_index(parser->message->envelopes, SeloEnvelope, part->envelope - 1);

            if (envelope->fields[known->fact - 1].s == NULL)
                envelope->fields[known->fact - 1] = field->value;
            else
                envelope->repeated |= 1u << (known->fact - 1);
        }
        return;
    }
}

/* Where the header at parser->at ends: behind its empty line, at a delimiter (a part that is cut
 * short), at the limit, or at the end. */
static const char *
find_header_end(Parser *parser)
{
    const char *line = parser->at, *end = parser->end, *lf;
    Delimiter delimiter;

    while (line < end && !is_delimiter(parser, line, &delimiter)) {
        if (line - parser->at > (ptrdiff_t) SELO_MESSAGE_MAX_HEADER)
            break;
        lf = memchr(line, '\n', (size_t) (end - line));
        if (lf == NULL)
            return end;
        parser->n_lines++;
        if (lf == line || (lf == line + 1 && *line == '\r'))
            return lf + 1;
        line = lf + 1;
    }
    return line;
}

static void
parse_header(Parser *parser, SeloPart *part)
{
    const char *end = find_header_end(parser);
    SeloHeaderIter iter = { { parser->at, (size_t) (end - parser->at) }, 0 };
    SeloHeader field;

    while (selo_header_next(&iter, &field))
        take_field(parser, part, &field);
    part->header_offset = (size_t) (parser->at - parser->message->octets.s);
    part->header_size = iter.octets.len;
    parser->at = end;
}

/* ---- parts ---- */

/* Appends a part below @parent; index 0 is its own parent. Earlier pointers to parts are void. */
static uint32_t
add_part(Parser *parser, uint32_t parent, uint32_t *last_child, gboolean is_root)
{
    GArray *parts = parser->message->parts;
    SeloPart part = { .parent = parent };
    uint32_t index = parts->len;

    if (is_root) {
        SeloEnvelope envelope = { 0 };

        g_array_append_val(parser->message->envelopes, envelope);
        part.envelope = parser->message->envelopes->len;
    }
    g_array_append_val(parts, part);
    if (index > 0)
        part_at(parser, parent)->n_children++;
    if (last_child != NULL && *last_child > 0)
        part_at(parser, *last_child)->next_sibling = index;
    if (last_child != NULL)
        *last_child = index;
    return index;
}

/* The boundary parameter, without trailing blanks, or NULL. */
static char *
find_boundary(SeloStr rest)
{
    g_autoptr(GArray) params = selo_mime_params(rest);

    for (guint i = 0; i < params->len; i++) {
        const SeloMimeParam *param = &g_array_index(params, SeloMimeParam, i);

        if (g_ascii_strcasecmp(param->name->str, "boundary") == 0 && param->value->len > 0)
            return g_strchomp(g_strdup(param->value->str));
    }
    return NULL;
}

/* Finds what kind of part this is; what has no usable type takes the default (RFC 2046 section
 * 5.1.5 for multipart/digest). Returns the boundary of a multipart (transfer full). */
static char *
classify(Parser *parser, SeloPart *part, gboolean in_digest, gboolean *out_is_digest)
{
    SeloStr type, subtype, rest;
    gboolean has_room = parser->depth < SELO_MESSAGE_MAX_DEPTH &&
                        parser->message->parts->len < SELO_MESSAGE_MAX_PARTS;

    *out_is_digest = FALSE;
    if (!selo_mime_type(part->content[SELO_CONTENT_TYPE], &type, &subtype, &rest)) {
        part->is_message = in_digest && has_room;
        part->is_text = !part->is_message;
        return NULL;
    }
    part->is_multipart = selo_str_is(type, "multipart");
    part->is_message = selo_str_is(type, "message") &&
                       (selo_str_is(subtype, "rfc822") || selo_str_is(subtype, "global"));
    if ((part->is_multipart || part->is_message) && !has_room) {
        part->is_multipart = part->is_message = FALSE;
        part->is_text = TRUE; /* beyond the bounds all is text */
    }
    *out_is_digest = part->is_multipart && selo_str_is(subtype, "digest");
    return part->is_multipart ? find_boundary(rest) : NULL;
}

static Delimiter parse_part(Parser *parser, uint32_t index, gboolean in_digest);

static void
set_body(Parser *parser, uint32_t index, const char *body, uint32_t n_lines,
         const Delimiter *delimiter)
{
    SeloPart *part = part_at(parser, index);

    part->body_size = (size_t) (delimiter->text_end - body);
    part->body_lines = delimiter->n_lines - n_lines;
}

/* Of a multipart in which no delimiter was found: its whole body as one child without header. */
static void
add_only_child(Parser *parser, uint32_t index, const char *body, uint32_t n_lines,
               const Delimiter *delimiter)
{
    uint32_t child = add_part(parser, index, NULL, FALSE);
    SeloPart *part = part_at(parser, child);

    part->is_text = TRUE;
    part->header_offset = (size_t) (body - parser->message->octets.s);
    set_body(parser, child, body, n_lines, delimiter);
}

/* @boundary NULL: it has none. */
static Delimiter
parse_multipart(Parser *parser, uint32_t index, const char *boundary, gboolean is_digest)
{
    const char *body = parser->at;
    uint32_t n_lines = parser->n_lines, last_child = 0;
    int level = (int) parser->n_open;
    Delimiter delimiter;

    if (boundary == NULL) {
        delimiter = scan_text(parser, body);
    } else {
        parser->boundaries[level] = boundary;
        parser->boundary_sizes[level] = strlen(boundary);
        parser->n_open++;
        delimiter = scan_text(parser, body); /* preamble */
        while (delimiter.level == level && !delimiter.is_close)
            delimiter = parse_part(parser, add_part(parser, index, &last_child, FALSE), is_digest);
        parser->n_open--;
        if (delimiter.level == level)
            delimiter = scan_text(parser, body); /* epilogue */
    }
    if (last_child == 0)
        add_only_child(parser, index, body, n_lines, &delimiter);
    return delimiter;
}

static Delimiter
parse_part(Parser *parser, uint32_t index, gboolean in_digest)
{
    g_autofree char *boundary = NULL;
    gboolean is_digest;
    const char *body;
    uint32_t n_lines;
    Delimiter delimiter;

    parse_header(parser, part_at(parser, index));
    boundary = classify(parser, part_at(parser, index), in_digest, &is_digest);
    body = parser->at;
    n_lines = parser->n_lines;
    parser->depth++;
    if (part_at(parser, index)->is_multipart)
        delimiter = parse_multipart(parser, index, boundary, is_digest);
    else if (part_at(parser, index)->is_message)
        delimiter = parse_part(parser, add_part(parser, index, NULL, TRUE), FALSE);
    else
        delimiter = scan_text(parser, body);
    parser->depth--;
    set_body(parser, index, body, n_lines, &delimiter);
    return delimiter;
}

SeloMessage *
selo_message_parse(SeloStr octets)
{
    SeloMessage *message = g_new0(SeloMessage, 1);
    Parser parser = { .message = message };

    message->octets = octets.s != NULL ? octets : SELO_STR("");
    message->parts = g_array_new(FALSE, FALSE, sizeof(SeloPart));
    message->envelopes = g_array_new(FALSE, FALSE, sizeof(SeloEnvelope));
    parser.at = message->octets.s;
    parser.end = parser.at + message->octets.len;
    parse_part(&parser, add_part(&parser, 0, NULL, TRUE), FALSE);
    return message;
}

void
selo_message_free(SeloMessage *message)
{
    if (message == NULL)
        return;
    g_array_free(message->parts, TRUE);
    g_array_free(message->envelopes, TRUE);
    g_free(message);
}
