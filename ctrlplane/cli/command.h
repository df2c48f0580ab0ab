// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "dataplane/base/result.h"

/// From the words of a command line to one call.
namespace sluice::ctrlplane::cli {

/// A call to the router. Its result is an object: `text` for stdout, `note` (optional) for stderr; with
/// `json` in the params, `data` in place of `text`.
struct Call {
    std::string method;
    nlohmann::json params = nlohmann::json::object();
    std::string input{};   ///< the file that the parameter `text` is read from; `-`: stdin; empty: there is none
    bool follows = false;  ///< it is asked again and again for what came since (`after`), until somebody ends it
    std::string output{};  ///< the file that the text is written to; empty: stdout
    bool is_json = false;  ///< what it prints is data, as with -j
    std::string farewell{};  ///< what is printed to stderr when somebody ends what `follows`; {}: how much was shown
};

/// Exit statuses of sluicectl.
enum class Status : int { done = 0, refused = 1, usage = 2, no_router = 4 };

/// Words that make no call, and with what status that ends.
struct Complaint {
    Status status = Status::usage;
    std::string message;
    bool is_whole = false;  ///< the message is all that is printed, as a tool prints it that operators know
};

using Words = std::span<const std::string>;
using Parsed = tl::expected<Call, Complaint>;

[[nodiscard]] inline tl::unexpected<Complaint> usage(std::string message) {
    return tl::unexpected<Complaint>(Complaint{Status::usage, std::move(message), false});
}
/// For what the promise names and nobody has built: refused, never accepted and ignored.
[[nodiscard]] inline tl::unexpected<Complaint> not_built(const std::string& what) {
    return tl::unexpected<Complaint>(Complaint{Status::refused, what + " is not built yet", false});
}

/// The tools that operators know; `words` are what follows the command's name.
[[nodiscard]] Parsed parse_iptables(Words words);
[[nodiscard]] Parsed parse_iptables_save(Words words);
[[nodiscard]] Parsed parse_iptables_restore(Words words);
[[nodiscard]] Parsed parse_ipset(Words words);
[[nodiscard]] Parsed parse_recent(Words words);
[[nodiscard]] Parsed parse_conntrack(Words words);
[[nodiscard]] Parsed parse_ip(Words words);
[[nodiscard]] Parsed parse_sysctl(Words words);

/// Any command: one of those above, or one of Sluice's own.
[[nodiscard]] Parsed parse_command(const std::string& command, Words words);

}  // namespace sluice::ctrlplane::cli
