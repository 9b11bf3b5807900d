/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-daemon.c: main() of selod: options, then one role or the supervisor.
 */
#include "config.h"

__attribute__((visibility("default"))) int selo_daemon_main(int argc, char **argv);

int
selo_daemon_main(int argc, char **argv)
{
    return 2;
}
