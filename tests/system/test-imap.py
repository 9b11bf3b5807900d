#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""IMAP word by word: what each command answers, in which order, and what is refused."""
import os
import re
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from selo_site import DOMAIN, PASSWORD, Site, Suite, wait_for  # noqa: E402

suite = Suite()
MESSAGE = (b"Date: Tue, 24 Nov 2026 21:00:00 +0000\r\nFrom: Ann <ann@example.org>\r\n"
           b"Subject: one\r\nMessage-ID: <1@example.org>\r\n\r\nhello\r\n")


class Wire:
    """A connection that sends commands and gives all lines up to the tagged reply."""

    def __init__(self, site, user="ann", name="imap", login=True):
        self.sock = socket.create_connection(("127.0.0.1", site.port(name)), 20)
        self.file = self.sock.makefile("rb")
        self.n = 0
        self.greeting = self.line()
        if login:
            self.ok("LOGIN %s %s" % (user, PASSWORD))

    def line(self):
        """One response, its literals included."""
        whole = b""
        while True:
            part = self.file.readline()
            whole += part
            literal = re.search(rb"\{(\d+)\}\r\n$", part)
            if literal is None:
                return whole
            whole += self.file.read(int(literal[1]))

    def until(self, tag):
        lines = []
        while True:
            line = self.line()
            if not line:
                raise AssertionError("closed after %r" % lines)
            lines.append(line)
            if line.startswith(tag + b" "):
                return lines

    def send(self, command):
        self.n += 1
        tag = b"t%d" % self.n
        command = command.encode() if isinstance(command, str) else command
        self.sock.sendall(tag + b" " + command + b"\r\n")
        return tag

    def do(self, command):
        tag = self.send(command)
        lines = self.until(tag)
        return [l.rstrip(b"\r\n") for l in lines[:-1]] + [lines[-1][len(tag) + 1:].rstrip(b"\r\n")]

    def ok(self, command):
        lines = self.do(command)
        assert lines[-1].startswith(b"OK"), (command, lines)
        return lines

    def append(self, box="INBOX", flags="", message=MESSAGE):
        return self.ok(b"APPEND %s %s{%d+}\r\n%s" % (box.encode(), (flags + " ").encode() if flags else b"",
                                                     len(message), message))


def expect(lines, *patterns):
    """Each line matches its pattern, and there are no more."""
    assert len(lines) == len(patterns), (lines, patterns)
    for line, pattern in zip(lines, patterns):
        assert re.fullmatch(pattern.encode(), line, re.S), (line, pattern)


@suite.case
def greeting_and_capabilities():
    with Site() as site:
        wire = Wire(site, login=False)
        assert wire.greeting.startswith(b"* OK [CAPABILITY IMAP4rev1 IMAP4rev2 "), wire.greeting
        lines = wire.ok("LOGIN ann " + PASSWORD)
        expect(lines, r"OK \[CAPABILITY IMAP4rev1 .* MOVE.*\] Logged in")
        wire = Wire(site, login=False)
        wire.ok("capability")
        expect(wire.ok("LOGIN ann " + PASSWORD), r"\* CAPABILITY IMAP4rev1 .*", "OK Logged in")
        expect(wire.ok("LOGOUT"), r"\* BYE Logging out", "OK Logout completed")
        assert wire.file.read() == b""


@suite.case
def sasl_with_and_without_initial_response():
    with Site() as site:
        import base64
        plain = base64.b64encode(b"\0ann\0" + PASSWORD.encode())
        wire = Wire(site, login=False)
        assert wire.ok(b"AUTHENTICATE PLAIN " + plain)[-1].endswith(b"Logged in")
        wire = Wire(site, login=False)
        tag = wire.send("AUTHENTICATE PLAIN")
        assert wire.line() == b"+ \r\n"
        wire.sock.sendall(plain + b"\r\n")
        assert b"OK" in wire.until(tag)[-1]
        wire = Wire(site, login=False)
        tag = wire.send("AUTHENTICATE LOGIN")
        for text in b"ann", PASSWORD.encode():
            assert wire.line().startswith(b"+ ")
            wire.sock.sendall(base64.b64encode(text) + b"\r\n")
        assert b"OK" in wire.until(tag)[-1]
        wire = Wire(site, login=False)
        tag = wire.send("AUTHENTICATE PLAIN")
        wire.line()
        wire.sock.sendall(b"*\r\n")
        assert b" BAD " in wire.until(tag)[-1]
        tag = wire.send("AUTHENTICATE PLAIN")
        wire.line()
        wire.sock.sendall(b"not base64\r\n")
        assert b" BAD " in wire.until(tag)[-1]
        expect(wire.do("AUTHENTICATE NONSENSE"), r"NO \[CANNOT\] .*")


