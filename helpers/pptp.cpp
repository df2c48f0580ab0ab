// SPDX-License-Identifier: BSD-3-Clause
#include "helpers/pptp.h"

#include <array>

namespace sluice::helpers {

namespace {

using base::Be16;

/// Types of control messages (RFC 2637, 2).
enum class Message : std::uint16_t {
    start_request = 1,
    start_reply,
    stop_request,
    stop_reply,
    echo_request,
    echo_reply,
    out_call_request,
    out_call_reply,
    in_call_request,
    in_call_reply,
    in_call_connected,
    call_clear_request,
    call_disconnect_notify,
    wan_error_notify,
    set_link_info,
};
constexpr std::uint16_t kLastMessage = 15;
/// How long each is behind the header; what is shorter is not read.
constexpr std::array<std::uint16_t, kLastMessage + 1> kMessageBytes = {0, 144, 144, 4, 4, 0, 0, 156, 20, 208, 12, 16, 4, 136, 28, 12};

constexpr std::size_t kHeader = 12;
// Behind the header: most begin with their sender's call id, answers have the other's behind it and a result then.
constexpr std::size_t kFirstId = kHeader;
constexpr std::size_t kSecondId = kHeader + 2;
constexpr std::size_t kResultOfCall = kHeader + 4;
constexpr std::size_t kResultOfStart = kHeader + 2;
constexpr std::size_t kResultOfStop = kHeader;
constexpr std::uint8_t kGood = 1;

enum class Session : std::uint8_t { none, error, stopping, requested, confirmed };
enum class Call : std::uint8_t { none, error, out_requested, out_confirmed, in_requested, in_replied, in_confirmed, clearing };

/// What is remembered of the control connection.
class Memory {
public:
    explicit Memory(conntrack::Help& help) noexcept : notes_(help.notes) {}

    [[nodiscard]] Session session() const noexcept { return static_cast<Session>(load(0)); }
    void session(Session state) noexcept { store(0, static_cast<std::uint32_t>(state)); }
    [[nodiscard]] Call call() const noexcept { return static_cast<Call>(load(1)); }
    void call(Call state) noexcept { store(1, static_cast<std::uint32_t>(state)); }
    /// Call ids as the server knows them; kept where Table::end_calls looks for them.
    [[nodiscard]] Be16 client_id() const noexcept { return id(conntrack::kPptpClientId); }
    void client_id(Be16 value) noexcept { store(conntrack::kPptpClientId, value.host()); }
    [[nodiscard]] Be16 server_id() const noexcept { return id(conntrack::kPptpServerId); }
    void server_id(Be16 value) noexcept { store(conntrack::kPptpServerId, value.host()); }
    /// The client's, as it said it itself.
    [[nodiscard]] Be16 own_client_id() const noexcept { return id(kOwnClientId); }
    void own_client_id(Be16 value) noexcept { store(kOwnClientId, value.host()); }

private:
    static constexpr std::size_t kOwnClientId = 4;
    [[nodiscard]] std::uint32_t load(std::size_t i) const noexcept { return notes_[i].load(std::memory_order_relaxed); }
    [[nodiscard]] Be16 id(std::size_t i) const noexcept { return Be16::from_host(static_cast<std::uint16_t>(load(i))); }
    void store(std::size_t i, std::uint32_t value) noexcept { notes_[i].store(value, std::memory_order_relaxed); }

