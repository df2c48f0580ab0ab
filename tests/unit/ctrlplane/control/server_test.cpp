// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <list>

#include "socket_peer.h"

namespace sluice::ctrlplane::control {
namespace {

using test::Peer;

std::string call(std::string_view method, int id = 1) {
    return fmt::format("{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"{}\"}}\n", id, method);
}

class ServerTest : public testing::Test {
protected:
    void SetUp() override { start({}); }

    void start(const ClientLimits& limits) {
        server_.reset();
        Methods methods;
        methods["ping"] = [this](const Json&) -> MethodResult {
            ++pings_;
            return Json("pong");
        };
        methods["refuse"] = [](const Json&) -> MethodResult { return refusal("not today"); };
        methods["big"] = [](const Json&) -> MethodResult { return Json(std::string(8U << 20U, 'x')); };
        methods["endless"] = [this](const Json&) -> MethodResult {
            return LongReply([this, begun = false](std::string& out) mutable {
                out += begun ? "" : "\"";
                begun = true;
                out.append(1000, 'y');
                ++pieces_;
                return true;
            });
        };
        methods["slow"] = [](const Json&) -> MethodResult {
            return LongReply([left = 50](std::string& out) mutable {
                out += left == 50 ? "[0" : ",1";
                out += left == 1 ? "]" : "";
                return --left > 0;
            });
        };
        auto listener = Listener::open(folder_.file("run/control.sock"));
        ASSERT_TRUE(listener.has_value()) << listener.error().message;
        server_ = Server::create(std::move(*listener), std::move(methods), limits).value();
    }

    Peer connect() {
        Peer peer(folder_.file("run/control.sock"));
        EXPECT_TRUE(peer.is_connected());
        return peer;
    }
    [[nodiscard]] bool has_work() const {
        pollfd poll{.fd = server_->fd(), .events = POLLIN, .revents = 0};
        return ::poll(&poll, 1, 0) > 0;
    }
    /// Turns until there is nothing to do; how many.
    int settle(int most = 10'000) {
        int turns = 0;
        for (; has_work() && turns < most; ++turns) {
            server_->serve(now_ms_);
        }
        return turns;
    }
    std::string ask(std::string_view line) {
        Peer peer = connect();
        peer.say(line);
        settle();
        return peer.heard();
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<Server> server_;
    std::uint64_t now_ms_ = 1000;
    int pings_ = 0;
    int pieces_ = 0;
};

TEST_F(ServerTest, answers_a_call) {
    EXPECT_EQ(ask(call("ping", 5)), "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":\"pong\"}\n");
}

TEST_F(ServerTest, answers_faults_with_the_codes_of_the_specification) {
    EXPECT_NE(ask("garbage\n").find("-32700"), std::string::npos);
    EXPECT_NE(ask("{}\n").find("-32600"), std::string::npos);
    EXPECT_NE(ask(call("nothing")).find("-32601"), std::string::npos);
    const Json refused = Json::parse(ask(call("refuse")));
    EXPECT_EQ(refused["error"]["code"], -32000);
    EXPECT_EQ(refused["error"]["message"], "not today");
}

TEST_F(ServerTest, answers_a_batch_as_one_array_in_order) {
    const Json answer = Json::parse(ask(
        R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"ping"},7,{"jsonrpc":"2.0","id":2,"method":"slow"}])"
        "\n"));
    ASSERT_EQ(answer.size(), 3U);
    EXPECT_EQ(answer[0]["id"], 1);
    EXPECT_EQ(answer[1]["error"]["code"], -32600);
    EXPECT_EQ(answer[2]["result"].size(), 50U);
    EXPECT_EQ(pings_, 2);
}

TEST_F(ServerTest, does_not_answer_notifications) {
    EXPECT_EQ(ask("{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n"), "");
    EXPECT_EQ(ask("[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},{\"jsonrpc\":\"2.0\",\"method\":\"slow\"}]\n"),
              "");
    EXPECT_EQ(ask("{\"jsonrpc\":\"2.0\",\"method\":\"nothing\"}\n"), "");
    EXPECT_EQ(pings_, 2);
}

TEST_F(ServerTest, does_what_a_client_asked_that_has_gone) {
    Peer peer = connect();
    peer.say("{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n" + call("ping") + call("endless"));
    peer.vanish();
    settle();
    EXPECT_GE(pings_, 1);
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, answers_who_has_closed_its_sending_side) {
    Peer peer = connect();
    peer.say(call("ping", 1) + call("slow", 2) + "{\"half");
    peer.say_no_more();
    settle();
    EXPECT_NE(peer.heard().find("\"id\":2"), std::string::npos);
    EXPECT_TRUE(peer.is_over());
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, takes_a_message_in_pieces_and_many_in_one) {
    Peer peer = connect();
    for (const char letter : call("ping")) {
        peer.say(std::string(1, letter));
        settle();
    }
    EXPECT_EQ(pings_, 1);
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        many += call("ping", i) + "\r\n\n";
    }
    peer.say(many);
    for (std::size_t before = 0; before != peer.heard().size();) {
        before = peer.heard().size();
        settle();
    }
    EXPECT_EQ(pings_, 1001);
    EXPECT_EQ(std::count(peer.heard().begin(), peer.heard().end(), '\n'), 1001);
}