@suite.case
def wrong_phase_and_bad_commands():
    with Site() as site:
        wire = Wire(site, login=False)
        expect(wire.do("SELECT INBOX"), "BAD Log in first.")
        expect(wire.do("XYZZY"), "BAD Error in IMAP command: Unknown command")
        tag = wire.send("NOOP x")
        assert wire.until(tag)[-1].startswith(tag + b" BAD")
        assert wire.line().startswith(b"* BYE Too many invalid IMAP commands.")
        wire = Wire(site)
        expect(wire.do("FETCH 1 FLAGS"), "BAD No mailbox selected.")
        expect(wire.do("LOGIN a b"), "BAD Already logged in.")
        expect(wire.do("SELECT nowhere"), r"NO \[NONEXISTENT\] Mailbox doesn't exist: nowhere")
        expect(wire.do("STATUS nowhere (MESSAGES)"), r"NO \[NONEXISTENT\] .*")
        expect(wire.do("DELETE INBOX"), r"NO \[CANNOT\] .*")
        expect(wire.do("CREATE INBOX"), r"NO \[ALREADYEXISTS\] .*")
        expect(wire.do("APPEND nowhere {3+}\r\nx\r\n"), r"NO \[TRYCREATE\] .*")
        wire.ok("SELECT INBOX")
        expect(wire.do("FETCH 1 FLAGS"), "BAD Error in IMAP command Fetch: Invalid messageset")
        expect(wire.ok("FETCH 1:* FLAGS"), "OK Fetch completed")
        expect(wire.ok("UID FETCH 1:4294967295 FLAGS"), "OK UID Fetch completed")
        expect(wire.ok("SEARCH 1:* UNSEEN"), r"\* SEARCH", "OK Search completed")
        expect(wire.do("COPY 1 nowhere"), "BAD .*Invalid messageset")
        for _ in range(20):  # a client that tries an extension with each mailbox is not sent away
            expect(wire.do("GETQUOTAROOT INBOX"), "BAD .*")
            wire.ok("NOOP")


@suite.case
def select_answers_in_order():
    with Site() as site:
        wire = Wire(site)
        wire.append(flags="(\\Seen)")
        wire.append(flags="($x)")
        system = r"\(\\Answered \\Flagged \\Deleted \\Seen \\Draft \$x"
        head = [r"\* FLAGS " + system + r"\)",
                r"\* OK \[PERMANENTFLAGS " + system + r" \\\*\)\] Flags permitted.", r"\* 2 EXISTS"]
        tail = [r"\* OK \[UIDVALIDITY \d+\] UIDs valid", r"\* OK \[UIDNEXT 3\] Predicted next UID"]
        expect(wire.ok("SELECT INBOX"), *head, r"\* \d RECENT", r"\* OK \[UNSEEN 2\] First unseen.", *tail,
               r"OK \[READ-WRITE\] Select completed")
        lines = wire.ok("EXAMINE INBOX")
        assert lines[0] == b"* OK [CLOSED] Previous mailbox closed.", lines
        assert lines[-1] == b"OK [READ-ONLY] Examine completed", lines
        expect(wire.do("STORE 1 +FLAGS (\\Deleted)"), r"NO \[NOPERM\] .*")
        expect(wire.do("EXPUNGE"), r"NO \[NOPERM\] .*")
        wire.ok("UNSELECT")
        expect(wire.ok("ENABLE IMAP4rev2 X"), r"\* ENABLED IMAP4rev2", "OK Enable completed")
        expect(wire.ok("SELECT INBOX"), *head, r"\* LIST \(\) \"/\" INBOX", *tail,
               r"OK \[READ-WRITE\] Select completed")


