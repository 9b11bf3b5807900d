# plugins/text-table/: see its README.md.
