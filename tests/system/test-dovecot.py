#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dovecot and Selo take over each other's Maildirs: same UIDs, flags, keywords, subscriptions."""
import os
import pwd
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, Skip, need, run, wait_for

import imaplib

suite = Suite()

CONF = """
protocols = imap
listen = 127.0.0.1
base_dir = %(root)s/dovecot/run
state_dir = %(root)s/dovecot/state
log_path = %(root)s/dovecot/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:%(mail)s/example.org/%%n
default_internal_user = %(user)s
default_login_user = %(user)s
default_internal_group = %(group)s
first_valid_uid = 0
namespace inbox {
  inbox = yes
  separator = /
}
passdb {
  driver = static
  args = password=%(password)s
}
userdb {
  driver = static
  args = uid=%(uid)d gid=%(gid)d home=%(root)s/dovecot/home
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %(port)d
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
"""


class Dovecot:
    """Dovecot on the Maildirs of a site."""

    def __init__(self, site):
        self.site = site

    def __enter__(self):
        need("dovecot")
        if os.geteuid() != 0:
            raise Skip("Dovecot needs root")
        site = self.site
        owner = os.stat(site.path("var/mail"))
        user = pwd.getpwnam("mail")
        os.makedirs(site.path("dovecot/home"), exist_ok=True)
        run("chown", "-R", "mail:mail", site.path("var/mail"), site.path("dovecot"))
        for directory, _, _ in os.walk(site.root):
            os.chmod(directory, os.stat(directory).st_mode | 0o055)
        self.port = site.base + 44
        with open(site.path("dovecot/conf"), "w") as out:
            out.write(CONF % {"root": site.root, "mail": site.path("var/mail"), "user": "mail",
                              "group": "mail", "uid": user.pw_uid, "gid": user.pw_gid,
                              "password": PASSWORD, "port": self.port})
        self.server = subprocess.Popen(["dovecot", "-F", "-c", site.path("dovecot/conf")],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.accepts, "Dovecot does not start: " + self.log())
        return self

    def accepts(self):
        try:
            self.imap().logout()
            return True
        except (OSError, imaplib.IMAP4.error):
            return False

    def log(self):
        try:
            return open(self.site.path("dovecot/log")).read()
        except OSError:
            return ""

    def imap(self):
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        client.login("ann", PASSWORD)
        return client

    def __exit__(self, *failure):
        self.server.terminate()
        self.server.wait(20)
        run("chown", "-R", "%d:%d" % (os.geteuid(), os.getegid()), self.site.path("var/mail"))


def picture(client):
    """What a client sees: folders, subscriptions, and per folder UIDVALIDITY, UIDs, flags, sizes."""
    folders = sorted(line.split(b' "/" ')[1].strip(b'"') for line in client.list()[1]
                     if not re.match(rb"\([^)]*(NoSelect|NonExistent)", line, re.I))
    subscribed = sorted(line.split(b' "/" ')[1].strip(b'"') for line in client.lsub()[1] if line)
    boxes = {}
    for folder in folders:
        name = '"%s"' % folder.decode()
        status = client.status(name, "(UIDVALIDITY UIDNEXT MESSAGES)")
        assert status[0] == "OK", status
        count = client.select(name, readonly=True)[1]
        rows = {}
        for row in client.fetch("1:*", "(UID FLAGS RFC822.SIZE)")[1] if count != [b"0"] else []:
            uid = re.search(rb"UID (\d+)", row)[1]
            flags = sorted(set(re.search(rb"FLAGS \(([^)]*)\)", row)[1].split()) - {b"\\Recent"})
            rows[uid] = (flags, re.search(rb"RFC822.SIZE (\d+)", row)[1])
        boxes[folder] = (re.search(rb"UIDVALIDITY (\d+)", status[1][0])[1],
                         re.search(rb"UIDNEXT (\d+)", status[1][0])[1], rows)
    client.logout()
    return folders, subscribed, boxes


def work(client, tag):
    """Changes a little of everything."""
    for number in range(4):
        client.append("INBOX", None, None, b"Subject: %s %d\r\n\r\nbody\r\n" % (tag, number))
    client.select("INBOX")
    client.store("1", "+FLAGS", "(\\Flagged $%s keyword)" % tag.decode())
    client.store("2", "+FLAGS", "(\\Seen \\Answered)")
    client.store("3", "+FLAGS", "(\\Deleted)")
    client.expunge()
    client.create("Work/" + tag.decode())
    client.create("&AOQ-" + tag.decode())
    client.subscribe("Work/" + tag.decode())
    client.copy("1:2", "Work/" + tag.decode())
    client.logout()


def compare(one, two, log):
    for a, b, what in zip(one, two, ("folders", "subscriptions", "messages")):
        assert a == b, "%s differ:\n%s\n%s\n%s" % (what, a, b, log)


@suite.case
def each_serves_what_the_other_left():
    need("dovecot")
    with Site() as site:
        work(site.imap(), b"one")
        ours = picture(site.imap())
        site.stop()
        with Dovecot(site) as dovecot:
            compare(ours, picture(dovecot.imap()), dovecot.log())
            work(dovecot.imap(), b"two")
            theirs = picture(dovecot.imap())
            assert "Error" not in dovecot.log(), dovecot.log()
        site.start()
        compare(theirs, picture(site.imap()), site.log())
        work(site.imap(), b"three")
        ours = picture(site.imap())
        site.stop()
        with Dovecot(site) as dovecot:
            compare(ours, picture(dovecot.imap()), dovecot.log())


suite.main()
