// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/listener.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "socket_peer.h"

namespace sluice::ctrlplane::control {
namespace {

mode_t mode_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
}

TEST(Listener, makes_its_folder_and_a_socket_for_its_group) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("a/b/control.sock");
    {
        const auto listener = Listener::open(path);
        ASSERT_TRUE(listener.has_value()) << listener.error().message;
        EXPECT_EQ(mode_of(path), 0660U);
        EXPECT_TRUE(is_answered(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Listener, says_that_another_answers) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("control.sock");
    const auto first = Listener::open(path);
    const auto second = Listener::open(path);
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().message.find("another sluice answers on " + path), std::string::npos);
    EXPECT_TRUE(is_answered(path));
}

TEST(Listener, replaces_the_socket_of_a_dead_router_and_nothing_else) {
    const test::TemporaryFolder folder;
    const std::string dead = folder.file("dead.sock");
    {
        const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        dead.copy(address.sun_path, sizeof(address.sun_path) - 1);
        ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    EXPECT_TRUE(std::filesystem::exists(dead));
    EXPECT_FALSE(is_answered(dead));
    EXPECT_TRUE(Listener::open(dead).has_value());

    const std::string file = folder.file("file");
    std::ofstream(file) << "precious";
    EXPECT_FALSE(Listener::open(file).has_value());
    EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(Listener, leaves_a_file_alone_that_is_not_its_own_any_more) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("control.sock");
    {
        const auto listener = Listener::open(path);
        ASSERT_TRUE(listener.has_value());
        std::filesystem::remove(path);
        std::ofstream(path) << "another's";
    }
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(Listener, refuses_paths_that_no_socket_can_have) {
    EXPECT_FALSE(Listener::open("").has_value());
    EXPECT_FALSE(Listener::open("/tmp/" + std::string(200, 'x')).has_value());
    EXPECT_FALSE(Listener::open("/proc/no/such/control.sock").has_value());
}

}  // namespace
}  // namespace sluice::ctrlplane::control
