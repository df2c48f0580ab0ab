// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "ctrlplane/cli/command.h"

/// `conntrack`: -L and -D with filters, -F, -C and -S of conntrack(8).
namespace sluice::ctrlplane::cli {

namespace {

struct Filter {
    std::string_view letter;
    std::string_view name;
    std::string_view key;  ///< of the params
};
constexpr std::array<Filter, 19> kFilters = {{
    {"-p", "--proto", "protocol"},
    {"-s", "--src", "source"},
    {"-s", "--orig-src", "source"},
    {"-d", "--dst", "destination"},
    {"-d", "--orig-dst", "destination"},
    {"-r", "--reply-src", "reply_source"},
    {"-q", "--reply-dst", "reply_destination"},
    {"--sport", "--orig-port-src", "source_port"},
    {"--dport", "--orig-port-dst", "destination_port"},
    {"-f", "--family", "family"},
    {"--reply-port-src", "--reply-port-src", "reply_source_port"},
    {"--reply-port-dst", "--reply-port-dst", "reply_destination_port"},
    {"-m", "--mark", "mark"},
    {"-u", "--status", "status"},
    {"-l", "--label", "label"},
    {"--state", "--state", "state"},
    {"-w", "--zone", "zone"},
    {"--orig-zone", "--orig-zone", "original_zone"},
    {"--reply-zone", "--reply-zone", "reply_zone"},
}};

/// The method of a command option, empty for another word.
std::string_view method_of(std::string_view word) {
    if (word == "-L" || word == "--dump") {
        return "conntrack.list";
    }
    if (word == "-D" || word == "--delete") {
        return "conntrack.delete";
    }
    if (word == "-F" || word == "--flush") {
        return "conntrack.flush";
    }
    if (word == "-C" || word == "--count") {
        return "conntrack.count";
    }
    if (word == "-S" || word == "--stats") {
        return "conntrack.stats";
    }
    return {};
}

/// The parameter of a filter's option, empty for another word.
std::string_view key_of(std::string_view option) {
    for (const Filter& filter : kFilters) {
        if (option == filter.letter || option == filter.name) {
            return filter.key;
        }
    }
    return {};
}

bool is_other_command(std::string_view word) {
    constexpr std::array<std::string_view, 12> kOther = {"-G", "--get",    "-I", "--create",
                                                         "-U", "--update", "-E", "--event",
                                                         "-A", "--add",    "-R", "--load-file"};
    for (const std::string_view other : kOther) {
        if (word == other) {
            return true;
        }
    }
    return false;
}

/// `-o extended,labels`; false: a word of it is unknown.
bool read_output(std::string_view list, Call& call) {
    while (!list.empty()) {
        const std::string_view word = list.substr(0, list.find(','));
        list.remove_prefix(std::min(word.size() + 1, list.size()));
        if (word != "extended" && word != "labels") {
            return false;
        }
        call.params[std::string(word)] = true;
    }
    return true;
}

/// Options that need no value: translated connections (an address behind them is not built), and `-o`.
/// False: it is none of them.
bool read_switch(Words words, std::size_t& at, Call& call) {
    const std::string& word = words[at];
    const bool has_value = at + 1 < words.size() && !words[at + 1].starts_with("-");
    if ((word == "-o" || word == "--output") && has_value && read_output(words[at + 1], call)) {
        ++at;
        return true;
    }
    const bool is_source = word == "-n" || word == "--src-nat";
    const bool is_destination = word == "-g" || word == "--dst-nat";
    const bool is_any = word == "-j" || word == "--any-nat";
    if ((!is_source && !is_destination && !is_any) || has_value) {
        return false;
    }
    if (is_source || is_any) {
        call.params["source_nat"] = true;
    }
    if (is_destination || is_any) {
        call.params["destination_nat"] = true;
    }
    return true;
}

}  // namespace

Parsed parse_conntrack(Words words) {
    Call call;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (const std::string_view method = method_of(word); !method.empty()) {
            if (!call.method.empty()) {
                return usage("conntrack: one command at a time");
            }
            call.method = method;
            if (i + 1 < words.size() && !words[i + 1].starts_with("-") && words[i + 1] != "conntrack") {
                return not_built("conntrack's table '" + words[i + 1] + "'");
            }
            i += i + 1 < words.size() && words[i + 1] == "conntrack" ? 1 : 0;
            continue;
        }
        if (is_other_command(word)) {
            return not_built("conntrack " + word);
        }
        if (read_switch(words, i, call)) {
            continue;
        }
        // `--sport 53` and `--sport=53` are the same.
        const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
        const std::string_view key = key_of(std::string_view(word).substr(0, equals));
        if (key.empty()) {
            return not_built("conntrack's option '" + word + "'");
        }
        if (equals == std::string::npos && i + 1 == words.size()) {
            return usage(fmt::format("conntrack: option {} needs a value", word));
        }
        std::string value = equals == std::string::npos ? words[++i] : word.substr(equals + 1);
        if (key == "label" && call.params.contains(key)) {
            value = call.params[std::string(key)].get<std::string>() + "," + value;  // all that are named must be there
        }
        call.params[std::string(key)] = std::move(value);
    }
    if (call.method.empty()) {
        return usage("conntrack: no command; -L, -D, -F, -C or -S is wanted");
    }
    if (call.method == "conntrack.delete" && call.params.contains("labels")) {
        return not_built("conntrack's '-o labels' with -D, which shows none");
    }
    if (call.method != "conntrack.list" && call.method != "conntrack.delete" && !call.params.empty()) {
        return not_built("a filter with this command of conntrack");
    }
    return call;
}

}  // namespace sluice::ctrlplane::cli
