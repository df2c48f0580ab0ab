// SPDX-License-Identifier: BSD-3-Clause
#include "acl/text/core_options.h"

#include <algorithm>
#include <array>

namespace sluice::acl::text {

namespace {

using Is = CoreMeaning;

/// Options that mean the same share their letter, so that an abbreviation of both is not ambiguous.
constexpr std::array<CoreOption, 37> kOptions = {{
    {"append", 'A', true, Is::append},
    {"insert", 'I', true, Is::insert},
    {"new-chain", 'N', true, Is::new_chain},
    {"policy", 'P', true, Is::policy},
    {"delete", 'D', true, Is::delete_rule},
    {"check", 'C', true, Is::check},
    {"replace", 'R', true, Is::replace},
    {"flush", 'F', false, Is::flush},
    {"zero", 'Z', false, Is::zero},
    {"delete-chain", 'X', false, Is::delete_chain},
    {"rename-chain", 'E', true, Is::rename_chain},
    {"list", 'L', false, Is::misplaced},
    {"list-rules", 'S', false, Is::misplaced},
    {"source", 's', true, Is::source},
    {"src", 's', true, Is::source},
    {"destination", 'd', true, Is::destination},
    {"dst", 'd', true, Is::destination},
    {"protocol", 'p', true, Is::protocol},
    {"in-interface", 'i', true, Is::in_interface},
    {"out-interface", 'o', true, Is::out_interface},
    {"jump", 'j', true, Is::jump},
    {"goto", 'g', true, Is::go_to},
    {"match", 'm', true, Is::match},
    {"set-counters", 'c', true, Is::counters},
    {"fragments", 'f', false, Is::fragment},
    {"ipv4", '4', false, Is::ipv4},
    {"ipv6", '6', false, Is::ipv6},
    {"table", 't', true, Is::table},
    {"numeric", 'n', false, Is::misplaced},
    {"verbose", 'v', false, Is::verbose},
    {"exact", 'x', false, Is::misplaced},
    {"wait", 'w', false, Is::wait},
    {"wait-interval", 'W', false, Is::wait},
    {"version", 'V', false, Is::misplaced},
    {"help", 'h', false, Is::misplaced},
    {"line-numbers", '0', false, Is::misplaced},
    {"modprobe", 'M', true, Is::misplaced},
}};

}  // namespace

std::span<const CoreOption> core_options() {
    return kOptions;
}

const CoreOption* core_option(char letter) {
    const auto* found = std::find_if(kOptions.begin(), kOptions.end(),
                                     [&](const CoreOption& option) { return option.letter == letter; });
    return found == kOptions.end() || letter == '0' ? nullptr : found;
}

}  // namespace sluice::acl::text
