// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <array>
#include <string_view>

#include "ctrlplane/cli/command.h"

/// `iptables-save` and `iptables-restore`: whole rulesets.
namespace sluice::ctrlplane::cli {

namespace {

struct Option {
    char letter = 0;
    std::string_view name;
    bool takes_value = false;
};

/// Goes through the words of one of the tools; `take` is called with an option's letter and its value, or with 0 and
/// a word that is no option. Returns: a complaint, or nothing.
template <std::size_t N, class Take>
std::string walk(std::string_view tool, const std::array<Option, N>& options, Words words, Take take) {
    const auto unknown = [&](const std::string& word) { return fmt::format("{}: unknown option '{}'", tool, word); };
    const auto use = [&](const Option& option, std::string attached, std::size_t& i) -> std::string {
        if (option.takes_value && attached.empty()) {
            if (i + 1 == words.size()) {
                return fmt::format("{}: option '{}' needs a value", tool, words[i]);
            }
            attached = words[++i];
        }
        take(option.letter, attached);
        return {};
    };
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string word = words[i];
        if (word.size() < 2 || word[0] != '-') {
            take('\0', word);
            continue;
        }
        const Option* found = nullptr;
        if (word[1] == '-') {
            const std::size_t equals = word.find('=');
            const std::string_view name = std::string_view(word).substr(2, equals == word.npos ? equals : equals - 2);
            for (const Option& option : options) {
                found = option.name.starts_with(name) && !name.empty() && found == nullptr ? &option : found;
            }
            if (found == nullptr) {
                return unknown(word);
            }
            if (auto why = use(*found, equals == word.npos ? "" : word.substr(equals + 1), i); !why.empty()) {
                return why;
            }
            continue;
        }
        for (std::size_t at = 1; at < word.size(); ++at) {
            found = nullptr;
            for (const Option& option : options) {
                found = option.letter == word[at] ? &option : found;
            }
            if (found == nullptr) {
                return unknown(word);
            }
            if (auto why = use(*found, found->takes_value ? word.substr(at + 1) : "", i); !why.empty()) {
                return why;
            }
            if (found->takes_value) {
                break;
            }
        }
    }
    return {};
}

}  // namespace

Parsed parse_iptables_save(Words words) {
    constexpr std::array<Option, 4> kOptions = {
        {{'c', "counters"}, {'t', "table", true}, {'f', "file", true}, {'4', "ipv4"}}};
    Call call{"iptables.save", {{"counters", false}}};
    std::string stray;
    const std::string why = walk("iptables-save", kOptions, words, [&](char letter, const std::string& value) {
        if (letter == 'c') {
            call.params["counters"] = true;
        } else if (letter == 't') {
            call.params["table"] = value;
        } else if (letter == 'f') {
            call.output = value;
        } else if (letter == '\0') {
            stray = value;
        }
    });
    if (!why.empty() || !stray.empty()) {
        return usage(why.empty() ? fmt::format("iptables-save: '{}' is no option", stray) : why);
    }
    return call;
}

Parsed parse_iptables_restore(Words words) {
    // `-w` and `-W` are about a lock that is not needed: the router changes its rules at one instant.
    constexpr std::array<Option, 8> kOptions = {{{'c', "counters"},
                                                 {'n', "noflush"},
                                                 {'t', "test"},
                                                 {'v', "verbose"},
                                                 {'T', "table", true},
                                                 {'w', "wait"},
                                                 {'W', "wait-interval", true},
                                                 {'4', "ipv4"}}};
    Call call{"iptables.restore"};
    call.input = "-";
    std::string stray;
    bool after_wait = false;
    const std::string why = walk("iptables-restore", kOptions, words, [&](char letter, const std::string& value) {
        const bool is_number = value.find_first_not_of("0123456789") == std::string::npos;
        switch (letter) {
            case 'c': call.params["counters"] = true; break;
            case 'n': call.params["noflush"] = true; break;
            case 't': call.params["test"] = true; break;
            case 'v': call.params["verbose"] = true; break;
            case 'T': call.params["table"] = value; break;
            case '\0':
                if (!(after_wait && is_number)) {
                    stray = call.input == "-" ? "" : value;
                    call.input = value;
                }
                break;
            default: break;
        }
        after_wait = letter == 'w';
    });
    if (!why.empty() || !stray.empty()) {
        return usage(why.empty() ? fmt::format("iptables-restore: a second file, '{}'", stray) : why);
    }
    call.params["file"] = call.input;
    return call;
}

}  // namespace sluice::ctrlplane::cli
