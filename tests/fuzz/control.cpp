// SPDX-License-Identifier: BSD-3-Clause
/// What a client may say to the control socket, with all the methods behind it. Whatever comes, each line of
/// the answer is JSON, and the router goes on.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "ctrlplane/control/client.h"
#include "ctrlplane/control/methods.h"
#include "fake_router.h"
#include "tests/fuzz/target.h"

namespace sluice::fuzz {

namespace {

namespace control = ctrlplane::control;

/// A router of plain values, and its methods.
struct Router {
    control::test::FakeRouter fake;
    control::RouterView view = fake.view();
    control::Figures figures{view};
    control::Methods methods = control::all_methods(view, figures);
};

Router& router() {
    static Router one;
    return one;
}

std::string all_that_came(int socket) {
    std::string heard;
    std::array<char, 65536> chunk;
    for (;;) {
        const ssize_t got = ::recv(socket, chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (got <= 0) {
            return heard;
        }
        heard.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

void demand_json(std::string_view heard) {
    while (!heard.empty()) {
        const std::size_t end = heard.find('\n');
        demand(end != std::string_view::npos, "an answer ends with its line");
        demand(control::Json::accept(heard.substr(0, end)), "an answer is JSON");
        heard.remove_prefix(end + 1);
    }
}

}  // namespace

void begin() {
    for (std::uint16_t port = 1; port < 50; ++port) {
        router().fake.add_connection(port, port % 2 == 0);
    }
}

void run(std::span<const std::uint8_t> input) {
    std::array<int, 2> ends{};
    demand(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0, "there are sockets");
    const control::Descriptor peer(ends[1]);
    control::ClientLimits limits;
    limits.line_bytes = 4096;
    std::string heard;
    {
        control::Client client(control::Descriptor{ends[0]}, limits, 0);
        static_cast<void>(::send(peer.get(), input.data(), input.size(), MSG_NOSIGNAL));
        ::shutdown(peer.get(), SHUT_WR);
        constexpr int kTurns = 10'000;
        int turns = 0;
        for (; turns < kTurns && client.serve(EPOLLIN | EPOLLOUT, router().methods, 0); ++turns) {
            heard += all_that_came(peer.get());
        }
        demand(turns < kTurns, "who says no more is served to the end");
    }
    demand_json(heard + all_that_came(peer.get()));
}

std::vector<Input> seeds() {
    std::vector<Input> all;
    for (const auto& [name, method] : router().methods) {
        const std::string call = R"({"jsonrpc":"2.0","id":1,"method":")" + name + R"(","params":{)";
        if (name != "conntrack.flush") {
            all.push_back(input_of(call + "}}\n"));
        }
        all.push_back(
            input_of(call + R"("json":true,"table":"filter","chain":"INPUT","proto":"udp"}})" + "\n"));
    }
    all.push_back(
        input_of(R"([{"jsonrpc":"2.0","method":"stats"},{"jsonrpc":"2.0","id":"a","method":"status"}, 7])"
                 "\n"));
    all.push_back(
        input_of("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"conntrack.list\",\"params\":{\"source\":"
                 "\"10.0.0.5\",\"destination\":\"8.8.8.8\",\"protocol\":17}}\n\n{\n[]\n\"\\ud800\"\n"));
    return all;
}

}  // namespace sluice::fuzz
