// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "acl/sets/question.h"
#include "acl/targets/effect.h"
#include "acl/targets/set_target.h"

namespace sluice::acl {

/// SET with the slots that its sets lie in. What it puts there is there for the next packet.
///
/// A mark that is mapped hangs on what is in the set at that moment: such a packet takes the long way.
struct SetWrite {
    struct Use {
        sets::Slot* slot = nullptr;  ///< none: nothing to do
        sets::Directions directions;
    };
    Use add;
    Use del;
    Use map;
    std::uint32_t timeout_s = 0;
    bool has_timeout = false;
    bool exist = false;
    bool map_mark = false;
    const sets::InterfaceName* names = nullptr;  ///< the program's
    std::size_t name_count = 0;
};

template <>
struct Effect<SetWrite> {
    static constexpr Touches touches = Touches::outside;

    template <net::Family F>
    static Applied apply(const SetWrite& target, Subject<F>& subject) noexcept {
        if (subject.is_rehearsal) {
            return target.map.slot != nullptr ? Applied::long_way : Applied::done;
        }
        const sets::InterfaceNames names{target.names, target.name_count};
        if (target.add.slot != nullptr) {
            const auto timeout = target.has_timeout ? std::optional(target.timeout_s) : std::nullopt;
            sets::add_packet(*target.add.slot, {target.add.directions, timeout, target.exist}, names, subject.view);
        }
        if (target.del.slot != nullptr) {
            sets::del_packet(*target.del.slot, target.del.directions, names, subject.view);
        }
        if (target.map.slot != nullptr) {
            sets::Mark mark;
            const sets::Question question{.directions = target.map.directions, .mark = &mark};
            if (sets::is_in(*target.map.slot, question, names, subject.view) && target.map_mark) {
                subject.view.mark = (subject.view.mark & ~mark.mask) ^ mark.value;
            }
        }
        return Applied::done;
    }
};

}  // namespace sluice::acl
