# scripts/: what make check and make lint enforce.
TESTS += scripts/check-style.py scripts/check-headers.sh
EXTRA_DIST += scripts/check-style.py scripts/check-headers.sh scripts/setup-build.sh scripts/setup-check.sh scripts/setup-run.sh .clang-format

# Slower analysis: every finding is a fault. The analyzer's checkers of memory and null pointers are left
# out: they know neither cleanup attributes nor reference counts. The sanitizers and memcheck do.
LINT_CHECKS = -*,bugprone-*,misc-header-include-cycle,clang-analyzer-security.*,-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,-bugprone-reserved-identifier,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-branch-clone,-bugprone-sizeof-expression,-bugprone-assignment-in-if-condition,-bugprone-implicit-widening-of-multiplication-result
lint: $(BUILT_SOURCES)
	$(PYTHON) $(srcdir)/scripts/check-style.py
	@which clang-tidy > /dev/null || { echo "lint needs clang-tidy (Debian: clang-tidy)"; exit 1; }
	cd $(srcdir) && clang-tidy --quiet --warnings-as-errors='*' \
	  --checks='$(LINT_CHECKS)' \
	  $$(git ls-files 'api/*.c' 'server/*.c' 'plugins/*.c') -- -std=gnu17 -I. -I$(abs_builddir) -Iapi -I$(abs_builddir)/api \
	  -D_GNU_SOURCE -DG_LOG_DOMAIN='"selo"' -DG_LOG_USE_STRUCTURED $(filter -DSELO_%,$(libselo_core_la_CPPFLAGS)) $(GLIB_CFLAGS) $(GNUTLS_CFLAGS) $(XML_CFLAGS)
.PHONY: lint
