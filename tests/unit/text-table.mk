# tests/unit/text-table/
