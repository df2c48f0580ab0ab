// SPDX-License-Identifier: BSD-3-Clause
// MAT: string, as skb_find_text finds it.
#include "acl/strings/scanner.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>

namespace sluice::acl::strings {
namespace {

using View = PacketView<net::Ipv4>;

View view_of(std::string_view text) {
    View view{};
    view.packet = std::as_bytes(std::span(text));
    view.bytes = static_cast<std::uint32_t>(text.size());
    return view;
}

/// The text in pieces: the first of `first` bytes, the rest behind PacketTail.
View view_in_pieces(const std::string_view& text, std::size_t first) {
    View view = view_of(text);
    view.packet = view.packet.first(first);
    view.tail = {&text, [](const void* packet, std::size_t offset, std::span<std::byte> out) noexcept {
                     const auto& whole = *static_cast<const std::string_view*>(packet);
                     if (offset + out.size() > whole.size()) {
                         return false;
                     }
                     std::memcpy(out.data(), whole.data() + offset, out.size());
                     return true;
                 }};
    return view;
}

std::unique_ptr<Scanner> scanner_for(const std::vector<Sought>& strings, std::uint32_t readers = 2) {
    auto scanner = Scanner::compile(strings, readers);
    EXPECT_TRUE(scanner.has_value()) << scanner.error().message;
    return std::move(*scanner);
}

bool has(Scanner& scanner, Number number, std::string_view text) {
    Hits hits;
    return scanner.has(number, view_of(text), hits);
}

TEST(Scanner, a_string_lies_wholly_between_from_and_to) {
    auto scanner = scanner_for({{"GET", 4, 10}, {"GET", 0, 6}, {"GET", 4, 6}, {"GET", 9, 9}, {"GET", 4, 0xffff}});
    EXPECT_TRUE(has(*scanner, 0, "1234GETabc"));
    EXPECT_TRUE(has(*scanner, 0, "1234567GETc"));
    EXPECT_FALSE(has(*scanner, 0, "12345678GET")) << "ends behind `to`";
    EXPECT_FALSE(has(*scanner, 0, "123GETabcde")) << "begins before `from`";
    EXPECT_TRUE(has(*scanner, 0, "GET4GET")) << "the second counts";
    EXPECT_TRUE(has(*scanner, 1, "123GET"));
    EXPECT_FALSE(has(*scanner, 1, "1234GET"));
    EXPECT_FALSE(has(*scanner, 2, "1234GET")) << "the window is shorter than the string";
    EXPECT_FALSE(has(*scanner, 3, "1234GETGETGET"));
    EXPECT_TRUE(has(*scanner, 4, std::string(3000, 'x') + "GET"));
}

TEST(Scanner, case_is_that_of_latin_1) {
    auto scanner = scanner_for({{"Straße", 0, 0xffff, true}, {"\xe4", 0, 0xffff, true}, {"Host", 0, 0xffff, false},
                                {"\xff", 0, 0xffff, true}, {"[.*", 0, 0xffff, true}});
    EXPECT_TRUE(has(*scanner, 1, "\xc4"));
    EXPECT_FALSE(has(*scanner, 1, "\xe5"));
    EXPECT_FALSE(has(*scanner, 2, "HOST"));
    EXPECT_TRUE(has(*scanner, 2, "a Host b"));
    EXPECT_FALSE(has(*scanner, 3, "\xdf")) << "in the kernel's table 0xff is a small letter and 0xdf another";
    EXPECT_TRUE(has(*scanner, 4, "a[.*b"));
    EXPECT_FALSE(has(*scanner, 4, "[xx"));
}

TEST(Scanner, answers_as_the_plain_search_for_random_strings_and_packets) {
    std::mt19937 random(7);
    const auto below = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
    const auto text = [&](std::size_t size) {
        std::string made;
        while (made.size() < size) {
            made += "abAB\x00\xe4\xc4"[below(7)];
        }
        return made;
    };
    for (int round = 0; round < 60; ++round) {
        std::vector<std::string> patterns;
        std::vector<Sought> strings;
        for (unsigned i = 1 + below(40); i > 0; --i) {
            patterns.push_back(text(1 + below(round % 2 == 0 ? 3 : 8)));
        }
        for (const std::string& pattern : patterns) {
            const bool is_open = below(2) == 0;
            strings.push_back({pattern, static_cast<std::uint16_t>(below(30)),
                               static_cast<std::uint16_t>(is_open ? 0xffff : below(80)), below(2) == 0});
        }
        auto scanner = scanner_for(strings);
        for (int packet = 0; packet < 40; ++packet) {
            const std::string bytes = text(below(90));
            const std::string_view whole = bytes;
            const View view = packet % 3 == 0 ? view_in_pieces(whole, bytes.size() / 2) : view_of(whole);
            Hits hits;
            for (Number number = 0; number < strings.size(); ++number) {
                EXPECT_EQ(scanner->has(number, view, hits), occurs(strings[number], view))
                    << "round " << round << " packet " << packet << " string " << number;
            }
        }
    }
}

TEST(Scanner, more_strings_than_a_packet_remembers_and_packets_between_each_other) {
    std::vector<std::string> patterns;
    std::vector<Sought> strings;
    for (int i = 0; i < 100; ++i) {
        patterns.push_back("word" + std::to_string(100 + i) + ";");
    }
    for (const std::string& pattern : patterns) {
        strings.push_back({pattern});
    }
    auto scanner = scanner_for(strings, 1);
    std::string even;
    std::string odd;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        (i % 2 == 0 ? even : odd) += patterns[i];
    }
    Hits of_even;
    Hits of_odd;
    for (Number number = 0; number < strings.size(); ++number) {
        EXPECT_EQ(scanner->has(number, view_of(even), of_even), number % 2 == 0);
        EXPECT_EQ(scanner->has(number, view_of(odd), of_odd), number % 2 == 1);
    }
    EXPECT_TRUE(of_even.overflowed);
}

TEST(Scanner, more_threads_than_desks_find_the_same) {
    std::vector<Sought> strings = {{"alpha"}, {"omega"}};
    auto scanner = scanner_for(strings, 1);
    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 20000; ++i) {
                wrong += has(*scanner, 0, "to alpha from") && !has(*scanner, 1, "to alpha from") ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace sluice::acl::strings
