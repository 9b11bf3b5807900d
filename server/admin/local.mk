# server/admin/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += server/admin/selo-admin.h  server/admin/selo-admin.c
