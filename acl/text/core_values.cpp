// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/core_values.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "acl/text/manual.h"
#include "acl/text/names.h"
#include "acl/text/numbers.h"
#include "acl/text/registry.h"

namespace sluice::acl::text {

Expected<NamedProtocol> read_protocol(const Word& value, bool inverted) {
    NamedProtocol protocol{{0, inverted}, value.text};
    std::transform(protocol.name.begin(), protocol.name.end(), protocol.name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto numeric = parse_number(protocol.name, 0xff);
    const auto number =
        numeric ? std::optional(static_cast<std::uint8_t>(*numeric)) : protocol_number(protocol.name);
    if (!number) {
        return fault(fmt::format("unknown protocol '{}': a number from 0 to 255 or a name of /etc/protocols",
                                 value.text),
                     value.begin);
    }
    if (*number == 0 && inverted) {
        return fault("this rule would never match: '!' with all protocols", value.begin);
    }
    protocol.match.number = *number;
    return protocol;
}

Expected<AnyTarget> read_target(const Word& value, bool is_goto, TableId table) {
    const std::string& name = value.text;
    if (is_goto) {
        return JumpTarget{name, true};
    }
    if (name == "ACCEPT") {
        return AcceptTarget{};
    }
    if (name == "RETURN") {
        return ReturnTarget{};
    }
    if (name == "DROP") {
        if (table == TableId::nat) {
            return fault(
                "the \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited",
                value.begin);
        }
        return DropTarget{};
    }
    if (const TargetExtension* extension = find_target(name)) {
        if ((extension->tables & bit(table)) == 0) {
            return fault(fmt::format("target '{}' has no place in table '{}'", name,
                                     kTableNames[static_cast<std::size_t>(table)]),
                         value.begin);
        }
        return extension->initial;
    }
    if (std::string why = why_no_target(name); !why.empty()) {
        return fault(std::move(why), value.begin);
    }
    if (std::string why = why_no_chain_name(name); !why.empty()) {
        return fault(std::move(why), value.begin);
    }
    return JumpTarget{name, false};
}

Expected<base::PacketCount> read_counters(const Word& value) {
    constexpr std::uint64_t kMax = ~std::uint64_t{0};
    const std::string_view text = value.text;
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto packets = parse_digits(text.substr(0, comma), kMax);
    const auto bytes = parse_digits(text.substr(std::min(comma + 1, text.size())), kMax);
    if (!packets || !bytes) {
        return fault("'-c' requires a packet counter and a byte counter, both numbers", value.begin);
    }
    return base::PacketCount{*packets, *bytes};
}

}  // namespace sluice::acl::text
