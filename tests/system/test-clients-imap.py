#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real IMAP clients read and file mail: curl, mbsync, mutt, getmail, fetchmail, imaplib."""
import glob
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()


def fill(site, count=3):
    for number in range(count):
        site.send("ann@" + DOMAIN, b"From: bob@example.org\r\nSubject: number %d\r\n\r\nbody %d\r\n"
                  % (number, number))


@suite.case
def curl_reads_over_imap_and_imaps():
    need("curl")
    with Site() as site:
        fill(site)
        for scheme in "imap", "imaps":
            url = "%s://127.0.0.1:%d/INBOX" % (scheme, site.port(scheme))
            login = ("-sS", "--insecure", "--user", "ann:" + PASSWORD)
            assert "Subject: number 1" in run("curl", *login, url + ";MAILINDEX=2").stdout
            assert "3 EXISTS" in run("curl", *login, url, "-X", "EXAMINE INBOX").stdout
            assert "INBOX" in run("curl", *login, url.replace("/INBOX", "/")).stdout


MBSYNC = """
IMAPAccount selo
Host 127.0.0.1
Port %(port)d
User ann
Pass %(password)s
SSLType IMAPS
CertificateFile %(certificate)s

IMAPStore far
Account selo

MaildirStore near
Path %(near)s/
Inbox %(near)s/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""


def maildir_messages(path):
    return sorted(glob.glob(path + "/cur/*") + glob.glob(path + "/new/*"))


@suite.case
def mbsync_goes_both_ways_and_the_second_run_moves_nothing():
    need("mbsync")
    with Site() as site:
        fill(site)
        near = site.path("near")
        os.mkdir(near)
        conf = site.path("mbsyncrc")
        with open(conf, "w") as out:
            out.write(MBSYNC % {"port": site.port("imaps"), "password": PASSWORD, "near": near,
                                "certificate": glob.glob(site.path("etc/selo/tls/*.pem"))[0]})
        environment = dict(os.environ, HOME=site.root)
        first = run("mbsync", "-c", conf, "-a", env=environment, check=False)
        if first.returncode != 0:  # a certificate for another name: tell mbsync to take it
            text = open(conf).read().replace("SSLType IMAPS\n", "SSLType None\nAuthMechs LOGIN\n") \
                .replace("Port %d" % site.port("imaps"), "Port %d" % site.port("imap"))
            open(conf, "w").write("\n".join(l for l in text.split("\n") if "CertificateFile" not in l))
            run("mbsync", "-c", conf, "-a", env=environment)
        assert len(maildir_messages(near + "/INBOX")) == 3
        # a new message, a flag and a new folder on the near side
        message = maildir_messages(near + "/INBOX")[0]
        base = os.path.basename(message).split(":")[0]
        os.rename(message, near + "/INBOX/cur/" + base + ":2,FS")
        with open(near + "/INBOX/new/1.near", "w") as out:
            out.write("Subject: from the near side\n\nx\n")
        run("mbsync", "-c", conf, "-a", env=environment)
        client = site.imap()
        client.select("INBOX")
        assert client.search(None, "FLAGGED", "SEEN")[1][0].split() == [b"1"]
        assert len(client.search(None, "ALL")[1][0].split()) == 4
        client.logout()
        again = run("mbsync", "-V", "-c", conf, "-a", env=environment).stdout
        assert len(maildir_messages(near + "/INBOX")) == 4
        before = site.status()
        names = maildir_messages(near + "/INBOX")
        run("mbsync", "-c", conf, "-a", env=environment)
        assert names == maildir_messages(near + "/INBOX"), again
        assert len(site.fetch_all()) == 4


@suite.case
def mutt_reads_and_flags():
    need("mutt")
    with Site() as site:
        fill(site)
        rc = site.path("muttrc")
        with open(rc, "w") as out:
            out.write('set imap_user="ann"\nset imap_pass="%s"\nset ssl_starttls=no\n'
                      'set ssl_force_tls=no\nset folder="imap://127.0.0.1:%d/"\nset spoolfile="+INBOX"\n'
                      'set mail_check=1\nset header_cache=""\nset imap_authenticators="login"\n'
                      % (PASSWORD, site.port("imap")))
        result = subprocess.run(
            ["script", "-qec", "mutt -n -F %s -e 'push <flag-message><sync-mailbox><quit>y'" % rc,
             "/dev/null"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=60, env=dict(os.environ, TERM="xterm", HOME=site.root))
        client = site.imap()
        client.select("INBOX", readonly=True)
        flagged = client.search(None, "FLAGGED")[1][0].split()
        assert len(flagged) == 1, result.stdout[-2000:]
        client.logout()


@suite.case
def getmail_fetches():
    need("getmail")
    with Site() as site:
        fill(site)
        for name in "cur", "new", "tmp":
            os.makedirs(site.path("got", name))
        os.makedirs(site.path("getmail"), mode=0o700)
        with open(site.path("getmail/getmailrc"), "w") as out:
            # getmail writes no Maildir as root; a command it may run.
            out.write("[retriever]\ntype = SimpleIMAPRetriever\nserver = 127.0.0.1\nport = %d\n"
                      "username = ann\npassword = %s\n[destination]\ntype = MDA_external\n"
                      "path = /bin/sh\narguments = (\"-c\", \"cat > %s/new/$$\")\n"
                      "allow_root_commands = true\n[options]\nread_all = true\nverbose = 2\n"
                      % (site.port("imap"), PASSWORD, site.path("got")))
        run("getmail", "--getmaildir", site.path("getmail"))
        assert len(maildir_messages(site.path("got"))) == 3


@suite.case
def fetchmail_fetches():
    need("fetchmail")
    with Site() as site:
        fill(site)
        rc = site.path("fetchmailrc")
        with open(rc, "w") as out:
            out.write('poll 127.0.0.1 service %d protocol IMAP auth password user "ann" password "%s" '
                      'keep fetchall sslproto "" mda "cat >> %s; echo >> %s"\n'
                      % (site.port("imap"), PASSWORD, site.path("got"), site.path("got")))
        os.chmod(rc, 0o600)
        run("fetchmail", "-f", rc, "--pidfile", site.path("fetchmail.pid"), "--nosyslog",
            env=dict(os.environ, HOME=site.root, FETCHMAILHOME=site.root))
        assert open(site.path("got")).read().count("Subject: number") == 3


@suite.case
def a_mailbox_lives_its_life():
    """CREATE, APPEND, COPY, MOVE, STORE, EXPUNGE, RENAME, SUBSCRIBE, LIST, STATUS, DELETE."""
    with Site() as site:
        fill(site)
        client = site.imap()
        for verb, arguments in (("create", ("Work/Now",)), ("subscribe", ("Work/Now",))):
            assert getattr(client, verb)(*arguments)[0] == "OK", verb
        assert client.append("Work/Now", "(\\Seen $Label)", None, b"Subject: a\r\n\r\nx\r\n")[0] == "OK"
        client.select("INBOX")
        assert client.copy("1:2", "Work/Now")[0] == "OK"
        assert client.uid("MOVE", "3", "Work/Now")[0] == "OK"
        assert client.store("1", "+FLAGS", "(\\Deleted)")[0] == "OK"
        assert client.expunge()[1][-1:] == [b"1"]  # imaplib keeps what MOVE expunged, too
        assert client.status("Work/Now", "(MESSAGES UNSEEN)")[1][0].endswith(
            b"(MESSAGES 4 UNSEEN 3)"), client.status("Work/Now", "(MESSAGES UNSEEN)")
        assert client.rename("Work/Now", "Work/Later")[0] == "OK"
        assert any(b"Work/Later" in line for line in client.list()[1])
        client.select("Work/Later")
        assert client.search(None, "KEYWORD", "$Label")[1][0] == b"1"
        client.close()
        assert client.delete("Work/Later")[0] == "OK"
        client.logout()


@suite.case
def idle_tells_of_new_mail():
    with Site() as site:
        client = site.imap()
        client.select("INBOX")
        client.send(b"x IDLE\r\n")
        assert client.readline().startswith(b"+ ")
        site.send("ann@" + DOMAIN, b"Subject: news\r\n\r\nx\r\n")
        client.sock.settimeout(10)
        seen = b""
        while b"1 EXISTS" not in seen:
            seen += client.readline()
        client.send(b"DONE\r\n")
        while not seen.endswith(b"x OK Idle completed\r\n") and b"\nx OK" not in seen:
            seen += client.readline()


@suite.case
def two_sessions_see_each_other():
    with Site() as site:
        fill(site)
        one, two = site.imap(), site.imap()
        one.select("INBOX")
        two.select("INBOX")
        one.store("2", "+FLAGS", "(\\Flagged)")
        one.store("1", "+FLAGS", "(\\Deleted)")
        one.expunge()
        wait_for(lambda: two.noop()[0] == "OK" and two.search(None, "ALL")[1][0] == b"1 2",
                 "the expunge does not show")
        assert two.search(None, "FLAGGED")[1][0] == b"1"
        one.logout()
        two.logout()


suite.main()
