/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selod: the daemon. All of it is in libselo; see server/process/selo-daemon.c.
 */
int selo_daemon_main(int argc, char **argv);

int
main(int argc, char **argv)
{
    return selo_daemon_main(argc, argv);
}
