# tests/unit/admin/
