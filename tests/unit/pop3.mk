# tests/unit/pop3/
