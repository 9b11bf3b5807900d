/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-admin.c: the table of commands, help and dispatch.
 */
#include "config.h"

#include "server/admin/selo-admin.h"

int
selo_admin_main(int argc, char **argv)
{
    return 2;
}
