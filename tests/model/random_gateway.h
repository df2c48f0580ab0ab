// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "dataplane/base/random.h"
#include "tests/model/slow_router.h"

/// A small world around a router with three interfaces, and random rules that its inhabitants meet.
///
///   lan 10.0.0.0/24    .5 .6 .7                    clients; the router is .1
///   dmz 172.16.0.0/24  .10 .11, behind .254: 192.0.2.5
///   wan 198.51.100.0/24  .77, behind .254: 8.8.8.8 1.1.1.1 203.0.113.9; the router is .1 and .2
///
/// Rules draw addresses and ports from the same few as the traffic, so that they are met, and clash.
namespace sluice::model {

struct Host {
    std::string address;
    std::string interface;
};

[[nodiscard]] const std::vector<Host>& hosts();
[[nodiscard]] const std::vector<std::string>& router_addresses();
/// Destinations that lead nowhere, each in its own way.
[[nodiscard]] const std::vector<std::string>& dead_ends();
/// Whoever begins speaks from a client's port to a server's. Were they the same, one might by chance answer a
/// connection of its own burst, before its packet has left the router: nobody could, and a burst does not
/// model it.
[[nodiscard]] const std::vector<std::uint16_t>& client_ports();
[[nodiscard]] const std::vector<std::uint16_t>& server_ports();

/// What the model needs to know of the world; `toml_of` says the same to the router.
[[nodiscard]] Setup setup_of(bool has_default_route);

/// A whole configuration, with random rules in the tables filter and nat.
class RandomGateway {
public:
    explicit RandomGateway(std::uint64_t seed) : random_(seed) {}
    [[nodiscard]] std::string toml(bool has_default_route);

private:
    std::string marking_tables();
    std::string changing_rule(std::string_view table, std::string_view chain);
    std::string marking_target();
    std::string chains(bool is_nat);
    std::string rule(const std::string& chain, bool is_nat, std::size_t next_user_chain);
    std::string matches(const std::string& chain);
    std::string remembering_match();
    std::string recent_match();
    std::string asking_match();
    std::string way_back_match(std::string_view chain);
    std::string address();
    std::string filter_target(const std::string& chain, bool is_tcp, std::size_t next_user_chain);
    std::string nat_target(const std::string& chain, const std::string& protocol,
                           std::size_t next_user_chain);
    std::string port_range(const std::vector<std::uint16_t>& ports);
    std::string based_ports();
    std::uint16_t any_port();

    bool chance(std::uint32_t percent) { return random_.below(100) < percent; }
    template <class List>
    const auto& one_of(const List& list) {
        return list[random_.below(static_cast<std::uint32_t>(std::size(list)))];
    }
    base::Random random_;
    bool has_labels_ = false;  ///< the rules being made speak of labels of connections
    bool remembers_ = false;  ///< this ruleset has matches that remember, so that packets go one by one
};

}  // namespace sluice::model
