// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "acl/packet_view.h"

/// What a target does to a packet and to its connection: the other half of the option structs in this folder.
///
/// Each target T that changes something and lets the walk go on has one `Effect<T>` in `<t>_effect.h`:
///
///     template <> struct Effect<MarkTarget> {
///         static constexpr Touches touches = Touches::view;
///         static Applied apply(const MarkTarget&, Subject<F>&) noexcept;   // a template over F
///     };
namespace sluice::acl {

/// What an effect changes, hence how a remembered path deals with it.
enum class Touches : std::uint8_t {
    view,        ///< only what PacketView has a field for (mark, TTL, TOS), and the same in the bytes
    bytes,       ///< other bytes of the packet: questions about them behind it are asked of a copy
    connection,  ///< what later packets see (CONNMARK): packets go through the rules one after the other
    outside,     ///< something else that later questions may see (a set): no path behind it asks such a question
    nothing,     ///< nothing that a rule can see (LOG)
};

struct Told;

/// Whoever keeps what LOG and its like tell: two words of the dataplane. None: nobody listens.
template <net::Family F>
struct LogSink {
    void (*write)(void* self, const Told& what, const PacketView<F>& packet) noexcept = nullptr;
    void* self = nullptr;
};

struct TeeCopy;

/// Whoever sends copies of packets (TEE): two words of the dataplane. None: nobody does.
template <net::Family F>
struct CopySink {
    /// In: `packet`, as Subject has it; its view.
    void (*send)(void* self, void* packet, const PacketView<F>& view, const TeeCopy& how) noexcept = nullptr;
    void* self = nullptr;
};

/// A packet and what belongs to it, in the hands of a target.
///
/// A path is rehearsed before it is taken: then `is_rehearsal` is set, nothing but `view` may be changed, and `bytes`
/// where there are any (they are a copy).
template <net::Family F>
struct Subject {
    PacketView<F>& view;         ///< kept in step with the bytes by the effects
    std::span<std::byte> bytes;  ///< from the IP header on; empty: a rehearsal to which only the view matters
    conntrack::Connection<F>* connection = nullptr;  ///< none: INVALID or UNTRACKED
    /// Makes the packet longer at its end, with the IP header's length and checksum; false: no room. None: a packet on
    /// a remembered path, which keeps its length.
    bool (*grow)(Subject& subject, std::size_t bytes) noexcept = nullptr;
    void* packet = nullptr;  ///< the dataplane's own handle, for `grow` and `copies`
    LogSink<F> log{};
    CopySink<F> copies{};
    bool is_rehearsal = false;
};

/// What has become of a subject.
enum class Applied : std::uint8_t {
    done,
    drop,      ///< it must go no further, as the kernel's target says
    long_way,  ///< in a rehearsal only: it cannot be done on a remembered path (the packet would become longer)
};

template <class Target>
struct Effect;

template <class Target>
concept HasEffect = requires {
    Effect<Target>::touches;
};

}  // namespace sluice::acl
