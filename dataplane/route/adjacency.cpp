// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/route/adjacency.h"

#include <fmt/core.h>
#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_jhash.h>
#include <rte_random.h>

#include <algorithm>
#include <new>

namespace sluice::route {

namespace {

/// What the hash compares: no padding, all bytes set.
template <net::Family F>
struct Key {
    typename F::Address address;
    base::InterfaceId interface;
    std::uint16_t zero = 0;
};
static_assert(sizeof(Key<net::Ipv4>) == 8);

}  // namespace

template <net::Family F>
base::Result<std::unique_ptr<AdjacencyTable<F>>> AdjacencyTable<F>::create(std::uint32_t capacity) {
    static std::atomic<unsigned> number{0};
    const std::string name = fmt::format("adjacency{}", number.fetch_add(1));
    // Twice the room: a cuckoo hash refuses keys before it is full, and the positions are our numbers.
    const std::uint32_t room = std::max<std::uint32_t>(capacity * 2, 64);
    rte_hash_parameters parameters{};
    parameters.name = name.c_str();
    parameters.entries = room;
    parameters.key_len = sizeof(Key<F>);
    parameters.hash_func = rte_jhash;
    // Random, so that nobody in the LAN can choose addresses that share a bucket.
    parameters.hash_func_init_val = static_cast<std::uint32_t>(rte_rand());
    parameters.socket_id = -1;
    parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
    std::unique_ptr<AdjacencyTable> table(new AdjacencyTable);
    table->hash_ = rte_hash_create(&parameters);
    if (table->hash_ == nullptr) {
        return base::failure(
            fmt::format("no memory for {} neighbours: {}", capacity, rte_strerror(rte_errno)));
    }
    table->entries_ = std::make_unique<Adjacency[]>(room);
    table->capacity_ = capacity;
    return table;
}

template <net::Family F>
AdjacencyTable<F>::~AdjacencyTable() {
    rte_hash_free(hash_);
}

template <net::Family F>
base::AdjacencyId AdjacencyTable<F>::find(base::InterfaceId interface,
                                          const Address& address) const noexcept {
    const Key<F> key{address, interface};
    const int position = rte_hash_lookup(hash_, &key);
    return position < 0 ? base::kNoAdjacency : static_cast<base::AdjacencyId>(position);
}

template <net::Family F>
base::AdjacencyId AdjacencyTable<F>::insert(base::InterfaceId interface, const Address& address) {
    const base::AdjacencyId known = find(interface, address);
    if (known != base::kNoAdjacency || used_ == capacity_) {
        return known;
    }
    const Key<F> key{address, interface};
    const int position = rte_hash_add_key(hash_, &key);
    if (position < 0) {
        return base::kNoAdjacency;
    }
    ++used_;
    // A worker may find the number before this: free entries are unresolved, and of those it reads nothing
    // else.
    Adjacency& entry = entries_[static_cast<std::uint32_t>(position)];
    entry.interface = interface;
    std::memcpy(entry.key.data(), &address, sizeof(Address));
    return static_cast<base::AdjacencyId>(position);
}

template <net::Family F>
base::AdjacencyId AdjacencyTable<F>::erase(base::InterfaceId interface, const Address& address) {
    const Key<F> key{address, interface};
    const int position = rte_hash_del_key(hash_, &key);
    if (position < 0) {
        return base::kNoAdjacency;
    }
    const auto id = static_cast<base::AdjacencyId>(position);
    at(id).forget();  // who remembers the number must not use it any more
    return id;
}

template <net::Family F>
void AdjacencyTable<F>::release(base::AdjacencyId id) {
    Adjacency& entry = at(id);
    entry.link.store(0, std::memory_order_relaxed);
    entry.last_used_s.store(0, std::memory_order_relaxed);
    entry.interface = base::kNoInterface;
    if (rte_hash_free_key_with_position(hash_, static_cast<std::int32_t>(base::index_of(id))) == 0) {
        --used_;
    }
}

template class AdjacencyTable<net::Ipv4>;

}  // namespace sluice::route
