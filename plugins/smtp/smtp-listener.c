/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-listener.c: a listener's settings, as smtp.xml declares them. Sessions look at the struct, since
 * asking for an option by name at each command would be work for nothing.
 */
#include "config.h"

#include "plugins/smtp/smtp-listener.h"

#include <string.h>

#include "plugins/smtp/smtp-session.h"

static SeloSmtpMode
read_mode(const SeloConf *conf)
{
    const char *mode = selo_conf_str(conf, "mode");

    if (strcmp(mode, "lmtp") == 0)
        return SELO_SMTP_MODE_LMTP;
    return strcmp(mode, "submission") == 0 ? SELO_SMTP_MODE_SUBMISSION : SELO_SMTP_MODE_MX;
}

gboolean
selo_smtp_listener_create(void *state, const char *instance, const SeloConf *conf,
                          void **out_listener, GError **error)
{
    SeloSmtpListener *self = g_new0(SeloSmtpListener, 1);

    self->mode = read_mode(conf);
    self->refuses_bare_newline = strcmp(selo_conf_str(conf, "bare-newline"), "reject") == 0;
    self->requires_tls = selo_conf_bool(conf, "require-tls");
    self->closes_on_early_talk = strcmp(selo_conf_str(conf, "early-talkers"), "reject") == 0;
    self->max_recipients = (uint32_t) selo_conf_int(conf, "max-recipients");
    self->max_errors = (uint32_t) selo_conf_int(conf, "max-errors");
    self->max_junk = (uint32_t) selo_conf_int(conf, "max-junk-commands");
    self->max_commands = (uint32_t) selo_conf_int(conf, "max-commands");
    self->max_messages = (uint32_t) selo_conf_int(conf, "max-messages");
    self->messages_a_minute = (uint32_t) selo_conf_int(conf, "max-messages-per-minute");
    self->recipients_a_minute = (uint32_t) selo_conf_int(conf, "max-recipients-per-minute");
    self->messages = selo_smtp_rate_new();
    self->recipients = selo_smtp_rate_new();
    self->max_size = (uint64_t) selo_conf_int(conf, "max-size");
    self->greeting_delay = selo_conf_int(conf, "greeting-delay");
    self->idle_timeout = selo_conf_int(conf, "idle-timeout");
    self->message_timeout = selo_conf_int(conf, "message-timeout");
    *out_listener = self;
    return TRUE;
}

void
selo_smtp_listener_destroy(void *listener)
{
    SeloSmtpListener *self = listener;

    selo_smtp_rate_free(self->messages);
    selo_smtp_rate_free(self->recipients);
    g_free(self);
}
