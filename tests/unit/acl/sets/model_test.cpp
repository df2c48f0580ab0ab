// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include "acl/sets/element_text.h"
#include "acl/sets/set.h"

/// Sets beside a slow map that keeps elements as they were given and looks at all of them.
namespace sluice::acl::sets {

namespace {

struct Slow {
    std::map<Element, bool> elements;  ///< the value: nomatch

    /// The most specific element that covers the packet: by the first prefix, then by the second.
    [[nodiscard]] bool match(const Element& packet, bool nets, bool second_nets) const {
        std::pair<int, int> best{-1, -1};
        bool answer = false;
        for (const auto& [one, nomatch] : elements) {
            Element cut = packet;
            cut.length = nets ? one.length : packet.length;
            cut.address = packet.address.masked(cut.length, 32);
            cut.second_length = second_nets ? one.second_length : packet.second_length;
            cut.second = packet.second.masked(std::min<unsigned>(cut.second_length, 32), 32);
            if (cut.iface != one.iface && cut.address == one.address && one.length > best.first) {
                best = {one.length, one.second_length};  // a network decides, with whatever interface
                answer = false;
            }
            if (cut == one && std::pair<int, int>{one.length, one.second_length} >= best) {
                best = {one.length, one.second_length};
                answer = !nomatch;
            }
        }
        return answer;
    }
};

class RandomElements {
public:
    RandomElements(const SetType& type, std::uint32_t seed) : type_(&type), random_(seed) {}

    std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
    Element element(bool is_packet) {
        Element element;
        for (std::size_t at = 0; at < 3; ++at) {
            const Dimension dimension = type_->dimensions[at];
            const bool is_net = dimension == Dimension::net && !is_packet;
            const auto length = static_cast<std::uint8_t>(is_net ? 28 + below(5) : 32);
            if (dimension == Dimension::ip || dimension == Dimension::net) {
                const SetAddress address = SetAddress{0, 0x0a000001U + below(14)}.masked(length, 32);
                (at == 0 ? element.address : element.second) = address;
                (at == 0 ? element.length : element.second_length) = length;
            } else if (dimension == Dimension::port) {
                element.protocol = below(2) == 0 ? 6 : 17;
                element.port = static_cast<std::uint16_t>(below(3));
            } else if (dimension == Dimension::mac) {
                element.mac.bytes[5] = static_cast<std::uint8_t>(1 + below(3));
            } else if (dimension == Dimension::mark) {
                element.mark = below(4);
            } else if (dimension == Dimension::iface) {
                element.iface[0] = static_cast<char>('a' + below(3));
            }
        }
        return element;
    }

private:
    const SetType* type_;
    std::mt19937 random_;
};

}  // namespace

// MAT-7
TEST(SetsBesideAModel, answer_alike_for_random_elements_and_packets) {
    constexpr std::array kTypes = {"hash:ip",      "hash:net",         "hash:ip,port",     "hash:net,port",
                                   "hash:net,iface", "hash:ip,port,ip", "hash:ip,port,net", "hash:net,net",
                                   "hash:net,port,net", "hash:mac",     "hash:ip,mac",      "hash:ip,mark"};
    for (const char* name : kTypes) {
        for (std::uint32_t seed = 1; seed <= 20; ++seed) {
            const SetType& type = *find_type(name);
            Set set({.type = &type, .seed = seed});
            Slow slow;
            RandomElements random(type, seed);
            const bool nets = type.dimensions[0] == Dimension::net;
            const bool second_nets = type.dimensions[1] == Dimension::net || type.dimensions[2] == Dimension::net;
            for (int step = 0; step < 300; ++step) {
                const Element element = random.element(false);
                Extension extension;
                extension.nomatch = type.has(Dimension::net) && random.below(4) == 0;
                if (random.below(2) == 0) {
                    const bool is_new = slow.elements.emplace(element, extension.nomatch).second;
                    ASSERT_EQ(set.add(element, extension, false, 1).has_value(), is_new) << name << " seed " << seed;
                } else {
                    ASSERT_EQ(set.del(element, 1).has_value(), slow.elements.erase(element) == 1) << name << " seed " << seed;
                }
                set.seal();
                set.free_sealed();
                ASSERT_EQ(set.size(), slow.elements.size());
                for (int i = 0; i < 5; ++i) {
                    const Element packet = random.element(true);
                    ASSERT_EQ(set.look_up(packet, {.now_ms = 1}) == Found::present, slow.match(packet, nets, second_nets))
                        << name << " seed " << seed << " " << element_text(packet, set.options());
                }
            }
        }
    }
}

}  // namespace sluice::acl::sets
