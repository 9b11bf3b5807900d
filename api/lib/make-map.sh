#!/bin/sh
# make-map.sh MAJOR HEADER...: the symbol version map of libselo, from its public headers: every
# function declared there is in SELO_MAJOR.0; what selod and selo call is in SELO_PRIVATE, which the
# loader refuses to plugins.
major=$1
shift
printf 'SELO_%s.0 {\nglobal:\n' "$major"
cat "$@" | sed -n 's/^[A-Za-z].*[ *]\(selo_[a-z0-9_]*\)(.*/\1/p' | grep -v '_plugin_entry$' | LC_ALL=C sort -u | sed 's/.*/    &;/'
printf 'local:\n    *;\n};\nSELO_PRIVATE {\nglobal:\n    selo_daemon_main;\n    selo_admin_main;\n};\n'
