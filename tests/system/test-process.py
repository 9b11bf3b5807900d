#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The life of the processes: crashes, reload, rotation, the service manager, the end."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, Site, Suite, program, run, wait_for

suite = Suite()


def roles(site, role):
    return [row for row in site.status()["roles"] if row["role"] == role]


def notify_socket():
    path = os.path.join(tempfile.mkdtemp(), "notify")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(path)
    listener.settimeout(20)
    return path, listener


def expect(listener, wanted):
    while True:
        text = listener.recv(4096).decode()
        if wanted in text:
            return text


@suite.case
def a_killed_worker_takes_nobody_along_and_comes_back():
    with Site(conf="[server]\nworkers = 2\n") as site:
        wait_for(lambda: "started" in site.log(), "it does not come up")
        clients = [site.imap() for _ in range(8)]
        victim = roles(site, "worker")[0]["pid"]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: all(r["state"] == "running" and r["pid"] != victim for r in roles(site, "worker")),
                 "the worker is not started again")
        alive = 0
        for client in clients:
            try:
                alive += client.noop()[0] == "OK"
            except Exception:
                pass
        lost = sum(r["sessions"] for r in roles(site, "worker"))
        assert alive == lost, (alive, lost)
        assert "role-crashed role=\"worker 0\" pid=%d signal=9" % victim in site.log()
        site.imap().logout()


@suite.case
def nobody_waits_for_the_restart_of_a_worker():
    with Site(conf="[server]\nworkers = 2\n") as site:
        wait_for(lambda: "started" in site.log(), "it does not come up")
        os.kill(roles(site, "worker")[0]["pid"], signal.SIGABRT)  # a fault: it stays away longer each time
        for _ in range(20):
            begun = time.monotonic()
            plain, lines = site.connect("imap")
            assert lines.readline().startswith(b"* OK"), "no greeting"
            assert time.monotonic() - begun < 2, "the greeting waited for a restart"
            plain.close()
            for row in roles(site, "worker"):
                if row["index"] == 0 and row["state"] == "running":
                    os.kill(row["pid"], signal.SIGABRT)


@suite.case
def a_killed_auth_role_is_only_a_pause():
    with Site() as site:
        client = site.imap()
        os.kill(roles(site, "auth")[0]["pid"], signal.SIGKILL)
        assert client.noop()[0] == "OK"
        site.imap("bob").logout()  # waits until it is back
        assert roles(site, "auth")[0]["restarts"] == 1


@suite.case
def sighup_makes_a_generation_and_keeps_sessions():
    with Site() as site:
        client = site.imap()
        site.server.send_signal(signal.SIGHUP)
        wait_for(lambda: any(r["phase"] == "draining" for r in roles(site, "worker")), "nothing drains")
        assert client.select("INBOX")[0] == "OK"
        new = site.imap()
        assert {r["generation"] for r in roles(site, "worker") if r["sessions"]} == {1, 2}
        client.logout()
        wait_for(lambda: site.status()["generations"] == 1, "the old generation does not end")
        assert new.noop()[0] == "OK"
        new.logout()


@suite.case
def an_old_generation_ends_after_drain_timeout():
    with Site(conf="[server]\ndrain-timeout = 1s\n") as site:
        client = site.imap()
        site.selo("reload")
        assert client.noop()[0] == "OK"
        wait_for(lambda: site.status()["generations"] == 1, "the old generation stays")
        assert b"BYE" in client.readline()
        site.imap().logout()


@suite.case
def no_connection_is_refused_while_reloading():
    with Site() as site:
        end = time.monotonic() + 3
        reload = subprocess.Popen([program("selo"), "--root", site.root, "reload"])
        n = 0
        while time.monotonic() < end:
            plain, lines = site.connect("imap")
            assert lines.readline().startswith(b"* OK"), "no greeting"
            plain.close()
            n += 1
        assert reload.wait(30) == 0
        assert n > 10


@suite.case
def the_log_is_rotated():
    with Site() as site:
        log, old = site.path("var/log/selo/selo.log"), site.path("var/log/selo/selo.log.1")
        os.rename(log, old)
        site.server.send_signal(signal.SIGUSR1)
        wait_for(lambda: os.path.exists(log), "no new log")
        site.imap().logout()
        wait_for(lambda: "login-ok" in open(log).read(), "the workers write to the old log")
        assert "login-ok" not in open(old).read()
        assert "login-ok" in site.selo("log").stdout


