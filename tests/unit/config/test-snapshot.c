/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * test-snapshot.c: from files to settings as roles read them: compiled, sealed, mapped; layers,
 * scopes, secrets, and every kind of fault in one run.
 */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "server/config/selo-compiler.h"
#include "server/config/selo-memory-file.h"
#include "server/config/selo-snapshot.h"
#include "tests/lib/selo-test.h"

typedef struct {
    SeloTestDir *root;
    SeloPaths *paths;
} Site;

static void
write_file(const Site *site, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(site->paths->config_dir, name, NULL);
    g_autofree char *directory = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
    g_file_set_contents(path, text, -1, &error);
    g_assert_no_error(error);
}

/* The manifests of the corpus stand for plugins; modules are not needed to compile. */
static void
enable(const Site *site, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".xml", NULL);
    g_autofree char *target =
        g_build_filename(g_getenv("SELO_SOURCE_ROOT"), "tests/unit/config/manifests", file, NULL);
    g_autofree char *link =
        g_build_filename(site->paths->config_dir, "plugins-enabled", file, NULL);

    g_assert_cmpint(symlink(target, link), ==, 0);
}

static void
set_up(Site *site, gconstpointer data)
{
    g_autofree char *directory = NULL;

    site->root = selo_test_dir_new();
    site->paths = selo_paths_new(site->root);
    directory = g_build_filename(site->paths->config_dir, "plugins-enabled", NULL);
    g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
    enable(site, "talk");
    enable(site, "keep");
    enable(site, "mark");
    enable(site, "check");
}

static void
tear_down(Site *site, gconstpointer data)
{
    selo_paths_free(site->paths);
    selo_test_dir_free(site->root);
}

static SeloSnapshot *
compile(const Site *site)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    SeloSnapshot *snapshot;
    int fd = selo_compile(site->paths, &faults, &error);

    for (guint i = 0; faults != NULL && i < faults->len; i++) {
        g_autofree char *text = selo_fault_format(faults->pdata[i]);

        g_test_message("%s", text);
    }
    g_assert_no_error(error);
    snapshot = selo_snapshot_open(fd, &error);
    close(fd);
    g_assert_no_error(error);
    return snapshot;
}

static const char good[] = "[server]\n"
                           "hostname = mail.example.org\n"
                           "[listener in]\n"
                           "plugin = talk\n"
                           "address = *:2525\n"
                           "[store mail]\n"
                           "plugin = keep\n"
                           "path = /var/mail\n"
                           "[filter first]\n"
                           "plugin = mark\n"
                           "level = 3\n"
                           "[filter first listener=in]\n"
                           "level = 4\n"
                           "[filter first domain=Example.org]\n"
                           "level = 5\n"
                           "words = c\n"
                           "[filter first user=ann@example.org]\n"
                           "level = 6\n"
                           "[plugin mark]\n"
                           "words = a, b\n"
                           "[plugin mark domain=example.net]\n"
                           "level = 7\n"
                           "[domain example.org]\n";

static void
test_values(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) snapshot = NULL;
    const SeloConf *server, *listener, *filter, *domain;
    SeloStrs list;

    write_file(site, "selo.conf", good);
    write_file(site, "conf.d/10-late.conf", "[server]\nworkers = 3\n[store mail]\nsync = no\n");
    write_file(site, "conf.d/20-later.conf", "[server]\nworkers = 4\n");
    write_file(site, "conf.d/README", "not read\n");
    snapshot = compile(site);
    server = selo_snapshot_section(snapshot, "server", "");
    g_assert_cmpstr(selo_conf_str(server, "hostname"), ==, "mail.example.org");
    g_assert_cmpint(selo_conf_int(server, "workers"), ==, 4);
    g_assert_cmpint(selo_conf_int(server, "max-message-size"), ==, 50 << 20);
    g_assert_cmpint(selo_conf_int(server, "auth-cache-ttl"), ==, 30 * G_USEC_PER_SEC);
    g_assert_null(selo_conf_str(server, "postmaster"));
    g_assert_false(selo_conf_is_set(server, "postmaster"));
    g_assert_false(selo_conf_is_set(server, "no-such-option"));

    listener = selo_snapshot_section(snapshot, "listener", "in");
    list = selo_conf_list(listener, "address");
    g_assert_cmpuint(list.n, ==, 1);
    g_assert_cmpstr(list.v[0].s, ==, "*:2525");
    g_assert_cmpstr(selo_conf_str(listener, "store"), ==, "mail"); /* the only one */
    g_assert_null(selo_conf_list(listener, "auth").v);
    g_assert_cmpstr(selo_conf_str(listener, "tone"), ==, "kind");
    g_assert_cmpstr(selo_conf_plugin(listener), ==, "talk");
    list = selo_conf_list(listener, "filters"); /* all, in declared order: check is before mark */
    g_assert_cmpuint(list.n, ==, 2);
    g_assert_cmpstr(list.v[0].s, ==, "check");
    g_assert_cmpstr(list.v[1].s, ==, "first");

    g_assert_false(selo_conf_bool(selo_snapshot_section(snapshot, "store", "mail"), "sync"));
    domain = selo_snapshot_section(snapshot, "domain", "example.org");
    g_assert_cmpstr(selo_conf_str(domain, "recipient-delimiter"), ==, "+");
    filter = selo_snapshot_section(snapshot, "filter", "first");
    g_assert_cmpint(selo_conf_int(filter, "level"), ==, 3);
    g_assert_cmpuint(selo_conf_list(filter, "words").n, ==, 2);           /* from [plugin mark] */
    g_assert_nonnull(selo_snapshot_section(snapshot, "filter", "check")); /* without a section */
    g_assert_null(selo_snapshot_section(snapshot, "filter", "nobody"));
    g_assert_nonnull(selo_snapshot_section(snapshot, "route", ""));
}

