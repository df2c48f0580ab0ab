// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "ctrlplane/cli/command.h"

/// `ipset`: what it is about a file is read here, all else by the router, which has the grammar of all types.
namespace sluice::ctrlplane::cli {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_option(const std::string& word) { return word.starts_with('-'); }

}  // namespace

Parsed parse_ipset(Words words) {
    Call call{"ipset.command"};
    std::vector<std::string> rest;
    std::string file;
    bool exist = false;
    bool is_restore = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (is_one_of(word, {"-file", "--file"})) {
            if (++i == words.size()) {
                return usage(fmt::format("ipset v7.17: Missing mandatory argument of option `{}'", word));
            }
            file = words[i];
        } else if (!is_restore && std::all_of(rest.begin(), rest.end(), is_option) && is_one_of(word, {"restore", "-R", "--restore", "-restore"})) {
            is_restore = true;
        } else {
            exist = exist || is_one_of(word, {"-exist", "--exist", "-!"});
            rest.push_back(word);
        }
    }
    if (!is_restore) {
        call.output = file;
        call.params = {{"args", rest}};
        return call;
    }
    const auto stray = std::find_if(rest.begin(), rest.end(),
                                    [](const std::string& word) { return !is_one_of(word, {"-exist", "--exist", "-!"}); });
    if (stray != rest.end()) {
        return usage(fmt::format("ipset v7.17: Unknown argument {}", *stray));
    }
    call.method = "ipset.restore";
    call.input = file.empty() ? "-" : file;
    call.params = {{"file", call.input}, {"exist", exist}};
    return call;
}

}  // namespace sluice::ctrlplane::cli
