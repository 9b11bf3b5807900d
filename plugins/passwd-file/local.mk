# plugins/passwd-file/: see its README.md.
