#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# setup-run.sh: builds, makes the trial site ./var at the first start, runs it in the foreground.
#
# Root does not run the trial as root if it need not: who called sudo builds and runs it; else the account
# "selo" owns the mail, if it can reach this directory.
set -eu
SITE=$PWD/var
DOMAIN=example.org
USER_NAME=ann
BASE_PORT=${SELO_BASE_PORT:-10000}

become_caller() {
    [ "$(id -u)" = 0 ] && [ -n "${SUDO_UID:-}" ] && [ "$SUDO_UID" != 0 ] || return 0
    mkdir -p build
    chown -R "$SUDO_UID:$SUDO_GID" build autom4te.cache 2>/dev/null || true
    exec setpriv --reuid "$SUDO_UID" --regid "$SUDO_GID" --init-groups sh "$0"
}

# The account that root gives the mail to.
find_account() {
    [ "$(id -u)" = 0 ] || return 0
    getent passwd selo >/dev/null || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin selo
    if setpriv --reuid selo --regid selo --init-groups test -x build/run/selod 2>/dev/null; then
        echo selo
    else
        echo root
    fi
}

make_site() {
    [ -f "$SITE/etc/selo/selo.conf" ] && return 0
    password=$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')
    account=$(find_account)
    # shellcheck disable=SC2086 # the option is there or not
    build/run/selo site new "$SITE" --hostname "mail.$DOMAIN" --domain "$DOMAIN" --base-port "$BASE_PORT" \
        --user "$USER_NAME:$password" ${account:+--run-as "$account"}
    (umask 077 && echo "$password" >"$SITE/password")
}

# Waits until the server answers, then tells what to do with it.
invite() {
    for _ in $(seq 300); do
        build/run/selo --root "$SITE" status >/dev/null 2>&1 && break
        kill -0 "$1" 2>/dev/null || return
        sleep 0.1
    done
    port() { sed -n "/^\[listener $1\]/,/^$/s/^address = [^:]*:\([0-9]*\)$/\1/p" "$SITE/etc/selo/selo.conf"; }
    password=$(cat "$SITE/password")
    cat <<END

Selo serves $DOMAIN on 127.0.0.1:
    SMTP $(port mx)   submission $(port submission), $(port submissions) (TLS)   LMTP $(port lmtp)
    IMAP $(port imap), $(port imaps) (TLS)   POP3 $(port pop3), $(port pop3s) (TLS)
    user $USER_NAME (or $USER_NAME@$DOMAIN), password $password

Three commands to try, in another terminal:

    printf 'From: you@example.com\r\nTo: $USER_NAME@$DOMAIN\r\nSubject: Hello\r\n\r\nIt works.\r\n' | curl -sS smtp://127.0.0.1:$(port mx) --mail-from you@example.com --mail-rcpt $USER_NAME@$DOMAIN -T -

    curl -sS -u '$USER_NAME:$password' 'imap://127.0.0.1:$(port imap)/INBOX;MAILINDEX=1'

    $PWD/build/run/selo --root $SITE status

Configuration: $SITE/etc/selo/selo.conf   log: $SITE/var/log/selo/selo.log   Ctrl-C ends it.
END
}

[ -n "${SELO_SETUP_PACKAGES:-}" ] || sh scripts/setup-build.sh packages
SELO_SETUP_PACKAGES=done
export SELO_SETUP_PACKAGES
become_caller
sh scripts/setup-build.sh build
make_site
invite $$ &
exec build/run/selod --root "$SITE"
