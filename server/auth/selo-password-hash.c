/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-password-hash.c: opens the private module that knows the password schemes. They are written
 * once, in plugins/passwd-file, where logins are checked; linking them into libselo would map
 * libcrypt and libsodium into every role.
 */
#include "config.h"

#include "server/auth/selo-password-hash.h"

#include <gmodule.h>

#include "server/base/selo-paths.h"

typedef char *(*MakeFunc)(const char *scheme, const char *user, const char *password,
                          GError **error);

static MakeFunc
open_schemes(GError **error)
{
    g_autoptr(SeloPaths) paths = selo_paths_new(NULL);
    g_autofree char *file = g_build_filename(paths->private_dir, "selo-password.so", NULL);
    GModule *module = g_module_open(file, G_MODULE_BIND_LOCAL); /* never closed, as all modules */
    gpointer make;

    if (module != NULL && g_module_symbol(module, "selo_private_password_make", &make))
        return (MakeFunc) make;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                "no password schemes in this installation (built without passwd-file?): %s",
                g_module_error());
    return NULL;
}

char *
selo_password_hash(const char *scheme, const char *user, const char *password, GError **error)
{
    static MakeFunc make; /* commands have one thread */

    if (make == NULL)
        make = open_schemes(error);
    return make != NULL ? make(scheme, user, password, error) : NULL;
}
