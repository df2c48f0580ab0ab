// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <array>
#include <string_view>

#include "ctrlplane/cli/command.h"

/// `iptables` and `iptables-save`: the options of iptables(8) that list.
namespace sluice::ctrlplane::cli {

namespace {

/// What has been read so far.
struct Listing {
    char command = 0;  ///< L or S
    nlohmann::json params = {
        {"table", "filter"}, {"numeric", false}, {"verbose", 0}, {"exact", false}, {"line_numbers", false}};
};

/// Options of iptables(8) that change something.
constexpr std::array<std::string_view, 23> kChanging = {
    "-A", "--append",       "-I", "--insert", "-D", "--delete",       "-R",        "--replace",
    "-C", "--check",        "-F", "--flush",  "-Z", "--zero",         "-N",        "--new-chain",
    "-X", "--delete-chain", "-P", "--policy", "-E", "--rename-chain", "--modprobe"};

/// The short option of a long one, `?` for one that is none. Long options may be abbreviated where that is
/// unambiguous.
char short_of(std::string_view word) {
    struct Long {
        std::string_view name;
        char letter;
    };
    constexpr std::array<Long, 9> kLong = {{{"--list", 'L'},
                                            {"--list-rules", 'S'},
                                            {"--table", 't'},
                                            {"--numeric", 'n'},
                                            {"--verbose", 'v'},
                                            {"--exact", 'x'},
                                            {"--line-numbers", '0'},
                                            {"--ipv4", '4'},
                                            {"--wait", 'w'}}};
    char found = '?';
    for (const Long& option : kLong) {
        if (option.name == word) {
            return option.letter;
        }
        if (word.size() > 3 && option.name.starts_with(word)) {
            found = found == '?' ? option.letter : '!';
        }
    }
    return found;
}

bool is_option(const std::string& word) {
    return word.size() > 1 && word[0] == '-';
}

bool is_number(const std::string& word) {
    return word.find_first_not_of("0123456789") == std::string::npos;
}

/// Takes the optional chain and rule number behind -L or -S.
void take_chain(Words words, std::size_t& i, Listing& listing) {
    if (i + 1 < words.size() && !is_option(words[i + 1])) {
        listing.params["chain"] = words[++i];
        if (i + 1 < words.size() && !is_option(words[i + 1])) {
            listing.params["rule"] = words[++i];
        }
    }
}

/// One letter; an error where it asks for something else than a listing.
tl::expected<void, Complaint> apply(char letter, bool last, Words words, std::size_t& i, Listing& listing) {
    switch (letter) {
        case 'L':
        case 'S':
            if (listing.command != 0) {
                return usage(fmt::format("iptables: cannot use -{} with -{}", letter, listing.command));
            }
            listing.command = letter;
            if (last) {
                take_chain(words, i, listing);
            }
            return {};
        case 't':
            if (!last || i + 1 == words.size()) {
                return usage("iptables: option -t needs the name of a table");
            }
            listing.params["table"] = words[++i];
            return {};
        case 'n':
            listing.params["numeric"] = true;
            return {};
        case 'v':
            listing.params["verbose"] = listing.params["verbose"].get<int>() + 1;
            return {};
        case 'x':
            listing.params["exact"] = true;
            return {};
        case '0':
            listing.params["line_numbers"] = true;
            return {};
        case '4':
            return {};
        case 'w':  // waits for a lock that nobody needs here: the router changes its rules at one instant
            if (last && i + 1 < words.size() && is_number(words[i + 1])) {
                ++i;
            }
            return {};
        case '!':
            return usage(fmt::format("iptables: '{}' may mean several options", words[i]));
        default:
            return usage(fmt::format("iptables: unknown option '{}'", words[i]));
    }
}

}  // namespace

Parsed parse_iptables(Words words) {
    Listing listing;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        for (const std::string_view changing : kChanging) {
            if (word == changing) {
                return not_built("iptables " + word +
                                 " (changing rules while the router runs; edit the rules and "
                                 "use `sluicectl reload`)");
            }
        }
        if (!is_option(word)) {
            return usage(fmt::format("iptables: '{}' is no option; -L or -S is wanted", word));
        }
        if (word.starts_with("--")) {
            if (auto done = apply(short_of(word), true, words, i, listing); !done) {
                return tl::unexpected<Complaint>(done.error());
            }
            continue;
        }
        for (std::size_t at = 1; at < word.size(); ++at) {
            if (auto done = apply(word[at], at + 1 == word.size(), words, i, listing); !done) {
                return tl::unexpected<Complaint>(done.error());
            }
        }
    }
    if (listing.command == 0) {
        return usage("iptables: no command; -L (list) or -S (list rules) is wanted");
    }
    return Call{listing.command == 'L' ? "iptables.list" : "iptables.list_rules", listing.params};
}

Parsed parse_iptables_save(Words words) {
    Call call{"iptables.save", {{"counters", false}}};
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "-c" || words[i] == "--counters") {
            call.params["counters"] = true;
        } else if (words[i] == "-t" || words[i] == "--table") {
            if (i + 1 == words.size()) {
                return usage("iptables-save: option -t needs the name of a table");
            }
            call.params["table"] = words[++i];
        } else {
            return usage(
                fmt::format("iptables-save: unknown option '{}'; -c and -t TABLE are known", words[i]));
        }
    }
    return call;
}

}  // namespace sluice::ctrlplane::cli
