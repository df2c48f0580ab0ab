// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dataplane/base/random.h"
#include "tests/model/random_gateway.h"
#include "tests/model/slow_packet.h"

/// Random conversations through a router: hosts that begin flows, answer what reaches them, repeat
/// themselves, refuse, report errors, and now and then send what makes no sense.
namespace sluice::model {

/// A packet that is to arrive at the router.
struct Arrival {
    std::string interface;
    Bytes packet;
    bool alone = false;      ///< its fate depends on more than its connection: no other packet in its burst
    bool is_answer = false;  ///< to something that the router sent
};

/// True where the router knows the connection of a packet.
using Knows = std::function<bool(const Bytes& packet)>;

class Traffic {
public:
    explicit Traffic(std::uint64_t seed) : random_(seed) {}

    /// The next packets, all of one interface, at most `most`. An answer whose connection is gone comes
    /// alone: a packet of its own burst might begin that connection anew, which no host could have answered
    /// yet.
    [[nodiscard]] std::vector<Arrival> next_burst(std::size_t most, const Knows& knows);
    /// A packet that the router sent there; hosts react to it.
    void reached(const std::string& interface, const Bytes& packet);

private:
    /// One end of a TCP connection as its host sees it.
    struct Socket {
        std::uint32_t next = 0;          ///< to send
        std::uint32_t acknowledged = 0;  ///< of that
        std::uint32_t heard = 0;
        bool is_client = false;
        bool is_open = false;
        bool has_finished = false;
    };

    void begin_something();
    void begin_flow(const Host& host, const std::string& destination);
    void begin_tcp(const Host& host, const std::string& destination);
    void continue_tcp();
    void send_nonsense();
    void repeat_something();
    void report_error(const std::string& interface, const Bytes& about, std::uint32_t reporter);
    void react(const std::string& interface, const Bytes& packet);
    void tcp_reached(const std::string& interface, const Bytes& packet);
    void send_segment(const std::string& interface, const Flow& flow, Socket& socket, const char* flags,
                      std::size_t data);
    void send(const std::string& interface, const test::PacketBuilder& packet, bool alone = false);
    test::PacketBuilder packet_between(std::uint32_t source, std::uint32_t destination);

    std::uint32_t below(std::size_t bound) { return random_.below(static_cast<std::uint32_t>(bound)); }
    bool chance(std::uint32_t percent) { return random_.below(100) < percent; }
    template <class List>
    const auto& one_of(const List& list) {
        return list[below(std::size(list))];
    }

    base::Random random_;
    std::deque<Arrival> queue_;
    std::map<std::pair<std::string, Flow>, Socket> sockets_;  ///< by interface and the flow of what it sends
    std::vector<Arrival> sent_;                               ///< some of what has been sent, to be repeated
    bool is_answering_ = false;
    std::uint32_t number_ = 0;  ///< makes every payload another one
};

}  // namespace sluice::model
