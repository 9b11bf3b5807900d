/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * selo-mail-peer.c: a client during its session, and the filter stages that belong to the session:
 * connect, helo, auth.
 */
#include "config.h"

#include "server/base/selo-event.h"
#include "server/config/selo-snapshot.h"
#include "server/mail/selo-filter-chain.h"
#include "server/mail/selo-routing.h"

SeloMailPeer *
selo_mail_peer_new(SeloCall *root, SeloStream *stream, uint32_t flags)
{
    SeloMailPeer *peer = g_new0(SeloMailPeer, 1);
    const SeloConf *route;

    peer->n_refs = 1;
    peer->root = selo_call_ref(root);
    peer->stream = stream;
    peer->role = selo_call_role(root);
    peer->flags = flags;
    route = selo_snapshot_section(peer->role->snapshot, "route", "");
    if (route != NULL)
        peer->is_trusted = selo_routing_networks_contain(selo_conf_list(route, "relay-networks"),
                                                         selo_stream_peer(stream)->remote_ip.s);
    return peer;
}

SeloMailPeer *
selo_mail_peer_ref(SeloMailPeer *peer)
{
    peer->n_refs++;
    return peer;
}

void
selo_mail_peer_unref(SeloMailPeer *peer)
{
    if (--peer->n_refs > 0)
        return;
    g_clear_pointer(&peer->verdicts.left, g_ptr_array_unref);
    g_free(peer->helo);
    g_free(peer->protocol);
    g_free(peer->auth_mechanism);
    g_free(peer->auth_user);
    selo_call_unref(peer->root);
    g_free(peer);
}

void
selo_mail_peer_free(SeloMailPeer *peer)
{
    if (peer == NULL)
        return;
    g_clear_pointer(&peer->run, selo_filters_cancel);
    selo_mail_answer_clear(&peer->answer, peer->role->loop);
    peer->stream = NULL;
    selo_mail_peer_unref(peer);
}

void
selo_mail_peer_mark(SeloMailPeer *peer, uint32_t flags)
{
    peer->flags |= flags;
}

const char *
selo_mail_peer_hostname(SeloMailPeer *peer)
{
    return peer->role->hostname;
}

uint64_t
selo_mail_peer_max_size(SeloMailPeer *peer)
{
    const SeloConf *server = selo_snapshot_section(peer->role->snapshot, "server", "");

    return (uint64_t) selo_conf_int(server, "max-message-size");
}

static void
stage_done(void *data, const SeloFilterOutcome *outcome)
{
    SeloMailPeer *peer = data;

    peer->run = NULL;
    peer->verdicts.is_discarded |= outcome->is_discarded;
    peer->verdicts.is_quarantined |= outcome->is_quarantined;
    selo_mail_answer_filtered(&peer->answer, peer->role->loop, &outcome->verdict);
}

static void
run_stage(SeloMailPeer *peer, const char *stage, SeloMailFunc done, void *data)
{
    const SeloFilterStage request = { .struct_size = sizeof request };

    selo_mail_answer_expect(&peer->answer, done, data);
    if (!selo_filters_want(peer, NULL, stage))
        selo_mail_answer(&peer->answer, peer->role->loop, SELO_MAIL_OK, 0);
    else
        peer->run = selo_filters_run(peer, NULL, stage, &request, peer->root, stage_done, peer);
}

void
selo_mail_peer_connect(SeloMailPeer *peer, SeloMailFunc done, void *data)
{
    run_stage(peer, "connect", done, data);
}

void
selo_mail_peer_helo(SeloMailPeer *peer, SeloStr helo, SeloStr protocol, SeloMailFunc done,
                    void *data)
{
    g_free(peer->helo);
    g_free(peer->protocol);
    peer->helo = g_strndup(helo.s, helo.len);
    peer->protocol = g_strndup(protocol.s, protocol.len);
    run_stage(peer, "helo", done, data);
}

void
selo_mail_peer_auth(SeloMailPeer *peer, SeloStr mechanism, SeloStr user, SeloStr protocol,
                    SeloMailFunc done, void *data)
{
    g_free(peer->protocol);
    peer->protocol = g_strndup(protocol.s, protocol.len);
    g_free(peer->auth_mechanism);
    g_free(peer->auth_user);
    peer->auth_mechanism = g_strndup(mechanism.s, mechanism.len);
    peer->auth_user = g_strndup(user.s, user.len);
    run_stage(peer, "auth", done, data);
}
