/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-fetch.c: FETCH items as clients write them, and what one message answers: envelope, structure,
 * sections, parts without their encoding.
 */
#include "config.h"

#include <selo/message.h>
#include <string.h>

#include "plugins/imap/imap-fetch.h"
#include "plugins/imap/imap-parse.h"
#include "tests/lib/selo-test.h"

/* RFC 9051 section 8 has its envelope, RFC 2046 its kinds of parts. */
static const char message_text[] =
    "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
    "From: Terry Gray <gray@cac.washington.edu>\r\n"
    "Subject: IMAP4rev2 WG mtg\r\n"
    " summary and minutes\r\n"
    "To: imap@cac.washington.edu\r\n"
    "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>, friends: a@b.example;\r\n"
    "Message-Id: <B27397-0100000@cac.washington.ed>\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=\"x\"\r\n"
    "\r\n"
    "preamble\r\n"
    "--x\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n"
    "\r\n"
    "gr=C3=BC=\r\n"
    "n  \r\n"
    "--x\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Subject: inner\r\n"
    "From: <c@d.example>\r\n"
    "\r\n"
    "body\r\n"
    "--x\r\n"
    "Content-Type: application/octet-stream\r\n"
    "Content-Disposition: attachment; filename=f.bin\r\n"
    "Content-Language: de, en\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "\r\n"
    "AAEC\r\n"
    "--x--\r\n";

typedef struct {
    GBytes *octets;
    SeloFacts *facts;
    SeloMsg msg;
} Sample;

static void
sample_open(Sample *sample, const char *text)
{
    g_autoptr(SeloMessage) message = selo_message_parse((SeloStr){ text, strlen(text) });
    SeloStr octets;
    gsize size;

    sample->octets = selo_message_facts(message);
    octets.s = g_bytes_get_data(sample->octets, &size);
    octets.len = size;
    sample->facts = selo_facts_read(octets);
    g_assert_nonnull(sample->facts);
    sample->msg = (SeloMsg){ .struct_size = sizeof sample->msg,
                             .uid = 9,
                             .size = strlen(text),
                             .internal_date.usec = INT64_C(837596665) * G_USEC_PER_SEC };
    sample->msg.body = (SeloBlob){ .octets = text, .size = strlen(text), .fd.fd = -1 };
    sample->msg.header = sample->msg.body;
    sample->msg.header.size = selo_header_size((SeloStr){ text, strlen(text) });
}

static void
sample_close(Sample *sample)
{
    selo_facts_free(sample->facts);
    g_bytes_unref(sample->octets);
}

/* What "FETCH 1 @items" answers, or "!" and the fault. */
static char *
fetch(Sample *sample, const char *items, gboolean is_utf8)
{
    static const SeloStr keywords[] = { { "$Junk", 5 } };
    g_autofree char *text = g_strdup_printf("a FETCH 1 %s\r\n", items);
    ImapParser parser = { 0 };
    ImapArena arena = { 0 };
    ImapLine line;
    ImapFetchRequest request = { 0 };
    ImapFetchMessage message = { .msg = &sample->msg,
                                 .facts = sample->facts,
                                 .seq = 1,
                                 .uid = 9,
                                 .flags = SELO_FLAG_SEEN,
                                 .keywords = 1,
                                 .keyword_names = { keywords, 1 },
                                 .is_utf8 = is_utf8 };
    ImapOut out = { .text = g_string_new(NULL) };
    ImapFault fault;

    g_assert_true(imap_parser_add(&parser, text, strlen(text), IMAP_MAX_LINE));
    fault = imap_parser_split(&parser, TRUE, &arena, &line);
    if (fault == NULL) {
        line.args.at++; /* the set */
        fault = imap_fetch_parse_items(&line.args, &request);
    }
    if (fault == NULL)
        fault = imap_args_end(&line.args);
    if (fault != NULL)
        g_string_printf(out.text, "!%s", fault);
    else
        imap_fetch_put_message(&out, &message, request.items, request.n_items);
    imap_parser_clear(&parser);
    imap_arena_clear(&arena);
    return g_string_free(out.text, FALSE);
}

