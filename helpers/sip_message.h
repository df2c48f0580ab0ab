// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "helpers/sip_text.h"
#include "helpers/text.h"
#include "helpers/visit.h"

namespace sluice::helpers::sip {

/// Classes of what SIP expects; numbers are those of its policies (helper_kind.h).
enum class Class : std::uint8_t { signalling, audio, video, image };

/// What the helper remembers of a connection (struct nf_ct_sip_master).
enum class Note : std::uint8_t {
    register_sequence,  ///< CSeq of the last REGISTER
    invite_sequence,    ///< CSeq of the last INVITE
    forced_port,        ///< where answers go, if that is not where requests come from
};

/// One message of the payload that is being looked at: over TCP several may stand behind each other.
class Message {
public:
    Message(Visit& visit, std::size_t at, std::size_t length) noexcept : visit_(visit), at_(at), length_(length) {}

    [[nodiscard]] Visit& visit() const noexcept { return visit_; }
    [[nodiscard]] std::string_view text() const noexcept { return visit_.payload.text().substr(at_, length_); }
    [[nodiscard]] bool replace(Place place, std::string_view by) noexcept {
        if (!visit_.payload.replace(at_ + place.at, place.length, by)) {
            return false;
        }
        length_ = length_ - place.length + by.size();
        return true;
    }

    [[nodiscard]] const net::Tuple<Ipv4>& own() const noexcept { return visit_.tuple(visit_.way); }
    [[nodiscard]] const net::Tuple<Ipv4>& back() const noexcept { return visit_.tuple(conntrack::other(visit_.way)); }
    [[nodiscard]] std::uint32_t note(Note which) const noexcept {
        return visit_.help.notes[static_cast<std::size_t>(which)].load(std::memory_order_relaxed);
    }
    void note(Note which, std::uint32_t value) noexcept {
        visit_.help.notes[static_cast<std::size_t>(which)].store(value, std::memory_order_relaxed);
    }

private:
    Visit& visit_;
    std::size_t at_;
    std::size_t length_;
};

/// `address:port`.
[[nodiscard]] inline ShortText<24> endpoint_text(net::Ipv4Address address, std::uint16_t port) noexcept {
    ShortText<24> text;
    text.add(address, ".") << ":" << std::uint32_t{port};
    return text;
}
[[nodiscard]] inline ShortText<24> address_text(net::Ipv4Address address) noexcept {
    ShortText<24> text;
    text.add(address, ".");
    return text;
}

// sip_nat.cpp: a message in the words of the other side

/// Addresses and ports of this connection in the request line and in Via, Contact, From and To. False: no room.
[[nodiscard]] bool translate(Message& message) noexcept;
/// Expects the signalling connection that a registered contact asks for, and announces it at `place`.
[[nodiscard]] bool announce_contact(Message& message, Expectation<Ipv4> expectation, Place place) noexcept;
/// Expects a stream and its control stream at a pair of ports; `place` is where the port stands, `address` gets the
/// address to be announced.
[[nodiscard]] bool announce_media(Message& message, Expectation<Ipv4> rtp, Expectation<Ipv4> rtcp, Place place,
                                  net::Ipv4Address& address) noexcept;
[[nodiscard]] bool replace_media_port(Message& message, Place place, std::uint16_t port) noexcept;
[[nodiscard]] bool replace_media_address(Message& message, std::size_t from, net::Ipv4Address address) noexcept;
[[nodiscard]] bool replace_session_address(Message& message, std::size_t from, net::Ipv4Address address) noexcept;

// sip_media.cpp

/// Reads the session description and expects its streams.
[[nodiscard]] Outcome follow_media(Message& message) noexcept;

}  // namespace sluice::helpers::sip
