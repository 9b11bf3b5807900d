# tests/unit/passwd-file/
