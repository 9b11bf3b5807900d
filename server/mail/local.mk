# server/mail/: transaction, filter chain, routing, delivery. See docs/design.md, "A message's way".
libselo_core_la_SOURCES += \
	server/mail/selo-commit.c server/mail/selo-commit.h \
	server/mail/selo-delivery.c server/mail/selo-delivery.h \
	server/mail/selo-filter-chain.c server/mail/selo-filter-chain.h \
	server/mail/selo-mail-answer.c \
	server/mail/selo-mail-peer.c \
	server/mail/selo-message-edit.c server/mail/selo-message-edit.h \
	server/mail/selo-routing.c server/mail/selo-routing.h \
	server/mail/selo-trace.c server/mail/selo-trace.h \
	server/mail/selo-transaction.c server/mail/selo-transaction-private.h
