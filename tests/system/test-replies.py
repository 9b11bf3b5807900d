#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each SMTP reply of the manual is provoked by its real cause."""
import base64
import os
import smtplib
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()
ANN = "ann@" + DOMAIN


def talk(site, *lines, name="smtp", timeout=30):
    """Sends each line after the reply to the one before; gives the last reply."""
    plain, stream = site.connect(name)
    plain.settimeout(timeout)

    def reply():
        text = b""
        while True:
            line = stream.readline()
            text += line
            if not line or line[3:4] != b"-":
                return text.decode()
    last = reply()
    for line in lines:
        plain.sendall(line.encode() + b"\r\n")
        last = reply()
    plain.close()
    return last


def expect(answer, start):
    assert answer.startswith(start), "expected %r, got %r" % (start, answer)


ENVELOPE = ("EHLO client.example", "MAIL FROM:<a@elsewhere.example>")


@suite.case
def relaying_is_denied():
    with Site() as site:
        expect(talk(site, *ENVELOPE, "RCPT TO:<x@elsewhere.example>"), "550 5.7.1")


@suite.case
def an_unknown_user_is_refused():
    with Site() as site:
        answer = talk(site, *ENVELOPE, "RCPT TO:<nobody@%s>" % DOMAIN)
        expect(answer, "550 5.1.1")
        assert "recipient-refused" in site.log() and "nobody@example.org" in site.log()


@suite.case
def a_logged_in_user_cannot_send_away_yet():
    login = base64.b64encode(b"\0ann\0" + PASSWORD.encode()).decode()
    with Site() as site:
        expect(talk(site, "EHLO c.example", "AUTH PLAIN " + login, "MAIL FROM:<%s>" % ANN,
                    "RCPT TO:<x@elsewhere.example>", name="submission"), "451 4.3.")


@suite.case
def a_mailbox_that_cannot_be_opened_is_a_temporary_error():
    with Site(store="memory", conf="[store mail]\nfail = account_open\n") as site:
        expect(talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN), "450 4.2.0")


@suite.case
def a_full_mailbox_is_refused():
    with Site() as site:
        with open(site.path("etc/selo/users")) as users:
            lines = [l.rstrip("\n") for l in users]
        with open(site.path("etc/selo/users"), "w") as users:
            for line in lines:
                fields = line.split(":")
                if fields[0].startswith("ann"):
                    line = ":".join((fields + [""] * 7)[:7]) + ":userdb_quota_rule=*:storage=10K"
                users.write(line + "\n")
        time.sleep(1.1)
        site.send(ANN, b"Subject: big\r\n\r\n" + (b"x" * 70 + b"\r\n") * 130)
        answer = talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN, "DATA", "Subject: x\r\n\r\n"
                      + "y" * 900 + "\r\n" + "y" * 900 + "\r\n.")
        assert answer.startswith(("452 4.2.2", "552 5.2.2")), answer


@suite.case
def a_message_too_big_is_refused_by_declaration_and_by_size():
    with Site(conf="[server]\nmax-message-size = 100K\n") as site:
        expect(talk(site, "EHLO c.example", "MAIL FROM:<a@b.example> SIZE=200000"), "552 5.3.4")
        expect(talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN, "DATA",
                    ("z" * 70 + "\r\n") * 3000 + "."), "552 5.3.4")
        expect(talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN, "BDAT 200000 LAST\r\n" + "z" * 200000),
               "552 5.3.4")


@suite.case
def a_message_that_loops_is_refused():
    with Site() as site:
        hops = "Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000\r\n" * 101
        expect(talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN, "DATA", hops + "\r\nx\r\n."), "554 5.4.6")


@suite.case
def too_many_sessions_are_turned_away():
    with Site(conf="[listener mx]\nmax-sessions = 1\n[server]\nworkers = 1\n") as site:
        plain, stream = site.connect("smtp")
        assert stream.readline().startswith(b"220 ")
        second, second_stream = site.connect("smtp")
        second.settimeout(5)
        expect(second_stream.readline().decode(), "421 4.3.2")
        plain.close()


@suite.case
def a_silent_client_is_sent_away():
    with Site(conf="[listener mx]\nidle-timeout = 10s\n") as site:
        plain, stream = site.connect("smtp")
        plain.settimeout(20)
        stream.readline()
        expect(stream.readline().decode(), "421 4.4.2")
        assert stream.readline() == b""


@suite.case
def a_stopping_server_says_so():
    with Site() as site:
        plain, stream = site.connect("smtp")
        plain.settimeout(20)
        stream.readline()
        site.stop()
        expect(stream.readline().decode(), "421 4.3.2")


@suite.case
def a_wrong_password_is_refused():
    login = base64.b64encode(b"\0ann\0wrong").decode()
    with Site() as site:
        expect(talk(site, "EHLO c.example", "AUTH PLAIN " + login, name="submission"), "535 5.7.8")
        assert "login-failed" in site.log() and "127.0.0.1" in site.log()


@suite.case
def submission_wants_a_login():
    with Site() as site:
        expect(talk(site, *ENVELOPE, name="submission"), "530 5.7.0")


@suite.case
def a_password_in_the_clear_wants_tls():
    login = base64.b64encode(b"\0ann\0" + PASSWORD.encode()).decode()
    with Site(conf="[auth users]\nplaintext-on-loopback = no\n") as site:
        answer = talk(site, "EHLO c.example", "AUTH PLAIN " + login, name="submission")
        assert answer.startswith(("530 5.7.0", "538 5.7.11")), answer


@suite.case
def commands_out_of_order_are_refused():
    with Site() as site:
        for lines in (("MAIL FROM:<a@b.example>",), ("EHLO c.example", "RCPT TO:<%s>" % ANN),
                      ("EHLO c.example", "DATA"), ENVELOPE + ("DATA",),
                      ENVELOPE + ("MAIL FROM:<a@b.example>",)):
            answer = talk(site, *lines)
            assert answer.startswith(("503 5.5.1", "554 5.5.1")), (lines, answer)


@suite.case
def a_store_that_cannot_write_is_no_space():
    with Site(store="memory", conf="[store mail]\nfail = msg_append\n") as site:
        expect(talk(site, *ENVELOPE, "RCPT TO:<%s>" % ANN, "DATA", "Subject: x\r\n\r\nx\r\n."),
               "452 4.3.1")


@suite.case
def lmtp_answers_for_each_recipient():
    with Site() as site:
        plain, stream = site.connect("lmtp")
        plain.settimeout(30)
        stream.readline()
        plain.sendall(b"LHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ann@example.org>\r\n"
                      b"RCPT TO:<nobody@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n")
        got = b""
        while b"354 " not in got:
            got += stream.readline()
        assert b"\r\n550 5.1.1" in got, got
        plain.sendall(b"Subject: x\r\n\r\nx\r\n.\r\nQUIT\r\n")
        answers = [stream.readline() for _ in range(3)]
        assert [a[:3] for a in answers] == [b"250", b"250", b"221"], answers


suite.main()