static gint64
get_level(SeloSnapshot *snapshot, const char *listener, const char *domain, const char *user)
{
    const SeloConf *conf = selo_snapshot_section(snapshot, "filter", "first");

    return selo_conf_int(selo_snapshot_scoped(snapshot, conf, listener, domain, user), "level");
}

static void
test_scopes(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) snapshot = NULL;
    const SeloConf *conf, *scoped;

    write_file(site, "selo.conf", good);
    snapshot = compile(site);
    g_assert_cmpint(get_level(snapshot, NULL, NULL, NULL), ==, 3);
    g_assert_cmpint(get_level(snapshot, "in", NULL, NULL), ==, 4);
    g_assert_cmpint(get_level(snapshot, "out", NULL, NULL), ==, 3);
    g_assert_cmpint(get_level(snapshot, "in", "example.org", NULL), ==, 5);
    g_assert_cmpint(get_level(snapshot, "in", "example.org", "ann@example.org"), ==, 6);
    g_assert_cmpint(get_level(snapshot, "in", NULL, "bob@example.org"), ==, 4);
    g_assert_cmpint(get_level(snapshot, NULL, "example.net", NULL), ==,
                    7); /* [plugin mark domain=] */
    conf = selo_snapshot_section(snapshot, "filter", "first");
    scoped = selo_snapshot_scoped(snapshot, conf, "in", "example.org", NULL);
    g_assert_cmpstr(selo_conf_list(scoped, "words").v[0].s, ==, "c");
    g_assert_cmpuint(selo_conf_list(conf, "words").n, ==, 2);
    g_assert_true(scoped == selo_snapshot_scoped(snapshot, conf, "in", "example.org", "somebody"));
    g_assert_true(conf == selo_snapshot_scoped(snapshot, conf, "x", "y", "z"));
    conf = selo_snapshot_section(snapshot, "store", "mail");
    g_assert_true(conf == selo_snapshot_scoped(snapshot, conf, "in", "example.org", NULL));
}

static void
test_plugins(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) snapshot = NULL;
    SeloSnapshotPlugin plugin;

    write_file(site, "selo.conf", good);
    snapshot = compile(site);
    g_assert_cmpuint(selo_snapshot_n_plugins(snapshot), ==, 4);
    selo_snapshot_plugin(snapshot, 0, &plugin);
    g_assert_cmpstr(plugin.name, ==, "check");
    g_assert_false(plugin.is_critical);
    g_assert_cmpuint(plugin.n_provides, ==, 1);
    g_assert_cmpstr(plugin.provides[0].model, ==, "worker-pool");
    g_assert_cmpuint(plugin.provides[0].n_threads, ==, 2);
    g_assert_cmpuint(plugin.provides[0].n_stages, ==, 1);
    g_assert_cmpstr(plugin.provides[0].stages[0].on_failure, ==, "accept");
    selo_snapshot_plugin(snapshot, 3, &plugin); /* needs a store, so comes after it */
    g_assert_cmpstr(plugin.name, ==, "talk");
    g_assert_true(plugin.is_critical);
    g_assert_true(g_str_has_suffix(plugin.module, "talk.so"));
}

