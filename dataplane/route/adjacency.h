// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"

struct rte_hash;

/// Neighbours as the packet path sees them.
///
/// An adjacency is a neighbour on an interface: (interface, address) -> MAC address. The control thread owns
/// the table: it alone inserts, resolves, ages and deletes (its state machine is ctrlplane/neighbors).
/// Workers look up, read the MAC, and stamp the entry when they use it.
///
/// A worker that finds none, or one without MAC, asks the control thread over its ring and holds the packet
/// (hold.h). A connection remembers its adjacency's number; the number of a deleted entry is used again only
/// after the route generation was raised, so a remembered number is never another neighbour's.
///
/// Example: a packet for 10.0.0.9 leaves by lan; `find(lan, 10.0.0.9)` says none; it is held and asked for.
/// The control thread inserts the entry, asks by ARP, and stores the MAC of the answer with `resolve`. The
/// worker's next `Hold::collect` finds the entry resolved and sends the packet. Had nobody answered, `fail`
/// would have counted a failure, and the worker would have dropped the packet with "host unreachable".
namespace sluice::route {

/// One neighbour; one cache line.
/// Threads: `resolve`, `fail` and `forget` by control; the rest by all.
struct alignas(64) Adjacency {
    static constexpr std::uint64_t kResolved = 1ULL << 63U;
    static constexpr std::uint64_t kFailed = 1ULL << 62U;  ///< nobody answered to the last questions
    static constexpr unsigned kFailuresShift = 48;
    static constexpr std::uint32_t kFailuresMask = 0x3fff;

    /// MAC in the low 48 bits (first byte lowest), 14 bits that count failures, and the flags above. Writer:
    /// control.
    std::atomic<std::uint64_t> link{0};
    /// Seconds of the worker's clock, plus one, when it was last sent to; written at most once a second. 0:
    /// never.
    std::atomic<std::uint32_t> last_used_s{0};
    base::InterfaceId interface = base::kNoInterface;  ///< written before the entry is resolved
    std::uint16_t reserved = 0;
    std::array<std::byte, 16> key{};  ///< the neighbour's address; written with `interface`

    [[nodiscard]] static std::uint64_t packed(net::MacAddress mac) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, mac.bytes.data(), 6);
        return word;
    }
    [[nodiscard]] static net::MacAddress mac_of(std::uint64_t link) noexcept {
        net::MacAddress mac;
        std::memcpy(mac.bytes.data(), &link, 6);
        return mac;
    }
    [[nodiscard]] static std::uint32_t failures_of(std::uint64_t link) noexcept {
        return static_cast<std::uint32_t>(link >> kFailuresShift) & kFailuresMask;
    }

    /// Acquire: who sees kResolved also sees `interface` and `key`.
    [[nodiscard]] std::uint64_t read() const noexcept { return link.load(std::memory_order_acquire); }
    template <class Address>
    [[nodiscard]] Address address() const noexcept {
        Address result;
        std::memcpy(&result, key.data(), sizeof(Address));
        return result;
    }
    /// Tells the control thread that the neighbour is being sent to.
    void stamp(std::uint64_t now_ns) noexcept {
        const auto now_s = static_cast<std::uint32_t>(now_ns / 1'000'000'000U + 1);
        if (last_used_s.load(std::memory_order_relaxed) != now_s) {
            last_used_s.store(now_s, std::memory_order_relaxed);
        }
    }

    void resolve(net::MacAddress mac) noexcept { store(kResolved | counted_failures(0) | packed(mac)); }
    /// Packets that wait are to be answered with "host unreachable"; later ones wait for the next questions.
    void fail() noexcept { store(kFailed | counted_failures(1)); }
    /// Takes the MAC away: packets wait.
    void forget() noexcept { store(counted_failures(0)); }

private:
    [[nodiscard]] std::uint64_t counted_failures(std::uint32_t more) const noexcept {
        const std::uint32_t failures = failures_of(link.load(std::memory_order_relaxed)) + more;
        return std::uint64_t{failures & kFailuresMask} << kFailuresShift;
    }
    void store(std::uint64_t word) noexcept { link.store(word, std::memory_order_release); }
};
static_assert(sizeof(Adjacency) == 64);

/// The table of neighbours: a hash read without locks, and the entries by number.
///
/// Threads: `find` and `at` by all workers; the rest by the control thread alone. Deleted keys are freed by
/// quiescent states, which the control thread waits for outside of the packet path.
template <net::Family F>
class AdjacencyTable {
public:
    using Address = typename F::Address;

    /// Errors: no memory. Units: capacity in neighbours; those that wait for `release` count.
    static base::Result<std::unique_ptr<AdjacencyTable>> create(std::uint32_t capacity);
    ~AdjacencyTable();
    AdjacencyTable(const AdjacencyTable&) = delete;
    AdjacencyTable& operator=(const AdjacencyTable&) = delete;

    /// kNoAdjacency where there is no such neighbour. Cost: one hash lookup, about 40 cycles hot.
    [[nodiscard]] base::AdjacencyId find(base::InterfaceId interface, const Address& address) const noexcept;
    [[nodiscard]] Adjacency& at(base::AdjacencyId id) noexcept { return entries_[base::index_of(id)]; }
    [[nodiscard]] const Adjacency& at(base::AdjacencyId id) const noexcept {
        return entries_[base::index_of(id)];
    }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

    /// Adds an unresolved entry, or finds the one that is there. kNoAdjacency when the table is full.
    base::AdjacencyId insert(base::InterfaceId interface, const Address& address);
    /// Takes the key out; the number stays out of use until `release`, to be called when every worker has
    /// passed a quiescent state and the route generation has been raised. kNoAdjacency where there is no such
    /// neighbour.
    base::AdjacencyId erase(base::InterfaceId interface, const Address& address);
    void release(base::AdjacencyId id);

private:
    AdjacencyTable() = default;
    rte_hash* hash_ = nullptr;
    std::unique_ptr<Adjacency[]> entries_;
    std::uint32_t capacity_ = 0;
    std::uint32_t used_ = 0;  ///< keys in the table and numbers that wait for `release`
};

}  // namespace sluice::route
