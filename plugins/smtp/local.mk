# plugins/smtp/: see its README.md.
