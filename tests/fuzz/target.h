// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

/// What a fuzz target is: three functions. Two programs are made of each: one with libFuzzer
/// (libfuzzer_main.cpp) and one that every test run starts (smoke_main.cpp).
namespace sluice::fuzz {

using Input = std::vector<std::uint8_t>;

/// Once, before the first input.
void begin();
/// One input. What is wrong ends the process: a sanitizer's finding, an assertion, `demand`.
void run(std::span<const std::uint8_t> input);
/// Good inputs to begin with.
[[nodiscard]] std::vector<Input> seeds();

/// Ends the process where what must hold does not, with a sentence.
void demand(bool holds, std::string_view what);

[[nodiscard]] inline Input input_of(std::string_view text) {
    return {text.begin(), text.end()};
}
[[nodiscard]] inline std::string_view text_of(std::span<const std::uint8_t> input) {
    return {reinterpret_cast<const char*>(input.data()), input.size()};
}

}  // namespace sluice::fuzz
