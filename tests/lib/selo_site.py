# SPDX-License-Identifier: LGPL-2.1-or-later
"""A whole server under a temporary directory, for system tests.

    from selo_site import Suite, Site, need

    suite = Suite()

    @suite.case
    def sends_and_reads():
        with Site() as site:
            site.send("ann@example.org", b"Subject: x\\r\\n\\r\\nhello\\r\\n")
            ...

    suite.main()

The programs under test are those of the build tree (SELO_BUILD_ROOT) or, without it, those on PATH.
Each case prints one line of TAP. A case that needs a program which is not installed is skipped; nothing
else is ever skipped.
"""
import contextlib
import json
import os
import shutil
import signal
import smtplib
import imaplib
import poplib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import traceback

BUILD = os.environ.get("SELO_BUILD_ROOT")
SOURCE = os.environ.get("SELO_SOURCE_ROOT")
DOMAIN = "example.org"
PASSWORD = "secret"
# N+offset of each listener, as `selo site new` lays them out.
PORTS = {"lmtp": 24, "smtp": 25, "submissions": 465, "submission": 587, "imap": 143, "imaps": 993,
         "pop3": 110, "pop3s": 995}


class Skip(Exception):
    """The case needs something that is not installed."""


def need(*programs):
    """Skips the case unless all of these programs are there."""
    for program in programs:
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            raise Skip(program + " is not installed")


def program(name):
    """An executable of the build under test."""
    return os.path.join(BUILD, name) if BUILD else shutil.which(name) or name


def wait_for(condition, what, seconds=20):
    """Polls @condition; fails with @what if it stays false."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited %d s: %s" % (seconds, what))
        time.sleep(0.02)


def run(*argv, check=True, timeout=120, **options):
    """Runs a command and gives its result; its output goes into the failure."""
    result = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=timeout, text=True, errors="replace", **options)
    if check and result.returncode != 0:
        raise AssertionError("%s: exit status %d\n%s" % (" ".join(map(str, argv)), result.returncode,
                                                          result.stdout[-4000:]))
    return result


def free_base():
    """A base port all of whose listeners are free."""
    start = 20000 + os.getpid() % 200 * 100
    for base in list(range(start, 58000, 1100)) + list(range(20000, start, 1100)):
        with contextlib.ExitStack() as stack:
            try:
                for offset in PORTS.values():
                    probe = stack.enter_context(socket.socket())
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", base + offset))
            except OSError:
                continue
        return base
    raise AssertionError("no free ports")


class Site:
    """One site and its running server. Users: ann, bob, eve (password in PASSWORD)."""

    def __init__(self, store="maildir", users=("ann", "bob", "eve"), conf="", start=True, args=(),
                 environment=None):
        self.store, self.users, self.extra, self.autostart = store, users, conf, start
        self.args, self.environment = list(args), environment or {}
        self.server = None

    def __enter__(self):
        self.root = tempfile.mkdtemp(prefix="selo-test-")
        self.base = free_base()
        argv = ["--hostname", "mail." + DOMAIN, "--domain", DOMAIN, "--base-port", self.base,
                "--store", self.store]
        for user in self.users:
            argv += ["--user", "%s:%s" % (user, PASSWORD)]
        run(program("selo"), "site", "new", self.root, *argv)
        if self.extra:
            self.write_conf("90-test", self.extra)
        if self.autostart:
            self.start()
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not Skip:
            sys.stderr.write("--- server log ---\n" + self.log()[-6000:] + "\n")
        try:
            self.stop()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    # ---- the server ----

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def port(self, name):
        return self.base + PORTS[name]

    def write_conf(self, name, text):
        directory = self.path("etc/selo/conf.d")
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, name + ".conf"), "w") as out:
            out.write(text)

    def start(self):
        self.output = open(self.path("selod.out"), "ab")
        self.server = subprocess.Popen([program("selod"), "--root", self.root] + self.args,
                                       stdout=self.output, stderr=self.output,
                                       env=dict(os.environ, **self.environment))
        wait_for(lambda: self.server.poll() is not None or self.accepts("imap"),
                 "the server does not accept connections\n" + self.log())
        assert self.server.poll() is None, "selod ended at start\n" + self.log()

    def accepts(self, name):
        try:
            socket.create_connection(("127.0.0.1", self.port(name)), 1).close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.server is None:
            return
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        try:
            status = server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise AssertionError("selod did not stop within 30 s of SIGTERM\n" + self.log())
        finally:
            self.output.close()
        assert status == 0, "selod ended with status %d\n%s" % (status, self.log())

    def log(self):
        text = ""
        for name in ("selod.out", "var/log/selo/selo.log"):
            with contextlib.suppress(OSError):
                with open(self.path(name), errors="replace") as log:
                    text += log.read()
        return text

    def selo(self, *argv, **options):
        return run(program("selo"), "--root", self.root, *argv, **options)

    def status(self):
        return json.loads(self.selo("--json", "status").stdout)

    def pids(self, role):
        """Processes of a role, by the command line of the supervisor's children."""
        found = []
        for line in run("ps", "-o", "pid=,args=", "--ppid", self.server.pid, check=False).stdout.splitlines():
            pid, args = line.strip().split(None, 1)
            if "--role=" + role in args or "--role " + role in args:
                found.append(int(pid))
        return found

    # ---- clients ----

    def tls(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def smtp(self, name="smtp"):
        return smtplib.SMTP("127.0.0.1", self.port(name), timeout=30)

    def imap(self, user="ann", name="imap"):
        client = imaplib.IMAP4("127.0.0.1", self.port(name), timeout=30)
        client.login(user, PASSWORD)
        return client

    def pop3(self, user="ann"):
        client = poplib.POP3("127.0.0.1", self.port("pop3"), timeout=30)
        client.user(user)
        client.pass_(PASSWORD)
        return client

    def connect(self, name):
        """A plain socket, its greeting read: (socket, file)."""
        plain = socket.create_connection(("127.0.0.1", self.port(name)), 30)
        lines = plain.makefile("rwb", buffering=0)
        return plain, lines

    def send(self, to, message, sender="sender@elsewhere.example", name="smtp"):
        with self.smtp(name) as client:
            client.sendmail(sender, [to] if isinstance(to, str) else to, message)

    def fetch_all(self, user="ann", mailbox="INBOX"):
        """Every message of a mailbox, as octets, in order."""
        client = self.imap(user)
        count = client.select(mailbox, readonly=True)[1]
        rows = client.fetch("1:*", "(BODY.PEEK[])")[1] if count[0] != b"0" else []
        messages = [row[1] for row in rows if isinstance(row, tuple)]
        client.logout()
        return messages


class Suite:
    """Cases of one file, run in order, told as TAP."""

    def __init__(self):
        self.cases = []

    def case(self, function):
        self.cases.append(function)
        return function

    def main(self):
        wanted = sys.argv[1:]
        cases = [c for c in self.cases if not wanted or c.__name__ in wanted]
        failed = 0
        print("1..%d" % len(cases), flush=True)
        for number, case in enumerate(cases, 1):
            name = case.__name__.replace("_", " ")
            try:
                case()
                print("ok %d - %s" % (number, name), flush=True)
            except Skip as reason:
                print("ok %d - %s # SKIP %s" % (number, name, reason), flush=True)
            except Exception:
                failed += 1
                sys.stderr.write(traceback.format_exc())
                print("not ok %d - %s" % (number, name), flush=True)
        sys.exit(failed > 0)
