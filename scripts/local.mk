# scripts/: what make check and make lint enforce.
TESTS += scripts/check-style.py scripts/check-headers.sh
EXTRA_DIST += scripts/check-style.py scripts/check-headers.sh scripts/setup-build.sh scripts/setup-check.sh scripts/setup-run.sh .clang-format

# Slower analysis, for people and CI: every finding is a fault.
lint: $(BUILT_SOURCES)
	$(PYTHON) $(srcdir)/scripts/check-style.py
	@which clang-tidy > /dev/null || { echo "lint needs clang-tidy (Debian: clang-tidy)"; exit 1; }
	cd $(srcdir) && clang-tidy --quiet --warnings-as-errors='*' \
	  --checks='-*,bugprone-*,clang-analyzer-*,misc-header-include-cycle,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-branch-clone,-bugprone-sizeof-expression,-bugprone-assignment-in-if-condition,-bugprone-implicit-widening-of-multiplication-result' \
	  $$(git ls-files 'api/*.c' 'server/*.c' 'plugins/*.c') -- -std=gnu17 -I. -I$(abs_builddir) -Iapi -I$(abs_builddir)/api \
	  -D_GNU_SOURCE -DG_LOG_DOMAIN='"selo"' -DG_LOG_USE_STRUCTURED $(GLIB_CFLAGS) $(GNUTLS_CFLAGS) $(XML_CFLAGS)
.PHONY: lint
