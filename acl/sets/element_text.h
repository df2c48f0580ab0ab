// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "acl/sets/element.h"
#include "acl/sets/set.h"

/// Elements as ipset(8) writes them: `10.0.0.0/8,tcp:80-90`.
namespace sluice::acl::sets {

/// What one word may stand for: all from `first` to the last address and port.
struct ElementRange {
    Element first;
    SetAddress last_address;
    std::uint16_t last_port = 0;
};

/// Reads the element of a set. Names are not resolved, except those of protocols and services.
/// Errors: a sentence, as ipset would say it.
[[nodiscard]] tl::expected<ElementRange, std::string> parse_element(std::string_view text, const SetOptions& options);

/// Calls `use` with each element of the range until it returns false; networks cover a range with as few as can be.
/// Cost: addresses times ports, as in Linux.
void expand(const ElementRange& range, const SetOptions& options, const std::function<bool(const Element&)>& use);

/// How many elements that is.
[[nodiscard]] std::uint64_t count_of(const ElementRange& range, const SetOptions& options);

/// As `ipset save` prints it.
[[nodiscard]] std::string element_text(const Element& element, const SetOptions& options);

/// An address of the set's family.
[[nodiscard]] tl::expected<SetAddress, std::string> parse_set_address(std::string_view text, bool ipv6);
[[nodiscard]] std::string address_text(const SetAddress& address, bool ipv6);

/// A decimal, octal or hexadecimal number up to `most`, with ipset's words against what is none.
[[nodiscard]] tl::expected<std::uint64_t, std::string> parse_set_number(std::string_view text, std::uint64_t most);

}  // namespace sluice::acl::sets
