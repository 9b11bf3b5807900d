/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-supervisor.c: signals and the order of things: compile, bind, start a generation, tell the
 * service manager; on reload the same beside what runs, and only when the new generation is ready does
 * the old one drain. Whatever fails on the way leaves the old one as it was.
 */
#include "config.h"

#include "server/process/selo-supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/admin/selo-control.h"
#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/process/selo-compile.h"
#include "server/process/selo-component.h"
#include "server/process/selo-generation.h"
#include "server/process/selo-notify.h"
#include "server/process/selo-privileges.h"

#define STOP_USEC   (8 * G_USEC_PER_SEC) /* roles take 5 s for their sessions */
#define STATUS_USEC G_USEC_PER_SEC       /* for roles to answer */

typedef struct {
    SeloReloadedFunc reloaded;
    void *data;
} ReloadWaiter;

typedef struct {
    SeloStatusFunc told;
    void *data;
} StatusWaiter;

struct SeloSupervisor {
    SeloSupervisorOptions options;
    SeloLoop *loop;
    SeloSockets *sockets;
    SeloControl *control;
    int signal_fd, log_fd;
    char *log_path;                 /* NULL = standard error */
    char *log_level;                /* set by the admin; NULL = as configured */
    GPtrArray *generations;         /* of SeloGeneration, oldest first */
    SeloGeneration *current, *next; /* in the array: serving; being started */
    uint32_t n_generations;
    SeloCompile *compile;
    GArray *reload_waiters, *status_waiters;
    gboolean is_reload_again; /* asked for while one was under way */
    gboolean is_stopping;
    int exit_status;
    SeloTimer stop_limit, status_limit, watchdog;
    guint n_unanswered;
    gint64 started;
};

static void begin_reload(SeloSupervisor *self);
static void tell_status(void *data);

/* ---- the log ---- */

static void
set_level(SeloSupervisor *self)
{
    GLogLevelFlags level = G_LOG_LEVEL_INFO;
    const char *name = self->log_level;

    if (name == NULL && self->current != NULL)
        name = selo_conf_str(
            selo_snapshot_section(selo_generation_snapshot(self->current), "server", ""),
            "log-level");
    if (name != NULL)
        selo_event_parse_level(name, &level);
    selo_event_start("selod", self->log_fd, level);
}

/* Follows a link only if it was made by whoever runs the server: where the mail user may write, a link
 * of his could lead root to any file. */
static int
open_log_file(const char *path)
{
    struct stat status;
    gboolean is_link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
    gboolean is_ours = is_link && (status.st_uid == 0 || status.st_uid == geteuid());

    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (is_ours ? 0 : O_NOFOLLOW), 0640);
}

/* A log that cannot be opened is no reason not to serve: the old place is kept. */
static void
open_log(SeloSupervisor *self)
{
    int fd;

    if (self->log_path == NULL)
        return;
    fd = open_log_file(self->log_path);
    if (fd < 0) {
        selo_event(G_LOG_LEVEL_WARNING, "log-failed", NULL, "path", self->log_path, "reason",
                   g_strerror(errno), NULL);
        return;
    }
    selo_event_set_fd(fd);
    for (guint i = 0; i < self->generations->len; i++)
        selo_generation_set_log(self->generations->pdata[i], fd);
    if (self->log_fd != STDERR_FILENO)
        close(self->log_fd);
    self->log_fd = fd;
}

static void
configure_log(SeloSupervisor *self, SeloSnapshot *snapshot)
{
    const SeloConf *server = selo_snapshot_section(snapshot, "server", "");
    const char *path = selo_conf_str(server, "log-path");
    g_autofree char *wanted = NULL;

    if (!self->options.is_log_stderr && strcmp(selo_conf_str(server, "log"), "file") == 0)
        wanted = path != NULL ? g_strdup(path)
                              : g_build_filename(self->options.paths->log_dir, "selo.log", NULL);
    if (g_strcmp0(wanted, self->log_path) == 0)
        return;
    g_free(self->log_path);
    self->log_path = g_steal_pointer(&wanted);
    open_log(self);
}

void
selo_supervisor_reopen_log(SeloSupervisor *self)
{
    open_log(self);
    selo_event(G_LOG_LEVEL_INFO, "log-reopened", NULL, NULL);
}

void
selo_supervisor_set_log_level(SeloSupervisor *self, GLogLevelFlags level, const char *name)
{
    g_free(self->log_level);
    self->log_level = g_strdup(name);
    selo_event_set_level(level);
    for (guint i = 0; i < self->generations->len; i++)
        selo_generation_set_log_level(self->generations->pdata[i], name);
}

/* ---- directories ---- */

