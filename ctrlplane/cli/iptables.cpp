// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "ctrlplane/cli/command.h"

/// `iptables`: the options of iptables(8) that list; all else is read by the router.
namespace sluice::ctrlplane::cli {

namespace {

/// What has been read so far.
struct Listing {
    char command = 0;  ///< L or S
    nlohmann::json params = {
        {"table", "filter"}, {"numeric", false}, {"verbose", 0}, {"exact", false}, {"line_numbers", false}};
};

/// The short option of a long one, `?` for one that is none. Long options may be abbreviated where that is
/// unambiguous.
char short_of(std::string_view word) {
    struct Long {
        std::string_view name;
        char letter;
    };
    constexpr std::array<Long, 10> kLong = {{{"--list", 'L'},
                                            {"--list-rules", 'S'},
                                            {"--zero", 'Z'},
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

bool abbreviates(std::string_view word, std::string_view whole) {
    return whole.starts_with(word);
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
        case 'Z':
            listing.params["zero"] = true;
            if (last && i + 1 < words.size() && !is_option(words[i + 1])) {
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

namespace {

/// Whether the words ask for a listing, a change, or neither.
enum class Purpose { unknown, list, change };

/// Of one word; `skips_next` where its value is the next one. Letters are those of iptables itself.
Purpose purpose_of(const std::string& word, bool& skips_next) {
    constexpr std::string_view kWithValue = "tspdiojgmcM";
    constexpr std::string_view kChanges = "AIDRCNPEFX";
    constexpr std::array<std::string_view, 10> kLongChanges = {
        "--append", "--insert",    "--delete", "--delete-chain", "--replace",
        "--check",  "--new-chain", "--policy", "--rename-chain", "--flush"};
    skips_next = false;
    if (word.starts_with("--")) {
        if (word.size() > 4 && (abbreviates(word, "--list") || abbreviates(word, "--list-rules"))) {
            return Purpose::list;
        }
        const bool changes = word.size() > 3 && std::any_of(kLongChanges.begin(), kLongChanges.end(),
                                                            [&](auto name) { return abbreviates(word, name); });
        skips_next = word == "--table";
        return changes ? Purpose::change : Purpose::unknown;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
        if (word[i] == 'L' || word[i] == 'S') {
            return Purpose::list;
        }
        if (kChanges.find(word[i]) != std::string_view::npos) {
            return Purpose::change;
        }
        if (kWithValue.find(word[i]) != std::string_view::npos) {
            skips_next = i + 1 == word.size();
            return Purpose::unknown;
        }
    }
    return Purpose::unknown;
}

/// The first command counts; `-Z` alone changes, and goes with a listing too.
Purpose purpose_of(Words words) {
    bool has_zero = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (!is_option(words[i])) {
            continue;
        }
        bool skips_next = false;
        const Purpose purpose = purpose_of(words[i], skips_next);
        if (purpose != Purpose::unknown) {
            return purpose;
        }
        has_zero = has_zero || words[i] == "--zero" || (words[i][1] != '-' && words[i].find('Z') != std::string::npos);
        i += skips_next ? 1 : 0;
    }
    return has_zero ? Purpose::change : Purpose::unknown;
}

}  // namespace

Parsed parse_iptables(Words words) {
    // The router reads what changes rules: the grammar of all matches and targets is there.
    if (purpose_of(words) == Purpose::change) {
        return Call{"iptables.command", {{"args", std::vector<std::string>(words.begin(), words.end())}}};
    }
    Listing listing;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!is_option(word)) {
            return usage(fmt::format("iptables: '{}' is no option; a command such as -L or -A is wanted", word));
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
        return usage("iptables: no command; -L (list), -S (list rules) or one that changes rules is wanted");
    }
    return Call{listing.command == 'L' ? "iptables.list" : "iptables.list_rules", listing.params};
}

}  // namespace sluice::ctrlplane::cli
