/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * imap-capability.c: what is announced, and when. Only what is complete stands here.
 */
#include "config.h"

#include <string.h>

#include "plugins/imap/imap-session.h"

enum { BEFORE_LOGIN = 1, AFTER_LOGIN = 2, ALWAYS = 3 };

/* clang-format off */
static const struct {
    const char *name;
    uint32_t when;
} capabilities[] = {
    { "IMAP4rev1",     ALWAYS },
    { "IMAP4rev2",     ALWAYS },
    { "SASL-IR",       ALWAYS },      /* RFC 4959 */
    { "LITERAL+",      ALWAYS },      /* RFC 7888 */
    { "ID",            ALWAYS },      /* RFC 2971 */
    { "ENABLE",        ALWAYS },      /* RFC 5161 */
    { "IDLE",          AFTER_LOGIN }, /* RFC 2177 */
    { "NAMESPACE",     AFTER_LOGIN }, /* RFC 2342 */
    { "CHILDREN",      AFTER_LOGIN }, /* RFC 3348 */
    { "UNSELECT",      AFTER_LOGIN }, /* RFC 3691 */
    { "UIDPLUS",       AFTER_LOGIN }, /* RFC 4315 */
    { "ESEARCH",       AFTER_LOGIN }, /* RFC 4731 */
    { "SEARCHRES",     AFTER_LOGIN }, /* RFC 5182 */
    { "LIST-EXTENDED", AFTER_LOGIN }, /* RFC 5258 */
    { "LIST-STATUS",   AFTER_LOGIN }, /* RFC 5819 */
    { "SPECIAL-USE",   AFTER_LOGIN }, /* RFC 6154 */
    { "MOVE",          AFTER_LOGIN }, /* RFC 6851 */
    { "STATUS=SIZE",   AFTER_LOGIN }, /* RFC 8438 */
};
/* clang-format on */

static gboolean
is_hidden(ImapSession *session, const char *name)
{
    SeloStrs hidden = selo_conf_list(selo_call_conf(session->root), "capability-hide");

    for (size_t i = 0; i < hidden.n; i++)
        if (imap_str_is(hidden.v[i], name))
            return TRUE;
    return FALSE;
}

static void
put(ImapSession *session, ImapOut *out, const char *prefix, SeloStr name)
{
    g_autofree char *whole = g_strdup_printf("%s%.*s", prefix, (int) name.len, name.s);

    if (is_hidden(session, whole))
        return;
    if (out->text->len > 0 && out->text->str[out->text->len - 1] != ' ')
        imap_out_lit(out, " ");
    imap_out_text(out, whole);
}

void
imap_capability_print(ImapSession *session, ImapOut *out)
{
    uint32_t when = session->phase == IMAP_PHASE_NEW ? BEFORE_LOGIN : AFTER_LOGIN;
    SeloStrs mechanisms;

    for (size_t i = 0; i < G_N_ELEMENTS(capabilities); i++)
        if ((capabilities[i].when & when) != 0)
            put(session, out, "", (SeloStr){ capabilities[i].name, strlen(capabilities[i].name) });
    if (when != BEFORE_LOGIN)
        return;
    if (selo_stream_can_start_tls(session->stream) && !selo_stream_peer(session->stream)->tls)
        put(session, out, "", SELO_STR("STARTTLS"));
    if (!selo_login_allows_plaintext(session->root, session->stream))
        put(session, out, "", SELO_STR("LOGINDISABLED"));
    mechanisms = selo_login_mechanisms(session->root, session->stream);
    for (size_t i = 0; i < mechanisms.n; i++)
        put(session, out, "AUTH=", mechanisms.v[i]);
}
