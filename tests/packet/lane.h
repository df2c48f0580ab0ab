// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/counter.h"
#include "tests/support/packet_builder.h"

namespace sluice::test {

/// A frame that the router sent, and where.
struct SentFrame {
    std::string interface;
    Bytes frame;
    bool operator==(const SentFrame&) const = default;
};

/// One router of one worker in this process: the real pipeline on a configuration, its devices replaced by vectors and
/// its clock by an argument. Neighbours answer at once: 10.0.0.9 has 02:00:0a:00:00:09.
///
/// A lane that leaves an mbuf behind fails the test.
class Lane {
public:
    /// `toml`: a whole configuration; its devices are not opened.
    Lane(std::string_view toml, bool short_way, std::uint64_t seed);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    /// Lets frames arrive in one burst (at most 64) and returns what the router sends.
    std::vector<SentFrame> receive(std::string_view interface, const std::vector<Bytes>& frames);
    /// Lets time pass, in steps of 100 ms, and returns what the router sends meanwhile.
    std::vector<SentFrame> pass(double seconds);
    /// Puts another configuration in force: rules, routes, addresses; connections live on.
    void reload(std::string_view toml);
    /// Sets the clock on the wall, and the kernel's time zone. It goes on from there; a reload sets it to 1970.
    void set_utc(std::uint64_t seconds, std::int32_t minutes_west = 0);
    /// A command of ipset(8). Returns: what it prints.
    std::string ipset(std::string_view command);
    /// From now on this neighbour does not answer.
    void silence(std::string_view address);

    /// What rules have told of packets since the last call (LOG, NFLOG, AUDIT), a line each; NFLOG's end with the bytes that
    /// are kept: `(64 of 1500 bytes)`.
    std::vector<std::string> take_told();

    [[nodiscard]] net::MacAddress mac_of_interface(std::string_view interface) const;
    /// `iptables-save -c` without comments.
    [[nodiscard]] std::string rules_with_counters() const;
    [[nodiscard]] std::uint64_t verdicts(std::string_view name) const;
    [[nodiscard]] std::uint64_t short_way_packets() const;
    [[nodiscard]] std::uint64_t long_way_packets() const;
    [[nodiscard]] std::uint32_t connections() const;
    /// `conntrack -L`, a line each, sorted.
    [[nodiscard]] std::vector<std::string> connection_lines() const;

private:
    struct Impl;
    std::uint32_t packets_before_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::test
