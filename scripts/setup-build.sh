#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# setup-build.sh packages|build: what ./setup run and ./setup check share: the packages that a build needs,
# and the build of ./setup run in build/run. Both are quick when there is nothing to do.
set -eu
PACKAGES="gcc make autoconf automake libtool pkg-config xsltproc libglib2.0-dev libgnutls28-dev libxml2-dev
    libcrypt-dev libsodium-dev nettle-dev libsystemd-dev curl ca-certificates"

install_packages() {
    missing=
    for package in $PACKAGES; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "installing:$missing"
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086 # words, not one word
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

build() {
    if [ ! -x configure ] || [ -n "$(find configure.ac -newer configure)" ]; then
        echo "making configure"
        autoreconf -i >/dev/null 2>&1 || autoreconf -i
    fi
    mkdir -p build/run
    if [ ! -f build/run/Makefile ]; then
        echo "configuring in build/run"
        (cd build/run && ../../configure --quiet CFLAGS="-O2 -g" >configure.log) || {
            tail -40 build/run/configure.log >&2
            return 1
        }
    fi
    echo "building in build/run"
    make -s -C build/run -j"$(nproc)" >build/run/make.log 2>&1 || {
        tail -40 build/run/make.log >&2
        return 1
    }
}

case $1 in
packages) install_packages ;;
build) build ;;
esac
