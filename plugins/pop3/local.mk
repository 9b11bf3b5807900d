# plugins/pop3/: see its README.md.
