# tests/unit/mail/
