# scripts/: what make lint and make check enforce.
