#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks what can be checked of the house style (docs/design.md): sizes, banned functions, heads of
files, and that server/ knows no protocol and no storage format. Speaks TAP, one line a rule."""
import glob
import os
import re
import sys

ROOT = os.environ.get("SELO_SOURCE_ROOT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
os.chdir(ROOT)
FILES = {}
for pattern in "api/**/*.[ch]", "server/**/*.[ch]", "plugins/**/*.[ch]", "tests/unit/**/*.[ch]", "tests/lib/*.[ch]", "tests/fuzz/*.[ch]":
    for name in sorted(glob.glob(pattern, recursive=True)):
        with open(name, encoding="utf-8") as source:
            FILES[name] = source.read()
CODE = {n: t for n, t in FILES.items() if not n.startswith("tests/")}


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_comments(text):
    """Comments blanked, so that lines keep their numbers."""
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def files_are_at_most_1000_lines():
    for name, text in FILES.items():
        if text.count("\n") > 1000:
            yield name, 1000, "%d lines: split it by what its parts own" % text.count("\n")


def functions_are_at_most_120_lines():
    for name, text in FILES.items():
        start = None
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start:
                if number - start > 120:
                    yield name, start, "a function of %d lines" % (number - start)
                start = None


def lines_are_at_most_120_columns():
    for name, text in CODE.items():
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > 120:
                yield name, number, "%d columns" % len(line)
            if "\t" in line:
                yield name, number, "a tab"


def files_say_their_licence_and_what_they_own():
    for name, text in FILES.items():
        if not text.startswith("/* SPDX-License-Identifier: LGPL-2.1-or-later"):
            yield name, 1, "no licence line"
        elif not re.search(r"\A/\*.*?\n \* \S", text, re.S):
            yield name, 1, "does not say what it owns"


def headers_have_pragma_once():
    for name, text in FILES.items():
        if name.endswith(".h") and "#pragma once" not in text:
            yield name, 1, "no #pragma once"


BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "atoi", "atol", "strtok", "sscanf", "system",
          "gets", "alloca", "g_main_context_iteration", "g_idle_add", "g_timeout_add",
          "g_timeout_add_seconds", "g_task_run_in_thread", "usleep", "sleep")


def banned_functions_are_not_called():
    call = re.compile(r"(?<![A-Za-z0-9_.>])(" + "|".join(BANNED) + r")\s*\(")
    for name, text in CODE.items():
        for match in call.finditer(without_comments(text)):
            yield name, line_of(text, match.start()), match[1] + "() is banned"


def server_knows_no_verb_and_no_format():
    words = re.compile(r'"(EHLO|HELO|LHLO|MAIL FROM|RCPT TO|STARTTLS|BDAT|FETCH|SELECT|EXPUNGE|UIDL|RETR|'
                       r'STLS|LOGOUT|dovecot-uidlist|maildirfolder|cur/|dovecot-keywords)\b')
    for name, text in FILES.items():
        if name.startswith(("server/", "api/lib/")):
            for match in words.finditer(without_comments(text)):
                yield name, line_of(text, match.start()), "%s belongs to a plugin" % match[1]


def goto_is_not_used():
    for name, text in CODE.items():
        for match in re.finditer(r"\bgoto\s+\w+;", without_comments(text)):
            yield name, line_of(text, match.start()), "goto"


def work_left_names_its_issue():
    for name, text in FILES.items():
        for match in re.finditer(r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))", text):
            yield name, line_of(text, match.start()), "work left without an issue number"


def code_is_not_commented_out():
    for name, text in CODE.items():
        for match in re.finditer(r"^\s*(//.*|/\*\s*(if|for|while|return|g_free|selo_\w+)\s*\(.*;\s*\*/)", text, re.M):
            yield name, line_of(text, match.start()), "commented-out code, or a // comment"
        for match in re.finditer(r"^#if 0", text, re.M):
            yield name, line_of(text, match.start()), "#if 0"


RULES = [files_are_at_most_1000_lines, functions_are_at_most_120_lines, lines_are_at_most_120_columns,
         files_say_their_licence_and_what_they_own, headers_have_pragma_once,
         banned_functions_are_not_called, server_knows_no_verb_and_no_format, goto_is_not_used,
         work_left_names_its_issue, code_is_not_commented_out]


def main():
    failed = 0
    print("1..%d" % len(RULES))
    for number, rule in enumerate(RULES, 1):
        faults = list(rule())
        for name, line, text in faults:
            print("%s:%d: %s" % (name, line, text), file=sys.stderr)
        failed += bool(faults)
        print("%s %d - %s" % ("not ok" if faults else "ok", number, rule.__name__.replace("_", " ")))
    sys.exit(failed > 0)


main()