static void
test_secrets(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) snapshot = NULL, other = NULL;
    g_autofree char *file = g_build_filename(site->root, "key", NULL), *text = NULL;
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    const SeloConf *tls;
    GBytes *octets;
    int fd, settings;

    g_assert_true(g_file_set_contents(file, "hunter2\n", -1, NULL));
    text = g_strdup_printf("%s[tls]\nkey = file:%s\n", good, file);
    write_file(site, "selo.conf", text);
    snapshot = compile(site);
    tls = selo_snapshot_section(snapshot, "tls", "");
    g_assert_cmpstr(selo_conf_secret(tls, "key").s, ==, "hunter2");
    g_assert_cmpuint(selo_conf_secret(tls, "key").len, ==, 7);

    /* A role that cannot read the file gets it beside the snapshot. */
    fd = selo_snapshot_collect_secrets(snapshot, &error);
    g_assert_no_error(error);
    other = compile(site);
    g_assert_cmpint(unlink(file), ==, 0);
    g_assert_true(selo_snapshot_attach_secrets(other, fd, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(selo_conf_secret(selo_snapshot_section(other, "tls", ""), "key").s, ==,
                    "hunter2");
    close(fd);

    /* The snapshot itself has no secret in it. */
    g_assert_true(g_file_set_contents(file, "hunter2\n", -1, NULL));
    settings = selo_compile(site->paths, &faults, NULL);
    octets = selo_memory_file_map(settings, 1 << 20, NULL);
    g_assert_null(memmem(g_bytes_get_data(octets, NULL), g_bytes_get_size(octets), "hunter2", 7));
    g_assert_cmpint(write(settings, "x", 1), ==, -1); /* sealed */
    g_bytes_unref(octets);
    close(settings);
}

/* Found by the check; and by the supervisor, if the file goes in between. */
static void
test_absent_secret(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) snapshot = NULL;
    g_autofree char *file = g_build_filename(site->root, "key", NULL);
    g_autofree char *text = g_strdup_printf("%s[tls]\nkey = file:%s\n", good, file);
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;

    write_file(site, "selo.conf", text);
    g_assert_cmpint(selo_compile(site->paths, &faults, NULL), ==, -1);
    g_assert_cmpuint(faults->len, ==, 1);
    g_assert_true(g_str_has_suffix(((SeloFault *) faults->pdata[0])->text,
                                   "/key: No such file or directory"));
    g_assert_true(g_file_set_contents(file, "hunter2", -1, NULL));
    snapshot = compile(site);
    g_assert_cmpint(unlink(file), ==, 0);
    g_assert_cmpint(selo_snapshot_collect_secrets(snapshot, &error), ==, -1);
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_true(g_str_has_prefix(error->message, "[tls] key: "));
}

static const char ten_faults[] = "[server]\n"
                                 "hostnam = mail.example.org\n" /* 2 */
                                 "[listener in]\n"
                                 "plugin = talk\n"
                                 "address = *:2525, *:99999\n" /* 5 */
                                 "tls = sometimes\n"           /* 6 */
                                 "store = mial\n"              /* 7 */
                                 "[listener out]\n"            /* 8: no address */
                                 "plugin = talk\n"
                                 "[store mail]\n" /* 10: no path */
                                 "plugin = keep\n"
                                 "[store other]\n"
                                 "plugin = pgsq\n" /* 13 */
                                 "[filter first]\n"
                                 "plugin = mark\n"
                                 "level = 99\n"    /* 16 */
                                 "old-level = 3\n" /* 17 */
                                 "[filter first user=ann@example.org]\n"
                                 "words = a\n"                          /* 19 */
                                 "[filter nobody domain=example.org]\n" /* 20 */
                                 "level = 3\n";

static const char *const ten_texts[] = {
    ":2: [server] hostnam: unknown key; did you mean \"hostname\"?",
    ":5: [listener in] address = *:2525, *:99999: item \"*:99999\": expected an address such as *:25 or [2001:db8::1]:25",
    ":6: [listener in] tls = sometimes: expected no, starttls or immediate",
    ":7: [listener in] store: there is no [store mial]; did you mean \"mail\"?",
    ":8: [listener out] address: missing; Addresses and ports it listens on.",
    ":10: [store mail] path: missing; Where the mail is.",
    ":13: [store other]: plugin \"pgsq\" is not installed; it is probably in the package selo-plugin-pgsq",
    ":16: [filter first] level = 99: expected a whole number, not negative, at least 1, at most 9",
    ":17: [filter first] old-level: no longer there since mark 2.0; use \"level\"",
    ":19: [filter first user=ann@example.org] words: cannot be set for one user",
    ":20: [filter nobody domain=example.org]: there is no [filter nobody] to override",
};

