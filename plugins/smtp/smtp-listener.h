/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * smtp-listener.h: a listener's settings, read once into a struct.
 */
#pragma once

#include <selo/protocol.h>

gboolean selo_smtp_listener_create(void *state, const char *instance, const SeloConf *conf,
                                   void **out_listener, GError **error);
void selo_smtp_listener_destroy(void *listener);
