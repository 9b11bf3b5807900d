# plugins/maildir/: see its README.md.
