# server/base/: see docs/design.md, "The tree".
libselo_core_la_SOURCES += server/base/selo-event.h server/base/selo-paths.h 
