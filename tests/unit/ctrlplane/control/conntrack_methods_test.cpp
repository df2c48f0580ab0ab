// SPDX-License-Identifier: BSD-3-Clause
//
// Connections seen and steered (OPS), and kept over a restart.
#include <algorithm>
#include <cstdio>
#include <sstream>
#include <vector>

#include "methods_fixture.h"

namespace sluice::ctrlplane::control {
namespace {

using test::MethodsTest;

// As conntrack 1.4.7 prints them.
TEST_F(MethodsTest, connections_are_shown_in_each_of_the_tools_forms) {
    router_.add_connection(4000);
    EXPECT_EQ(text("conntrack.list", {{"save", true}}),
              "-A -t 30 -u UNSET -s 10.0.0.5 -d 8.8.8.8 -r 8.8.8.8 -q 10.0.0.5 -p udp --sport 4000 --dport 53 "
              "--reply-port-src 53 --reply-port-dst 4000\n");
    const std::string xml = text("conntrack.list", {{"xml", true}});
    EXPECT_EQ(xml.find("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<conntrack>\n<flow><meta direction=\"original\">"), 0U);
    EXPECT_NE(xml.find("<timeout>30</timeout><mark>0</mark><use>1</use><id>"), std::string::npos) << xml;
    EXPECT_NE(xml.find("<unreplied/></meta></flow>\n</conntrack>\n"), std::string::npos) << xml;
    EXPECT_EQ(text("conntrack.list", {{"xml", true}, {"mark", "5"}}), "");
    const std::uint32_t id = data("conntrack.list")[0]["id"];
    EXPECT_NE(text("conntrack.list", {{"show_id", true}}).find(" use=1 id=" + std::to_string(id) + "\n"), std::string::npos);
    router_.has_time_stamps = true;
    router_.now_ns += 5'000'000'000;
    router_.utc_ns += 5'000'000'000;
    EXPECT_NE(text("conntrack.list", {{"ktimestamp", true}}).find(" mark=0 delta-time=5 [start="), std::string::npos);
}

TEST_F(MethodsTest, one_connection_is_found_by_its_tuple) {
    router_.add_connection(4000);
    const Json tuple = {{"protocol", "udp"}, {"source", "10.0.0.5"}, {"destination", "8.8.8.8"}, {"source_port", 4000},
                        {"destination_port", 53}};
    EXPECT_EQ(result("conntrack.get", tuple)["note"], "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n");
    Json other = tuple;
    other["source_port"] = 4001;
    EXPECT_EQ(refused("conntrack.get", other),
              "conntrack v1.4.7 (conntrack-tools): Operation failed: such conntrack doesn't exist");
    EXPECT_NE(text("conntrack.get", {{"protocol", "udp"}, {"reply_source", "8.8.8.8"}, {"reply_destination", "10.0.0.5"},
                                     {"reply_source_port", 53}, {"reply_destination_port", 4000}}).find("sport=4000"), 0U);
}

TEST_F(MethodsTest, connections_are_changed_and_told_of) {
    router_.add_connection(4000);
    router_.add_connection(4001);
    EXPECT_NE(refused("conntrack.update", {{"set_status", "EXPECTED"}}).find("Device or resource busy"), std::string::npos);
    const Json said = result("conntrack.update", {{"protocol", "udp"}, {"source_port", 4001}, {"set_mark", "0xff/0x0f"},
                                                  {"set_timeout", 100}, {"set_status", "ASSURED,SEEN_REPLY"}});
    EXPECT_NE(said["text"].get<std::string>().find("udp      17 100 src=10.0.0.5"), std::string::npos) << said;
    EXPECT_NE(said["text"].get<std::string>().find("[ASSURED] mark=255"), std::string::npos) << said;
    EXPECT_EQ(said["note"], "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been updated.\n");
    EXPECT_EQ(result("conntrack.update", {{"mark", "1"}, {"set_mark", "1"}})["status"], 1);
    EXPECT_EQ(result("conntrack.update", {{"set_mark", "0/0"}})["status"], 1) << "nothing is other than before";
}

TEST_F(MethodsTest, a_connection_is_made_as_the_tool_makes_it) {
    const Json made = {{"protocol", "tcp"}, {"source", "1.1.1.1"}, {"destination", "2.2.2.2"}, {"source_port", 10},
                       {"destination_port", 20}, {"state", "ESTABLISHED"}, {"set_timeout", 100},
                       {"source_nat_to", "5.5.5.5:77"}, {"set_mark", "5"}, {"set_status", "ASSURED"}};
    EXPECT_EQ(result("conntrack.create", made)["note"],
              "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been created.\n");
    EXPECT_EQ(text("conntrack.list"),
              "tcp      6 100 ESTABLISHED src=1.1.1.1 dst=2.2.2.2 sport=10 dport=20 [UNREPLIED] src=2.2.2.2 dst=5.5.5.5 sport=20 "
              "dport=77 [ASSURED] mark=5 use=1\n");
    EXPECT_EQ(data("conntrack.list", {{"source_nat_to", "5.5.5.5"}}).size(), 1U);
    EXPECT_EQ(data("conntrack.list", {{"source_nat_to", "5.5.5.5:78"}}).size(), 0U);
    EXPECT_EQ(data("conntrack.list", {{"source_nat", true}, {"destination_nat", true}}).size(), 0U);
    EXPECT_EQ(data("conntrack.list", {{"any_nat_to", "5.5.5.5"}}).size(), 1U);
    EXPECT_EQ(refused("conntrack.create", made),
              "conntrack v1.4.7 (conntrack-tools): Operation failed: Such conntrack exists, try -U to update");
}

TEST_F(MethodsTest, what_happens_to_connections_is_told_to_who_listens) {
    router_.add_connection(3999);  // nobody listens yet: never told
    const Json first = result("conntrack.events");
    EXPECT_EQ(first["text"], "");
    router_.add_connection(4000);
    (void)result("conntrack.update", {{"protocol", "udp"}, {"source_port", 4000}, {"set_mark", "7"}});
    (void)result("conntrack.flush");
    router_.events.tend(router_.now_ns, router_.utc_ns);
    const Json said = result("conntrack.events", {{"after", first["next"]}});
    EXPECT_EQ(said["text"],
              "    [NEW] udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 [UNREPLIED] src=8.8.8.8 dst=10.0.0.5 "
              "sport=53 dport=4000\n"
              " [UPDATE] udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 [UNREPLIED] src=8.8.8.8 dst=10.0.0.5 "
              "sport=53 dport=4000 mark=7\n"
              "[DESTROY] udp      17 30 src=10.0.0.5 dst=8.8.8.8 sport=4000 dport=53 [UNREPLIED] src=8.8.8.8 dst=10.0.0.5 "
              "sport=53 dport=4000 mark=7\n");
    EXPECT_EQ(said["shown"], 3);
    EXPECT_EQ(result("conntrack.events", {{"after", first["next"]}, {"event_mask", "NEW,DEST"}})["shown"], 2);
    EXPECT_EQ(result("conntrack.events", {{"after", first["next"]}, {"mark", "7"}})["shown"], 2);
    EXPECT_EQ(result("conntrack.events", {{"after", said["next"]}})["text"], "");
    EXPECT_NE(refused("conntrack.events", {{"event_mask", "NEW,FOO"}}).find("Bad parameter `FOO'"), std::string::npos);
}

TEST_F(MethodsTest, who_does_not_ask_for_events_any_more_costs_nothing) {
    (void)result("conntrack.events");
    EXPECT_TRUE(router_.event_rings.is_listening());
    router_.now_ns += 6'000'000'000;
    router_.events.tend(router_.now_ns, router_.utc_ns);
    EXPECT_FALSE(router_.event_rings.is_listening());
}

TEST_F(MethodsTest, a_slow_listener_loses_events_and_is_told_how_many) {
    const Json first = result("conntrack.events");
    constexpr std::uint16_t kMore = 4106;
    for (std::uint16_t port = 1; port <= kMore; ++port) {
        router_.add_connection(port);
    }
    router_.events.tend(router_.now_ns, router_.utc_ns);
    const Json said = result("conntrack.events", {{"after", first["next"]}, {"lost", first["lost_in_all"]}});
    EXPECT_EQ(said["lost"], 10) << "beyond what the worker's ring holds";
    EXPECT_EQ(text("conntrack.count"), "4106\n") << "the router loses none";
}

class ConnectionsInAFile : public MethodsTest {
protected:
    std::string path_ = testing::TempDir() + "sluice-connections-test";
    ~ConnectionsInAFile() override { std::remove(path_.c_str()); }

