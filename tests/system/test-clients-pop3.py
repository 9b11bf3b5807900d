#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real POP3 clients fetch mail: curl, getmail, fetchmail, poplib."""
import os
import poplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()


def fill(site, count=3):
    for number in range(count):
        site.send("ann@" + DOMAIN, b"From: bob@example.org\r\nSubject: number %d\r\n\r\n.dot\r\nbody\r\n"
                  % number)


@suite.case
def curl_reads_over_pop3_pop3s_and_stls():
    need("curl")
    with Site() as site:
        fill(site)
        for scheme, more in ("pop3", ()), ("pop3s", ()), ("pop3", ("--ssl-reqd",)):
            url = "%s://127.0.0.1:%d/" % (scheme, site.port(scheme))
            login = ("-sS", "--insecure", "--user", "ann:" + PASSWORD) + more
            assert len(run("curl", *login, url).stdout.split("\n")) >= 3
            assert "Subject: number 1" in run("curl", *login, url + "2").stdout


@suite.case
def getmail_and_fetchmail_fetch_and_delete():
    need("getmail", "fetchmail")
    with Site() as site:
        fill(site)
        for name in "cur", "new", "tmp":
            os.makedirs(site.path("got", name))
        os.makedirs(site.path("getmail"), mode=0o700)
        with open(site.path("getmail/getmailrc"), "w") as out:
            out.write("[retriever]\ntype = SimplePOP3SSLRetriever\nserver = 127.0.0.1\nport = %d\n"
                      "username = ann\npassword = %s\n[destination]\ntype = MDA_external\n"
                      "path = /bin/sh\narguments = (\"-c\", \"cat > %s/new/$$\")\n"
                      "allow_root_commands = true\n[options]\nread_all = false\n" % (site.port("pop3s"), PASSWORD, site.path("got")))
        run("getmail", "--getmaildir", site.path("getmail"))
        run("getmail", "--getmaildir", site.path("getmail"))
        assert len(os.listdir(site.path("got/new"))) == 3, "UIDLs must be stable"
        rc = site.path("fetchmailrc")
        with open(rc, "w") as out:
            out.write('poll 127.0.0.1 service %d protocol POP3 user "ann" password "%s" '
                      'nokeep fetchall sslproto "" mda "cat >> %s"\n'
                      % (site.port("pop3"), PASSWORD, site.path("mbox")))
        os.chmod(rc, 0o600)
        run("fetchmail", "-f", rc, "--pidfile", site.path("fetchmail.pid"), "--nosyslog",
            env=dict(os.environ, HOME=site.root, FETCHMAILHOME=site.root))
        assert open(site.path("mbox")).read().count("Subject: number") == 3
        assert site.fetch_all() == []


@suite.case
def commands_do_what_rfc_1939_says():
    with Site() as site:
        fill(site)
        client = site.pop3()
        count, octets = client.stat()
        assert count == 3
        uidls = client.uidl()[1]
        assert len(uidls) == 3 and len(set(uidls)) == 3
        assert sum(int(line.split()[1]) for line in client.list()[1]) == octets
        assert client.top(1, 1)[1][-1] == b".dot"
        assert client.retr(1)[1][-2:] == [b".dot", b"body"]
        client.dele(1)
        try:
            client.retr(1)
            raise AssertionError("a deleted message was given")
        except poplib.error_proto:
            pass
        client.rset()
        client.dele(2)
        client.quit()
        client = site.pop3()
        assert client.uidl()[1] == [b"1 " + uidls[0].split()[1], b"2 " + uidls[2].split()[1]]
        client.quit()


@suite.case
def a_second_session_is_told_the_mailbox_is_in_use():
    with Site() as site:
        first = site.pop3()
        try:
            site.pop3()
            raise AssertionError("two sessions at once")
        except poplib.error_proto as refusal:
            assert b"[IN-USE]" in refusal.args[0], refusal
        first.quit()
        wait_for(lambda: site.pop3().quit(), "the lock is not released")


@suite.case
def a_wrong_password_is_refused():
    with Site() as site:
        client = poplib.POP3("127.0.0.1", site.port("pop3"), timeout=30)
        client.user("ann")
        try:
            client.pass_("wrong")
            raise AssertionError("logged in")
        except poplib.error_proto as refusal:
            assert b"-ERR [AUTH]" in refusal.args[0], refusal


suite.main()
