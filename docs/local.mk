# docs/: for people; nothing in here is installed.
EXTRA_DIST += docs/design.md docs/logging.md docs/plugins.md