@suite.case
def literals_stay_in_step():
    with Site() as site:
        wire = Wire(site, login=False)
        tag = wire.send("LOGIN {3}")
        assert wire.line().startswith(b"+ ")
        wire.sock.sendall(b"ann {%d+}\r\n%s\r\n" % (len(PASSWORD), PASSWORD.encode()))
        assert b" OK " in wire.until(tag)[-1]
        expect(wire.do("XYZZY {5}"), "BAD .*Unknown command")
        expect(wire.do("XYZZY {5+}\r\na b\r\n {3+}\r\nabc"), "BAD .*Unknown command")
        expect(wire.do("APPEND INBOX {999999999}"), r"NO \[TOOBIG\] .*")
        expect(wire.do("SELECT {9999999}"), r"BAD \[TOOBIG\] .*")
        expect(wire.do("FETCH {3+}\r\n1:* FLAGS"), "BAD No mailbox selected.")
        expect(wire.do(b"APPEND INBOX () {5+}\r\nhello more"), "BAD .*Too many arguments")
        expect(wire.do(b"APPEND INBOX (a b {5+}\r\nhello)"), "BAD .*")
        expect(wire.do(b"APPEND {5+}\r\nINBOX {1+}\r\nx"), r"OK \[APPENDUID .*")
        expect(wire.do(b"APPEND INBOX" + b" {1000+}\r\n" + b"x" * 1000 + b" {1+}\r\nx" * 900), "BAD .*")
        expect(wire.do("NOOP"), "OK NOOP completed")
        expect(wire.do("LIST \"\" " + "x" * 70000), "BAD .*Too long argument.")
        expect(wire.do("NOOP"), "OK NOOP completed")
        tag = wire.send("APPEND INBOX {99999999999999+}")
        assert wire.line().startswith(b"* BYE ")


@suite.case
def append_keeps_flags_and_date():
    with Site() as site:
        wire = Wire(site)
        wire.ok("SELECT INBOX")
        tag = wire.send("APPEND INBOX (\\Flagged $a) \"17-Jul-1996 02:44:25 -0700\" {%d}" % len(MESSAGE))
        assert wire.line().startswith(b"+ ")
        wire.sock.sendall(MESSAGE + b"\r\n")
        lines = wire.until(tag)
        assert re.search(rb"OK \[APPENDUID \d+ 1\] Append completed", lines[-1]), lines
        assert b"* 1 EXISTS\r\n" in lines, lines
        expect(wire.ok("FETCH 1 (INTERNALDATE FLAGS RFC822.SIZE)"),
               r'\* 1 FETCH \(INTERNALDATE "17-Jul-1996 09:44:25 \+0000" FLAGS \(\\Flagged (\\Recent )?\$a\)'
               r' RFC822.SIZE %d\)' % len(MESSAGE), "OK Fetch completed")
        wire.append(message=b"")
        wire.append(message=b"x" * 300000 + b"\r\n")
        assert wire.ok("FETCH 3 RFC822.SIZE")[0] == b"* 3 FETCH (RFC822.SIZE 300002)"
        expect(wire.do(b"APPEND INBOX \"17-Foo-1996 02:44:25 -0700\" {1+}\r\nx"), "BAD .*Invalid internal date")
        expect(wire.do("APPEND INBOX"), "BAD .*Missing message")


@suite.case
def fetch_sets_seen_once_the_body_is_out():
    with Site() as site:
        wire = Wire(site)
        wire.append()
        wire.ok("SELECT INBOX")
        lines = wire.ok("FETCH 1 BODY.PEEK[TEXT]")
        assert len(lines) == 2, lines
        lines = wire.ok("UID FETCH 1 BODY[TEXT]")
        assert lines[0] == b"* 1 FETCH (UID 1 BODY[TEXT] {7}\r\nhello\r\n)", lines
        assert re.fullmatch(rb"\* 1 FETCH \(UID 1 FLAGS \(\\Seen.*\)\)", lines[1]), lines
        assert len(wire.ok("FETCH 1 BODY[]")) == 2
        lines = wire.ok("FETCH 1 ALL")
        assert b'ENVELOPE ("Tue, 24 Nov 2026 21:00:00 +0000" "one" (("Ann" NIL "ann" "example.org"))' \
            in lines[0], lines