typedef struct {
    const char *name, *items, *want; /* want: inside "* 1 FETCH (" and ")" */
} FetchCase;

static const FetchCase cases[] = {
    { "fast", "FAST",
      "FLAGS (\\Seen $Junk) INTERNALDATE \"17-Jul-1996 09:44:25 +0000\" RFC822.SIZE 738" },
    { "uid", "(uid Flags)", "UID 9 FLAGS (\\Seen $Junk)" },
    { "envelope", "ENVELOPE",
      "ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" "
      "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
      "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
      "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
      "((NIL NIL \"imap\" \"cac.washington.edu\")) "
      "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
      "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")"
      "(NIL NIL \"friends\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) "
      "NIL NIL \"<B27397-0100000@cac.washington.ed>\")" },
    { "structure", "BODYSTRUCTURE",
      "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 14 1 "
      "NIL NIL NIL NIL)(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 43 "
      "(NIL \"inner\" ((NIL NIL \"c\" \"d.example\")) ((NIL NIL \"c\" \"d.example\")) "
      "((NIL NIL \"c\" \"d.example\")) NIL NIL NIL NIL NIL) "
      "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4 0 NIL NIL NIL NIL) 3 "
      "NIL NIL NIL NIL)(\"application\" \"octet-stream\" NIL NIL NIL \"base64\" 4 NIL "
      "(\"attachment\" (\"filename\" \"f.bin\")) (\"de\" \"en\") NIL) \"mixed\" "
      "(\"boundary\" \"x\") NIL NIL NIL)" },
    { "part", "BODY[1]", "BODY[1] {14}\r\ngr=C3=BC=\r\nn  " },
    { "part-of-message", "BODY[2.1]", "BODY[2.1] {4}\r\nbody" },
    { "header-of-message", "BODY.PEEK[2.HEADER]",
      "BODY[2.HEADER] {39}\r\nSubject: inner\r\nFrom: <c@d.example>\r\n\r\n" },
    { "text-of-message", "BODY[2.TEXT]<1.2>", "BODY[2.TEXT]<1> {2}\r\nod" },
    { "fields-of-message", "BODY[2.HEADER.FIELDS (FROM)]",
      "BODY[2.HEADER.FIELDS (FROM)] {23}\r\nFrom: <c@d.example>\r\n\r\n" },
    { "mime", "BODY[2.MIME]", "BODY[2.MIME] {32}\r\nContent-Type: message/rfc822\r\n\r\n" },
    { "fields", "BODY[HEADER.FIELDS (to \"Subject\")]",
      "BODY[HEADER.FIELDS (to Subject)] {80}\r\nSubject: IMAP4rev2 WG mtg\r\n summary and "
      "minutes\r\nTo: imap@cac.washington.edu\r\n\r\n" },
    { "fields-partial", "BODY[HEADER.FIELDS (to)]<4.4>",
      "BODY[HEADER.FIELDS (to)]<4> {4}\r\nimap" },
    { "fields-not", "BODY[2.HEADER.FIELDS.NOT (FROM x)]",
      "BODY[2.HEADER.FIELDS.NOT (FROM x)] {18}\r\nSubject: inner\r\n\r\n" },
    { "nothing-there", "(BODY[4] BODY[1.1] BODY[1.HEADER] BODY[2.2] BODY[3.MIME]<1000.1>)",
      "BODY[4] NIL BODY[1.1] NIL BODY[1.HEADER] NIL BODY[2.2] NIL BODY[3.MIME]<1000> {0}\r\n" },
    { "binary", "BINARY.PEEK[1]", "BINARY[1] ~{5}\r\ngr\303\274n" },
    { "binary-size", "(BINARY.SIZE[1] BINARY.SIZE[3])", "BINARY.SIZE[1] 5 BINARY.SIZE[3] 3" },
    { "bad-item", "NOTHING", "!Unknown parameter" },
    { "bad-section", "BODY[X]", "!Invalid section" },
    { "bad-number", "BODY[0]", "!Invalid section" },
    { "bad-dot", "BODY[1.]", "!Invalid section" },
    { "bad-mime", "BODY[MIME]", "!Invalid section" },
    { "bad-binary", "BINARY[1.TEXT]", "!Invalid section" },
    { "bad-partial", "BODY[]<1>", "!Invalid partial" },
    { "bad-partial-size", "BODY[]<1.0>", "!Invalid partial" },
    { "bad-size-partial", "BINARY.SIZE[1]<0.1>", "!Invalid partial" },
    { "bad-fields", "BODY[HEADER.FIELDS ()]", "!Missing field list" },
    { "bad-close", "BODY[1", "!Missing ']'" },
    { "bad-macro", "(FAST)", "!Unknown parameter" },
    { "empty", "()", "!Missing items" },
};

