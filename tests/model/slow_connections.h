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
/// Not modelled: the table's limit, and SCTP.
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

/// One end of a TCP connection, as the kernel's ip_ct_tcp_state.
struct TcpEnd {
    std::uint32_t end = 0;
    std::uint32_t max_end = 0;
    std::uint32_t max_window = 0;
    std::uint32_t max_ack = 0;
    bool has_max_ack = false;
    unsigned scale = 0;
    bool scales = false;
    bool takes_sack = false;
    bool close_begun = false;
    bool is_liberal = false;
    bool has_unacknowledged = false;
};

/// What is remembered of a TCP connection, as the kernel's ip_ct_tcp.
struct TcpMemory {
    TcpState state = TcpState::none;
    TcpEnd ends[2];  ///< original, reply
    TcpFlag last = TcpFlag::none;
    bool last_was_reply = false;
    unsigned repeats = 0;
    std::uint32_t last_sequence = 0;
    std::uint32_t last_ack = 0;
    std::uint32_t last_end = 0;
    unsigned last_window = 0;
    unsigned last_scale = 0;
    bool last_scales = false;
    bool last_takes_sack = false;
    bool simultaneous_open = false;
    bool challenge_expected = false;
};

/// The kernel's switches of TCP tracking.
struct TcpSwitches {
    bool loose = true;
    bool be_liberal = false;
    bool ignore_invalid_rst = false;
    unsigned max_retrans = 3;
};

/// Packets and bytes of one direction.
struct Carried {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
};

struct SlowConnection {
    std::uint16_t number = 0;  ///< tells it from others that had its flows before
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
    std::uint64_t source_order = 0;  ///< higher: its source was decided later
    std::uint32_t mark = 0;
    conntrack::Labels* labels = nullptr;  ///< none: it began when no rule spoke of labels
    std::string masquerades_on;  ///< the interface whose address it took
    std::int64_t began_ms = 0;
    std::int64_t ends_ms = 0;
    TcpMemory tcp;
    bool is_counted = false;  ///< began while somebody asked for its counters
    Carried carried[2];       ///< original, reply

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
    TcpSwitches tcp;
    bool counts = false;  ///< nf_conntrack_acct: what begins from now on is counted

    /// In: `arrives`: came by an interface, so that its checksum is looked at.
    Tracked track(const Bytes& packet, bool arrives, std::int64_t now_ms);

    /// True where track would find a connection.
    [[nodiscard]] bool knows(const Bytes& packet, std::int64_t now_ms);
    /// True where no other living, confirmed connection has this flow in either direction.
    [[nodiscard]] bool is_free(const Flow& flow, const SlowConnection* except, std::int64_t now_ms);
    /// The connections from this flow's source whose source has been decided, pending ones among them, but for one.
    [[nodiscard]] std::vector<const SlowConnection*> of_source(const Flow& flow, const SlowConnection& except,
                                                               std::int64_t now_ms) const;
    /// The living, confirmed connection with this reply flow.
    [[nodiscard]] SlowConnection* answered_as(const Flow& reply, std::int64_t now_ms);
    /// True where the connection of that number and original flow is there, and TCP has not closed it (nf_conncount).
    [[nodiscard]] bool is_live(std::uint16_t number, const Flow& original, std::int64_t now_ms);
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
    std::uint16_t last_number_ = 0;
};

/// What a segment does to its connection.
enum class Effect : std::uint8_t { lives_on, passes, invalid, is_shortened, ends, begins_anew };
struct Step {
    Effect effect = Effect::invalid;
    int timeout_s = 0;
};
/// A TCP segment as it stands in a packet.
struct Segment {
    TcpFlag flag;
    bool has_ack;
    bool has_syn;
    std::uint32_t sequence;
    std::uint32_t acknowledgement;
    std::uint32_t end;
    unsigned window;
    Bytes options;
};
/// One TCP segment. In: a packet with a whole, sound TCP header; `is_new`: it is the connection's first.
Step tcp_step(SlowConnection& connection, bool is_reply, bool is_new, const Bytes& packet,
              const TcpSwitches& switches, std::int64_t now_ms);

/// Whether a segment is in window; it is learnt from.
enum class Window : std::uint8_t { inside, ignored, outside };
Window tcp_window(TcpMemory& memory, bool is_reply, const Segment& segment, bool be_liberal);
/// What a SYN's options say of its sender.
void read_tcp_options(const Bytes& options, TcpEnd& end);
/// False for headers that are cut off or have impossible lengths or flags.
[[nodiscard]] bool tcp_is_sound(const Bytes& packet);
[[nodiscard]] std::string tcp_state_text(TcpState state);

}  // namespace sluice::model
