# tests/compat/
