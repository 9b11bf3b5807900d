#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing a peer sends crashes, stalls or grows the server, or costs another session anything."""
import os
import random
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()
ANN = b"ann@example.org"


def drain(plain):
    got = b""
    plain.settimeout(10)
    try:
        while True:
            more = plain.recv(65536)
            if not more:
                break
            got += more
    except (socket.timeout, ConnectionError):
        pass
    return got


def still_serves(site):
    site.send(ANN.decode(), b"Subject: still here\r\n\r\nx\r\n")
    assert site.fetch_all()[-1].count(b"still here") == 1


SMTP_HEAD = b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<" + ANN + b">\r\nDATA\r\n"


@suite.case
def smuggling_is_refused():
    """Bare CR and bare LF never end a message, and refuse it."""
    for ending in b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r":
        with Site() as site:
            plain, stream = site.connect("smtp")
            plain.sendall(SMTP_HEAD + b"Subject: x\r\n\r\nbody" + ending
                          + b"MAIL FROM:<evil@b.example>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n"
                            b"Subject: smuggled\r\n\r\nx\r\n.\r\nQUIT\r\n")
            answer = drain(plain)
            assert b"\r\n550 5" in answer or b"\r\n554 5" in answer, (ending, answer)
            assert site.fetch_all("bob") == [] and site.fetch_all("ann") == [], ending


@suite.case
def octets_before_starttls_are_dropped():
    with Site() as site:
        plain, stream = site.connect("submission")
        stream.readline()
        plain.sendall(b"EHLO c.example\r\nSTARTTLS\r\nNOOP injected\r\nNOOP injected\r\n")
        got = b""
        while b"220 2" not in got and b"220 " not in got:
            got += stream.readline()
        secure = site.tls().wrap_socket(plain)
        secure.settimeout(2)
        try:
            early = secure.recv(1000)
        except (socket.timeout, ssl.SSLWantReadError):
            early = b""
        assert early == b"", early
        secure.settimeout(10)
        secure.sendall(b"QUIT\r\n")
        assert secure.recv(1000).startswith((b"221 ", b"503 ")), "the session is out of step"


@suite.case
def long_lines_and_long_literals_are_bounded():
    with Site(conf="[server]\nworkers = 1\n") as site:
        for name in "smtp", "imap", "pop3", "lmtp":
            plain, stream = site.connect(name)
            plain.settimeout(20)
            try:
                for _ in range(64):
                    plain.sendall(b"A" * (1 << 20))
            except OSError:
                pass
            plain.close()
        plain, stream = site.connect("imap")
        plain.sendall(b"a LOGIN ann secret\r\nb APPEND INBOX {99999999999999}\r\n"
                      b"c APPEND INBOX {-1}\r\nd SEARCH " + b"(" * 10000 + b"\r\ne NOOP\r\n")
        drain_until(plain, b"e OK")
        plain.close()
        size = max(int(open("/proc/%d/statm" % pid).read().split()[1]) * 4 for pid in site.pids("worker"))
        assert size < 80 * 1024, "the worker has grown to %d KB" % size
        still_serves(site)


def drain_until(plain, mark, seconds=20):
    got = b""
    plain.settimeout(seconds)
    while mark not in got:
        more = plain.recv(65536)
        assert more, "closed before %r: %r" % (mark, got[-500:])
        got += more
    return got


@suite.case
def random_octets_do_no_harm():
    dice = random.Random(20261124)
    words = [b"EHLO", b"MAIL FROM:", b"RCPT TO:", b"DATA", b"BDAT 10 LAST", b"AUTH PLAIN", b"LOGIN",
             b"FETCH 1:*", b"BODY[", b"{5+}", b"{3}", b"(", b")", b"\"", b"<>", b"\r\n", b"\n", b"\r",
             b"\0", b"\xff\xfe", b"SEARCH", b"UID", b"a1 ", b"*", b"USER", b"PASS", b"TOP 1 1", b"."]
    with Site() as site:
        for name in "smtp", "submission", "lmtp", "imap", "pop3", "imaps", "submissions", "pop3s":
            for _ in range(15):
                plain = socket.create_connection(("127.0.0.1", site.port(name)), 10)
                try:
                    plain.sendall(b"".join(dice.choice(words) + (b" " if dice.random() < .5 else b"")
                                           if dice.random() < .8 else dice.randbytes(20)
                                           for _ in range(200)))
                except OSError:
                    pass
                plain.close()
        still_serves(site)
        assert "crash" not in site.log().lower() and "signal" not in site.log(), site.log()[-3000:]


@suite.case
def malformed_messages_are_stored_and_described():
    bodies = [
        b"\r\n", b"no header at all\r\n", b"Subject\r\n\r\nx\r\n", b": x\r\n\r\nx\r\n",
        b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n----\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: "
        b"multipart/mixed; boundary=b\r\n\r\n" * 500,
        b"Content-Type: message/rfc822\r\n\r\n" * 300,
        b"From: " + b"(" * 5000 + b"\r\nTo: " + b"<" * 3000 + b"\r\n\r\nx\r\n",
        b"Subject: =?utf-8?q?=\r\nDate: never\r\nContent-Type: text/plain; x*0*=\r\n\r\nx\r\n",
        b"X: " + b"y" * 900000 + b"\r\n\r\nx\r\n", b"A: b\r\n" * 20000 + b"\r\nx\r\n",
    ]
    with Site() as site:
        for body in bodies:
            site.send(ANN.decode(), body)
        client = site.imap()
        client.select("INBOX")
        status, rows = client.fetch("1:*", "(ENVELOPE BODYSTRUCTURE RFC822.SIZE)")
        assert status == "OK"
        for number in range(1, len(bodies) + 1):
            assert client.fetch(str(number), "(BODY.PEEK[] BODY.PEEK[1] BODY.PEEK[HEADER])")[0] == "OK"
        client.logout()


@suite.case
def a_client_that_does_not_read_stalls_nobody():
    with Site(conf="[server]\nworkers = 1\n") as site:
        site.send(ANN.decode(), b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 100000)
        plain, stream = site.connect("imap")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.sendall(b"a LOGIN ann secret\r\nb SELECT INBOX\r\n"
                      + b"c FETCH 1 BODY.PEEK[]\r\n" * 40)
        time.sleep(1)
        still_serves(site)
        plain.close()


@suite.case
def a_proxy_header_is_believed_only_where_it_is_expected():
    conf = "[listener mx]\nproxy-protocol = yes\ntrusted-networks = 127.0.0.0/8\n"
    with Site(conf=conf) as site:
        plain = socket.create_connection(("127.0.0.1", site.port("smtp")), 10)
        plain.sendall(b"PROXY TCP4 192.0.2.7 192.0.2.1 4321 25\r\n")
        stream = plain.makefile("rwb", buffering=0)
        assert stream.readline().startswith(b"220 ")
        plain.sendall(b"EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@example.org>\r\n"
                      b"DATA\r\n")
        drain_until(plain, b"354 ")
        plain.sendall(b"Subject: proxied\r\n\r\nx\r\n.\r\nQUIT\r\n")
        drain_until(plain, b"221 ")
        assert b"([192.0.2.7])" in site.fetch_all()[0]
        for bad in b"PROXY TCP4 x y\r\n", b"GET / HTTP/1.0\r\n\r\n", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff":
            plain = socket.create_connection(("127.0.0.1", site.port("smtp")), 10)
            plain.sendall(bad + b"x" * 600)
            assert b"220 " not in drain(plain), bad


suite.main()
