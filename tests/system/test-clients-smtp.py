#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real SMTP clients put mail in: swaks, curl, smtplib."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()
ANN = "ann@" + DOMAIN


def swaks(site, listener, *options, to=ANN):
    need("swaks")
    return run("swaks", "--server", "127.0.0.1:%d" % site.port(listener), "--to", to, "--from",
               "bob@" + DOMAIN, "--h-Subject", "by swaks", "--helo", "client.example", *options)


def subjects(site, user="ann"):
    return [m for m in site.fetch_all(user) if b"Subject: by swaks" in m]


@suite.case
def swaks_sends_plain():
    with Site() as site:
        swaks(site, "smtp")
        message, = subjects(site)
        head = message.split(b"\r\n\r\n")[0]
        assert head.startswith(b"Return-Path: <bob@example.org>\r\nDelivered-To: ann@example.org\r\n"
                               b"Received: from client.example ([127.0.0.1])"), head
        assert b"with ESMTP id " in head, head


@suite.case
def swaks_sends_with_starttls():
    with Site() as site:
        swaks(site, "smtp", "--tls")
        assert b"with ESMTPS id " in subjects(site)[0]


@suite.case
def swaks_sends_with_starttls_and_auth():
    with Site() as site:
        for mechanism in "PLAIN", "LOGIN":
            swaks(site, "submission", "--tls", "--auth", mechanism, "--auth-user", "bob",
                  "--auth-password", PASSWORD)
        found = subjects(site)
        assert len(found) == 2 and b"with ESMTPSA id " in found[0]


@suite.case
def swaks_sends_with_implicit_tls_and_auth():
    with Site() as site:
        swaks(site, "submissions", "--tls-on-connect", "--auth", "PLAIN", "--auth-user",
              "bob@" + DOMAIN, "--auth-password", PASSWORD)
        assert b"with ESMTPSA id " in subjects(site)[0]


@suite.case
def swaks_sends_by_lmtp():
    with Site() as site:
        swaks(site, "lmtp", "--protocol", "LMTP")
        assert b"with LMTP id " in subjects(site)[0]


@suite.case
def swaks_sends_a_20_mb_attachment():
    with Site() as site:
        attachment = site.path("attachment")
        with open(attachment, "wb") as out:
            out.write(os.urandom(20 << 20))
        swaks(site, "submission", "--tls", "--auth", "PLAIN", "--auth-user", "bob",
              "--auth-password", PASSWORD, "--attach", "@" + attachment)
        message, = subjects(site)
        assert len(message) > 26 << 20, len(message)


@suite.case
def curl_sends():
    need("curl")
    with Site() as site:
        mail = site.path("mail.txt")
        with open(mail, "wb") as out:
            out.write(b"From: bob@example.org\r\nTo: ann@example.org\r\nSubject: by curl\r\n\r\nhello\r\n")
        run("curl", "-sS", "smtp://127.0.0.1:%d" % site.port("submission"), "--mail-from",
            "bob@" + DOMAIN, "--mail-rcpt", ANN, "--user", "bob:" + PASSWORD, "--ssl-reqd",
            "--insecure", "--upload-file", mail)
        assert any(b"Subject: by curl" in m for m in site.fetch_all())


@suite.case
def a_submitted_message_is_completed():
    with Site() as site:
        with site.smtp("submission") as client:
            client.starttls(context=site.tls())
            client.login("bob", PASSWORD)
            client.sendmail("bob@" + DOMAIN, [ANN], b"Subject: bare\r\n\r\nx\r\n")
        message, = site.fetch_all()
        for field in b"Date: ", b"Message-ID: <", b"From: bob@example.org":
            assert b"\r\n" + field in message, message


@suite.case
def several_recipients_get_one_copy_each():
    with Site() as site:
        site.send([ANN, "bob@" + DOMAIN, ANN], b"Subject: all\r\n\r\nx\r\n")
        assert len(site.fetch_all("ann")) == 1 and len(site.fetch_all("bob")) == 1


@suite.case
def addresses_with_detail_and_postmaster_arrive():
    with Site() as site:
        site.send("ann+list@" + DOMAIN, b"Subject: detail\r\n\r\nx\r\n")
        site.send("postmaster", b"Subject: to the postmaster\r\n\r\nx\r\n")
        site.send("postmaster@" + DOMAIN, b"Subject: to the postmaster\r\n\r\nx\r\n")
        assert len(site.fetch_all("ann")) == 3


suite.main()
