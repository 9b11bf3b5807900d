# tests/unit/stamp/
