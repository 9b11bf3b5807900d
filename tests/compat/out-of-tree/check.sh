#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check.sh PREFIX: builds this plugin against the Selo installed under PREFIX, in a tree of its own with
# the usual three commands, enables it on a new site and sends a message through it.
set -eu
prefix=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
server=
unset SELO_BUILD_ROOT SELO_SOURCE_ROOT
PATH=$prefix/bin:$prefix/sbin:$PATH PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH
cp "$here"/configure.ac "$here"/Makefile.am "$here"/hello* "$work"
cd "$work"
mkdir -p build-aux
ACLOCAL_PATH=$prefix/share/aclocal autoreconf -i
./configure --quiet --prefix="$prefix"
make -s
make -s check
make -s install
base=${SELO_TEST_BASE:-30000}
selo site new "$work/site" --hostname mail.example.org --domain example.org --base-port "$base" --user ann:secret
selo --root "$work/site" plugin enable hello
selod --root "$work/site" > "$work/log" 2>&1 &
server=$!
n=0
until curl -sS --max-time 2 "imap://127.0.0.1:$((base + 143))/" -u ann:secret > /dev/null 2>&1; do
  n=$((n + 1))
  [ "$n" -lt 50 ] || { cat "$work/log"; exit 1; }
  sleep 0.2
done
printf 'Subject: x\r\n\r\nbody\r\n' > "$work/mail"
curl -sS "smtp://127.0.0.1:$((base + 25))" --mail-from a@b.example --mail-rcpt ann@example.org -T "$work/mail"
curl -sS "imap://127.0.0.1:$((base + 143))/INBOX;MAILINDEX=1" -u ann:secret | grep '^X-Hello: hello'
kill "$server"
wait "$server"