static void
test_case(gconstpointer data)
{
    const FetchCase *c = data;
    Sample sample;
    g_autofree char *got = NULL, *want = NULL;

    sample_open(&sample, message_text);
    got = fetch(&sample, c->items, FALSE);
    want = c->want[0] == '!' ? g_strdup(c->want) : g_strdup_printf("* 1 FETCH (%s)\r\n", c->want);
    g_assert_cmpstr(got, ==, want);
    sample_close(&sample);
}

/* A message that is one part: part 1 is its body. */
static void
test_single_part(void)
{
    Sample sample;
    g_autofree char *got = NULL;

    sample_open(&sample, "Subject: x\r\n\r\nhello\r\n");
    got = fetch(&sample, "(BODY[1] BODY[TEXT] BODY[] BODY[2] BODY[1.MIME] BODY)", FALSE);
    g_assert_cmpstr(
        got, ==,
        "* 1 FETCH (BODY[1] {7}\r\nhello\r\n BODY[TEXT] {7}\r\nhello\r\n BODY[] "
        "{21}\r\nSubject: x\r\n\r\nhello\r\n BODY[2] NIL BODY[1.MIME] {14}\r\nSubject: "
        "x\r\n\r\n BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 7 "
        "1))\r\n");
    sample_close(&sample);
}

/* 8-bit header texts: a literal for IMAP4rev1, quoted for who enabled IMAP4rev2. */
static void
test_utf8_header(void)
{
    Sample sample;
    g_autofree char *old = NULL, *new = NULL;

    sample_open(&sample, "Subject: gr\303\274n\r\n\r\n");
    old = fetch(&sample, "ENVELOPE", FALSE);
    new = fetch(&sample, "ENVELOPE", TRUE);
    g_assert_nonnull(strstr(old, "{5}\r\ngr\303\274n "));
    g_assert_nonnull(strstr(new, "\"gr\303\274n\" "));
    sample_close(&sample);
}

/* Encodings are undone whatever the pieces in which the octets come. */
static void
test_decode(void)
{
    static const struct {
        const char *encoding, *text, *want;
    } rows[] = {
        { "base64", "aGVs\r\nbG8=", "hello" },
        { "BASE64", "aG Vs*bG8", "hello" },
        { "quoted-printable", "a=3D=\r\nb \t\r\nc=", "a=b\r\nc" },
        { "quoted-printable", "a=  \r\nb", "ab" },
        { "quoted-printable", "a=ZZ=4", "a=ZZ" },
        { "7bit", "a=3D", "a=3D" },
        { NULL, "x", "x" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(SeloBlobWriter) writer = selo_blob_writer_new();
        SeloBlob blob = { .octets = rows[i].text, .size = strlen(rows[i].text), .fd.fd = -1 };
        SeloBlob plain;
        SeloStr encoding = { rows[i].encoding, rows[i].encoding ? strlen(rows[i].encoding) : 0 };
        char got[64] = "";

        g_assert_true(imap_fetch_decode(&blob, 0, blob.size, encoding, writer));
        g_assert_true(selo_blob_writer_end(writer, &plain, NULL));
        selo_blob_read(&plain, 0, got, plain.size);
        g_assert_cmpstr(got, ==, rows[i].want);
    }
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/imap/fetch/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/imap/fetch/single-part", test_single_part);
    g_test_add_func("/imap/fetch/utf8-header", test_utf8_header);
    g_test_add_func("/imap/fetch/decode", test_decode);
    return g_test_run();
}
