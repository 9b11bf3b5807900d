/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-message.c: MIME structure and facts. A case is a message and the tree it must give, one part
 * a line: depth, type, header octets, body octets, lines; the offsets are checked against each
 * other.
 */
#include "config.h"

#include <selo/facts.h>
#include <string.h>

#include "tests/lib/selo-test.h"

typedef struct {
    const char *name, *message, *want;
} TreeCase;

#define MIXED "Content-Type: multipart/mixed; boundary=b\r\n\r\n"

/* clang-format off */
static const TreeCase cases[] = {
    { "plain", "Subject: x\r\n\r\nHello\r\nWorld\r\n", "text/plain h14 b14 l2\n" },
    { "empty", "", "text/plain h0 b0 l0\n" },
    { "no-body", "Subject: x\r\n", "text/plain h12 b0 l0\n" },
    { "no-header", "\r\nHello", "text/plain h2 b5 l0\n" },
    { "two-parts",
      MIXED "pre\r\n--b\r\n\r\nA\r\nB\r\n--b\r\nContent-Type: text/html\r\n\r\nC\r\n--b--\r\n"
      "epi\r\n",
      "multipart/mixed h45 b65 l11\n text/plain h2 b4 l1\n text/html h27 b1 l0\n" },
    { "no-close", MIXED "--b\r\n\r\nA\r\n", "multipart/mixed h45 b10 l3\n text/plain h2 b3 l1\n" },
    { "blank-after-boundary", MIXED "--b \t\r\n\r\nA\r\n--b-- \r\n",
      "multipart/mixed h45 b20 l4\n text/plain h2 b1 l0\n" },
    { "prefix",
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
      "Content-Type: multipart/mixed; boundary=bb\r\n\r\n"
      "--bb\r\n\r\n--b1\r\n--bb--\r\n--b\r\n\r\nZ\r\n--b--\r\n",
      "multipart/mixed h45 b90 l11\n multipart/mixed h46 b20 l3\n  text/plain h2 b4 l0\n"
      " text/plain h2 b1 l0\n" },
    { "outer-closes-inner",
      MIXED "--b\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n\r\nA\r\n"
      "--b\r\n\r\nB\r\n--b--",
      "multipart/mixed h45 b81 l9\n multipart/alternative h51 b8 l2\n  text/plain h2 b1 l0\n"
      " text/plain h2 b1 l0\n" },
    { "epilogue-crlf",
      MIXED "--b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nA\r\n--i--\r\n"
      "--b--\r\n",
      "multipart/mixed h45 b74 l8\n multipart/mixed h45 b15 l3\n  text/plain h2 b1 l0\n" },
    { "empty-part",
      MIXED "--b\r\n\r\n--b\r\n--b--\r\n", "multipart/mixed h45 b19 l4\n text/plain h2 b0 l0\n"
      " text/plain h0 b0 l0\n" },
    { "no-boundary",
      "Content-Type: multipart/mixed\r\n\r\nHello\r\n", "multipart/mixed h33 b7 l1\n"
      " text/plain h0 b7 l1\n" },
    { "boundary-never",
      MIXED "Hello\r\n--c\r\n", "multipart/mixed h45 b12 l2\n text/plain h0 b12 l2\n" },
    { "only-close",
      MIXED "Hello\r\n--b--\r\nx", "multipart/mixed h45 b15 l2\n text/plain h0 b15 l2\n" },
    { "digest",
      "Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n--b\r\n\r\nSubject: in\r\n\r\nA\r\n"
      "--b\r\nContent-Type: text/plain\r\n\r\nB\r\n--b--\r\n",
      "multipart/digest h48 b68 l10\n message/rfc822 h2 b16 l2\n  text/plain h15 b1 l0\n"
      " text/plain h28 b1 l0\n" },
    { "message",
      "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n"
      "Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nA\r\n--q--\r\n",
      "message/rfc822 h32 b75 l7\n multipart/mixed h58 b17 l4\n  text/plain h2 b1 l0\n" },
    { "message-cut", MIXED "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n--b--\r\n",
      "multipart/mixed h45 b57 l5\n message/rfc822 h32 b13 l1\n  text/plain h13 b0 l0\n" },
    { "bad-type", "Content-Type: text\r\n\r\nA", "text/plain h22 b1 l0\n" },
    { "quoted-boundary",
      "Content-Type: multipart/mixed; x=(c); boundary=\"a \\\"b\"\r\n\r\n--a \"b\r\n\r\nA\r\n"
      "--a \"b--\r\n",
      "multipart/mixed h58 b23 l4\n text/plain h2 b1 l0\n" },
    { "continued-boundary",
      "Content-Type: multipart/mixed;\r\n boundary*1=b;\r\n boundary*0=a\r\n\r\n--ab\r\n\r\nA\r\n"
      "--ab--\r\n",
      "multipart/mixed h65 b19 l4\n text/plain h2 b1 l0\n" },
    { "bare-lf",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nA\n"
      "--b--\n", "multipart/mixed h43 b13 l4\n text/plain h1 b1 l0\n" },
};
/* clang-format on */