@suite.case
def store_tells_and_is_silent():
    with Site() as site:
        wire, other = Wire(site), Wire(site)
        for _ in range(3):
            wire.append()
        wire.ok("SELECT INBOX")
        other.ok("SELECT INBOX")
        expect(wire.ok("STORE 2 +FLAGS (\\Flagged $b)")[-2:], r"\* 2 FETCH \(FLAGS \(\\Flagged.*\$b\)\)",
               "OK Store completed")
        expect(wire.ok("STORE 2 -FLAGS.SILENT \\Flagged"), "OK Store completed")
        wire.ok("STORE 3 FLAGS.SILENT (\\Seen)")
        expect(wire.ok("UID STORE 3 FLAGS ()")[-2:], r"\* 3 FETCH \(UID 3 FLAGS \(.*\)\)", "OK UID Store completed")
        # RFC 9051 section 6.4.6: told as if fetched, changed or not
        expect(wire.ok("STORE 1:3 -FLAGS (\\Draft)"), r"\* 1 FETCH \(FLAGS \(.*\)\)", r"\* 2 FETCH \(FLAGS \(.*\$b\)\)",
               r"\* 3 FETCH \(FLAGS \(.*\)\)", "OK Store completed")
        expect(wire.do("STORE 1 FLAGS (\\Nonsense)"), "BAD .*Invalid system flag")
        expect(wire.do("STORE 1 +FLAGS (%s)" % " ".join("k%d" % n for n in range(27))), r"NO \[LIMIT\] .*")
        lines = []
        wait_for(lambda: lines.extend(other.ok("NOOP")) or any(b"2 FETCH" in l for l in lines),
                 "the other session hears of the flag")
        wire.ok("STORE 1,3 +FLAGS.SILENT (\\Deleted)")
        other.ok("NOOP")
        expect([l for l in wire.ok("UID EXPUNGE 2:9") if not l.endswith(b" RECENT")], r"\* 3 EXPUNGE", "OK UID Expunge completed")
        expect([l for l in wire.ok("EXPUNGE") if not l.endswith(b" RECENT")], r"\* 1 EXPUNGE", "OK Expunge completed")
        # numbers of the other session stand while it uses them
        lines = other.ok("FETCH 1:3 UID")
        assert not any(b"EXPUNGE" in l for l in lines[:-1]), lines
        # and none that is gone looks as if its flags had been cleared
        lines = other.ok("FETCH 1:3 FLAGS")
        assert not any(b"(FLAGS ())" in l for l in lines), lines
        lines = []
        wait_for(lambda: lines.extend(other.ok("NOOP")) or sum(b"EXPUNGE" in l for l in lines) == 2,
                 "the other session hears of the expunge")


@suite.case
def copy_and_move():
    with Site() as site:
        wire = Wire(site)
        for _ in range(4):
            wire.append()
        wire.ok("CREATE Work")
        wire.ok("SELECT INBOX")
        expect(wire.ok("COPY 1:2,4 Work"), r"OK \[COPYUID \d+ 1:2,4 1:3\] Copy completed")
        expect(wire.ok("UID COPY 99 Work"), "OK UID Copy completed")
        expect(wire.do("COPY 1 nowhere"), r"NO \[TRYCREATE\] .*")
        lines = [l for l in wire.ok("MOVE 2:3 Work") if not l.endswith(b" RECENT")]
        expect(lines, r"\* OK \[COPYUID \d+ 2:3 4:5\] Moved UIDs.", r"\* 3 EXPUNGE",
               r"\* 2 EXPUNGE", "OK Move completed")
        expect(wire.ok("STATUS Work (MESSAGES UIDNEXT UNSEEN DELETED SIZE)"),
               r"\* STATUS Work \(MESSAGES 5 UIDNEXT 6 UNSEEN 5 DELETED 0 SIZE %d\)" % (5 * len(MESSAGE)),
               "OK Status completed")
        wire.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
        expect(wire.ok("CLOSE"), "OK Close completed")
        expect(wire.ok("STATUS INBOX (MESSAGES)"), r"\* STATUS INBOX \(MESSAGES 1\)", "OK Status completed")


