/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-certificate.h: a self-signed certificate for a new site.
 */
#pragma once

#include <glib.h>

/* ECDSA on P-256, ten years, for @hostname and localhost. The key file is readable by its owner only.
 * Errors, domain %G_FILE_ERROR. */
gboolean selo_certificate_write(const char *hostname, const char *certificate_file,
                                const char *key_file, GError **error);