    void write(const std::string& text) const {
        std::FILE* file = std::fopen(path_.c_str(), "w");
        ASSERT_NE(file, nullptr);
        std::fwrite(text.data(), 1, text.size(), file);
        std::fclose(file);
    }
    Json load() { return result("conntrack.load", {{"file", path_}}); }
};

TEST_F(ConnectionsInAFile, they_are_the_same_when_they_come_back) {
    for (std::uint16_t port = 1; port <= 3000; ++port) {
        router_.add_connection(port, port % 2 == 0);
    }
    (void)result("conntrack.create", {{"protocol", "tcp"}, {"source", "1.1.1.1"}, {"destination", "2.2.2.2"},
                                      {"source_port", 10}, {"destination_port", 20}, {"state", "ESTABLISHED"},
                                      {"set_timeout", 100}, {"source_nat_to", "5.5.5.5:77"}, {"set_mark", "5"},
                                      {"set_status", "ASSURED"}, {"label_add", "5,64"}, {"zone", 7}});
    const std::string before = text("conntrack.list");
    const std::string saved = text("conntrack.save");
    write(saved);
    (void)result("conntrack.flush");
    EXPECT_EQ(load()["note"], "3001 connections are restored.\n");
    const auto sorted = [](const std::string& text) {
        std::vector<std::string> lines;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) {
            lines.push_back(line);
        }
        std::sort(lines.begin(), lines.end());
        return lines;
    };
    EXPECT_EQ(sorted(text("conntrack.list")), sorted(before));
    EXPECT_EQ(sorted(text("conntrack.save")), sorted(saved));
    EXPECT_EQ(load()["data"]["clashed"], 3001) << "they are there";
    router_.utc_ns += 50'000'000'000;
    (void)result("conntrack.flush");
    EXPECT_EQ(load()["note"], "1 connections are restored, 3000 have expired meanwhile.\n");
}

TEST_F(ConnectionsInAFile, nothing_is_loaded_of_one_that_is_wrong) {
    router_.add_connection(4000);
    const std::string good = text("conntrack.save");
    (void)result("conntrack.flush");
    const std::size_t line = good.find('\n') + 1;
    const std::string one = good.substr(line, good.find('\n', line) + 1 - line);
    const auto fault = [&](const std::string& text) {
        write(text);
        const Json said = load();
        EXPECT_EQ(said["status"], 1);
        EXPECT_EQ(this->text("conntrack.count"), "0\n");
        return said["data"].value("fault", "").substr(path_.size());
    };
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = good;
        return changed.replace(changed.find(from), from.size(), to);
    };
    EXPECT_EQ(fault("").find(":1: the file is cut off"), 0U);
    EXPECT_EQ(fault("hello\n").find(":1: 'sluice-connections 1 saved-s=...' is expected"), 0U);
    EXPECT_EQ(fault(with("connections 1", "connections 2")).find(":1: 'sluice-conn"), 0U);
    EXPECT_EQ(fault(with("sport=4000", "sport=70000")), ":2: 'sport=70000' makes no sense");
    EXPECT_EQ(fault(with("sport=4000 ", "")), ":2: 'sport=' is missing");
    EXPECT_EQ(fault(with("udp src", "foo src")), ":2: 'foo' is no protocol");
    EXPECT_EQ(fault(with("age-ms=", "age=")), ":2: 'age=0' is not known");
    EXPECT_EQ(fault(with("status=", "state=ESTABLISHED status=")), ":2: 'state=ESTABLISHED' makes no sense");
    EXPECT_EQ(fault(with("udp src", "tcp src")), ":2: 'original=' is missing");
    EXPECT_EQ(fault(with("end 1", one + "end 1")), ":4: 'end 1' does not fit: 2 connections stand above");
    EXPECT_EQ(fault(good + "x\n"), ":4: nothing may stand behind 'end'");
    EXPECT_EQ(fault(good.substr(0, good.size() - 1)), ":3: the last line is cut off");
    EXPECT_EQ(fault(good.substr(0, line)), ":2: the file is cut off: its line 'end NUMBER' is missing");
    EXPECT_NE(result("conntrack.load", {{"file", "/nonexistent"}})["note"].get<std::string>().find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