/* Gives no link's target away: the mail user may write where one of them lies. */
static gboolean
make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid, GError **error)
{
    if (g_mkdir_with_parents(path, (int) mode) < 0 ||
        (uid != (uid_t) -1 && uid != 0 && lchown(path, uid, gid) < 0)) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
                    "cannot make the directory %s: %s", path, g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

static gboolean
make_directories(SeloSupervisor *self, SeloSnapshot *snapshot, GError **error)
{
    const SeloPaths *paths = self->options.paths;
    const SeloConf *server = selo_snapshot_section(snapshot, "server", "");
    g_autofree char *temp_dir = g_build_filename(paths->spool_dir, "tmp", NULL);
    uid_t uid;
    gid_t gid;

    return selo_privileges_find(selo_role_user(SELO_ROLE_WORKER, server), &uid, &gid, error) &&
           make_directory(paths->run_dir, 0755, (uid_t) -1, (gid_t) -1, error) &&
           make_directory(paths->state_dir, 0750, uid, gid, error) &&
           make_directory(paths->spool_dir, 0750, uid, gid, error) &&
           make_directory(temp_dir, 0700, uid, gid, error) &&
           make_directory(paths->log_dir, 0750, (uid_t) -1, (gid_t) -1, error);
}

/* ---- reload; the first start is a reload with nothing before it ---- */

static void
answer_waiters(SeloSupervisor *self, gboolean is_done, const GPtrArray *lines)
{
    g_autoptr(GArray) waiters = g_steal_pointer(&self->reload_waiters);

    self->reload_waiters = g_array_new(FALSE, FALSE, sizeof(ReloadWaiter));
    for (guint i = 0; i < waiters->len; i++) {
        ReloadWaiter *waiter = &g_array_index(waiters, ReloadWaiter, i);

        waiter->reloaded(waiter->data, is_done, lines);
    }
}

static void
reload_over(SeloSupervisor *self)
{
    if (self->is_stopping)
        return;
    selo_notify_ready();
    if (!self->is_reload_again)
        return;
    self->is_reload_again = FALSE;
    begin_reload(self);
}

/* At the first start the faults go to the terminal, and there is nothing to go on with. */
static void
reload_failed(SeloSupervisor *self, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        if (self->current == NULL)
            g_printerr("%s\n", (const char *) lines->pdata[i]);
        else
            selo_event(G_LOG_LEVEL_WARNING, "configuration-fault", NULL, "fault", lines->pdata[i],
                       NULL);
    answer_waiters(self, FALSE, lines);
    if (self->current != NULL) {
        selo_event(G_LOG_LEVEL_WARNING, "reload-failed", NULL, NULL);
        reload_over(self);
        return;
    }
    self->exit_status = 1;
    selo_supervisor_stop(self);
}

static void
fail_with(SeloSupervisor *self, const char *reason)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new();

    g_ptr_array_add(lines, (char *) reason);
    reload_failed(self, lines);
}

static void
generation_ready(void *data, SeloGeneration *generation)
{
    SeloSupervisor *self = data;
    SeloGeneration *old = self->current;
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();

    self->current = generation;
    self->next = NULL;
    selo_sockets_settle(self->sockets, TRUE);
    set_level(self);
    selo_event(G_LOG_LEVEL_MESSAGE, old == NULL ? "started" : "reloaded", NULL, NULL);
    if (old != NULL)
        selo_generation_drain(old);
    answer_waiters(self, TRUE, nothing);
    reload_over(self);
}

static void
generation_failed(void *data, SeloGeneration *generation, const char *reason)
{
    SeloSupervisor *self = data;

    self->next = NULL;
    selo_sockets_settle(self->sockets, FALSE);
    fail_with(self, reason);
    if (selo_generation_phase(generation) == SELO_GENERATION_STARTING)
        selo_generation_stop(generation);
}

static void
generation_gone(void *data, SeloGeneration *generation)
{
    SeloSupervisor *self = data;

    if (generation == self->current)
        self->current = NULL;
    g_ptr_array_remove(self->generations, generation);
    if (self->is_stopping && self->generations->len == 0)
        selo_loop_quit(self->loop);
}

static void
generation_answered(void *data)
{
    SeloSupervisor *self = data;

    if (self->n_unanswered > 0 && --self->n_unanswered == 0)
        tell_status(self);
}

static const SeloGenerationEvents generation_events = {
    .ready = generation_ready,
    .failed = generation_failed,
    .gone = generation_gone,
    .answered = generation_answered,
};