@suite.case
def searches():
    with Site() as site:
        wire = Wire(site)
        for n in range(5):
            wire.append(message=MESSAGE.replace(b"one", b"number %d" % n))
        wire.ok("SELECT INBOX")
        wire.ok("STORE 2,4 +FLAGS.SILENT (\\Flagged)")
        expect(wire.ok("SEARCH FLAGGED"), r"\* SEARCH 2 4", "OK Search completed")
        expect(wire.ok("SEARCH FROM nobody"), r"\* SEARCH", "OK Search completed")
        expect(wire.ok("SEARCH OR SUBJECT \"number 0\" (NOT UID 1:4)"), r"\* SEARCH 1 5", "OK Search completed")
        expect(wire.ok("SEARCH CHARSET UTF-8 BODY {5+}\r\nHELLO 3:*"),
               r"\* SEARCH 3 4 5", "OK Search completed")
        expect(wire.do("SEARCH CHARSET KOI8-R TEXT x"), r"NO \[BADCHARSET \(UTF-8 US-ASCII\)\] .*")
        expect(wire.do("SEARCH 9"), "BAD .*Invalid messageset")
        expect(wire.ok("UID SEARCH RETURN (MIN MAX COUNT ALL) ALL"),
               r'\* ESEARCH \(TAG "t\d+"\) UID MIN 1 MAX 5 ALL 1:5 COUNT 5', "OK UID Search completed")
        expect(wire.ok("SEARCH RETURN (COUNT) FROM nobody"), r'\* ESEARCH \(TAG "t\d+"\) COUNT 0',
               "OK Search completed")
        expect(wire.ok("SEARCH RETURN (SAVE) FLAGGED"), "OK Search completed")
        expect(wire.ok("FETCH $ UID"), r"\* 2 FETCH \(UID 2\)", r"\* 4 FETCH \(UID 4\)", "OK Fetch completed")
        expect(wire.ok("SEARCH $ SUBJECT 3"), r"\* SEARCH 4", "OK Search completed")
        expect(wire.ok("SEARCH SINCE 1-Jan-1990 SENTON 24-Nov-2026 UNDELETED"), r"\* SEARCH 1 2 3 4 5",
               "OK Search completed")
        wire.ok("ENABLE IMAP4rev2")
        expect(wire.ok("SEARCH FLAGGED"), r'\* ESEARCH \(TAG "t\d+"\) ALL 2,4', "OK Search completed")


