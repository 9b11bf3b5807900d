/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-verb-misc.c: the commands that move no mail: NOOP, VRFY, HELP, QUIT.
 */
#include "config.h"

#include <string.h>

#include "plugins/smtp/smtp-verb.h"

void
selo_smtp_run_noop(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    selo_smtp_answer(self, SELO_SMTP_OK);
}

/* RFC 5321 section 7.3: who lives here is not told to whoever asks. */
void
selo_smtp_run_vrfy(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    selo_smtp_answer(self, SELO_SMTP_CANNOT_VERIFY);
}

void
selo_smtp_run_help(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    char names[256];

    selo_smtp_verb_list(selo_smtp_is_lmtp(self), names, sizeof names);
    selo_smtp_answer_detail(self, SELO_SMTP_HELP, (SeloStr){ names, strlen(names) });
}

void
selo_smtp_run_quit(SeloSmtpSession *self, const SeloSmtpArgs *args)
{
    selo_smtp_answer(self, SELO_SMTP_BYE);
}
