#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# check-headers.sh: each public header compiles alone, without hidden padding (docs/plugins.md, ABI rule 2).
cd "${SELO_BUILD_ROOT:-.}" || exit 1
cc=${CC:-cc}
flags="-std=gnu17 -Wall -Wextra -Wpadded -Werror -I${SELO_SOURCE_ROOT:-.}/api -Iapi $(pkg-config --cflags glib-2.0 | sed "s/-I/-isystem /g")"
headers=$(cd "${SELO_SOURCE_ROOT:-.}/api" && ls selo/*.h; cd "$OLDPWD/api" && ls selo/*.h)
set -- $(printf '%s\n' $headers | sort -u)
echo "1..$#"
n=0
for header; do
  n=$((n + 1))
  if printf '#include <%s>\n' "$header" | $cc $flags -fsyntax-only -x c - >&2; then
    echo "ok $n - $header compiles alone, without padding"
  else
    echo "not ok $n - $header compiles alone, without padding"
  fi
done
