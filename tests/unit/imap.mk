# tests/unit/imap/
