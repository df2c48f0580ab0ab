// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "dataplane/net/address.h"
#include "dataplane/net/family.h"

struct rte_hash;

/// Neighbours as the packet path sees them.
///
/// An adjacency is a neighbour on an interface: (interface, address) -> MAC address. The control thread owns the
/// table: it alone inserts, resolves, ages and deletes (its state machine is ctrlplane's business). Workers look
/// up, read the MAC, and stamp the entry when they use it.
///
/// A worker that finds none, or one without MAC, asks the control thread over its ring and holds the packet.
/// A connection remembers its adjacency's number; the number of a deleted entry is used again only after the
/// route generation was raised, so a remembered number is never another neighbour's.
namespace sluice::route {

/// One neighbour; one cache line.
struct alignas(64) Adjacency {
    static constexpr std::uint64_t kResolved = 1ULL << 63U;
    static constexpr std::uint64_t kFailed = 1ULL << 62U;  ///< asked in vain: answer 3/1 for packets that come now

    /// MAC in the low 48 bits (first byte lowest) and the flags above. Writer: control.
    std::atomic<std::uint64_t> link{0};
    /// Seconds of the worker's clock when it was last sent to; each worker writes it at most once a second.
    std::atomic<std::uint32_t> last_used_s{0};
    base::InterfaceId interface = base::kNoInterface;  ///< written before the entry is published
    std::uint16_t reserved = 0;

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
};

/// The table of neighbours: a hash read without locks, and the entries by number.
///
/// Threads: `find` and `at` by all workers; the rest by the control thread alone. Deleted keys are freed by
/// quiescent states, which the control thread waits for outside of the packet path.
template <net::Family F>
class AdjacencyTable {
public:
    using Address = typename F::Address;

    /// Errors: no memory. Units: capacity in neighbours.
    static base::Result<std::unique_ptr<AdjacencyTable>> create(std::uint32_t capacity);
    ~AdjacencyTable();
    AdjacencyTable(const AdjacencyTable&) = delete;
    AdjacencyTable& operator=(const AdjacencyTable&) = delete;

    /// kNoAdjacency where there is no such neighbour. Cost: one hash lookup, about 40 cycles hot.
    [[nodiscard]] base::AdjacencyId find(base::InterfaceId interface, const Address& address) const noexcept;
    [[nodiscard]] Adjacency& at(base::AdjacencyId id) noexcept { return entries_[base::index_of(id)]; }
    [[nodiscard]] const Adjacency& at(base::AdjacencyId id) const noexcept { return entries_[base::index_of(id)]; }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

    /// Adds an unresolved entry. kNoAdjacency when the table is full.
    base::AdjacencyId insert(base::InterfaceId interface, const Address& address);
    /// Takes the key out; the number stays out of use until `release`, to be called when every worker has passed
    /// a quiescent state and the route generation has been raised.
    void erase(base::InterfaceId interface, const Address& address);
    void release(base::AdjacencyId id);

private:
    AdjacencyTable() = default;
    rte_hash* hash_ = nullptr;
    std::unique_ptr<Adjacency[]> entries_;
    std::uint32_t capacity_ = 0;
};

}  // namespace sluice::route