    std::array<std::atomic<std::uint32_t>, conntrack::Help::kNotes>& notes_;
};

/// Reads and writes numbers of a message that has been found long enough.
Be16 id_at(Visit& visit, std::size_t offset) noexcept { return visit.payload.there<Be16>(offset); }
std::uint8_t byte_at(Visit& visit, std::size_t offset) noexcept { return visit.payload.there<std::uint8_t>(offset); }
void put_id(Visit& visit, std::size_t offset, Be16 id) noexcept {
    Be16& place = visit.payload.there<Be16>(offset);
    if (place != id) {
        place = id;
        visit.payload.note_change();
    }
}

/// The tunnel's packets of one direction.
Expectation<Ipv4> tunnel(const Visit& visit, Way way, Be16 source_id, Be16 destination_id, Be16 saved) noexcept {
    const net::Tuple<Ipv4>& tuple = visit.tuple(way);
    Expectation<Ipv4> expectation = expectation_of(visit, net::kProtocolGre, &tuple.source, tuple.destination, destination_id);
    expectation.tuple.source_port = source_id;
    expectation.any_source_port = false;
    expectation.saved_port = saved;
    expectation.way = way;
    expectation.follow = conntrack::Follow::pptp;
    expectation.is_key = true;
    return expectation;
}

/// The call is there: either end may send first.
void expect_tunnel(Visit& visit, Memory& memory) noexcept {
    const Be16 client = visit.is_translated() ? memory.own_client_id() : memory.client_id();
    const auto original = tunnel(visit, Way::original, client, memory.server_id(), memory.client_id());
    const auto reply = tunnel(visit, Way::reply, memory.server_id(), memory.client_id(), client);
    if (expect(visit, original) == ExpectResult::added && expect(visit, reply) != ExpectResult::added) {
        withdraw(visit, original);
    }
}

/// From the server. True where the message fits what was before.
bool follow_inbound(Visit& visit, Message message, Memory& memory) noexcept {
    switch (message) {
        case Message::start_reply:
            if (memory.session() < Session::requested) {
                return false;
            }
            memory.session(byte_at(visit, kResultOfStart) == kGood ? Session::confirmed : Session::error);
            return true;
        case Message::stop_reply:
            if (memory.session() > Session::stopping) {
                return false;
            }
            memory.session(byte_at(visit, kResultOfStop) == kGood ? Session::none : Session::error);
            return true;
        case Message::out_call_reply:
            if (memory.session() != Session::confirmed ||
                (memory.call() != Call::out_requested && memory.call() != Call::out_confirmed) ||
                memory.client_id() != id_at(visit, kSecondId)) {
                return false;
            }
            if (byte_at(visit, kResultOfCall) != kGood) {
                memory.call(Call::none);
                return true;
            }
            memory.call(Call::out_confirmed);
            memory.server_id(id_at(visit, kFirstId));
            expect_tunnel(visit, memory);
            return true;
        case Message::in_call_request:
            if (memory.session() != Session::confirmed) {
                return false;
            }
            memory.call(Call::in_requested);
            memory.server_id(id_at(visit, kFirstId));
            return true;
        case Message::in_call_connected:
            if (memory.session() != Session::confirmed ||
                (memory.call() != Call::in_replied && memory.call() != Call::in_confirmed) ||
                memory.client_id() != id_at(visit, kFirstId)) {
                return false;
            }
            memory.call(Call::in_confirmed);
            expect_tunnel(visit, memory);
            return true;
        case Message::call_disconnect_notify:
            memory.call(Call::none);
            visit.table.end_calls(visit.worker, visit.connection);
            return true;
        case Message::wan_error_notify:
        case Message::set_link_info:
        case Message::echo_request:
        case Message::echo_reply: return true;
        default: return false;
    }
}

/// From the client.
bool follow_outbound(Visit& visit, Message message, Memory& memory) noexcept {
    switch (message) {
        case Message::start_request:
            if (memory.session() != Session::none) {
                return false;
            }
            memory.session(Session::requested);
            return true;
        case Message::stop_request: memory.session(Session::stopping); return true;
        case Message::out_call_request:
            if (memory.session() != Session::confirmed) {
                return false;
            }
            memory.call(Call::out_requested);
            memory.client_id(id_at(visit, kFirstId));
            return true;
        case Message::in_call_reply:
            if ((memory.call() != Call::in_requested && memory.call() != Call::in_replied) ||
                memory.server_id() != id_at(visit, kSecondId)) {
                return false;
            }
            if (byte_at(visit, kResultOfCall) != kGood) {
                memory.call(Call::none);
                return true;
            }
            memory.call(Call::in_replied);
            memory.client_id(id_at(visit, kFirstId));
            return true;
        case Message::call_clear_request:
            if (memory.session() != Session::confirmed) {
                return false;
            }
            memory.call(Call::clearing);
            return true;
        case Message::set_link_info:
        case Message::echo_request:
        case Message::echo_reply: return true;
        default: return false;
    }
}

/// The client's call id, as the server is to know it.
void translate_outbound(Visit& visit, Message message, Memory& memory) noexcept {
    if (message == Message::out_call_request) {
        memory.own_client_id(memory.client_id());
        memory.client_id(visit.tuple(Way::reply).destination_port);
    } else if (message != Message::in_call_reply && message != Message::call_clear_request) {
        return;
    }
    put_id(visit, kFirstId, memory.client_id());
}

/// And back, as it said it itself.
void translate_inbound(Visit& visit, Message message, const Memory& memory) noexcept {
    switch (message) {
        case Message::out_call_reply: put_id(visit, kSecondId, memory.own_client_id()); return;
        case Message::in_call_connected:
        case Message::wan_error_notify:
        case Message::call_disconnect_notify:
        case Message::set_link_info: put_id(visit, kFirstId, memory.own_client_id()); return;
        default: return;
    }
}

/// A control message of a type that is known, whole; nothing else is read.
bool is_control(Visit& visit, std::uint16_t& type) noexcept {
    struct Header {
        Be16 length;
        Be16 packet_type;
        base::Be32 cookie;
        Be16 message;
        Be16 reserved;
    };
    constexpr std::uint16_t kControl = 1;
    constexpr std::uint32_t kCookie = 0x1a2b3c4d;
    const Header* header = visit.payload.at<Header>(0);
    if (header == nullptr || header->packet_type.host() != kControl || header->cookie.host() != kCookie) {
        return false;
    }
    type = header->message.host();
    return type != 0 && type <= kLastMessage && visit.payload.text().size() >= kHeader + kMessageBytes[type];
}

}  // namespace

Outcome help_pptp(Visit& visit) noexcept {
    std::uint16_t type = 0;
    if (visit.state != CtState::established || !is_control(visit, type)) {
        return Outcome::accept;
    }
    const auto message = static_cast<Message>(type);
    Memory memory(visit.help);
    if (visit.way == Way::original) {
        if (follow_outbound(visit, message, memory) && visit.is_translated()) {
            translate_outbound(visit, message, memory);
        }
    } else if (follow_inbound(visit, message, memory) && visit.is_translated()) {
        translate_inbound(visit, message, memory);
    }
    return Outcome::accept;
}

}  // namespace sluice::helpers