static gboolean
start_generation(SeloSupervisor *self, int snapshot_fd, GError **error)
{
    SeloGenerationOptions options = {
        .loop = self->loop,
        .root = self->options.root,
        .paths = self->options.paths,
        .sockets = self->sockets,
        .snapshot_fd = snapshot_fd,
        .log_level = self->log_level,
        .log_fd = self->log_fd,
        .number = ++self->n_generations,
        .is_single = self->options.is_single,
        .events = &generation_events,
        .data = self,
    };
    SeloGeneration *generation = selo_generation_new(&options, error);

    if (generation == NULL)
        return FALSE;
    if (!make_directories(self, selo_generation_snapshot(generation), error) ||
        !selo_generation_open_sockets(generation, error)) {
        selo_sockets_settle(self->sockets, FALSE);
        selo_generation_free(generation);
        return FALSE;
    }
    self->next = generation;
    g_ptr_array_add(self->generations, generation);
    configure_log(self, selo_generation_snapshot(generation));
    selo_generation_set_log(generation, self->log_fd);
    selo_generation_start(generation);
    return TRUE;
}

/* Options that only a restart can change; NULL: none did, or nothing runs yet. */
static GPtrArray *
find_restart_options(SeloSupervisor *self, int snapshot_fd)
{
    g_autoptr(SeloSnapshot) after =
        self->current != NULL ? selo_snapshot_open(snapshot_fd, NULL) : NULL;
    g_autoptr(GPtrArray) options = g_ptr_array_new_with_free_func(g_free);

    if (after == NULL)
        return NULL;
    selo_snapshot_compare(selo_generation_snapshot(self->current), after, options);
    for (guint i = 0; i < options->len; i++) {
        g_autofree char *option = options->pdata[i];

        options->pdata[i] = g_strconcat(
            option, ": changed, which takes a restart; run: selo stop, then start it again", NULL);
    }
    return options->len > 0 ? g_steal_pointer(&options) : NULL;
}

static void
compiled(void *data, int snapshot_fd, const GPtrArray *faults)
{
    SeloSupervisor *self = data;
    SeloCompile *compile = g_steal_pointer(&self->compile);
    g_autoptr(GPtrArray) restart = NULL;
    g_autoptr(GError) error = NULL;

    if (snapshot_fd < 0) {
        reload_failed(self, faults);
    } else if ((restart = find_restart_options(self, snapshot_fd)) != NULL) {
        close(snapshot_fd);
        reload_failed(self, restart);
    } else if (!start_generation(self, snapshot_fd, &error)) {
        fail_with(self, error->message);
    }
    selo_compile_free(compile);
}

static void
begin_reload(SeloSupervisor *self)
{
    if (self->is_stopping)
        return;
    if (self->compile != NULL || self->next != NULL) {
        self->is_reload_again = TRUE;
        return;
    }
    if (self->current != NULL)
        selo_notify_reloading();
    self->compile = selo_compile_start(self->loop, self->options.root, compiled, self);
}

void
selo_supervisor_reload(SeloSupervisor *self, SeloReloadedFunc reloaded, void *data)
{
    ReloadWaiter waiter = { reloaded, data };

    g_array_append_val(self->reload_waiters, waiter);
    begin_reload(self);
}

/* ---- status ---- */

static void
tell_status(void *data)
{
    SeloSupervisor *self = data;
    g_autoptr(GArray) waiters = g_steal_pointer(&self->status_waiters);
    g_autoptr(GVariant) status = NULL;
    GVariantBuilder roles;
    GVariantDict row;

    self->status_waiters = g_array_new(FALSE, FALSE, sizeof(StatusWaiter));
    self->n_unanswered = 0;
    selo_timer_disarm(&self->status_limit);
    g_variant_builder_init(&roles, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < self->generations->len; i++)
        selo_generation_report(self->generations->pdata[i], &roles);
    g_variant_dict_init(&row, NULL);
    g_variant_dict_insert(&row, "version", "s", PACKAGE_VERSION);
    g_variant_dict_insert(&row, "pid", "i", (gint32) getpid());
    g_variant_dict_insert(&row, "uptime-seconds", "x",
                          (g_get_monotonic_time() - self->started) / G_USEC_PER_SEC);
    g_variant_dict_insert(&row, "generations", "u", self->generations->len);
    if (self->log_path != NULL)
        g_variant_dict_insert(&row, "log", "s", self->log_path);
    g_variant_dict_insert_value(&row, "roles", g_variant_builder_end(&roles));
    status = g_variant_ref_sink(g_variant_dict_end(&row));
    for (guint i = 0; i < waiters->len; i++) {
        StatusWaiter *waiter = &g_array_index(waiters, StatusWaiter, i);

        waiter->told(waiter->data, status);
    }
}

void
selo_supervisor_status(SeloSupervisor *self, SeloStatusFunc told, void *data)
{
    static guint32 serial;
    StatusWaiter waiter = { told, data };

    g_array_append_val(self->status_waiters, waiter);
    if (self->status_waiters->len > 1)
        return; /* the answers of the question under way will do */
    serial++;
    for (guint i = 0; i < self->generations->len; i++)
        self->n_unanswered += selo_generation_ask_status(self->generations->pdata[i], serial);
    selo_timer_arm(self->loop, &self->status_limit, self->n_unanswered > 0 ? STATUS_USEC : 1,
                   tell_status, self);
}