TEST_F(ServerTest, ends_a_line_that_is_too_long_with_an_error) {
    Peer peer = connect();
    const std::string piece(65536, 'z');
    for (int i = 0; i < 600 && !peer.is_over(); ++i) {
        peer.say(piece);
        settle();
        (void)peer.heard();
    }
    EXPECT_NE(peer.heard().find("-32600"), std::string::npos);
    EXPECT_TRUE(peer.is_over());
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, skips_a_megabyte_of_blank_lines) {
    Peer peer = connect();
    const std::string blank(65536, '\n');
    for (int i = 0; i < 40; ++i) {
        peer.say(blank);
        settle();
    }
    peer.say(call("ping"));
    settle();
    EXPECT_NE(peer.heard().find("pong"), std::string::npos);
}

TEST_F(ServerTest, gives_a_talker_a_bounded_turn_and_others_theirs) {
    Peer talker = connect();
    std::string many;
    for (int i = 0; i < 2000; ++i) {
        many += call("ping", i);
    }
    talker.say(many);
    Peer other = connect();
    other.say(call("refuse"));
    server_->serve(now_ms_);  // takes them in
    server_->serve(now_ms_);
    server_->serve(now_ms_);
    EXPECT_LE(pings_, 8);
    EXPECT_NE(other.heard().find("not today"), std::string::npos);
}

TEST_F(ServerTest, makes_a_long_reply_only_as_fast_as_it_is_read) {
    Peer peer = connect();
    peer.say(call("endless"));
    settle();
    const int made = pieces_;
    EXPECT_GT(made, 10);
    EXPECT_LT(made, 2000);  // about what the socket and the pause of 256 KiB hold
    EXPECT_FALSE(has_work());
    (void)peer.heard();
    server_->serve(now_ms_);
    EXPECT_GT(pieces_, made);
    peer.vanish();
    settle();
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, ends_who_reads_nothing_for_half_a_minute) {
    Peer peer = connect();
    peer.say(call("big"));
    settle();
    now_ms_ += 29'000;
    server_->tick(now_ms_);
    EXPECT_EQ(server_->client_count(), 1U);
    now_ms_ += 2'000;
    server_->tick(now_ms_);
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, keeps_who_reads_slowly_but_reads) {
    Peer peer = connect();
    peer.say(call("big"));
    for (int i = 0; i < 5; ++i) {
        settle();
        (void)peer.heard();
        now_ms_ += 29'000;
        server_->tick(now_ms_);
    }
    settle();
    EXPECT_EQ(server_->client_count(), 1U);
}

TEST_F(ServerTest, ends_whose_backlog_is_beyond_the_limit) {
    start({.backlog_bytes = std::size_t{1} << 20U});
    Peer peer = connect();
    peer.say(call("big"));
    settle();
    EXPECT_EQ(server_->client_count(), 0U);
}

TEST_F(ServerTest, refuses_one_client_too_many_with_a_message) {
    std::list<Peer> peers;
    for (std::size_t i = 0; i < Server::kMaxClients; ++i) {
        peers.push_back(connect());
        settle();
    }
    EXPECT_EQ(server_->client_count(), Server::kMaxClients);
    Peer late = connect();
    settle();
    EXPECT_NE(late.heard().find("64 clients"), std::string::npos);
    EXPECT_TRUE(late.is_over());
    peers.front().say(call("ping"));
    settle();
    EXPECT_NE(peers.front().heard().find("pong"), std::string::npos);
}

TEST_F(ServerTest, lets_the_longest_idle_go_for_a_new_one) {
    std::list<Peer> peers;
    for (std::size_t i = 0; i < Server::kMaxClients; ++i) {
        peers.push_back(connect());
        settle();
    }
    now_ms_ += Server::kIdleMakesRoom_ms + 1;
    peers.front().say(call("ping"));
    settle();
    Peer late = connect();
    late.say(call("ping"));
    settle();
    EXPECT_NE(late.heard().find("pong"), std::string::npos);
    EXPECT_FALSE(peers.front().is_over());
    EXPECT_EQ(server_->client_count(), Server::kMaxClients);
}

TEST_F(ServerTest, survives_a_thousand_clients_that_send_anything_and_go) {
    std::uint32_t state = 12345;
    const auto next = [&state] { return state = state * 1664525U + 1013904223U; };
    for (int i = 0; i < 1000; ++i) {
        Peer peer = connect();
        std::string noise;
        for (std::uint32_t n = next() >> 24U; n > 0; --n) {
            noise += next() % 7U == 0 ? '\n' : static_cast<char>(next() >> 16U);
        }
        peer.say(noise);
        if (next() % 2U == 0) {
            settle();
        }
        peer.vanish();
        settle();
    }
    EXPECT_EQ(server_->client_count(), 0U);
    EXPECT_NE(ask(call("ping")).find("pong"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
