# tests/unit/maildir/
