# tests/unit/plugin/
