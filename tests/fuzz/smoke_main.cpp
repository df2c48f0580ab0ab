// SPDX-License-Identifier: BSD-3-Clause
/// Runs a fuzz target without a fuzzer: its seeds, the files given, and pseudo-random mutations of the seeds
/// for a few seconds, always the same ones.
///
///   smoke-NAME                    seeds, then mutations
///   smoke-NAME FILE...            these inputs, such as those that a fuzzer has found
///   smoke-NAME --write-seeds DIR  the seeds as files, for a fuzzer to begin with
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "dataplane/base/random.h"
#include "tests/fuzz/target.h"

namespace sluice::fuzz {
namespace {

constexpr std::size_t kMutations = 50'000;
constexpr std::chrono::seconds kLongest{3};
constexpr std::size_t kLongestInput = 65536;

std::size_t somewhere(const Input& input, base::Random& random) {
    return random.below(static_cast<std::uint32_t>(input.size()));
}

/// One change: a byte, a bit, a piece cut out, repeated, or taken from another seed.
void change(Input& input, const std::vector<Input>& seeds, base::Random& random) {
    if (input.empty()) {
        input.push_back(static_cast<std::uint8_t>(random.next()));
        return;
    }
    const std::size_t at = somewhere(input, random);
    const std::size_t length =
        1 + random.below(static_cast<std::uint32_t>(std::min<std::size_t>(input.size() - at, 64)));
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(std::min(length, input.size() - at));
    switch (random.below(6)) {
        case 0:
            input[at] = static_cast<std::uint8_t>(random.next());
            break;
        case 1:
            input[at] = static_cast<std::uint8_t>(input[at] ^ 1U << random.below(8));
            break;
        case 2:
            input.erase(begin, end);
            break;
        case 3: {
            const Input piece(begin, end);
            const std::size_t place = somewhere(input, random);
            input.insert(input.begin() + static_cast<std::ptrdiff_t>(place), piece.begin(), piece.end());
            break;
        }
        case 4:
            input.resize(at);
            break;
        default: {
            const Input& other = seeds[random.below(static_cast<std::uint32_t>(seeds.size()))];
            if (!other.empty()) {
                const auto from = static_cast<std::ptrdiff_t>(somewhere(other, random));
                input.insert(begin, other.begin() + from, other.end());
            }
            break;
        }
    }
    input.resize(std::min(input.size(), kLongestInput));
}

void run_mutations() {
    const std::vector<Input> good = seeds();
    for (const Input& seed : good) {
        run(seed);
    }
    base::Random random(std::uint64_t{2026});
    const auto until = std::chrono::steady_clock::now() + kLongest;
    std::size_t done = 0;
    for (; done < kMutations && std::chrono::steady_clock::now() < until; ++done) {
        Input input = good[random.below(static_cast<std::uint32_t>(good.size()))];
        for (std::uint32_t changes = 1 + random.below(8); changes > 0; --changes) {
            change(input, good, random);
        }
        run(input);
    }
    fmt::print("{} seeds and {} mutations\n", good.size(), done);
}

void run_file(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    const Input input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    run(input);
    fmt::print("{}: {} bytes\n", name, input.size());
}

void write_seeds(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    std::size_t number = 0;
    for (const Input& seed : seeds()) {
        std::ofstream file(folder / fmt::format("seed-{}", number++), std::ios::binary);
        file.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
    }
}

}  // namespace
}  // namespace sluice::fuzz

int main(int count, char** words) {
    sluice::fuzz::begin();
    if (count == 3 && std::string(words[1]) == "--write-seeds") {
        sluice::fuzz::write_seeds(words[2]);
        return 0;
    }
    for (int i = 1; i < count; ++i) {
        sluice::fuzz::run_file(words[i]);
    }
    if (count == 1) {
        sluice::fuzz::run_mutations();
    }
    return 0;
}