@suite.case
def the_log_of_one_session():
    with Site() as site:
        site.imap("ann").logout()
        site.imap("bob").logout()
        line = [l for l in site.log().splitlines() if "login-ok" in l and "user=bob@" in l][0]
        identity = line.split(" id=")[1].split()[0]
        told = site.selo("log", identity).stdout
        assert "user=bob@" in told and "user=ann@" not in told
        assert site.selo("log", "--since", "2100-01-01").stdout == ""


@suite.case
def the_service_manager_is_told():
    path, listener = notify_socket()
    with Site(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"}) as site:
        expect(listener, "READY=1")
        expect(listener, "WATCHDOG=1")
        site.selo("reload")
        assert "MONOTONIC_USEC=" in expect(listener, "RELOADING=1")
        expect(listener, "READY=1")
        site.stop()
        expect(listener, "STOPPING=1")


@suite.case
def sockets_come_from_the_service_manager():
    with Site(start=False) as site:
        given = socket.socket()
        given.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        given.bind(("127.0.0.1", site.port("imap")))
        given.listen(16)
        waiting = socket.create_connection(("127.0.0.1", site.port("imap")), 20)  # before it runs

        script = "import os, sys; os.environ['LISTEN_PID'] = str(os.getpid()); os.execv(sys.argv[1], sys.argv[1:])"
        if given.fileno() != 3:
            os.dup2(given.fileno(), 3, True)
        site.output = open(site.path("selod.out"), "ab")
        site.server = subprocess.Popen([sys.executable, "-c", script, program("selod"), "--root", site.root],
                                       pass_fds=(3,), env=dict(os.environ, LISTEN_FDS="1"),
                                       stdout=site.output, stderr=site.output)
        waiting.settimeout(20)
        assert waiting.recv(100).startswith(b"* OK")
        waiting.close()
        wait_for(lambda: site.accepts("pop3"), "the other listeners are not there\n" + site.log())
        for _ in range(4):
            site.imap().logout()


@suite.case
def a_second_server_on_the_same_site_is_refused():
    with Site() as site:
        second = run(program("selod"), "--root", site.root, check=False, timeout=20)
        assert second.returncode == 1 and "runs here already" in second.stdout, second.stdout
        site.imap().logout()


@suite.case
def an_address_in_use_is_told_by_its_listener():
    with Site(start=False) as site:
        other = socket.socket()
        other.bind(("127.0.0.1", site.port("pop3")))
        other.listen(1)
        result = run(program("selod"), "--root", site.root, check=False, timeout=20)
        assert result.returncode == 1, result.stdout
        assert "[listener pop3] address: cannot listen on 127.0.0.1:%d" % site.port("pop3") in result.stdout


@suite.case
def stop_tells_sessions_and_is_quick():
    with Site() as site:
        client = site.imap()
        begun = time.monotonic()
        site.selo("stop")
        assert time.monotonic() - begun < 4, "it waited for an idle session"
        assert b"BYE" in client.readline()
        assert site.server.wait(5) == 0
        assert not os.path.exists(site.path("run/selo/control"))


@suite.case
def everything_in_one_process():
    with Site(args=["--single"]) as site:
        site.send("ann@" + DOMAIN, b"Subject: x\r\n\r\nx\r\n")
        assert len(site.fetch_all()) == 1
        client = site.imap()
        site.selo("reload")
        assert client.noop()[0] == "OK"
        client.logout()
        assert site.pids("worker") == []


@suite.case
def connections_from_one_address_are_limited():
    with Site(conf="[server]\nworkers = 1\n[listener imap]\nmax-sessions-per-address = 3\n") as site:
        wait_for(lambda: roles(site, "worker")[0].get("sessions") == 0, "the first probe is still there")
        open_ones = [site.connect("imap") for _ in range(3)]
        for _, lines in open_ones:
            assert lines.readline().startswith(b"* OK")
        plain, lines = site.connect("imap")
        assert not lines.readline().startswith(b"* OK")
        open_ones[0][0].close()
        open_ones[0][1].close()

        def is_room():
            plain, lines = site.connect("imap")
            return lines.readline().startswith(b"* OK")

        wait_for(is_room, "a closed connection still counts")
        assert "connection-refused" in site.log()


suite.main()