@suite.case
def lists():
    with Site() as site:
        wire = Wire(site)
        for line in wire.ok('LSUB "" *')[:-1]:
            wire.ok(b"UNSUBSCRIBE " + line.split()[-1])
        for name in "a", "a/b", "x/y/z", "&AOQ-":
            wire.ok('CREATE "%s"' % name)
        for name in "a/b", "gone/below", "x":
            wire.ok('SUBSCRIBE "%s"' % name)
        expect(wire.ok('LIST "" ""'), r'\* LIST \(\\Noselect\) "/" ""', "OK List completed")
        expect(wire.ok('LIST "" a*'), r'\* LIST \(\\HasChildren\) "/" a', r'\* LIST \(\\HasNoChildren\) "/" a/b',
               "OK List completed")
        expect(wire.ok('LIST "x/" %'), r'\* LIST \(\\Noselect \\HasChildren\) "/" x/y', "OK List completed")
        expect(wire.ok('LIST "" "&AOQ-"'), r'\* LIST \(.*\) "/" &AOQ-', "OK List completed")
        expect(wire.ok('LIST "" inbox'), r'\* LIST \(.*\) "/" INBOX', "OK List completed")
        # a subscribed name that is not there is no mailbox to list
        expect(wire.ok('LIST "" gone*'), "OK List completed")
        expect(wire.ok('LIST "" gone* RETURN (SUBSCRIBED)'), "OK List completed")
        expect(wire.ok('LSUB "" *'), r'\* LSUB \(\) "/" a/b', r'\* LSUB \(\) "/" gone/below',
               r'\* LSUB \(\) "/" x', "OK Lsub completed")
        expect(wire.ok('LSUB "" %'), r'\* LSUB \(\\Noselect\) "/" a', r'\* LSUB \(\\Noselect\) "/" gone',
               r'\* LSUB \(\) "/" x', "OK Lsub completed")
        expect(wire.ok('LIST (SUBSCRIBED) "" *'), r'\* LIST \(\\HasNoChildren \\Subscribed\) "/" a/b',
               r'\* LIST \(\\NonExistent \\HasNoChildren \\Subscribed\) "/" gone/below',
               r'\* LIST \(\\NonExistent \\HasChildren \\Subscribed\) "/" x', "OK List completed")
        expect(wire.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" (% nothing)'),
               r'\* LIST \(\\HasChildren\) "/" a \("CHILDINFO" \("SUBSCRIBED"\)\)',
               r'\* LIST \(\\NonExistent \\HasChildren\) "/" gone \("CHILDINFO" \("SUBSCRIBED"\)\)',
               r'\* LIST \(\\NonExistent \\HasChildren \\Subscribed\) "/" x', "OK List completed")
        expect(wire.ok('LIST "" a RETURN (SUBSCRIBED CHILDREN STATUS (MESSAGES))'),
               r'\* LIST \(\\HasChildren\) "/" a', r'\* STATUS a \(MESSAGES 0\)', "OK List completed")
        assert any(b"\\Sent" in l for l in wire.ok('LIST (SPECIAL-USE) "" *'))
        expect(wire.do('LIST (RECURSIVEMATCH) "" *'), "BAD .*")
        expect(wire.do('LIST "" a RETURN (NONSENSE)'), "BAD .*Unknown return option")
        wire.ok("ENABLE IMAP4rev2")
        expect(wire.ok('LIST "" "\u00e4"'), '\\* LIST \\(.*\\) "/" "\u00e4"', "OK List completed")
        expect(wire.ok("NAMESPACE"), r'\* NAMESPACE \(\("" "/"\)\) NIL NIL', "OK Namespace completed")
        wire.ok("RENAME a c")
        expect(wire.ok('LIST "" c*'), r'\* LIST \(.*\) "/" c', r'\* LIST \(.*\) "/" c/b', "OK List completed")
        expect(wire.ok("ID (\"name\" \"test\")"), r'\* ID \("name" "Selo"\)', "OK ID completed")


@suite.case
def idle_hears_and_ends():
    with Site() as site:
        wire, other = Wire(site), Wire(site)
        wire.ok("SELECT INBOX")
        tag = wire.send("IDLE")
        assert wire.line() == b"+ idling\r\n"
        other.append()
        assert wire.line() == b"* 1 EXISTS\r\n"
        other.ok("SELECT INBOX")
        other.ok("STORE 1 +FLAGS (\\Deleted)")
        lines = []
        while not lines or b"\\Deleted" not in lines[-1]:
            lines.append(wire.line())
        other.ok("EXPUNGE")
        while lines[-1] != b"* 1 EXPUNGE\r\n":
            lines.append(wire.line())
        wire.sock.sendall(b"done\r\n")
        assert wire.until(tag)[-1] == tag + b" OK Idle completed\r\n"
        tag = wire.send("IDLE")
        wire.line()
        wire.sock.sendall(b"nonsense\r\n")
        assert b" BAD Expected DONE." in wire.until(tag)[-1]


@suite.case
def pipelined_commands_run_in_order():
    with Site() as site:
        wire = Wire(site)
        wire.append()
        wire.sock.sendall(b"a SELECT INBOX\r\nb STORE 1 +FLAGS.SILENT (\\Deleted)\r\nc EXPUNGE\r\n"
                          b"d FETCH 1 FLAGS\r\ne LOGOUT\r\nf NOOP\r\n")
        rest = wire.file.read()
        tags = re.findall(rb"^([a-f]) (OK|BAD|NO)", rest, re.M)
        assert tags == [(b"a", b"OK"), (b"b", b"OK"), (b"c", b"OK"), (b"d", b"BAD"), (b"e", b"OK")], rest


