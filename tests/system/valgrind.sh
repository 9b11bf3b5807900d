#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# valgrind.sh: all roles in one process under memcheck, with mail in and out; any error or leak fails.
set -eu
site=$(mktemp -d)
log=$site/valgrind.log
trap 'rm -rf "$site"' EXIT
base=${SELO_TEST_BASE:-31000}
"$SELO_BUILD_ROOT/selo" site new "$site" --hostname mail.example.org --domain example.org --base-port "$base" \
  --user ann:secret
G_SLICE=always-malloc "$SELO_BUILD_ROOT/libtool" --mode=execute valgrind --quiet --leak-check=full \
  --errors-for-leak-kinds=definite --error-exitcode=99 --log-file="$log" --num-callers=30 \
  --suppressions="$SELO_SOURCE_ROOT/tests/system/valgrind.supp" \
  "$SELO_BUILD_ROOT/selod" --root "$site" --single > "$site/out" 2>&1 &
server=$!
n=0
until curl -sS --max-time 5 "imap://127.0.0.1:$((base + 143))/" -u ann:secret > /dev/null 2>&1; do
  n=$((n + 1))
  [ "$n" -lt 100 ] || { cat "$site/out" "$log"; exit 1; }
  sleep 0.3
done
printf 'From: bob@example.org\r\nSubject: x\r\n\r\nbody\r\n' > "$site/mail"
curl -sS "smtp://127.0.0.1:$((base + 25))" --mail-from a@b.example --mail-rcpt ann@example.org -T "$site/mail"
curl -sS -k --ssl-reqd "smtp://127.0.0.1:$((base + 587))" -u ann:secret --mail-from ann@example.org \
  --mail-rcpt ann@example.org -T "$site/mail"
curl -sS -k "imaps://127.0.0.1:$((base + 993))/INBOX;MAILINDEX=1" -u ann:secret > /dev/null
curl -sS "imap://127.0.0.1:$((base + 143))/INBOX" -u ann:secret -X 'SEARCH TEXT body' > /dev/null
curl -sS "imap://127.0.0.1:$((base + 143))/INBOX" -u ann:wrong > /dev/null 2>&1 && exit 1
curl -sS -k "pop3s://127.0.0.1:$((base + 995))/1" -u ann:secret > /dev/null
kill "$server"
status=0
wait "$server" || status=$?
cat "$log"
exit "$status"
