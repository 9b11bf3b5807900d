# tests/unit/smtp/
