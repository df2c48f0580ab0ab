// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "ctrlplane/control/control.h"
#include "ctrlplane/control/methods.h"
#include "fake_router.h"
#include "socket_peer.h"

/// sluicectl as a program, against the real server with a made-up router.
namespace sluice::ctrlplane::control {
namespace {

struct Ended {
    int status = -1;
    std::string out;
    std::string err;
};

class ProgramTest : public testing::Test {
protected:
    ProgramTest() {
        server_ =
            Server::create(Listener::open(folder_.file("control.sock")).value(), all_methods(view_, figures_))
                .value();
        thread_ = std::thread([this] {
            for (std::uint64_t now_ms = 0; !stop_; ++now_ms) {
                server_->serve(now_ms);
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        });
    }
    ~ProgramTest() override {
        stop_ = true;
        thread_.join();
    }

    Ended run(const std::string& arguments, const std::string& program = SLUICECTL) {
        const std::string err = folder_.file("err");
        const std::string command =
            fmt::format("SLUICE_SOCKET={} {} {} 2>{}", folder_.file("control.sock"), program, arguments, err);
        Ended ended;
        std::FILE* pipe = ::popen(command.c_str(), "r");
        std::string chunk(65536, '\0');
        for (std::size_t got = 0; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
            ended.out.append(chunk, 0, got);
        }
        const int status = ::pclose(pipe);
        ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        std::ostringstream text;
        text << std::ifstream(err).rdbuf();
        ended.err = text.str();
        return ended;
    }

    test::TemporaryFolder folder_;
    test::FakeRouter router_;
    const RouterView view_ = router_.view();
    Figures figures_{view_};
    std::unique_ptr<Server> server_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

TEST_F(ProgramTest, prints_text_and_ends_with_0) {
    const Ended ended = run("ip neigh");
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.out,
              "10.0.0.9 dev lan lladdr 02:00:00:00:00:09 PERMANENT \n203.0.113.1 dev wan INCOMPLETE \n");
    EXPECT_EQ(ended.err, "");
}

TEST_F(ProgramTest, prints_json_where_it_is_asked_to) {
    EXPECT_EQ(Json::parse(run("-j status").out)["version"], "1.2.3");
    for (const char* command : {"stats", "conntrack -L", "conntrack -C", "conntrack -S", "ip a",
                                "iptables -L", "iptables-save", "version", "reload", "conntrack -F"}) {
        const Ended ended = run(fmt::format("-j {}", command));
        EXPECT_EQ(ended.status, 0) << command << ended.err;
        EXPECT_FALSE(Json::parse(ended.out, nullptr, false).is_discarded()) << command << ended.out;
    }
}

TEST_F(ProgramTest, changes_rules_with_the_words_and_statuses_of_iptables) {
    EXPECT_EQ(run("iptables -V").out, "iptables v1.8.9 (sluice)\n");
    EXPECT_EQ(run("iptables -A INPUT -p udp -j DROP").status, 0);
    EXPECT_EQ(run("iptables -S INPUT").out, "-P INPUT ACCEPT\n-A INPUT -p udp -j DROP\n");
    Ended ended = run("iptables -D INPUT -p tcp");
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.err, "iptables: Bad rule (does a matching rule exist in that chain?).\n");
    EXPECT_EQ(run("iptables -A INPUT --oops").status, 2);
    const std::string file = folder_.file("rules.v4");
    EXPECT_EQ(run(fmt::format("iptables-save -f {}", file)).out, "");
    EXPECT_EQ(run("iptables -F").status, 0);
    EXPECT_EQ(run(fmt::format("iptables-restore {}", file)).status, 0);
    EXPECT_EQ(run(fmt::format("iptables-restore -n < {}", file)).status, 0);
    EXPECT_EQ(run("iptables -S INPUT").out,
              "-P INPUT ACCEPT\n-A INPUT -p udp -j DROP\n-A INPUT -p udp -j DROP\n");
    ended = run("iptables-restore /none");
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.err, "Can't open /none: No such file or directory\n");
}

TEST_F(ProgramTest, puts_lines_and_remarks_where_conntrack_puts_them) {
    const Ended ended = run("conntrack -L");
    EXPECT_EQ(ended.out, "");
    EXPECT_EQ(ended.err, "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n");
}

TEST_F(ProgramTest, ends_with_1_where_the_router_refuses) {
    const Ended ended = run("iptables -L NOPE");
    EXPECT_EQ(ended.status, 1);
    EXPECT_EQ(ended.out, "");
    EXPECT_NE(ended.err, "");
    EXPECT_EQ(run("sysctl net.nope").status, 1);
    EXPECT_EQ(run("capture").status, 1);
    EXPECT_EQ(run("status >/dev/full").status, 1);
}

TEST_F(ProgramTest, ends_with_2_where_it_does_not_understand) {
    for (const char* wrong : {"", "nonsense", "-x status", "-s", "iptables"}) {
        const Ended ended = run(wrong);
        EXPECT_EQ(ended.status, 2) << wrong;
        EXPECT_NE(ended.err, "") << wrong;
    }
}

TEST_F(ProgramTest, ends_with_4_where_no_router_answers) {
    const Ended ended = run("-s " + folder_.file("nobody.sock") + " status");
    EXPECT_EQ(ended.status, 4);
    EXPECT_NE(ended.err.find("no router answers on"), std::string::npos);
    EXPECT_EQ(run("-s /" + std::string(200, 'x') + " status").status, 4);
}

TEST_F(ProgramTest, behaves_as_the_command_that_it_is_named_after) {
    const std::string link = folder_.file("sluice-iptables-save");
    std::filesystem::create_symlink(SLUICECTL, link);
    const Ended ended = run("-t nat", link);
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_NE(ended.out.find("*nat\n"), std::string::npos);
}

TEST_F(ProgramTest, prints_help) {
    const Ended ended = run("--help");
    EXPECT_EQ(ended.status, 0);
    EXPECT_NE(ended.out.find("usage: sluicectl"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
