# plugins/memory/: see its README.md.
