// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "acl/text/fault.h"
#include "acl/text/words.h"

/// How a match or a target is written: what its file says to the parser and the printer.
///
/// `Syntax<T>` is specialised in the header of each match and target, next to its options:
///
///   forms()             one `Form` for each name under which T is written (`-m NAME`, `-j NAME`), with its
///   options form_of(const T&)   which of the forms prints this T; not needed where there is one form
///   parse(T&, use)      takes one option
///   finish(const T&, rule)  the last word when all of the rule is known; not needed where there is nothing
///   to say save(const T&, out)     appends the options as `-S` prints them, each with a blank before it
///   list(const T&, numeric, out)  appends what `-L` prints, with a blank before it
///
/// A new match is its file, with its `Syntax`, and a word in all_matches.h.
namespace sluice::acl::text {

/// One option of an extension, without its `--`.
struct OptionSpec {
    std::string_view name;
    std::uint8_t values = 1;  ///< words that follow it
    bool invertible = false;  ///< may have `!` before it
    bool required = false;
    bool built = true;            ///< known, but refused until it is built
    std::string_view alias_of{};  ///< the name under which it is parsed and counted; empty: its own
    bool repeats = false;         ///< may be given again: the extension says itself how often
    bool may_have_value = false;  ///< the next word is its value unless it begins with `-` or is `!`
};

/// One option as it stands in a rule.
struct OptionUse {
    std::string_view option;  ///< an alias is resolved
    bool inverted = false;
    std::span<const Word> values;
    std::size_t begin = 0;      ///< of the option word
    std::uint8_t protocol = 0;  ///< what `-p` said before this option

    [[nodiscard]] const std::string& value() const { return values[0].text; }
    /// A fault in the first value.
    [[nodiscard]] tl::unexpected<Fault> refuse(std::string message) const {
        return fault(std::move(message), values.empty() ? begin : values[0].begin);
    }
};

/// What is known when the rule is at its end.
struct RuleFacts {
    std::uint8_t protocol = 0;
    bool protocol_inverted = false;
    std::size_t begin = 0;  ///< of the word that brought the extension in
};

/// A name under which a match or target is written.
template <class T>
struct Form {
    std::string_view name;
    T initial;
    std::span<const OptionSpec> options{};
    bool needs_an_option = false;
    std::uint8_t protocol = 0;   ///< requires `-p` of this protocol, not inverted; 0: any
    std::uint8_t tables = 0xff;  ///< bits of TableId: where it may stand
    std::uint8_t hooks = 0xff;   ///< bits of Hook: from which built-in chains it may be reached
};

template <class T>
struct Syntax;

/// True where `text` begins with `beginning`, without regard to case: how iptables abbreviates names.
[[nodiscard]] constexpr bool starts_with_no_case(std::string_view text, std::string_view beginning) {
    if (beginning.size() > text.size()) {
        return false;
    }
    for (std::size_t i = 0; i < beginning.size(); ++i) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        if (lower(text[i]) != lower(beginning[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace sluice::acl::text
