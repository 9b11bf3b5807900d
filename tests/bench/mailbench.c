/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * mailbench - a small load and timing client for IMAP, POP3, LMTP and SMTP.
 *
 * It depends on libc, pthreads and GnuTLS only, and knows nothing about the
 * server under test: point it at a host and a port.  Every result is printed
 * as one JSON object per line on standard output.
 *
 *   mailbench imap-login   -h H -p P [-s] [-c CONC] [-t SECS]
 *   mailbench imap-script  -h H -p P [-s]                  (commands on stdin)
 *   mailbench imap-append  -h H -p P [-s] [-c CONC] [-t SECS] [-b BYTES]
 *                          [-m MAILBOX] [-M MESSAGES-PER-APPEND]
 *   mailbench imap-idle    -h H -p P [-s] -n CONNECTIONS [-m MAILBOX]
 *   mailbench pop3-retr    -h H -p P [-s] [-n MESSAGES] [-c CONC]
 *   mailbench lmtp         -h H -p P [-c CONC] [-t SECS | -n MESSAGES] [-b BYTES]
 *                          [-R RCPT] [-N MESSAGES-PER-CONNECTION]
 *   mailbench smtp         same as lmtp, with EHLO
 *
 * Users: -u takes a printf template with at most one %d (default "u%d"), -U is
 * how many users there are; connection i uses user (i % U) + 1.  -w password.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RBUF (256 * 1024)

static const char *opt_host = "127.0.0.1";
static int opt_port = 143;
static int opt_tls;
static const char *opt_user = "u%d";
static int opt_nusers = 100;
static const char *opt_pass = "pass";
static int opt_conc = 1;
static double opt_secs = 10;
static int opt_bytes = 4096;
static const char *opt_mailbox = "INBOX";
static int opt_multi = 1;
static int opt_n = 1000;
static int opt_n_given;
static int opt_per_conn;	/* smtp/lmtp: messages per connection, 0 = unlimited */
static const char *opt_rcpt = "u%d";

static struct sockaddr_storage g_addr;
static socklen_t g_addrlen;
static gnutls_certificate_credentials_t g_cred;
static atomic_int g_stop;
static atomic_long g_errors;
static atomic_long g_left;	/* messages still to send, where -n limits them */

static double now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void die(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "mailbench: ");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

/* ---- connection ------------------------------------------------------- */

struct conn {
	int fd;
	gnutls_session_t tls;
	unsigned char *buf;
	size_t bufsize;
	size_t pos, end;
	uint64_t total;		/* bytes received */
	unsigned tagno;
	char last[512];		/* start of the last logical line seen */
};

static ssize_t raw_read(struct conn *c)
{
	ssize_t n;
	do {
		if (c->tls)
			n = gnutls_record_recv(c->tls, c->buf, c->bufsize);
		else
			n = read(c->fd, c->buf, c->bufsize);
	} while ((c->tls && (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)) ||
		 (!c->tls && n < 0 && errno == EINTR));
	if (n <= 0)
		return -1;
	c->pos = 0;
	c->end = n;
	c->total += n;
	return n;
}

