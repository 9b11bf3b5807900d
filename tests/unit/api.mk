# tests/unit/api/
