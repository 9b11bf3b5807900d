/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * fake-world.c: see fake-world.h.
 */
#include "config.h"

#include "tests/unit/auth/fake-world.h"

#include <string.h>

#include "api/lib/selo-stream-private.h"
#include "server/config/selo-snapshot.h"
#include "server/plugin/selo-registry.h"
#include "server/process/selo-channel.h"
#include "tests/lib/selo-test.h"

World world;

/* ---- authenticators ---- */

typedef struct {
    const char *name, *user;
} FakeAuth;

static FakeAuth auths[] = { { "one", "ann" }, { "two", "bob@example.org" } };
static SeloInstance *instances[G_N_ELEMENTS(auths)];

static gboolean
is_text(SeloStr text, const char *want)
{
    return text.len == strlen(want) && memcmp(text.s, want, text.len) == 0;
}

/* FALSE: returned. */
static gboolean
knows(const FakeAuth *auth, SeloCall *call, SeloStr user)
{
    world.n_asked++;
    if (is_text(user, "down"))
        selo_call_return(call, SELO_TEMPORARY, "is down", NULL);
    else if (!is_text(user, auth->user))
        selo_call_return(call, SELO_NOT_FOUND, "unknown user", NULL);
    else
        return TRUE;
    return FALSE;
}

static void
fake_verify(void *self, SeloCall *call, const SeloAuthLogin *request)
{
    const SeloStr attribute = SELO_STR("store=mail");
    const SeloAuthIdentity reply = { .struct_size = sizeof reply,
                                     .done = TRUE,
                                     .user = request->user,
                                     .attributes = { &attribute, 1 } };

    if (!knows(self, call, request->user))
        return;
    if (is_text(request->secret, "pass"))
        selo_call_return(call, SELO_OK, NULL, &reply);
    else
        selo_call_return(call, SELO_DENIED, "wrong password", NULL);
}

static void
fake_lookup(void *self, SeloCall *call, const SeloAuthUserQuery *request)
{
    const SeloAuthUser reply = { .struct_size = sizeof reply,
                                 .user = request->user,
                                 .home = SELO_STR("/home"),
                                 .quota_octets = G_MAXUINT64,
                                 .quota_messages = 7,
                                 .uid = 8 };

    if (knows(self, call, request->user))
        selo_call_return(call, SELO_OK, NULL, &reply);
}

static const SeloAuthV1 table = { .struct_size = sizeof table,
                                  .verify = fake_verify,
                                  .lookup = fake_lookup };

SeloInstance *const *
selo_registry_all(SeloRegistry *registry, const char *interface, size_t *out_n)
{
    *out_n = G_N_ELEMENTS(instances);
    return instances;
}

SeloInstance *
selo_registry_find(SeloRegistry *registry, const char *type, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++)
        if (g_str_equal(auths[i].name, name))
            return instances[i];
    return NULL;
}

/* ---- settings: a section is its own name ---- */

const SeloConf *
selo_snapshot_section(SeloSnapshot *snapshot, const char *type, const char *name)
{
    if (g_str_equal(type, "domain"))
        return g_str_equal(name, "example.org") ? (const SeloConf *) "example.org" : NULL;
    return (const SeloConf *) (g_str_equal(name, "one") ? "one" : "two");
}

const SeloConf *
selo_snapshot_scoped(SeloSnapshot *snapshot, const SeloConf *conf, const char *listener,
                     const char *domain, const char *user)
{
    world.scope = domain != NULL ? g_intern_string(domain) : "";
    return conf;
}

const char *
selo_conf_str(const SeloConf *conf, const char *option)
{
    const gboolean is_one = g_str_equal((const char *) conf, "one");

    if (g_str_equal(option, "username-format"))
        return is_one ? world.username_format : "whole";
    if (g_str_equal(option, "default-domain"))
        return is_one ? world.default_domain : "example.org";
    return NULL;
}

int64_t
selo_conf_int(const SeloConf *conf, const char *option)
{
    return 100 * 1000; /* auth-cache-ttl */
}

gboolean
selo_conf_bool(const SeloConf *conf, const char *option)
{
    return world.allows_plaintext;
}

SeloStrs
selo_conf_list(const SeloConf *conf, const char *option)
{
    static const SeloStr names[] = { { "one", 3 }, { "two", 3 } };

    return (SeloStrs){ names, G_N_ELEMENTS(names) };
}

const SeloPeer *
selo_stream_peer(SeloStream *stream)
{
    return &world.peer;
}

void
selo_stream_set_limit(SeloStream *stream, int64_t usec)
{
    world.has_no_limit = usec == 0;
}

/* ---- the world ---- */

void
world_connect(void)
{
    int ends[2];
    g_autoptr(GError) error = NULL;

    g_assert_true(selo_channel_pair(ends, &error));
    selo_auth_service_add_client(world.service, ends[0]);
    selo_auth_client_connect(world.role.auth, ends[1]);
}

void
world_disconnect(void)
{
    selo_auth_service_free(world.service);
    world.service = selo_auth_service_new(&world.role);
    selo_test_run_for(1000);
}

void
world_set_up(void)
{
    world = (World){ .username_format = "whole",
                     .role = { .kind = SELO_ROLE_AUTH, .loop = selo_loop_get() },
                     .peer = { .struct_size = sizeof(SeloPeer),
                               .remote_ip = SELO_STR("192.0.2.7"),
                               .listener = SELO_STR("imap"),
                               .tls = TRUE } };
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++) {
        const SeloInstanceOptions options = { .name = auths[i].name,
                                              .plugin = "fake",
                                              .type = selo_interface_find("authenticator"),
                                              .table = &table,
                                              .self = &auths[i],
                                              .role = &world.role };

        instances[i] = selo_instance_new(&options);
    }
    world.role.auth = selo_auth_client_new(&world.role);
    world.service = selo_auth_service_new(&world.role);
    world.session = selo_call_new_root(&world.role, "s.1", (const SeloConf *) "one", NULL, NULL);
    world_connect();
}

void
world_tear_down(void)
{
    selo_call_return(world.session, SELO_OK, NULL, NULL);
    selo_call_unref(world.session);
    selo_auth_client_free(world.role.auth);
    selo_test_run_for(1000);
    selo_auth_service_free(world.service);
    for (size_t i = 0; i < G_N_ELEMENTS(auths); i++)
        selo_instance_free(instances[i]);
}
