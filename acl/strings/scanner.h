// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "acl/strings/hits.h"
#include "acl/strings/occurrence.h"
#include "dataplane/base/result.h"

struct hs_database;  // Hyperscan's
struct hs_scratch;

/// All strings of a program, sought in one pass over a packet by Hyperscan (Wang et al., NSDI 2019).
namespace sluice::acl::strings {

/// A string by its number, dense from 0.
using Number = std::uint32_t;

/// Strings, compiled. Immutable but for the readers' working memory.
///
/// A pass needs working memory, which is claimed for its time; there is one for each thread that may come. Who finds
/// all of it taken looks for the one string in the plain way: no one ever waits.
class Scanner {
public:
    /// Takes the strings, and numbers them in this order. Errors: Hyperscan's own, or no memory.
    /// Units: readers in threads that may scan at once.
    static base::Result<std::unique_ptr<Scanner>> compile(std::span<const Sought> strings, std::uint32_t readers);

    /// True where the packet has the string. The first question looks through the packet and fills `hits`.
    template <net::Family F>
    [[nodiscard]] bool has(Number number, const PacketView<F>& packet, Hits& hits) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return strings_.size(); }
    /// Of the database and of the working memory. Units: bytes.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct FreeDatabase {
        void operator()(hs_database* database) const noexcept;
    };
    struct FreeScratch {
        void operator()(hs_scratch* scratch) const noexcept;
    };

    /// What one pass works with and leaves behind.
    struct Desk {
        static constexpr std::size_t kLargestPacket = 65535;

        std::atomic<bool> is_taken = false;
        std::uint64_t pass = 0;  ///< whose results are in `found`, as they did not fit into the packet's hits; 0: none
        std::uint64_t next_pass = 0;
        std::unique_ptr<hs_scratch, FreeScratch> scratch;
        std::vector<std::uint64_t> found;     ///< a bit a string
        std::vector<std::byte> whole_packet;  ///< for one that is in pieces
    };
    class Claim;
    struct Passing;

    explicit Scanner(std::span<const Sought> strings);
    base::Result<void> build();
    base::Result<void> furnish(std::uint32_t readers);
    template <net::Family F>
    bool pass(const PacketView<F>& packet, Desk& desk, Hits& hits) const noexcept;
    static int note(unsigned number, unsigned long long from, unsigned long long to, unsigned flags, void* passing);

    std::vector<Sought> strings_;
    std::deque<std::string> texts_;  ///< what `strings_` point to
    std::unique_ptr<hs_database, FreeDatabase> database_;  ///< none: no string can occur
    std::deque<Desk> desks_;
    std::size_t bytes_ = 0;
};

}  // namespace sluice::acl::strings
