#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reload and plugins taken away or added while sessions go on."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, need, run, wait_for

suite = Suite()


@suite.case
def pop3_goes_and_comes_back_while_an_imap_session_stays():
    with Site() as site:
        client = site.imap()
        client.select("INBOX")
        assert site.accepts("pop3")
        site.selo("plugin", "disable", "pop3")
        site.selo("reload")
        wait_for(lambda: not site.accepts("pop3"), "POP3 is still there")
        assert client.noop()[0] == "OK"
        site.selo("plugin", "enable", "pop3")
        site.selo("reload")
        wait_for(lambda: site.accepts("pop3"), "POP3 does not come back")
        assert client.noop()[0] == "OK"
        site.send("ann@" + DOMAIN, b"Subject: x\r\n\r\nx\r\n")
        wait_for(lambda: client.noop()[0] == "OK" and client.search(None, "ALL")[1][0] == b"1",
                 "the old session does not see new mail")
        site.pop3().quit()
        client.logout()


@suite.case
def a_faulty_configuration_changes_nothing():
    with Site() as site:
        site.write_conf("95-bad", "[listener imap]\nidle-timeuot = 35min\n[sever]\nx = 1\n")
        result = site.selo("reload", check=False)
        assert result.returncode == 1, result.stdout
        assert '95-bad.conf:2: [listener imap] idle-timeuot: unknown key; did you mean "idle-timeout"?' \
            in result.stdout, result.stdout
        assert "95-bad.conf:3: [sever]" in result.stdout, result.stdout
        site.send("ann@" + DOMAIN, b"Subject: x\r\n\r\nx\r\n")


@suite.case
def an_option_changes_by_reload():
    with Site() as site:
        site.selo("plugin", "enable", "stamp", check=False)
        site.write_conf("91-stamp", "[filter stamp]\nheader = X-Seen\nvalue = one\n")
        site.selo("reload")
        wait_for(lambda: header(site, b"X-Seen: one"), "the filter does not run")
        site.write_conf("91-stamp", "[filter stamp]\nheader = X-Seen\nvalue = two\n")
        site.selo("reload")
        wait_for(lambda: header(site, b"X-Seen: two"), "the change has no effect")


@suite.case
def a_filter_sees_what_those_before_it_changed():
    """Two stamps on one message, in the order of the listener's list."""
    with Site() as site:
        site.selo("plugin", "enable", "stamp", check=False)
        site.write_conf("91-stamp", "[filter one]\nplugin = stamp\nheader = X-One\n"
                        "[filter two]\nplugin = stamp\nheader = X-Two\n[listener mx]\nfilters = two, one\n")
        site.selo("reload")
        wait_for(lambda: header(site, b"X-Two: seen by Selo\r\nX-One: seen by Selo"), "the filters do not run")


def header(site, field):
    site.send("ann@" + DOMAIN, b"Subject: x\r\n\r\nx\r\n")
    return b"\r\n" + field + b"\r\n" in site.fetch_all()[-1]


suite.main()
