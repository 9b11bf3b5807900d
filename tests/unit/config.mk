# tests/unit/config/
