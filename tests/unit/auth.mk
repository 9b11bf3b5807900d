# tests/unit/auth/
