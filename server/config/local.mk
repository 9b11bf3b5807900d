# server/config/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += server/config/selo-snapshot.h 
