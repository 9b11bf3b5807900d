#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Killed processes, full disks, failed writes: no acknowledged message is lost or doubled."""
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, Skip, need, run, wait_for

suite = Suite()


@suite.case
def workers_killed_at_random_lose_nothing():
    """smtp-source sends while workers are killed; each acknowledged message is there exactly once."""
    need("smtp-source")
    with Site() as site:
        def kill_workers():
            """Few enough that the supervisor's back-off stays short."""
            dice = random.Random(7)
            for _ in range(8):
                time.sleep(0.4)
                workers = site.pids("worker")
                if workers:
                    os.kill(dice.choice(workers), signal.SIGKILL)
        killer = threading.Thread(target=kill_workers)
        acknowledged = []
        killer.start()
        first = 0
        while killer.is_alive() or first < 500:
            acknowledged += send_numbered(site, first, 100)
            first += 100
        killer.join()
        assert len(acknowledged) > 100, "only %d of %d were accepted" % (len(acknowledged), first)
        wait_for(lambda: site.accepts("imap"), "no worker comes back", 70)
        subjects = re.findall(rb"^Subject: n(\d+)\r$", b"\n".join(site.fetch_all()), re.M)
        stored = [int(s) for s in subjects]
        assert set(acknowledged) <= set(stored), "lost: %s" % sorted(set(acknowledged) - set(stored))
        doubled = sorted(n for n in set(stored) if stored.count(n) > 1)
        assert not doubled, "twice: %s" % doubled
        assert "role-crashed" in site.log()


def send_numbered(site, first, count):
    """Sends over a few sessions at once; gives the numbers whose 250 was seen."""
    import smtplib
    seen, lock = [], threading.Lock()

    def send(numbers):
        for number in numbers:
            try:
                with site.smtp() as client:
                    client.sendmail("a@b.example", ["ann@" + DOMAIN],
                                    b"Subject: n%d\r\n\r\nx\r\n" % number)
                with lock:
                    seen.append(number)
            except smtplib.SMTPServerDisconnected as end:
                pass
            except (OSError, smtplib.SMTPException):
                pass
    threads = [threading.Thread(target=send, args=(range(first + i, first + count, 5),)) for i in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


@suite.case
def smtp_source_delivers_5000_messages_once():
    need("smtp-source")
    with Site() as site:
        run("smtp-source", "-s", 20, "-l", 4096, "-m", 5000, "-f", "a@b.example", "-t", "ann@" + DOMAIN,
            "127.0.0.1:%d" % site.port("smtp"), timeout=300)
        client = site.imap()
        assert client.select("INBOX")[1] == [b"5000"]
        client.logout()


@suite.case
def a_killed_auth_role_comes_back():
    with Site() as site:
        site.imap().logout()
        os.kill(site.pids("auth")[0], signal.SIGKILL)
        wait_for(lambda: try_login(site), "logins do not come back")


def try_login(site):
    try:
        site.imap().logout()
        return True
    except Exception:
        return False


@suite.case
def a_full_disk_is_a_temporary_error_and_nothing_half_written_is_seen():
    if os.geteuid() != 0:
        raise Skip("needs root for a small file system")
    with Site(start=False) as site:
        mail = site.path("var/mail")
        os.makedirs(mail, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "tmpfs", mail)
        try:
            site.start()
            accepted, refused = 0, None
            with site.smtp() as client:
                for number in range(40):
                    try:
                        client.sendmail("a@b.example", ["ann@" + DOMAIN],
                                        b"Subject: n\r\n\r\n" + (b"x" * 70 + b"\r\n") * 1000)
                        accepted += 1
                    except Exception as error:
                        refused = error
                        break
            assert refused is not None, "a full disk was not noticed"
            assert getattr(refused, "smtp_code", None) == 452 or "452" in str(refused), refused
            messages = site.fetch_all()
            assert len(messages) == accepted and all(len(m) > 72000 for m in messages)
            site.stop()
        finally:
            run("umount", "-l", mail)


@suite.case
def a_full_temporary_directory_is_a_temporary_error():
    """Large messages pass through [server] temp-dir, not through the system's."""
    if os.geteuid() != 0:
        raise Skip("needs root for a small file system")
    with Site(start=False) as site:
        os.mkdir(site.path("small"))
        run("mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "tmpfs", site.path("small"))
        try:
            site.write_conf("80-temp", "[server]\ntemp-dir = %s\n" % site.path("small"))
            site.start()
            plain, stream = site.connect("smtp")
            plain.settimeout(30)
            plain.sendall(b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@example.org>\r\n"
                          b"DATA\r\n")
            while not stream.readline().startswith(b"354 "):
                pass
            plain.sendall(b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 50000 + b".\r\n")
            answer = stream.readline()
            assert answer.startswith(b"452 4.3.1"), answer
            plain.close()
            site.send("ann@" + DOMAIN, b"Subject: small\r\n\r\nx\r\n")
            assert len(site.fetch_all()) == 1
            site.stop()
        finally:
            run("umount", "-l", site.path("small"))


@suite.case
def a_failed_fsync_is_a_temporary_error():
    need("strace")
    with Site(start=False) as site:
        site.write_conf("80-one", "[server]\nworkers = 1\n")
        site.start()
        worker = site.pids("worker")[0]
        site.send("ann@" + DOMAIN, b"Subject: before\r\n\r\nx\r\n")
        trace = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e",
                                  "inject=fsync,fdatasync:error=EIO", "-o", "/dev/null", "-p",
                                  str(worker)])
        try:
            wait_for(lambda: "TracerPid:\t%d" % trace.pid in open("/proc/%d/status" % worker).read(),
                     "strace does not attach")
            time.sleep(0.3)
            try:
                site.send("ann@" + DOMAIN, b"Subject: during\r\n\r\nx\r\n")
                raise AssertionError("acknowledged without a working fsync")
            except Exception as error:
                assert "452" in str(error), error
        finally:
            trace.terminate()
            trace.wait()
        site.send("ann@" + DOMAIN, b"Subject: after\r\n\r\nx\r\n")
        subjects = [m for m in site.fetch_all() if b"Subject: during" in m]
        assert subjects == [], "a message that was refused is there"


@suite.case
def a_hanging_store_times_out_and_others_go_on():
    with Site(store="memory", conf="[store mail]\nslow = msg_append\ndelay = 3s\n") as site:
        start = time.monotonic()
        sender = threading.Thread(target=site.send, args=("ann@" + DOMAIN, b"Subject: x\r\n\r\nx\r\n"))
        sender.start()
        site.imap("bob").logout()
        assert time.monotonic() - start < 2.5, "another session waited"
        sender.join()


suite.main()
