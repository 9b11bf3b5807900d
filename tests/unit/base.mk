# tests/unit/base/
