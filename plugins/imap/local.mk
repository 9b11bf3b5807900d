# plugins/imap/: see its README.md.