static void
test_faults(Site *site, gconstpointer data)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;

    write_file(site, "selo.conf", ten_faults);
    g_assert_cmpint(selo_compile(site->paths, &faults, &error), ==, -1);
    g_assert_error(error, SELO_CONFIG_ERROR, SELO_CONFIG_ERROR_FAULTY);
    for (guint i = 0; i < MIN(faults->len, G_N_ELEMENTS(ten_texts)); i++) {
        g_autofree char *text = selo_fault_format(faults->pdata[i]);

        if (!g_str_has_suffix(text, ten_texts[i]))
            g_error("expected \"%s\", got \"%s\"", ten_texts[i], text);
    }
    g_assert_cmpuint(faults->len, ==, G_N_ELEMENTS(ten_texts));
}

/* What would weaken the server in silence is a fault. */
static void
test_promises(Site *site, gconstpointer data)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        { "[server]\nsandbox = require\n",
          ":2: [server] sandbox = require: roles cannot confine themselves yet" },
        { "[plugin mark]\nisolate = yes\n",
          ":2: [plugin mark] isolate = yes: plugins cannot be isolated yet" },
        { "[plugin keep]\nisolate = yes\n",
          ":2: [plugin keep] isolate = yes: a protocol or a store cannot be isolated" },
        { "[listener in]\nproxy-protocol = yes\n",
          ":3: [listener in] proxy-protocol = yes: needs trusted-networks" },
        { "[listener two]\nplugin = talk\naddress = *:2525\n",
          ":3: [listener two] address: *:2525 is [listener in]'s already" },
        { "[filter first domain=a.example]\nnothing = 1\n",
          ":2: [filter first domain=a.example] nothing: unknown key" },
        { "[tls]\nkey = hunter2\n", /* not shown: it may be the secret itself */
          ":2: [tls] key: expected file:/path or credential:NAME" },
    };

    write_file(site, "selo.conf", good);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) faults = NULL;
        g_autofree char *text = NULL;

        write_file(site, "conf.d/1.conf", cases[i].text);
        g_assert_cmpint(selo_compile(site->paths, &faults, NULL), ==, -1);
        g_assert_cmpuint(faults->len, ==, 1);
        text = selo_fault_format(faults->pdata[0]);
        if (!g_str_has_suffix(text, cases[i].fault))
            g_error("expected \"%s\", got \"%s\"", cases[i].fault, text);
    }
}

/* A site of many domains is compiled in a time that grows with it, not with its square. */
static void
test_many_domains(Site *site, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new(good);
    g_autoptr(SeloSnapshot) snapshot = NULL;
    clock_t start = clock();

    for (guint i = 0; i < 10000; i++)
        g_string_append_printf(text, "[domain d%u.example]\nstore = mail\n", i);
    write_file(site, "selo.conf", text->str);
    snapshot = compile(site);
    g_assert_cmpuint(selo_snapshot_names(snapshot, "domain").n, ==, 10001);
    g_test_message("10000 domains in %ld ms", (long) ((clock() - start) * 1000 / CLOCKS_PER_SEC));
    g_assert_cmpstr(
        selo_conf_str(selo_snapshot_section(snapshot, "domain", "d9999.example"), "store"), ==,
        "mail");
}

static void
test_not_enabled(Site *site, gconstpointer data)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autofree char *text = NULL, *link = selo_plugin_link(site->paths, "keep");

    write_file(site, "selo.conf", good);
    g_assert_cmpint(unlink(link), ==, 0);
    g_assert_cmpint(symlink("/dev/null", link), ==, 0);
    g_assert_cmpint(selo_compile(site->paths, &faults, NULL), ==, -1);
    text =
        selo_fault_format(faults->pdata[faults->len - 1]); /* talk, which needs it, comes first */
    g_assert_nonnull(strstr(text, "plugin \"keep\" is masked; run: selo plugin enable keep"));
}

