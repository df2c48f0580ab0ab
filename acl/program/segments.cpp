// SPDX-License-Identifier: BSD-3-Clause
#include "acl/program/segments.h"

#include <algorithm>

#include "acl/program/masked.h"

namespace sluice::acl {

namespace {

/// True where the first 32 bits of both addresses allow that one packet matches both rules; a quick first
/// look.
///
/// Arrays of their own so that the compiler compares several rules at once.
template <net::Family F>
class Coarse {
public:
    static constexpr std::size_t kBlock = 64;

    explicit Coarse(std::span<const Outline<F>> rules) {
        for (const Outline<F>& rule : rules) {
            source_.push_back(word(rule.source, 0));
            source_mask_.push_back(net::ipv4_mask(std::min<unsigned>(32, rule.source_length)));
            destination_.push_back(word(rule.destination, 0));
            destination_mask_.push_back(net::ipv4_mask(std::min<unsigned>(32, rule.destination_length)));
        }
    }

    /// May any rule of [begin, end) overlap rule i?
    [[nodiscard]] bool any(std::size_t i, std::size_t begin, std::size_t end) const {
        const std::uint32_t source = source_[i];
        const std::uint32_t source_mask = source_mask_[i];
        const std::uint32_t destination = destination_[i];
        const std::uint32_t destination_mask = destination_mask_[i];
        std::uint32_t found = 0;
        for (std::size_t j = begin; j < end; ++j) {
            const std::uint32_t difference =
                ((source_[j] ^ source) & source_mask_[j] & source_mask) |
                ((destination_[j] ^ destination) & destination_mask_[j] & destination_mask);
            found |= difference == 0 ? 1U : 0U;
        }
        return found != 0;
    }

private:
    std::vector<std::uint32_t> source_;
    std::vector<std::uint32_t> source_mask_;
    std::vector<std::uint32_t> destination_;
    std::vector<std::uint32_t> destination_mask_;
};

template <class Address>
bool prefixes_overlap(const Address& a, unsigned a_length, const Address& b, unsigned b_length) {
    unsigned left = std::min(a_length, b_length);
    for (std::size_t i = 0; left != 0; ++i) {
        const unsigned bits = std::min(left, 32U);
        if (((word(a, i) ^ word(b, i)) & net::ipv4_mask(bits)) != 0) {
            return false;
        }
        left -= bits;
    }
    return true;
}

/// True where some packet can match both.
template <net::Family F>
bool overlap(const Outline<F>& a, const Outline<F>& b) {
    const auto ports = [](const auto& x, const auto& y) { return x.min <= y.max && y.min <= x.max; };
    return !a.never && !b.never && (a.protocol == 0 || b.protocol == 0 || a.protocol == b.protocol) &&
           prefixes_overlap(a.source, a.source_length, b.source, b.source_length) &&
           prefixes_overlap(a.destination, a.destination_length, b.destination, b.destination_length) &&
           ports(a.source_ports, b.source_ports) && ports(a.destination_ports, b.destination_ports) &&
           (!a.has_in || !b.has_in || a.in == b.in) && (!a.has_out || !b.has_out || a.out == b.out);
}

/// Appends the rules behind i that overlap it; false: too many.
template <net::Family F>
bool list_successors(std::span<const Outline<F>> rules, const Coarse<F>& coarse, std::size_t i,
                     std::vector<std::uint32_t>& list) {
    const std::size_t start = list.size();
    for (std::size_t block = i + 1; block < rules.size(); block += Coarse<F>::kBlock) {
        const std::size_t end = std::min(rules.size(), block + Coarse<F>::kBlock);
        if (!coarse.any(i, block, end)) {
            continue;
        }
        for (std::size_t j = block; j < end; ++j) {
            if (!overlap(rules[i], rules[j])) {
                continue;
            }
            if (list.size() - start == kMaxSuccessors) {
                list.resize(start);
                return false;
            }
            list.push_back(static_cast<std::uint32_t>(j));
        }
    }
    return true;
}

}  // namespace

template <net::Family F>
std::vector<Segment> segments_of(std::span<const Outline<F>> rules) {
    std::vector<Segment> segments;
    const auto size = static_cast<std::uint32_t>(rules.size());
    std::uint32_t walked_from = 0;
    std::uint32_t run = 0;  // begin of the run of rules that a classifier could take
    for (std::uint32_t i = 0; i <= size; ++i) {
        if (i < size && (rules[i].settled || !rules[i].is_wide())) {
            continue;
        }
        if (i - run >= kMinClassified) {
            if (walked_from < run) {
                segments.push_back({walked_from, run, false});
            }
            segments.push_back({run, i, true});
            walked_from = i;
        }
        run = i + 1;
    }
    segments.push_back({walked_from, size, false});
    return segments;
}

template <net::Family F>
Successors successors_of(std::span<Outline<F>> rules) {
    Successors result;
    const Coarse<F> coarse{std::span<const Outline<F>>(rules)};
    result.start.assign(rules.size(), Successors::kNone);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (rules[i].settled) {
            continue;
        }
        const auto start = static_cast<std::uint32_t>(result.rules.size());
        if (list_successors(std::span<const Outline<F>>(rules), coarse, i, result.rules)) {
            result.rules.push_back(Successors::kEnd);
            result.start[i] = start;
        }
    }
    for (std::size_t i = 0; i < rules.size(); ++i) {
        rules[i].settled = rules[i].settled || result.start[i] != Successors::kNone;
    }
    return result;
}

template std::vector<Segment> segments_of(std::span<const Outline<net::Ipv4>> rules);
template std::vector<Segment> segments_of(std::span<const Outline<net::Ipv6>> rules);
template Successors successors_of(std::span<Outline<net::Ipv4>> rules);
template Successors successors_of(std::span<Outline<net::Ipv6>> rules);

}  // namespace sluice::acl
