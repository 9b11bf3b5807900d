# tests/unit/memory/
