/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo: the administrator's command. All of it is in libselo; see server/admin/selo-admin.c.
 */
#include "server/admin/selo-admin.h"

int
main(int argc, char **argv)
{
    return selo_admin_main(argc, argv);
}
