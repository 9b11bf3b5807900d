# server/plugin/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += server/plugin/selo-registry.h 