static void
append_tree(GString *text, SeloFacts *facts, uint32_t index, int depth)
{
    const SeloPartFacts *part = selo_facts_part(facts, index);

    g_string_append_printf(text, "%*s%.*s/%.*s h%" G_GUINT64_FORMAT " b%" G_GUINT64_FORMAT " l%u\n",
                           depth, "", (int) part->type.len, part->type.s, (int) part->subtype.len,
                           part->subtype.s, part->header_size, part->body_size, part->body_lines);
    for (uint32_t child = selo_facts_first_child(facts, index); child > 0;
         child = selo_facts_next_sibling(facts, child))
        append_tree(text, facts, child, depth + 1);
}

/* What has to be true of any message. */
static void
check_sound(SeloFacts *facts, size_t size)
{
    for (uint32_t i = 0; i < selo_facts_n_parts(facts); i++) {
        SeloPartFacts part = *selo_facts_part(facts, i),
                      parent = *selo_facts_part(facts, part.parent);
        uint32_t n = 0;

        g_assert_cmpuint(part.body_offset + part.body_size, <=, size);
        if (i > 0) {
            g_assert_cmpuint(part.parent, <, i);
            g_assert_cmpuint(part.header_offset, >=, parent.body_offset);
            g_assert_cmpuint(part.body_offset + part.body_size, <=,
                             parent.body_offset + parent.body_size);
        }
        for (uint32_t child = selo_facts_first_child(facts, i); child > 0;
             child = selo_facts_next_sibling(facts, child))
            n++;
        g_assert_cmpuint(n, ==, part.n_children);
        part = *selo_facts_part(facts, i);
        if (g_ascii_strncasecmp(part.type.s, "multipart", 9) == 0)
            g_assert_cmpuint(n, >=, 1);
        if (part.is_message)
            g_assert_cmpuint(n, ==, 1);
    }
}

static GBytes *
facts_of(const char *octets, size_t size)
{
    g_autoptr(SeloMessage) message = selo_message_parse((SeloStr){ octets, size });

    return selo_message_facts(message);
}

static SeloFacts *
read_bytes(GBytes *bytes)
{
    gsize size;
    const char *octets = g_bytes_get_data(bytes, &size);
    SeloFacts *facts = selo_facts_read((SeloStr){ octets, size });

    g_assert_nonnull(facts);
    return facts;
}

static void
test_tree(gconstpointer data)
{
    const TreeCase *c = data;
    g_autoptr(GBytes) bytes = facts_of(c->message, strlen(c->message));
    g_autoptr(SeloFacts) facts = read_bytes(bytes);
    g_autoptr(GString) got = g_string_new(NULL);

    append_tree(got, facts, 0, 0);
    g_assert_cmpstr(got->str, ==, c->want);
    check_sound(facts, strlen(c->message));
}

/* Any beginning of a message is a message. */
static void
test_cut(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t cut = 0; cut < strlen(cases[i].message); cut++) {
            g_autofree char *copy = g_memdup2(cases[i].message, MAX(cut, 1));
            g_autoptr(GBytes) bytes = facts_of(copy, cut);
            g_autoptr(SeloFacts) facts = read_bytes(bytes);

            check_sound(facts, cut);
        }
    }
}

static void
assert_text(SeloStr got, const char *want)
{
    if (want == NULL) {
        g_assert_null(got.s);
        return;
    }
    g_assert_nonnull(got.s);
    g_assert_cmpint(got.s[got.len], ==, '\0');
    g_assert_cmpstr(got.s, ==, want);
}

static void
test_envelope(void)
{
    static const char message[] = "Date: Tue, 24 Nov 2026 21:32:58 +0000\r\n"
                                  "Subject: a long\r\n subject\r\n"
                                  "to: a@x\r\nTo: b@y\r\n"
                                  "Subject: second\r\n"
                                  "Message-ID: <1@x>\r\n"
                                  "Content-Type: message/rfc822\r\n\r\n"
                                  "Subject: inner\r\nFrom: c@z\r\n\r\nBody\r\n";
    g_autoptr(GBytes) bytes = facts_of(message, strlen(message));
    g_autoptr(SeloFacts) facts = read_bytes(bytes);

    assert_text(selo_facts_field(facts, SELO_FACT_SUBJECT), "a long subject");
    assert_text(selo_facts_field(facts, SELO_FACT_TO), "a@x, b@y");
    assert_text(selo_facts_field(facts, SELO_FACT_MESSAGE_ID), "<1@x>");
    assert_text(selo_facts_field(facts, SELO_FACT_FROM), NULL);
    assert_text(selo_facts_part_field(facts, 1, SELO_FACT_SUBJECT), "inner");
    assert_text(selo_facts_part_field(facts, 1, SELO_FACT_FROM), "c@z");
    g_assert_cmpuint(selo_facts_n_parts(facts), ==, 2);
    g_assert_true(selo_facts_part(facts, 0)->is_message);
    g_assert_false(selo_facts_part(facts, 1)->is_message);
}

