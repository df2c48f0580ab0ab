// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "acl/sets/book.h"

namespace sluice::acl::sets {

/// Lines as `ipset restore` takes them. Returns: empty, or what was wrong as `LINE:COLUMN: MESSAGE`.
inline std::string restored(SetBook& book, std::string_view text, std::uint64_t now_ms = 1000) {
    const auto done = book.restore(text, "sets", false, now_ms);
    return done ? "" : fmt::format("{}:{}: {}", done.error().where.line, done.error().where.column, done.error().message);
}

/// One command, its words parted by single blanks.
inline Expected<SetBook::Answer> run(SetBook& book, std::string_view command, std::uint64_t now_ms = 1000) {
    std::vector<Word> words;
    for (std::size_t at = 0; at < command.size();) {
        const std::size_t end = std::min(command.find(' ', at), command.size());
        words.push_back({std::string(command.substr(at, end - at)), at});
        at = end + 1;
    }
    return book.run(words, now_ms);
}

inline std::string text_of(SetBook& book, std::string_view command, std::uint64_t now_ms = 1000) {
    const auto answer = run(book, command, now_ms);
    return answer ? answer->text : answer.error().message;
}

inline bool is_in(SetBook& book, std::string_view set, std::string_view element, std::uint64_t now_ms = 1000) {
    const auto answer = run(book, fmt::format("test {} {}", set, element), now_ms);
    return answer && answer->is_true;
}

}  // namespace sluice::acl::sets
