/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-blob-private.h: the core's side of blobs being written.
 */
#pragma once

#include <selo/stream.h>

/* Where the unlinked files of large blobs are; copied. Unset: the system's directory for such. */
void selo_blob_set_temp_dir(const char *path);
/* Has a write failed? What is added after it is dropped. */
gboolean selo_blob_writer_has_failed(SeloBlobWriter *writer);