static void
test_fields(void)
{
    static const char message[] =
        "Content-Type: (c) Application/PDF ; name = \"a \\\"b\\\".pdf\" (d); x*0*=utf-8''%41;\r\n"
        " x*1=\" b\"; y*0=1; y*1=2; z*=us-ascii'en'q%20r; bare\r\n"
        "Content-Transfer-Encoding: base64 (really)\r\n"
        "Content-ID: <id@x>\r\n"
        "Content-Description: some\r\n\ttext\r\n"
        "Content-MD5: Q2hlY2s=\r\n"
        "Content-Disposition: attachment; filename=a.pdf\r\n"
        "Content-Language: en, de\r\n"
        "Content-Location: http://x/y\r\n\r\n";
    static const char *const params[] = { "name", "a \"b\".pdf", "x*", "utf-8''%41%20b",
                                          "y",    "12",          "z*", "us-ascii'en'q%20r" };
    g_autoptr(GBytes) bytes = facts_of(message, strlen(message));
    g_autoptr(SeloFacts) facts = read_bytes(bytes);
    const SeloPartFacts *part = selo_facts_part(facts, 0);

    assert_text(part->type, "Application");
    assert_text(part->subtype, "PDF");
    assert_text(part->encoding, "base64");
    assert_text(part->id, "<id@x>");
    assert_text(part->description, "some\ttext");
    assert_text(part->md5, "Q2hlY2s=");
    assert_text(part->disposition, "attachment");
    assert_text(part->language, "en, de");
    assert_text(part->location, "http://x/y");
    g_assert_cmpuint(part->params.n, ==, G_N_ELEMENTS(params));
    for (size_t i = 0; i < part->params.n; i++)
        assert_text(part->params.v[i], params[i]);
    g_assert_cmpuint(part->disposition_params.n, ==, 2);
    assert_text(part->disposition_params.v[1], "a.pdf");
}

static void
test_limits(void)
{
    g_autoptr(GString) deep = g_string_new(NULL), wide = g_string_new(MIXED);

    for (int i = 0; i < 3 * SELO_MESSAGE_MAX_DEPTH; i++)
        g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n",
                               i, i);
    {
        g_autoptr(GBytes) bytes = facts_of(deep->str, deep->len);
        g_autoptr(SeloFacts) facts = read_bytes(bytes);

        g_assert_cmpuint(selo_facts_n_parts(facts), ==, SELO_MESSAGE_MAX_DEPTH + 1);
        check_sound(facts, deep->len);
    }
    for (int i = 0; i < 2 * SELO_MESSAGE_MAX_PARTS; i++)
        g_string_append(wide, "--b\r\n\r\nx\r\n");
    {
        g_autoptr(GBytes) bytes = facts_of(wide->str, wide->len);
        g_autoptr(SeloFacts) facts = read_bytes(bytes);

        g_assert_cmpuint(selo_facts_n_parts(facts), ==, SELO_MESSAGE_MAX_PARTS);
        check_sound(facts, wide->len);
    }
}

/* Facts come from a store and may be damaged: no octet of them may lead outside. */
static void
test_damage(void)
{
    const char *message = cases[14].message;
    g_autoptr(GBytes) bytes = facts_of(message, strlen(message));
    gsize size;
    const char *octets = g_bytes_get_data(bytes, &size);

    for (gsize i = 0; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            g_autofree char *copy = g_memdup2(octets, size);
            g_autoptr(SeloFacts) facts = NULL;

            copy[i] = (char) (copy[i] ^ 1 << bit);
            facts = selo_facts_read((SeloStr){ copy, size });
            for (uint32_t part = 0; facts != NULL && part < selo_facts_n_parts(facts); part++) {
                selo_facts_part(facts, part);
                selo_facts_part_field(facts, part, SELO_FACT_REFERENCES);
            }
        }
    }
    for (gsize cut = 0; cut < size; cut++)
        g_assert_null(selo_facts_read((SeloStr){ octets, cut }));
}

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/message/tree/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_tree);
    }
    g_test_add_func("/message/cut", test_cut);
    g_test_add_func("/message/envelope", test_envelope);
    g_test_add_func("/message/fields", test_fields);
    g_test_add_func("/message/limits", test_limits);
    g_test_add_func("/message/damage", test_damage);
    return g_test_run();
}