/* ---- stop ---- */

static void
kill_all(SeloSupervisor *self)
{
    for (guint i = 0; i < self->generations->len; i++)
        selo_generation_kill(self->generations->pdata[i]);
}

static void
stop_expired(void *data)
{
    SeloSupervisor *self = data;

    selo_event(G_LOG_LEVEL_WARNING, "stop-incomplete", NULL, NULL);
    kill_all(self);
    selo_loop_quit(self->loop);
}

void
selo_supervisor_stop(SeloSupervisor *self)
{
    if (self->is_stopping) { /* asked twice: now */
        kill_all(self);
        return;
    }
    self->is_stopping = TRUE;
    selo_event(G_LOG_LEVEL_MESSAGE, "stopping", NULL, NULL);
    selo_notify_stopping();
    g_clear_pointer(&self->compile, selo_compile_free);
    if (self->generations->len == 0)
        selo_loop_quit(self->loop);
    for (guint i = 0; i < self->generations->len; i++)
        selo_generation_stop(self->generations->pdata[i]);
    selo_timer_arm(self->loop, &self->stop_limit, STOP_USEC, stop_expired, self);
}

/* ---- signals ---- */

static void
reap(SeloSupervisor *self)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (guint i = 0; i < self->generations->len; i++)
            if (selo_generation_reap(self->generations->pdata[i], pid, status))
                break;
}

static void
signal_ready(void *data, uint32_t events)
{
    SeloSupervisor *self = data;
    struct signalfd_siginfo info;

    while (read(self->signal_fd, &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGCHLD:
            reap(self);
            break;
        case SIGHUP:
            begin_reload(self);
            break;
        case SIGUSR1:
            selo_supervisor_reopen_log(self);
            break;
        default:
            selo_supervisor_stop(self);
        }
    }
}

static int
catch_signals(void)
{
    static const int caught[] = { SIGCHLD, SIGHUP, SIGUSR1, SIGTERM, SIGINT };
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    for (size_t i = 0; i < G_N_ELEMENTS(caught); i++) {
        signal(caught[i], SIG_DFL); /* whoever started this may have ignored some */
        sigaddset(&set, caught[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void
watchdog_due(void *data)
{
    SeloSupervisor *self = data;

    selo_notify_alive();
    selo_timer_arm(self->loop, &self->watchdog, selo_notify_watchdog_usec(), watchdog_due, self);
}

/* ---- main ---- */

static void
set_up(SeloSupervisor *self, const SeloSupervisorOptions *options)
{
    self->options = *options;
    umask(0027);
    self->signal_fd = catch_signals();
    self->loop = selo_loop_get();
    self->log_fd = STDERR_FILENO;
    self->generations = g_ptr_array_new_with_free_func((GDestroyNotify) selo_generation_free);
    self->reload_waiters = g_array_new(FALSE, FALSE, sizeof(ReloadWaiter));
    self->status_waiters = g_array_new(FALSE, FALSE, sizeof(StatusWaiter));
    self->started = g_get_monotonic_time();
    self->sockets = selo_sockets_new();
    selo_privileges_raise_limits();
    set_level(self);
    if (selo_notify_watchdog_usec() > 0)
        watchdog_due(self);
}

static void
tear_down(SeloSupervisor *self)
{
    g_clear_pointer(&self->control, selo_control_free);
    selo_timer_disarm(&self->stop_limit);
    selo_timer_disarm(&self->status_limit);
    selo_timer_disarm(&self->watchdog);
    g_ptr_array_unref(self->generations);
    g_array_unref(self->reload_waiters);
    g_array_unref(self->status_waiters);
    selo_sockets_free(self->sockets);
    close(self->signal_fd);
    g_free(self->log_path);
    g_free(self->log_level);
}

int
selo_supervisor_run(const SeloSupervisorOptions *options)
{
    SeloSupervisor self = { 0 };
    g_autoptr(GError) error = NULL;
    SeloWatch *signals;

    set_up(&self, options);
    if (make_directory(options->paths->run_dir, 0755, (uid_t) -1, (gid_t) -1, &error))
        self.control = selo_control_new(&self, self.loop, options->paths, &error);
    if (self.control == NULL) {
        g_printerr("selod: %s\n", error->message);
        tear_down(&self);
        return 1;
    }
    signals = selo_loop_watch(self.loop, self.signal_fd, EPOLLIN, signal_ready, &self);
    begin_reload(&self);
    selo_loop_run(self.loop);
    selo_watch_remove(signals);
    tear_down(&self);
    return self.exit_status;
}
