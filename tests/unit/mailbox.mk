# tests/unit/mailbox/
