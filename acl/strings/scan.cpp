// SPDX-License-Identifier: BSD-3-Clause
/// The part of a scanner that runs for each packet.
#include <hs_runtime.h>

#include <algorithm>
#include <utility>

#include "acl/strings/scanner.h"

namespace sluice::acl::strings {

/// A desk that is this thread's until the end of the scope; none where all are taken.
class Scanner::Claim {
public:
    /// Tries from `first` on: who always begins at the same desk finds it in its cache.
    Claim(std::deque<Desk>& desks, std::size_t first) noexcept {
        for (std::size_t i = 0; i < desks.size(); ++i) {
            Desk& desk = desks[(first + i) % desks.size()];
            if (!desk.is_taken.exchange(true, std::memory_order_acquire)) {
                desk_ = &desk;
                return;
            }
        }
    }
    ~Claim() {
        if (desk_ != nullptr) {
            desk_->is_taken.store(false, std::memory_order_release);
        }
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    [[nodiscard]] Desk* desk() const noexcept { return desk_; }

private:
    Desk* desk_ = nullptr;
};

/// Where Hyperscan tells what it finds.
struct Scanner::Passing {
    Desk& desk;
    Hits& hits;
};

int Scanner::note(unsigned number, unsigned long long /*from*/, unsigned long long /*to*/, unsigned /*flags*/,
                  void* passing) {
    auto& [desk, hits] = *static_cast<Passing*>(passing);
    std::uint64_t& word = desk.found[number / 64];
    const std::uint64_t bit = std::uint64_t{1} << number % 64;
    if ((word & bit) != 0) {
        return 0;
    }
    word |= bit;
    if (hits.count < Hits::kMost) {
        hits.numbers[hits.count++] = number;
    } else {
        hits.overflowed = true;
    }
    return 0;
}

/// Looks through a packet. Returns: false where it cannot be read.
template <net::Family F>
bool Scanner::pass(const PacketView<F>& packet, Desk& desk, Hits& hits) const noexcept {
    std::span<const std::byte> bytes = packet.packet;
    if (length_of(packet) > bytes.size()) {
        const std::span<std::byte> whole = std::span(desk.whole_packet);
        if (length_of(packet) > whole.size() || !read_at(packet, 0, whole.first(length_of(packet)))) {
            return false;
        }
        bytes = whole.first(length_of(packet));
    }
    if (desk.pass != 0) {
        std::fill(desk.found.begin(), desk.found.end(), 0);
        desk.pass = 0;
    }
    hits.count = 0;
    hits.overflowed = false;
    Passing passing{desk, hits};
    const hs_error_t error =
        hs_scan(database_.get(), reinterpret_cast<const char*>(bytes.data()), static_cast<unsigned>(bytes.size()), 0,
                desk.scratch.get(), &Scanner::note, &passing);
    hits.is_known = error == HS_SUCCESS;
    if (hits.overflowed || !hits.is_known) {
        desk.pass = hits.pass = desk.next_pass;
        desk.next_pass += desks_.size();  // no two passes have the same number, whoever's desk they were done at
    } else {
        for (const Number number : hits.found()) {
            desk.found[number / 64] = 0;
        }
    }
    return hits.is_known;
}

template <net::Family F>
bool Scanner::has(Number number, const PacketView<F>& packet, Hits& hits) noexcept {
    if (database_ == nullptr) {
        hits.is_known = true;
        hits.count = 0;
        hits.overflowed = false;
        return false;
    }
    if (hits.is_known && !hits.overflowed) {
        const auto found = hits.found();
        return std::find(found.begin(), found.end(), number) != found.end();
    }
    const Claim claim(desks_, packet.cpu);
    Desk* const desk = claim.desk();
    if (desk == nullptr) {
        return occurs(strings_[number], packet);
    }
    const bool is_there = hits.is_known && desk->pass == hits.pass && desk->pass != 0;
    if (!is_there && !pass(packet, *desk, hits)) {
        return occurs(strings_[number], packet);
    }
    if (!hits.overflowed) {
        const auto found = hits.found();
        return std::find(found.begin(), found.end(), number) != found.end();
    }
    return (desk->found[number / 64] >> number % 64 & 1) != 0;
}

template bool Scanner::has(Number, const PacketView<net::Ipv4>&, Hits&) noexcept;

}  // namespace sluice::acl::strings
