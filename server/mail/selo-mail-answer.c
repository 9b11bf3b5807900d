/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-mail-answer.c: a callback that is owed to a protocol. Telling it from the deferred queue keeps
 * the promise that no callback comes from inside the function that began the step.
 */
#include "config.h"

#include "server/mail/selo-transaction-private.h"

static void
tell(void *data)
{
    SeloMailAnswer *answer = data;
    SeloMailFunc done = answer->done;
    char *text = g_steal_pointer(&answer->text), *enhanced = g_steal_pointer(&answer->enhanced);
    SeloMailReply reply = answer->reply; /* @answer may be gone after the callback */

    answer->done = NULL;
    if (done != NULL)
        done(answer->data, &reply);
    g_free(text);
    g_free(enhanced);
}

void
selo_mail_answer_expect(SeloMailAnswer *answer, SeloMailFunc done, void *data)
{
    g_assert(answer->done == NULL); /* one step at a time */
    answer->done = done;
    answer->data = data;
}

void
selo_mail_answer(SeloMailAnswer *answer, SeloLoop *loop, SeloMailCause cause, uint32_t flags)
{
    answer->reply = (SeloMailReply){ .struct_size = sizeof answer->reply,
                                     .cause = cause,
                                     .flags = flags };
    selo_loop_defer(loop, &answer->deferred, tell, answer);
}

void
selo_mail_answer_filtered(SeloMailAnswer *answer, SeloLoop *loop, const SeloMailReply *verdict)
{
    answer->reply = *verdict;
    g_free(answer->text);
    g_free(answer->enhanced);
    answer->text = g_strndup(verdict->text.s, verdict->text.len);
    answer->enhanced = g_strndup(verdict->enhanced.s, verdict->enhanced.len);
    answer->reply.text.s = answer->text;
    answer->reply.enhanced.s = answer->enhanced;
    selo_loop_defer(loop, &answer->deferred, tell, answer);
}

void
selo_mail_answer_clear(SeloMailAnswer *answer, SeloLoop *loop)
{
    if (answer->deferred.is_queued)
        selo_loop_undefer(loop, &answer->deferred);
    answer->done = NULL;
    g_clear_pointer(&answer->text, g_free);
    g_clear_pointer(&answer->enhanced, g_free);
}

const char *
selo_mail_cause_name(SeloMailCause cause)
{
    static const char *const names[] = {
        [SELO_MAIL_OK] = "ok",
        [SELO_MAIL_RELAY_DENIED] = "relay-denied",
        [SELO_MAIL_NO_QUEUE] = "no-queue",
        [SELO_MAIL_UNKNOWN_USER] = "unknown-user",
        [SELO_MAIL_MAILBOX_UNAVAILABLE] = "mailbox-unavailable",
        [SELO_MAIL_MAILBOX_FULL] = "mailbox-full",
        [SELO_MAIL_TOO_BIG] = "too-big",
        [SELO_MAIL_TOO_MANY_RECIPIENTS] = "too-many-recipients",
        [SELO_MAIL_TOO_MANY_HOPS] = "too-many-hops",
        [SELO_MAIL_NO_SPACE] = "no-space",
        [SELO_MAIL_BAD_ADDRESS] = "bad-address",
        [SELO_MAIL_AUTH_NEEDED] = "auth-needed",
        [SELO_MAIL_SENDER_DENIED] = "sender-denied",
        [SELO_MAIL_FILTERED] = "filtered",
        [SELO_MAIL_FAILED] = "failed",
    };

    return cause < G_N_ELEMENTS(names) ? names[cause] : "unknown";
}
