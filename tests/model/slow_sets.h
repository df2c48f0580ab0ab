// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "acl/matches/set.h"
#include "acl/targets/set_target.h"
#include "tests/model/slow_terms.h"

/// A few sets, what `-m set` says of them, element by element, and what SET does to them (MAT-7, TGT-1).
namespace sluice::model {

inline constexpr std::array<const char*, 12> kSetNames = {"hosts", "nets", "web",   "ways", "ports", "all",
                                                          "seen",  "pairs", "marks", "open", "both",  "spans"};
/// Those that SET writes into.
inline constexpr std::array<const char*, 5> kWrittenSetNames = {"seen", "pairs", "open", "both", "spans"};

/// As `ipset save` writes them, before any packet.
[[nodiscard]] std::string sets_text();

class SlowSets {
public:
    SlowSets();

    /// Whether asking it counts the packet.
    [[nodiscard]] bool counts(const std::string& name) const;
    /// match_set_v4.
    [[nodiscard]] bool ask(const acl::SetMatch& match, const Packet& packet);
    /// set_target_v3. In: the packet, whose mark it may change.
    void apply(const acl::SetTarget& target, Packet& packet);

    struct Element {
        std::string text;
        std::uint32_t network = 0;
        unsigned length = 32;
        unsigned protocol = 0;
        unsigned port = 0;
        std::string interface{};
        bool nomatch = false;
        std::uint64_t deadline_ms = 0;  ///< 0: none
        std::uint64_t packets = 0;
        std::uint64_t bytes = 0;
        std::uint32_t mark = 0;
        std::uint32_t mark_mask = 0;
    };
    struct Set {
        std::string name;
        std::string type;
        std::string options;
        std::vector<Element> elements;
        std::optional<std::uint32_t> timeout_s{};
        bool counters = false;
        std::size_t most = 65'536;
        unsigned longest = 0;  ///< length that an element had; what SET adds has it, too
    };

private:
    /// How it is asked.
    struct Question {
        acl::sets::Directions directions;
        bool return_nomatch = false;
        bool counts = true;
        bool counts_members = true;  ///< of a list
        acl::sets::CounterTest packets{};
        acl::sets::CounterTest bytes{};
    };

    Set& set_named(const std::string& name);
    /// The element that says yes, where one does.
    Element* find(Set& set, const Question& question, const Packet& packet);
    static bool fits(Set& set, Element& element, const Question& question, const Packet& packet);
    bool add(Set& set, const acl::SetTarget& target, const Packet& packet);
    bool del(Set& set, const acl::SetTarget& target, const Packet& packet);

    std::vector<Set> sets_;
};

}  // namespace sluice::model
