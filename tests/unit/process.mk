# tests/unit/process/
