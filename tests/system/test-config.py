#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The administrator's commands, and what they say about mistakes."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()


@suite.case
def a_fresh_site_is_without_fault():
    with Site(start=False) as site:
        site.selo("config", "check")
        assert "[listener imap]" in site.selo("config", "show").stdout


@suite.case
def all_faults_are_told_in_one_run():
    with Site(start=False) as site:
        site.write_conf("95-bad", "[listener imap]\nidle-timeout = 5 parsecs\nadress = *:1\n"
                        "[store mail]\nplugin = nosuch\n[domain x.example]\nstore = missing\n")
        result = site.selo("config", "check", check=False)
        assert result.returncode == 1
        for line in "95-bad.conf:2:", "95-bad.conf:3:", "95-bad.conf:5:", "95-bad.conf:7:":
            assert line in result.stdout, (line, result.stdout)
        assert 'did you mean "address"' in result.stdout, result.stdout
        start = run(os.path.join(os.environ.get("SELO_BUILD_ROOT", ""), "selod"), "--root", site.root,
                    check=False, timeout=20)
        assert start.returncode != 0 and "95-bad.conf:2:" in start.stdout + site.log(), start.stdout


@suite.case
def users_are_added_changed_listed_and_removed():
    with Site() as site:
        site.selo("user", "add", "zoe", input="first\n")
        assert "zoe" in json.loads(site.selo("--json", "user", "list").stdout) \
            or "zoe" in site.selo("user", "list").stdout
        site.imap("ann").logout()
        wait_for(lambda: login(site, "zoe", "first"), "a new user cannot log in")
        site.selo("user", "passwd", "zoe", input="second\n")
        wait_for(lambda: login(site, "zoe", "second"), "the new password does not work")
        assert not login(site, "zoe", "first")
        site.selo("user", "remove", "zoe")
        wait_for(lambda: not login(site, "zoe", "second"), "a removed user can log in")


def login(site, user, password):
    import imaplib
    client = imaplib.IMAP4("127.0.0.1", site.port("imap"), timeout=30)
    try:
        client.login(user, password)
        client.logout()
        return True
    except imaplib.IMAP4.error:
        return False


@suite.case
def the_server_tells_its_state():
    with Site() as site:
        status = site.status()
        text = site.selo("status").stdout
        assert "worker" in text and "auth" in text, text
        plugins = json.loads(site.selo("--json", "plugin", "list").stdout)
        assert any(p["name"] == "imap" for p in plugins), plugins
        assert "IMAP" in site.selo("plugin", "inspect", "imap").stdout
        site.selo("plugin", "check")
        site.imap().logout()
        assert "login-ok" in site.selo("log").stdout
        site.selo("stop")
        assert site.server.wait(20) == 0
        site.server = None


suite.main()
