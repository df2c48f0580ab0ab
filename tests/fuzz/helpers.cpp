// SPDX-License-Identifier: BSD-3-Clause
/// A conversation that a helper listens to, in whatever words (ALG-4, ROB-1). An input is
///
///   1 byte   which protocol, and whether the server stands outside or behind DNAT
///   records of
///     1 byte   bits 0 the server speaks, 1 the last segment again, 2 in two fragments, 3 a stranger calls instead
///     2 bytes  length of the words, the lower one first; for a stranger the port that he calls
///     n bytes  the words
#include <algorithm>
#include <array>

#include "tests/fuzz/target.h"
#include "tests/fuzz/world_under_fire.h"

namespace sluice::fuzz {

namespace {

using test::packet;
using test::PacketBuilder;

struct Protocol {
    bool is_tcp;
    std::uint16_t port;
};
constexpr std::array<Protocol, 7> kProtocols = {
    {{true, 21}, {false, 69}, {true, 6667}, {false, 5060}, {true, 5060}, {false, 10080}, {true, 1723}}};
constexpr std::size_t kMostRecords = 24;
constexpr std::size_t kLongestWords = 1400;

enum Bit : std::uint8_t { server = 1, again = 2, fragments = 4, stranger = 8 };

WorldUnderFire& fire() {
    static WorldUnderFire world([](test::World&) {});
    return world;
}

/// One end of the conversation, as it sees the router.
struct End {
    const char* interface;
    const char* own;
    const char* other;
    std::uint16_t port;
    std::uint16_t other_port;
    std::uint32_t sequence;
};

class Conversation {
public:
    Conversation(test::World& world, Protocol protocol, bool inwards) : world_(world), protocol_(protocol) {
        static std::uint16_t client_port = 20000;
        client_port = static_cast<std::uint16_t>(client_port < 60000 ? client_port + 1 : 20000);
        if (inwards) {
            ends_ = {{{"wan", "8.8.8.8", "198.51.100.1", client_port, protocol.port, 1000},
                      {"dmz", "172.16.0.10", "8.8.8.8", protocol.port, client_port, 500'000}}};
        } else {
            ends_ = {{{"lan", "10.0.0.5", "8.8.8.8", client_port, protocol.port, 1000},
                      {"wan", "8.8.8.8", "198.51.100.1", protocol.port, client_port, 500'000}}};
        }
        if (protocol_.is_tcp) {
            say(0, "", "S");
            ++ends_[0].sequence;
            say(1, "", "SA");
            ++ends_[1].sequence;
            say(0, "", "A");
        }
    }

    void run(std::span<const std::uint8_t> input) {
        for (std::size_t i = 0; i < kMostRecords && input.size() >= 3; ++i) {
            const std::uint8_t bits = input[0];
            const std::size_t said = input[1] | std::size_t{input[2]} << 8U;
            input = input.subspan(3);
            if ((bits & Bit::stranger) != 0) {
                call(static_cast<std::uint16_t>(said), bits);
                continue;
            }
            const std::size_t length = std::min({said, input.size(), kLongestWords});
            const std::string words(reinterpret_cast<const char*>(input.data()), length);
            input = input.subspan(length);
            const unsigned who = bits & Bit::server;
            const std::uint32_t sequence = ends_[who].sequence;
            say(who, words, "PA", (bits & Bit::fragments) != 0);
            if ((bits & Bit::again) == 0) {
                ends_[who].sequence = sequence + static_cast<std::uint32_t>(words.size());
            }
        }
    }

private:
    void say(unsigned who, const std::string& words, const char* flags, bool in_fragments = false) {
        const End& end = ends_[who];
        PacketBuilder built = packet().ip(end.own, end.other).id(++ident_);
        if (protocol_.is_tcp) {
            built.tcp(end.port, end.other_port).flags(flags).seq(end.sequence).ack(ends_[1 - who].sequence);
        } else {
            built.udp(end.port, end.other_port);
        }
        built.payload(words);
        if (in_fragments && words.size() > 40) {
            world_.send_burst(end.interface, built.fragments(64));
        } else {
            world_.send(end.interface, built);
        }
    }

    /// From where the other end is, or from somewhere else, to what may have been announced.
    void call(std::uint16_t port, std::uint8_t bits) {
        const char* from = (bits & Bit::again) != 0 ? "203.0.113.9" : "8.8.8.8";
        PacketBuilder built = packet().ip(from, "198.51.100.1").id(++ident_);
        if ((bits & Bit::server) != 0) {
            built.udp(9000, port);
        } else {
            built.tcp(9000, port).flags("S").seq(1);
        }
        world_.send("wan", built);
    }

    test::World& world_;
    Protocol protocol_;
    std::array<End, 2> ends_{};
    std::uint16_t ident_ = 0;
};

struct Words {
    std::uint8_t bits;
    std::string text;
};

Input conversation(std::uint8_t kind, const std::vector<Words>& all, std::uint16_t called) {
    Input input{kind};
    const auto add = [&](std::uint8_t bits, std::size_t number) {
        input.push_back(bits);
        input.push_back(static_cast<std::uint8_t>(number));
        input.push_back(static_cast<std::uint8_t>(number >> 8U));
    };
    for (const Words& words : all) {
        add(words.bits, words.text.size());
        input.insert(input.end(), words.text.begin(), words.text.end());
    }
    add(Bit::stranger, called);
    add(Bit::stranger | Bit::server, called);
    return input;
}

}  // namespace

void begin() {
    static_cast<void>(fire().next());
}

void run(std::span<const std::uint8_t> input) {
    if (input.empty()) {
        return;
    }
    test::World& world = fire().next();
    Conversation conversation(world, kProtocols[(input[0] & 0x7fU) % kProtocols.size()], (input[0] & 0x80U) != 0);
    conversation.run(input.subspan(1));
    world.take_all();
}

std::vector<Input> seeds() {
    const std::string sdp = "v=0\r\no=me 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\nm=video 7010 RTP/AVP 31\r\n";
    const std::string head = "Via: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z\r\nFrom: <sip:me@10.0.0.5>\r\nTo: <sip:you@8.8.8.8>\r\n";
    const std::string invite = "INVITE sip:you@8.8.8.8 SIP/2.0\r\n" + head + "CSeq: 1 INVITE\r\nContact: <sip:me@10.0.0.5:5060>\r\nContent-Length: " +
                               std::to_string(sdp.size()) + "\r\n\r\n" + sdp;
    const std::string enroll = "REGISTER sip:8.8.8.8 SIP/2.0\r\n" + head + "CSeq: 2 REGISTER\r\nExpires: 60\r\nContact: <sip:me@10.0.0.5:5070>;expires=60\r\nContent-Length: 0\r\n\r\n";
    const std::string yes = "SIP/2.0 200 OK\r\n" + head + "CSeq: 2 REGISTER\r\nExpires: 60\r\nContact: <sip:me@198.51.100.1:5070>\r\nContent-Length: 0\r\n\r\n";
    const auto pptp = [](char type, std::size_t bytes, std::string begin) {
        std::string text({'\0', '\0', '\0', '\1', '\x1a', '\x2b', '\x3c', '\x4d', '\0', type, '\0', '\0'});
        begin.resize(bytes);
        return text + begin;
    };
    const std::string started("\1\0\1", 3);
    const std::string id("\1\2", 2);
    const std::string called("\3\4\1\2\1", 5);
    return {
        conversation(6, {{0, pptp(1, 144, "")}, {1, pptp(2, 144, started)}, {0, pptp(7, 156, id)}, {1, pptp(8, 20, called)}, {0, pptp(12, 4, id)}, {1, pptp(13, 136, id)}}, 1723),
        conversation(0, {{1, "220 hi\r\n"}, {0, "USER x\r\n"}, {1, "230 in\r\n"}, {0, "PORT 10,0,0,5,21,160\r\n"}, {2, "PORT 10,0,0,5,21,160\r\n"}, {0, "EPRT |1|10.0.0.5|5536|\r\n"}}, 5536),
        conversation(0x80, {{1, "220 hi\r\n"}, {0, "USER x\r\n"}, {1, "230 in\r\n"}, {0, "PASV\r\n"}, {1, "227 Entering (172,16,0,10,21,160)\r\n"}, {1, "229 (|||5537|)\r\n"}}, 5536),
        conversation(1, {{0, std::string("\0\1file\0octet\0", 13)}}, 20001),
        conversation(2, {{0, "NICK x\r\n"}, {0, "PRIVMSG you :\1DCC SEND file 167772165 5536 1000\1\r\n"}}, 5536),
        conversation(3, {{0, invite}, {4, invite}}, 7000),
        conversation(3, {{0, enroll}, {1, yes}}, 5070),
        conversation(4, {{0, invite + enroll}}, 7000),
        conversation(5, {{1, "CONNECT DATA 5001 MESG 5002 INDEX 5003\nOPTIONS\n"}}, 5001),
    };
}

}  // namespace sluice::fuzz
