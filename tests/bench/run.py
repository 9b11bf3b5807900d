#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Selo beside Dovecot and Postfix from Debian, in one run, with the same clients: `make bench`.

    run.py [--quick] [--only login,idle,lmtp,smtp,pop3] [--json FILE]

Prints for each row what the peer did, what Selo did, server CPU, and the ratio. Needs root (the peers do),
the packages dovecot-imapd dovecot-pop3d dovecot-lmtpd dovecot-sieve dovecot-managesieved postfix, and the
build tree in SELO_BUILD_ROOT. Client and servers share the processors: only ratios of one run mean anything.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]
import proccpu
import selo_site
from selo_site import Site

USERS = 100
PEERS = os.environ.get("BENCH_RUN", "/tmp/bench-peers")
MAILBENCH = os.environ.get("MAILBENCH") or os.path.join(os.environ.get("SELO_BUILD_ROOT", "."), "tests/bench/mailbench")
DOVECOT = {"imap": 10143, "imaps": 10993, "pop3": 10110, "lmtp": 10024}


class Server:
    """One side of a comparison: how to reach it and whose CPU counts."""

    def __init__(self, name, ports, roots, domain):
        self.name, self.ports, self.roots, self.domain = name, ports, roots, domain

    def measure(self, *argv):
        """Runs mailbench; gives its result and the server's CPU seconds."""
        before = proccpu.cpu_seconds(self.roots)
        out = subprocess.run([MAILBENCH, *map(str, argv)], stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(out.stdout.splitlines()[0]), proccpu.cpu_seconds(self.roots) - before


def login(server, tls, seconds, sessions=50):
    result, cpu = server.measure("imap-login", "-p", server.ports["imaps" if tls else "imap"], "-c", sessions,
                                 "-t", seconds, "-U", USERS, "-w", "pass", *(["-s"] if tls else []))
    return {"rate": result["count"] / result["secs"], "cpu_us": cpu * 1e6 / max(1, result["count"])}


def deliver(server, mode, port, size, sessions, count, domain):
    result, cpu = server.measure(mode, "-p", port, "-c", sessions, "-n", count, "-b", size, "-U", USERS, "-R",
                                 "u%d@" + domain)
    return {"rate": result["count"] / result["secs"], "cpu_us": cpu * 1e6 / max(1, result["count"])}


def idle(server, tls, count):
    out = subprocess.run([sys.executable, os.path.join(HERE, "idle_mem.py"), "--mailbench", MAILBENCH, "--port",
                          str(server.ports["imaps" if tls else "imap"]), "--count", str(count), "--users",
                          str(USERS), "--password", "pass", "--wait", "3", *(["--tls"] if tls else [])]
                         + [a for root in server.roots for a in ("--pid", str(root))],
                         stdout=subprocess.PIPE, text=True, check=True)
    row = json.loads(out.stdout)
    return {"kb": row["private_kb_per_conn"], "connections": row["connections"],
            "idle_cpu": row["idle_cpu_s_in_5s"], "cpu_us": row["setup_cpu_s"] * 1e6 / max(1, row["connections"])}


def fresh_dovecot():
    for script in "peers/stop.sh", "peers/start.sh":
        subprocess.run([os.path.join(HERE, script), "dovecot"], check=True)
    return Server("Dovecot", DOVECOT, [int(open(PEERS + "/dovecot.pid").read())], "dovecot.test")


def table(rows):
    print("%-42s %14s %14s %8s %12s %12s" % ("", "peer", "Selo", "ratio", "peer CPU us", "Selo CPU us"))
    for name, unit, peer, selo in rows:
        key = "kb" if "kb" in selo else "rate"
        better = peer[key] / selo[key] if key == "kb" and selo[key] else selo[key] / peer[key]
        print("%-42s %14.1f %14.1f %7.1fx %12.0f %12.0f" % (name + " " + unit, peer[key], selo[key], better,
                                                             peer["cpu_us"], selo["cpu_us"]))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--quick", action="store_true", help="a few seconds a row")
    options.add_argument("--only", default="login,idle,lmtp,smtp")
    options.add_argument("--connections", type=int, default=0)
    options.add_argument("--json")
    a = options.parse_args()
    wanted, seconds = a.only.split(","), 2 if a.quick else 6
    connections = a.connections or (500 if a.quick else 5000)
    with open("/proc/sys/fs/inotify/max_user_instances", "w") as limit:
        limit.write("20000")
    subprocess.run([os.path.join(HERE, "peers/start.sh")], check=True)
    rows = []
    try:
        dovecot = fresh_dovecot()
        postfix = Server("Postfix + Dovecot", {"smtp": 10025}, [int(open(PEERS + "/postfix.pid").read())]
                         + dovecot.roots, "dovecot.test")
        selo_site.PASSWORD = "pass"
        with Site(users=["u%d" % n for n in range(1, USERS + 1)], conf=CONF) as site:
            selo = Server("Selo", {n: site.port(n) for n in selo_site.PORTS}, [site.server.pid], selo_site.DOMAIN)
            if "login" in wanted:
                for tls in False, True:
                    rows.append(("login+logout, 50 sessions" + (", TLS" if tls else ""), "/s",
                                 login(dovecot, tls, seconds), login(selo, tls, seconds)))
            if "lmtp" in wanted:
                for sessions in 1, 10, 50:
                    count = 500 if a.quick else 3000
                    rows.append(("LMTP 4 KB, %d sessions" % sessions, "/s",
                                 deliver(dovecot, "lmtp", DOVECOT["lmtp"], 4096, sessions, count, "dovecot.test"),
                                 deliver(selo, "lmtp", site.port("lmtp"), 4096, sessions, count, selo_site.DOMAIN)))
            if "smtp" in wanted:
                for sessions in 1, 10, 50:
                    count = 500 if a.quick else 3000
                    rows.append(("SMTP and store 4 KB, %d sessions" % sessions, "/s",
                                 deliver(postfix, "smtp", 10025, 4096, sessions, count, "dovecot.test"),
                                 deliver(selo, "smtp", site.port("smtp"), 4096, sessions, count, selo_site.DOMAIN)))
            if "idle" in wanted:
                for tls in False, True:
                    dovecot = fresh_dovecot()  # what it keeps from an earlier row would hide its memory
                    rows.append(("idle IMAP, %d connections" % connections + (", TLS" if tls else ""), "KB each",
                                 idle(dovecot, tls, connections), idle(selo, tls, connections)))
    finally:
        subprocess.run([os.path.join(HERE, "peers/stop.sh")])
    table(rows)
    if a.json:
        with open(a.json, "w") as out:
            json.dump(rows, out, indent=1)


# The peers are set up without limits for one address and user, too.
CONF = """[server]
log-level = warning
[listener imap]
max-sessions = 20000
max-sessions-per-address = 20000
[listener imaps]
max-sessions = 20000
max-sessions-per-address = 20000
[plugin imap]
max-connections-per-user = 10000
"""

if __name__ == "__main__":
    main()