static int raw_write(struct conn *c, const void *data, size_t len)
{
	const char *p = data;
	while (len > 0) {
		ssize_t n;
		if (c->tls)
			n = gnutls_record_send(c->tls, p, len);
		else
			n = send(c->fd, p, len, MSG_NOSIGNAL);
		if (n < 0) {
			if (c->tls ? (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
				   : errno == EINTR)
				continue;
			return -1;
		}
		p += n;
		len -= n;
	}
	return 0;
}

static int conn_open_buf(struct conn *c, size_t bufsize)
{
	int one = 1;
	memset(c, 0, sizeof(*c));
	c->fd = socket(g_addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -1;
	if (connect(c->fd, (struct sockaddr *)&g_addr, g_addrlen) < 0) {
		close(c->fd);
		c->fd = -1;
		return -1;
	}
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (opt_tls) {
		int r;
		gnutls_init(&c->tls, GNUTLS_CLIENT);
		gnutls_set_default_priority(c->tls);
		gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, g_cred);
		gnutls_transport_set_int(c->tls, c->fd);
		do
			r = gnutls_handshake(c->tls);
		while (r < 0 && !gnutls_error_is_fatal(r));
		if (r < 0) {
			gnutls_deinit(c->tls);
			close(c->fd);
			c->fd = -1;
			return -1;
		}
	}
	c->bufsize = bufsize;
	c->buf = malloc(bufsize);
	return 0;
}

static int conn_open(struct conn *c)
{
	return conn_open_buf(c, RBUF);
}

static void conn_close(struct conn *c)
{
	if (c->fd < 0)
		return;
	if (c->tls) {
		gnutls_bye(c->tls, GNUTLS_SHUT_WR);
		gnutls_deinit(c->tls);
	}
	close(c->fd);
	free(c->buf);
	c->fd = -1;
}

/* Read one CRLF line; its first bytes are kept in c->last, and its last bytes
   are examined for a literal announcement.  Returns literal size + 1 if the
   line ends in {n}, 0 for a plain line, -1 on end of stream. */
static long read_raw_line(struct conn *c, int keep)
{
	char tail[24];
	size_t tlen = 0, kept = 0;

	for (;;) {
		unsigned char *s, *nl;
		size_t n, i;
		if (c->pos == c->end && raw_read(c) < 0)
			return -1;
		s = c->buf + c->pos;
		nl = memchr(s, '\n', c->end - c->pos);
		n = nl ? (size_t)(nl - s) + 1 : c->end - c->pos;
		if (keep && kept < sizeof(c->last) - 1) {
			size_t k = sizeof(c->last) - 1 - kept;
			if (k > n)
				k = n;
			memcpy(c->last + kept, s, k);
			kept += k;
			c->last[kept] = 0;
		}
		if (n >= sizeof(tail)) {
			memcpy(tail, s + n - sizeof(tail), sizeof(tail));
			tlen = sizeof(tail);
		} else {
			if (tlen + n > sizeof(tail)) {
				size_t drop = tlen + n - sizeof(tail);
				memmove(tail, tail + drop, tlen - drop);
				tlen -= drop;
			}
			memcpy(tail + tlen, s, n);
			tlen += n;
		}
		c->pos += n;
		if (nl) {
			long v = 0, mul = 1;
			if (tlen < 4 || tail[tlen - 1] != '\n' || tail[tlen - 2] != '\r' ||
			    tail[tlen - 3] != '}')
				return 0;
			for (i = tlen - 4; isdigit((unsigned char)tail[i]); i--) {
				v += (tail[i] - '0') * mul;
				mul *= 10;
				if (i == 0)
					return 0;
			}
			return tail[i] == '{' && mul > 1 ? v + 1 : 0;
		}
	}
}

static int skip_bytes(struct conn *c, long n)
{
	while (n > 0) {
		size_t avail;
		if (c->pos == c->end && raw_read(c) < 0)
			return -1;
		avail = c->end - c->pos;
		if ((long)avail > n)
			avail = n;
		c->pos += avail;
		n -= avail;
	}
	return 0;
}

/* One logical IMAP line, literals included (and skipped). */
static int imap_line(struct conn *c)
{
	long lit = read_raw_line(c, 1);
	while (lit > 0) {
		if (skip_bytes(c, lit - 1) < 0)
			return -1;
		lit = read_raw_line(c, 0);
	}
	return lit < 0 ? -1 : 0;
}

static int conn_printf(struct conn *c, const char *fmt, ...)
{
	char b[4096];
	va_list ap;
	int n;
	va_start(ap, fmt);
	n = vsnprintf(b, sizeof(b), fmt, ap);
	va_end(ap);
	return raw_write(c, b, n);
}

/* Wait for the tagged reply; returns 1 for OK, 0 for NO/BAD, -1 for EOF. */
static int imap_wait(struct conn *c, const char *tag, long *untagged)
{
	size_t tl = strlen(tag);
	for (;;) {
		if (imap_line(c) < 0)
			return -1;
		if (!strncmp(c->last, tag, tl) && c->last[tl] == ' ')
			return !strncasecmp(c->last + tl + 1, "OK", 2);
		if (untagged && c->last[0] == '*')
			++*untagged;
	}
}

static int imap_cmd(struct conn *c, const char *fmt, ...)
{
	char b[4096], tag[16];
	va_list ap;
	int n;
	snprintf(tag, sizeof(tag), "a%u", ++c->tagno);
	n = snprintf(b, sizeof(b), "%s ", tag);
	va_start(ap, fmt);
	n += vsnprintf(b + n, sizeof(b) - n - 3, fmt, ap);
	va_end(ap);
	memcpy(b + n, "\r\n", 2);
	if (raw_write(c, b, n + 2) < 0)
		return -1;
	return imap_wait(c, tag, NULL);
}

static void fmt_user(char *dst, size_t size, const char *tmpl, int i)
{
	const char *p = strstr(tmpl, "%d");
	if (p)
		snprintf(dst, size, "%.*s%d%s", (int)(p - tmpl), tmpl, i % opt_nusers + 1, p + 2);
	else
		snprintf(dst, size, "%s", tmpl);
}

static int imap_login(struct conn *c, int i)
{
	char user[128];
	fmt_user(user, sizeof(user), opt_user, i);
	if (imap_line(c) < 0 || strncmp(c->last, "* OK", 4) != 0)
		return -1;
	return imap_cmd(c, "LOGIN %s %s", user, opt_pass) == 1 ? 0 : -1;
}

/* ---- threads ---------------------------------------------------------- */

struct worker {
	pthread_t th;
	int id;
	long count;
	uint64_t bytes;
	double *lat;
	size_t nlat, alat;
};

static void add_lat(struct worker *w, double v)
{
	if (w->nlat == w->alat) {
		w->alat = w->alat ? w->alat * 2 : 1024;
		w->lat = realloc(w->lat, w->alat * sizeof(double));
	}
	w->lat[w->nlat++] = v;
}

static int cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double self_cpu(void)
{
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6 +
	       ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6;
}

static int run_workers(const char *name, void *(*fn)(void *), int timed)
{
	struct worker *w = calloc(opt_conc, sizeof(*w));
	double t0 = now(), t1, *all;
	long total = 0;
	uint64_t bytes = 0;
	size_t n = 0;
	pthread_attr_t at;

	pthread_attr_init(&at);
	pthread_attr_setstacksize(&at, 256 * 1024);
	for (int i = 0; i < opt_conc; i++) {
		w[i].id = i;
		if (pthread_create(&w[i].th, &at, fn, &w[i]) != 0)
			die("pthread_create");
	}
	if (timed) {
		double end = t0 + opt_secs;
		while (now() < end)
			usleep(5000);
		g_stop = 1;
	}
	for (int i = 0; i < opt_conc; i++) {
		pthread_join(w[i].th, NULL);
		total += w[i].count;
		bytes += w[i].bytes;
		n += w[i].nlat;
	}
	t1 = now();
	all = malloc((n + 1) * sizeof(double));
	n = 0;
	for (int i = 0; i < opt_conc; i++)
		for (size_t k = 0; k < w[i].nlat; k++)
			all[n++] = w[i].lat[k];
	qsort(all, n, sizeof(double), cmp_double);
	printf("{\"op\":\"%s\",\"conc\":%d,\"tls\":%d,\"count\":%ld,\"secs\":%.3f,"
	       "\"per_sec\":%.1f,\"bytes\":%llu,\"errors\":%ld,\"p50_ms\":%.3f,"
	       "\"p99_ms\":%.3f,\"client_cpu\":%.2f}\n",
	       name, opt_conc, opt_tls, total, t1 - t0, total / (t1 - t0),
	       (unsigned long long)bytes, (long)g_errors,
	       n ? all[n / 2] * 1e3 : 0, n ? all[n * 99 / 100] * 1e3 : 0, self_cpu());
	fflush(stdout);
	return total > 0 ? 0 : 1;
}

/* ---- IMAP modes ------------------------------------------------------- */

static void *login_worker(void *arg)
{
	struct worker *w = arg;
	int i = w->id;
	while (!g_stop) {
		struct conn c;
		double t = now();
		if (conn_open_buf(&c, 8192) < 0) {
			g_errors++;
			usleep(1000);
			continue;
		}
		if (imap_login(&c, i) < 0 || imap_cmd(&c, "LOGOUT") != 1) {
			g_errors++;
		} else {
			w->count++;
			add_lat(w, now() - t);
		}
		conn_close(&c);
		i += opt_conc;
	}
	return NULL;
}

static int mode_script(void)
{
	struct conn c;
	char line[8192];
	int rc = 0;

	if (conn_open(&c) < 0)
		die("connect: %s", strerror(errno));
	if (imap_login(&c, 0) < 0)
		die("login failed: %s", c.last);
	while (fgets(line, sizeof(line), stdin)) {
		char tag[16];
		long untagged = 0;
		uint64_t b0 = c.total;
		double t0, t1;
		int r;
		size_t n = strcspn(line, "\r\n");
		line[n] = 0;
		if (n == 0 || line[0] == '#')
			continue;
		snprintf(tag, sizeof(tag), "s%u", ++c.tagno);
		t0 = now();
		if (conn_printf(&c, "%s %s\r\n", tag, line) < 0)
			die("write");
		r = imap_wait(&c, tag, &untagged);
		t1 = now();
		if (r < 0)
			die("connection lost during: %s", line);
		if (r == 0)
			rc = 2;
		c.last[strcspn(c.last, "\r\n")] = 0;
		for (char *p = line; *p; p++)
			if (*p == '"' || *p == '\\')
				*p = '\'';
		for (char *p = c.last; *p; p++)
			if (*p == '"' || *p == '\\' || (unsigned char)*p < 32)
				*p = '\'';
		printf("{\"cmd\":\"%s\",\"ms\":%.3f,\"bytes\":%llu,\"untagged\":%ld,"
		       "\"ok\":%d,\"reply\":\"%.160s\"}\n",
		       line, (t1 - t0) * 1e3, (unsigned long long)(c.total - b0),
		       untagged, r, c.last);
		fflush(stdout);
	}
	imap_cmd(&c, "LOGOUT");
	conn_close(&c);
	return rc;
}

static char *make_message(int bytes, int seed, size_t *len_r)
{
	char *m = malloc(bytes + 1024);
	size_t n = sprintf(m,
		"From: Sender %d <sender%d@example.org>\r\n"
		"To: Receiver <receiver@example.net>\r\n"
		"Subject: load test message number %d\r\n"
		"Date: Mon, 02 Mar 2026 10:%02d:%02d +0000\r\n"
		"Message-ID: <mb.%d.%d.%ld@example.org>\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"\r\n", seed, seed % 97, seed, seed / 60 % 60, seed % 60, seed,
		(int)getpid(), (long)time(NULL));
	unsigned x = seed * 2654435761u + 12345;
	while (n + 2 < (size_t)bytes) {
		size_t room = bytes - n - 2, l = room > 70 ? 70 : room;
		for (size_t k = 0; k < l; k++) {
			x = x * 1103515245u + 12345;
			m[n + k] = (x >> 16) % 7 == 0 ? ' ' : 'a' + (x >> 16) % 26;
		}
		m[n] = 'x';	/* never a leading dot */
		n += l;
		memcpy(m + n, "\r\n", 2);
		n += 2;
	}
	*len_r = n;
	return m;
}

static void *append_worker(void *arg)
{
	struct worker *w = arg;
	struct conn c;
	size_t len;
	char *msg = make_message(opt_bytes, w->id, &len);

	if (conn_open(&c) < 0 || imap_login(&c, w->id) < 0) {
		g_errors++;
		return NULL;
	}
	while (!g_stop) {
		char tag[16];
		double t = now();
		int bad = 0;
		snprintf(tag, sizeof(tag), "a%u", ++c.tagno);
		conn_printf(&c, "%s APPEND %s", tag, opt_mailbox);
		for (int i = 0; i < opt_multi && !bad; i++) {
			conn_printf(&c, " (\\Seen) {%zu}\r\n", len);
			if (imap_line(&c) < 0 || c.last[0] != '+')
				bad = 1;
			else
				raw_write(&c, msg, len);
		}
		if (!bad)
			raw_write(&c, "\r\n", 2);
		if (bad || imap_wait(&c, tag, NULL) != 1) {
			g_errors++;
			fprintf(stderr, "append: %s", c.last);
			break;
		}
		w->count += opt_multi;
		w->bytes += len * opt_multi;
		add_lat(w, now() - t);
	}
	imap_cmd(&c, "LOGOUT");
	conn_close(&c);
	return NULL;
}

static int mode_idle(void)
{
	struct conn *cs = calloc(opt_n, sizeof(*cs));
	double t0 = now();
	int ok = 0, i;
	char b[64];

	for (i = 0; i < opt_n; i++) {
		struct conn *c = &cs[i];
		if (conn_open_buf(c, 2048) < 0) {
			fprintf(stderr, "connect %d: %s\n", i, strerror(errno));
			break;
		}
		if (imap_login(c, i) < 0) {
			fprintf(stderr, "login %d: %s\n", i, c->last);
			break;
		}
		if (imap_cmd(c, "SELECT %s", opt_mailbox) != 1)
			break;
		conn_printf(c, "i IDLE\r\n");
		do {
			if (imap_line(c) < 0)
				break;
		} while (c->last[0] == '*');
		if (c->last[0] != '+')
			break;
		ok++;
	}
	printf("{\"op\":\"imap-idle\",\"tls\":%d,\"connections\":%d,\"secs\":%.2f}\n",
	       opt_tls, ok, now() - t0);
	fflush(stdout);
	/* hold until our standard input is closed or gets a line */
	if (!fgets(b, sizeof(b), stdin))
		b[0] = 0;
	t0 = now();
	if (b[0] == 'd') {	/* "done": end IDLE politely and time the wake-up */
		int good = 0;
		for (i = 0; i < ok; i++) {
			conn_printf(&cs[i], "DONE\r\n");
			if (imap_wait(&cs[i], "i", NULL) == 1)
				good++;
		}
		printf("{\"op\":\"idle-done\",\"ok\":%d,\"secs\":%.2f}\n", good, now() - t0);
	}
	return ok == opt_n ? 0 : 1;
}

/* ---- POP3 ------------------------------------------------------------- */

static int pop_ok(struct conn *c)
{
	return read_raw_line(c, 1) >= 0 && c->last[0] == '+' ? 0 : -1;
}

static void *pop3_worker(void *arg)
{
	struct worker *w = arg;
	struct conn c;
	char user[128];
	int n, have = 0;

	fmt_user(user, sizeof(user), opt_user, w->id);
	if (conn_open(&c) < 0 || pop_ok(&c) < 0)
		goto bad;
	conn_printf(&c, "USER %s\r\n", user);
	if (pop_ok(&c) < 0)
		goto bad;
	conn_printf(&c, "PASS %s\r\n", opt_pass);
	if (pop_ok(&c) < 0)
		goto bad;
	conn_printf(&c, "STAT\r\n");
	if (pop_ok(&c) < 0)
		goto bad;
	sscanf(c.last, "+OK %d", &have);
	n = have < opt_n ? have : opt_n;
	for (int i = 1; i <= n; i++) {
		double t = now();
		conn_printf(&c, "RETR %d\r\n", i);
		if (pop_ok(&c) < 0)
			goto bad;
		do {
			if (read_raw_line(&c, 1) < 0)
				goto bad;
		} while (!(c.last[0] == '.' && (c.last[1] == '\r' || c.last[1] == '\n')));
		w->count++;
		add_lat(w, now() - t);
	}
	w->bytes = c.total;
	conn_printf(&c, "QUIT\r\n");
	pop_ok(&c);
	conn_close(&c);
	return NULL;
bad:
	g_errors++;
	return NULL;
}

/* ---- LMTP / SMTP ------------------------------------------------------ */

static const char *g_hello = "LHLO";

static int smtp_reply(struct conn *c)
{
	do {
		if (read_raw_line(c, 1) < 0)
			return -1;
	} while (strlen(c->last) > 3 && c->last[3] == '-');
	return atoi(c->last);
}

static void *smtp_worker(void *arg)
{
	struct worker *w = arg;
	struct conn c = { .fd = -1 };
	size_t len;
	char *msg = make_message(opt_bytes, w->id, &len), rcpt[160];
	int seq = w->id, on_conn = 0;

	while (!g_stop) {
		double t = now();
		if (opt_n_given && atomic_fetch_sub(&g_left, 1) <= 0)
			break;
		if (c.fd < 0) {
			if (conn_open(&c) < 0 || smtp_reply(&c) != 220) {
				g_errors++;
				usleep(10000);
				conn_close(&c);
				continue;
			}
			conn_printf(&c, "%s bench.example.org\r\n", g_hello);
			if (smtp_reply(&c) != 250)
				goto bad;
			on_conn = 0;
		}
		fmt_user(rcpt, sizeof(rcpt), opt_rcpt, seq);
		seq += opt_conc;
		conn_printf(&c, "MAIL FROM:<sender@example.org>\r\n");
		if (smtp_reply(&c) != 250)
			goto bad;
		conn_printf(&c, "RCPT TO:<%s>\r\n", rcpt);
		if (smtp_reply(&c) != 250)
			goto bad;
		conn_printf(&c, "DATA\r\n");
		if (smtp_reply(&c) != 354)
			goto bad;
		raw_write(&c, msg, len);
		raw_write(&c, ".\r\n", 3);
		if (smtp_reply(&c) != 250)
			goto bad;
		w->count++;
		w->bytes += len;
		add_lat(w, now() - t);
		if (opt_per_conn && ++on_conn >= opt_per_conn) {
			conn_printf(&c, "QUIT\r\n");
			smtp_reply(&c);
			conn_close(&c);
		}
		continue;
bad:
		g_errors++;
		fprintf(stderr, "%s: %s", g_hello, c.last);
		conn_close(&c);
		usleep(10000);
	}
	if (c.fd >= 0) {
		conn_printf(&c, "QUIT\r\n");
		smtp_reply(&c);
		conn_close(&c);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	struct rlimit rl;
	char port[16];
	const char *mode;
	int o;

	if (argc < 2)
		die("usage: mailbench MODE [options] (see the top of the source)");
	mode = argv[1];
	while ((o = getopt(argc - 1, argv + 1, "h:p:su:U:w:c:t:b:m:M:n:R:N:")) != -1) {
		switch (o) {
		case 'h': opt_host = optarg; break;
		case 'p': opt_port = atoi(optarg); break;
		case 's': opt_tls = 1; break;
		case 'u': opt_user = optarg; break;
		case 'U': opt_nusers = atoi(optarg); break;
		case 'w': opt_pass = optarg; break;
		case 'c': opt_conc = atoi(optarg); break;
		case 't': opt_secs = atof(optarg); break;
		case 'b': opt_bytes = atoi(optarg); break;
		case 'm': opt_mailbox = optarg; break;
		case 'M': opt_multi = atoi(optarg); break;
		case 'n': opt_n = atoi(optarg); opt_n_given = 1; break;
		case 'R': opt_rcpt = optarg; break;
		case 'N': opt_per_conn = atoi(optarg); break;
		default: return 1;
		}
	}
	signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	snprintf(port, sizeof(port), "%d", opt_port);
	if (getaddrinfo(opt_host, port, &hints, &ai) != 0)
		die("cannot resolve %s", opt_host);
	memcpy(&g_addr, ai->ai_addr, ai->ai_addrlen);
	g_addrlen = ai->ai_addrlen;
	if (opt_tls)
		gnutls_certificate_allocate_credentials(&g_cred);

	if (!strcmp(mode, "imap-login"))
		return run_workers(mode, login_worker, 1);
	if (!strcmp(mode, "imap-script"))
		return mode_script();
	if (!strcmp(mode, "imap-append"))
		return run_workers(mode, append_worker, 1);
	if (!strcmp(mode, "imap-idle"))
		return mode_idle();
	if (!strcmp(mode, "pop3-retr"))
		return run_workers(mode, pop3_worker, 0);
	if (!strcmp(mode, "smtp"))
		g_hello = "EHLO";
	g_left = opt_n;
	if (!strcmp(mode, "smtp") || !strcmp(mode, "lmtp"))
		return run_workers(mode, smtp_worker, !opt_n_given);
	die("unknown mode %s", mode);
}