@suite.case
def connections_of_a_user_are_limited():
    with Site(conf="[server]\nworkers = 1\n[plugin imap]\nmax-connections-per-user = 2\n") as site:
        one, two = Wire(site), Wire(site)
        three = Wire(site, login=False)
        expect(three.do("LOGIN ann " + PASSWORD), r"NO \[LIMIT\] .*")
        three.ok("LOGIN bob " + PASSWORD)
        one.ok("LOGOUT")
        time.sleep(0.2)
        assert Wire(site).ok("NOOP") and two.ok("NOOP")


@suite.case
def a_large_mailbox_is_told_quickly():
    with Site() as site:
        wire = Wire(site)
        for _ in range(300):
            wire.send(b"APPEND INBOX {%d+}\r\n%s" % (len(MESSAGE), MESSAGE))
        wire.until(b"t%d" % wire.n)
        wire.ok("SELECT INBOX")
        assert len(wire.ok("FETCH 1:* (UID FLAGS)")) == 301
        assert len(wire.ok("FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[])")) == 301
        wire.sock.sendall(b"".join(b"x%d UID FETCH %d BODY.PEEK[]\r\n" % (n, n) for n in range(1, 301)))
        assert wire.until(b"x300")[-1].startswith(b"x300 OK")


@suite.case
def starttls_changes_what_is_offered():
    with Site() as site:
        wire = Wire(site, login=False)
        assert b" STARTTLS " in wire.greeting, wire.greeting
        wire.ok("STARTTLS")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        wire.sock = context.wrap_socket(wire.sock)
        wire.file = wire.sock.makefile("rb")
        assert b"STARTTLS" not in wire.ok("CAPABILITY")[0]
        expect(wire.do("STARTTLS"), "BAD TLS is already active.")
        wire.ok("LOGIN ann " + PASSWORD)
        wire.append(message=b"x" * 200000 + b"\r\n")
        wire.ok("SELECT INBOX")
        assert len(wire.ok("FETCH 1 BODY.PEEK[]")[0]) > 200000


@suite.case
def idling_connections_are_kept_alive_and_told_of_the_end():
    with Site(conf="[plugin imap]\nidle-keep-alive = 1s\n") as site:
        wire = Wire(site)
        wire.ok("SELECT INBOX")
        wire.send("IDLE")
        assert wire.line() == b"+ idling\r\n"
        for _ in range(2):
            assert wire.line() == b"* OK Still here\r\n"
        site.stop()
        lines = wire.file.read().split(b"\r\n")
        assert lines[-2].startswith(b"* BYE "), lines


def with_faulty_store(faults):
    """Mail of everybody in memory, by a store that does as it is told."""
    return Site(store="memory", conf="[server]\nworkers = 1\n[store mail]\n" + faults)


@suite.case
def a_store_that_fails_is_a_temporary_error():
    operations = {"box_list": ['LIST "" *'], "msg_append": [b"APPEND INBOX {3+}\r\nx\r\n"],
                  "box_create": ["CREATE x"], "box_status": ["STATUS Trash (MESSAGES)"],
                  "box_open": ["SELECT INBOX"], "account_open": []}
    for operation, commands in operations.items():
        with with_faulty_store("fail = %s\n" % operation) as site:
            wire = Wire(site, login=False)
            reply = wire.do("LOGIN ann " + PASSWORD)[-1]
            assert reply.startswith(b"OK" if commands else b"NO [UNAVAILABLE]"), reply
            for command in commands:
                reply = wire.do(command)[-1]
                assert reply.startswith(b"NO [UNAVAILABLE]"), (operation, reply)
            assert wire.do("NOOP")[-1].startswith(b"OK")


@suite.case
def a_store_that_hangs_holds_nobody_else_up():
    with with_faulty_store("hang = msg_append\n") as site:
        wire, other = Wire(site), Wire(site, "bob")
        wire.send(b"APPEND INBOX {3+}\r\nx\r\n")
        other.ok("SELECT INBOX")
        other.ok('LIST "" *')
        wire.sock.close()
        other.ok("NOOP")


suite.main()
