// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "acl/packet_view.h"
#include "tests/model/slow_packet.h"

/// Connection tracking as nf_conntrack has it, one packet after the other, with a list for a table.
///
/// Not modelled: TCP's windows (nor what hangs on them: a RST at the end of a train of data), the table's
/// limit, and SCTP.
namespace sluice::model {

enum class TcpState : std::uint8_t {
    none,
    syn_sent,
    syn_recv,
    established,
    fin_wait,
    close_wait,
    last_ack,
    time_wait,
    close,
    syn_sent2,
    invalid,
    ignored  ///< no states: what the table says of a segment that has no place
};
enum class TcpFlag : std::uint8_t { syn, syn_ack, fin, ack, rst, none };

/// What is remembered of a TCP connection besides its state.
struct TcpMemory {
    TcpState state = TcpState::none;
    bool has_last = false;
    TcpFlag last = TcpFlag::none;
    bool last_was_reply = false;
    std::uint32_t last_end = 0;
    bool close_begun = false;
    bool simultaneous_open = false;
    bool challenge_expected = false;
    bool acked[2] = {false, false};  ///< by direction: it has sent an acknowledgement
    std::uint32_t max_ack[2] = {0, 0};
};

struct SlowConnection {
    Flow original;
    Flow reply;
    bool is_confirmed = false;
    bool is_dead = false;
    bool seen_reply = false;
    bool assured = false;
    bool source_decided = false;  ///< by the nat hook of that end
    bool destination_decided = false;
    bool source_changed = false;  ///< the pseudo-states SNAT and DNAT
    bool destination_changed = false;
    std::uint32_t mark = 0;
    std::string masquerades_on;  ///< the interface whose address it took
    std::int64_t began_ms = 0;
    std::int64_t ends_ms = 0;
    TcpMemory tcp;

    [[nodiscard]] const Flow& flow(bool is_reply) const { return is_reply ? reply : original; }
};

/// What tracking says of a packet.
struct Tracked {
    SlowConnection* connection = nullptr;
    bool is_reply = false;
    bool opens = false;
    conntrack::CtState state = conntrack::CtState::invalid;
};

class SlowConnections {
public:
    /// In: `arrives`: came by an interface, so that its checksum is looked at.
    Tracked track(const Bytes& packet, bool arrives, std::int64_t now_ms);

    /// True where track would find a connection.
    [[nodiscard]] bool knows(const Bytes& packet, std::int64_t now_ms);
    /// True where no other living, confirmed connection has this flow in either direction.
    [[nodiscard]] bool is_free(const Flow& flow, const SlowConnection* except, std::int64_t now_ms);
    /// Makes a pending connection real; false: another one has its tuples.
    bool confirm(SlowConnection& connection, std::int64_t now_ms);
    /// Forgets pending and ended connections, and those whose time has come. After each packet.
    void sweep(std::int64_t now_ms);

    [[nodiscard]] std::size_t count(std::int64_t now_ms) const;
    /// As `conntrack -L` has them, sorted.
    [[nodiscard]] std::vector<std::string> lines(std::int64_t now_ms) const;

private:
    struct Found {
        SlowConnection* connection = nullptr;
        bool is_reply = false;
    };
    Found find(const Flow& flow, std::int64_t now_ms);
    Tracked track_error(const Bytes& packet, bool arrives, std::int64_t now_ms);

    std::list<SlowConnection> connections_;
};

/// What a segment does to its connection.
enum class Effect : std::uint8_t { lives_on, passes, invalid, ends, begins_anew };
struct Step {
    Effect effect = Effect::invalid;
    int timeout_s = 0;
};
/// One TCP segment. In: a packet with a whole, sound TCP header.
Step tcp_step(SlowConnection& connection, bool is_reply, const Bytes& packet);
/// False for headers that are cut off or have impossible lengths or flags.
[[nodiscard]] bool tcp_is_sound(const Bytes& packet);
[[nodiscard]] std::string tcp_state_text(TcpState state);

}  // namespace sluice::model