/* A plugin that is needed and cannot be had stops the start; one that is not, does not. */
static void
test_declined(Site *site, gconstpointer data)
{
    g_autoptr(GPtrArray) faults = NULL;
    g_autofree char *first = NULL, *link = selo_plugin_link(site->paths, "keep");

    write_file(site, "selo.conf", "[listener in]\nplugin = talk\naddress = *:2525\n");
    g_assert_cmpint(unlink(link), ==, 0);
    g_assert_cmpint(selo_compile(site->paths, &faults, NULL), ==, -1);
    first = selo_fault_format(faults->pdata[0]);
    g_assert_nonnull(
        strstr(first, "plugin \"talk\" is needed and declined: requires interface \"store\""));
    g_clear_pointer(&faults, g_ptr_array_unref);
    write_file(site, "selo.conf", "[server]\nworkers = 1\n");
    g_assert_cmpint(selo_compile(site->paths, &faults, NULL), >=, 0);
    g_assert_cmpuint(faults->len, ==, 1);
    g_assert_true(((SeloFault *) faults->pdata[0])->is_warning);
}

static void
test_no_file(Site *site, gconstpointer data)
{
    g_autoptr(GPtrArray) faults = NULL;

    g_assert_cmpint(selo_compile(site->paths, &faults, NULL), ==, -1);
    g_assert_cmpuint(faults->len, ==, 1);
    g_assert_true(g_str_has_suffix(((SeloFault *) faults->pdata[0])->file, "/etc/selo/selo.conf"));
}

static void
test_diff(Site *site, gconstpointer data)
{
    g_autoptr(SeloSnapshot) before = NULL, after = NULL;
    SeloConfDiff *diff;

    write_file(site, "selo.conf", good);
    before = compile(site);
    write_file(site, "conf.d/1.conf", "[filter first]\nlevel = 8\n");
    after = compile(site);
    diff = selo_conf_diff_new(before, after, "mark");
    g_assert_true(selo_conf_changed(diff, "first", "level"));
    g_assert_false(selo_conf_changed(diff, "first", "words"));
    g_assert_false(selo_conf_changed(diff, NULL, "words"));
    g_assert_cmpint(selo_conf_int(selo_conf_new(diff, "first"), "level"), ==, 8);
    g_assert_null(selo_conf_new(diff, "nobody"));
    selo_conf_diff_free(diff);
}

/* What a change costs: the worst class of what differs. */
static void
test_compare(Site *site, gconstpointer data)
{
    static const struct {
        const char *text;
        SeloReload reload;
        const char *restart; /* or NULL */
    } cases[] = {
        { "", SELO_RELOAD_LIVE, NULL },
        { "[filter first]\nlevel = 8\n", SELO_RELOAD_LIVE, NULL },
        { "[store mail]\npath = /elsewhere\n", SELO_RELOAD_GENERATION, NULL },
        { "[filter first domain=example.com]\nlevel = 8\n", SELO_RELOAD_GENERATION, NULL },
        { "[domain example.com]\n", SELO_RELOAD_GENERATION, NULL },
        { "[server]\nuser = nobody\n", SELO_RELOAD_RESTART, "[server] user" },
    };
    g_autoptr(SeloSnapshot) before = NULL;

    write_file(site, "selo.conf", good);
    before = compile(site);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) restart = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(SeloSnapshot) after = NULL;

        write_file(site, "conf.d/1.conf", cases[i].text);
        after = compile(site);
        g_assert_cmpint(selo_snapshot_compare(before, after, restart), ==, cases[i].reload);
        g_assert_cmpuint(restart->len, ==, cases[i].restart != NULL);
        if (cases[i].restart != NULL)
            g_assert_cmpstr(restart->pdata[0], ==, cases[i].restart);
    }
}

static void
test_foreign(void)
{
    g_autoptr(GError) error = NULL;
    static const char octets[64] = "something else";
    int fd = selo_memory_file_new("x", octets, sizeof octets, NULL), open_fd = memfd_create("y", 0);

    g_assert_null(selo_snapshot_open(fd, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_assert_cmpint(write(open_fd, octets, sizeof octets), ==, sizeof octets);
    g_assert_null(selo_snapshot_open(open_fd, NULL)); /* not sealed */
    close(fd);
    close(open_fd);
}

#define ADD(name) g_test_add("/config/snapshot/" #name, Site, NULL, set_up, test_##name, tear_down)

int
main(int argc, char **argv)
{
    selo_test_init(&argc, &argv);
    ADD(values);
    ADD(scopes);
    ADD(plugins);
    ADD(secrets);
    ADD(absent_secret);
    ADD(faults);
    ADD(promises);
    ADD(many_domains);
    ADD(not_enabled);
    ADD(declined);
    ADD(no_file);
    ADD(diff);
    ADD(compare);
    g_test_add_func("/config/snapshot/foreign", test_foreign);
    return g_test_run();
}
