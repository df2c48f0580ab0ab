// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/nflog_file.h"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/support/packet_builder.h"

namespace sluice::ctrlplane {
namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

/// A folder of its own, gone with the test.
class NflogFileTest : public ::testing::Test {
protected:
    NflogFileTest() {
        char name[] = "/tmp/nflog-XXXXXX";
        folder_ = ::mkdtemp(name);
    }
    ~NflogFileTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(std::string_view name) const { return folder_ + "/" + std::string(name); }
    [[nodiscard]] std::unique_ptr<NflogFile> open(std::uint64_t size = 1U << 20U, unsigned files = 3) const {
        auto file = NflogFile::open({path("n.pcapng"), size, files});
        EXPECT_TRUE(file.has_value());
        return std::move(*file);
    }

    std::string folder_;
};

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::uint32_t number_at(const std::string& text, std::size_t at) {
    std::uint32_t number = 0;
    std::memcpy(&number, text.data() + at, sizeof number);
    return number;
}

/// The types of the file's blocks; each must have its length at both ends.
std::vector<std::uint32_t> blocks_of(const std::string& text) {
    std::vector<std::uint32_t> types;
    for (std::size_t at = 0; at < text.size();) {
        const std::uint32_t length = number_at(text, at + 4);
        EXPECT_TRUE(length >= 12 && length % 4 == 0 && at + length <= text.size());
        if (length < 12 || at + length > text.size()) {
            break;
        }
        EXPECT_EQ(number_at(text, at + length - 4), length);
        types.push_back(number_at(text, at));
        at += length;
    }
    return types;
}

pcapng::Packet packet_of(const test::Bytes& bytes) {
    return {.utc_ns = 1'700'000'000 * kSecond_ns + 5,
            .packet_bytes = static_cast<std::uint32_t>(bytes.size()),
            .bytes = bytes,
            .prefix = "fw: ",
            .interfaces = "IN=lan OUT=wan"};
}

constexpr std::uint32_t kSection = 0x0a0d0d0a;
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kPacket = 6;
using Blocks = std::vector<std::uint32_t>;

// TGT-2
TEST_F(NflogFileTest, packets_wait_for_the_threshold_or_a_second) {
    const test::Bytes bytes = test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).bytes();
    const auto file = open();
    file->add(packet_of(bytes), 0, 0);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))), Blocks{});
    file->tend(kSecond_ns - 1);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))), Blocks{});
    file->tend(kSecond_ns);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))), (Blocks{kSection, kInterface, kPacket}));
    file->add(packet_of(bytes), 2, 2 * kSecond_ns);
    file->add(packet_of(bytes), 0, 2 * kSecond_ns);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))),
              (Blocks{kSection, kInterface, kPacket, kPacket, kPacket}));
    for (int i = 0; i < 99; ++i) {
        file->add(packet_of(bytes), 0, 3 * kSecond_ns);
    }
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))).size(), 5U);
    file->add(packet_of(bytes), 0, 3 * kSecond_ns);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))).size(), 105U);
    EXPECT_EQ(file->lost(), 0U);
}

// TGT-2
TEST_F(NflogFileTest, a_full_file_is_renamed_and_the_eldest_goes) {
    const test::Bytes bytes =
        test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).payload_size(1000).bytes();
    {
        const auto file = open(4096);
        for (int i = 0; i < 20; ++i) {
            file->add(packet_of(bytes), 1, 0);
        }
    }
    for (const char* name : {"n.pcapng", "n.pcapng.1", "n.pcapng.2"}) {
        const std::string text = contents(path(name));
        EXPECT_LE(text.size(), 4096U) << name;
        EXPECT_EQ(blocks_of(text).at(1), kInterface) << name << " is whole by itself";
    }
    EXPECT_FALSE(std::filesystem::exists(path("n.pcapng.3")));
    const std::string last = contents(path("n.pcapng"));
    { const auto again = open(4096); }
    EXPECT_EQ(contents(path("n.pcapng.1")), last) << "what stood there at the start is put aside";
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))), (Blocks{kSection, kInterface}));
}

TEST_F(NflogFileTest, a_file_that_cannot_be_opened_is_an_error) {
    const auto file = NflogFile::open({path("none/n.pcapng"), 1U << 20U, 3});
    ASSERT_FALSE(file.has_value());
    EXPECT_NE(file.error().message.find("cannot be opened: No such file or directory"), std::string::npos);
}

// As on a full disk.
TEST_F(NflogFileTest, what_cannot_be_written_is_counted_and_the_file_stays_whole) {
    const test::Bytes bytes = test::packet().ip("10.0.0.5", "8.8.8.8").udp(4000, 53).bytes();
    const auto file = open();
    file->add(packet_of(bytes), 1, 0);
    const std::string whole = contents(path("n.pcapng"));
    const rlim_t room = whole.size() + 20;
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{room, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    file->add(packet_of(bytes), 1, 0);
    file->add(packet_of(bytes), 1, 0);
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, old_handler);
    EXPECT_EQ(file->lost(), 2U);
    EXPECT_EQ(contents(path("n.pcapng")), whole);
    file->add(packet_of(bytes), 1, 0);
    EXPECT_EQ(blocks_of(contents(path("n.pcapng"))), (Blocks{kSection, kInterface, kPacket, kPacket}));
}

}  // namespace
}  // namespace sluice::ctrlplane
