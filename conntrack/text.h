// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "conntrack/copy.h"

/// Connections as an operator reads them: the lines of conntrack-tools 1.4.7. Control path only: this allocates.
namespace sluice::conntrack {

/// What of a connection is shown beside the usual, and of which event it tells.
struct Style {
    bool family = false;  ///< -o extended
    bool id = false;      ///< -o id
    bool start = false;   ///< -o ktimestamp: the instants themselves, not only the time between them
    /// UTC of the copy, where connections have time stamps (nf_conntrack_timestamp).
    std::optional<std::uint64_t> utc_ns{};
    std::uint32_t events = 0;  ///< event::k...; 0: it is no event, but a list
    /// The name of a label, empty where it has none. Nobody asks: labels are not shown.
    std::function<std::string_view(unsigned label)> label_name{};
    std::string (*instant)(std::uint64_t utc_ns) = nullptr;  ///< in words of local time; wanted with `start`
    std::string when{};  ///< -o timestamp in XML: what stands in the element `<when>`; empty: it is not there

    [[nodiscard]] bool is_list() const noexcept { return events == 0; }
    [[nodiscard]] bool is_destroy() const noexcept { return (events & event::kDestroy) != 0; }
    // What a message of the kernel holds (ctnetlink_conntrack_event).
    [[nodiscard]] bool has_timeout(std::uint32_t seconds_left) const noexcept {
        return !is_destroy() || seconds_left != 0;
    }
    [[nodiscard]] bool has_state() const noexcept {
        return is_list() || is_destroy() || (events & event::kProtocolState) != 0;
    }
    [[nodiscard]] bool has_counters() const noexcept { return is_list() || is_destroy(); }
    [[nodiscard]] bool has_mark(std::uint32_t mark) const noexcept {
        return is_list() || mark != 0 || (events & event::kMark) != 0;
    }
    [[nodiscard]] bool has_labels() const noexcept { return is_list() || (events & event::kLabel) != 0; }
    [[nodiscard]] bool has_helper() const noexcept { return !is_destroy(); }
    [[nodiscard]] bool has_stamps() const noexcept { return utc_ns && (is_list() || is_destroy()); }
};

/// One line of `conntrack -L`, or of `-E` where the style has events, without the newline:
/// `tcp      6 431999 ESTABLISHED src=… dst=… sport=… dport=… src=… dst=… sport=… dport=… [ASSURED] mark=0
/// use=1`, with `packets=… bytes=…` behind each direction where they are counted.
template <net::Family F>
[[nodiscard]] std::string conntrack_line(const ConnectionCopy<F>& copy, const Style& style = {});

/// The element `<flow>` of `-o xml`, in one line. What stands around all of them is kXmlHead and kXmlTail.
template <net::Family F>
[[nodiscard]] std::string conntrack_xml(const ConnectionCopy<F>& copy, const Style& style = {});
inline constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<conntrack>\n";
inline constexpr std::string_view kXmlTail = "</conntrack>\n";

/// The options with which `conntrack` makes such a connection (`-o save`); `letter` is its command: A, U or D.
template <net::Family F>
[[nodiscard]] std::string conntrack_options(const ConnectionCopy<F>& copy, char letter);

/// The name of the state of a protocol that has states; empty for others.
template <net::Family F>
[[nodiscard]] std::string_view state_text(const ConnectionCopy<F>& copy);

/// As libnetfilter_conntrack has it; all that it does not know are "unknown".
[[nodiscard]] const char* protocol_name(std::uint8_t protocol) noexcept;

/// True for protocols whose packets have ports.
[[nodiscard]] constexpr bool has_ports(std::uint8_t protocol) noexcept {
    return protocol == net::kProtocolTcp || protocol == net::kProtocolUdp || protocol == net::kProtocolUdpLite ||
           protocol == net::kProtocolSctp || protocol == net::kProtocolDccp;
}

/// UTC at which a connection began, to the 10 ms of its clock.
template <net::Family F>
[[nodiscard]] constexpr std::uint64_t began_utc_ns(const ConnectionCopy<F>& copy, std::uint64_t utc_ns) noexcept {
    return utc_ns - copy.age * base::kNsPerTick;
}

}  // namespace sluice::conntrack
