// SPDX-License-Identifier: BSD-3-Clause
#include "acl/matches/u32.h"

#include <fmt/core.h>

#include <array>
#include <limits>
#include <utility>

#include "acl/text/numbers.h"
#include "dataplane/base/append.h"

namespace sluice::acl::text {

namespace {

constexpr std::size_t kMost = 10;  // of tests, of steps and of ranges: XT_U32_MAXSIZE
constexpr std::uint32_t kLongestShift = 31;

/// Takes the program of a match apart, from left to right; blanks may stand between any two signs.
class Program {
public:
    explicit Program(std::string_view text) : text_(text) {}

    tl::expected<std::vector<U32Match::Test>, std::string> read() {
        std::vector<U32Match::Test> tests;
        do {
            if (tests.size() == kMost) {
                return wrong(fmt::format("at most {} tests, with && between them, are possible", kMost));
            }
            U32Match::Test test;
            if (!read_steps(test) || !read_ranges(test)) {
                return wrong(reason_);
            }
            tests.push_back(std::move(test));
        } while (take("&&"));
        skip_blanks();
        if (at_ != text_.size()) {
            return wrong("',' or '&&' is expected");
        }
        return tests;
    }

private:
    using Operation = U32Match::Operation;

    [[nodiscard]] tl::unexpected<std::string> wrong(std::string_view why) const {
        return tl::unexpected<std::string>(fmt::format("u32: at character {}: {}", at_ + 1, why));
    }

    bool refuse(std::string why) {
        reason_ = std::move(why);
        return false;
    }

    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) {
            ++at_;
        }
    }

    bool take(std::string_view sign) {
        skip_blanks();
        if (text_.substr(at_, sign.size()) != sign) {
            return false;
        }
        at_ += sign.size();
        return true;
    }

    bool read_number(std::uint32_t& number) {
        skip_blanks();
        std::string_view rest = text_.substr(at_);
        rest.remove_prefix(rest.substr(0, 1) == "+" ? 1 : 0);
        const auto read = leading_number(rest);
        if (!read || read->value > std::numeric_limits<std::uint32_t>::max()) {
            return refuse("a number from 0 to 4294967295 is expected");
        }
        number = static_cast<std::uint32_t>(read->value);
        at_ = text_.size() - read->rest.size();
        return true;
    }

    /// `0 >> 22 & 0x3C @ 0 =`.
    bool read_steps(U32Match::Test& test) {
        U32Match::Step step;
        for (;;) {
            if (!read_number(step.number)) {
                return false;
            }
            if (test.steps.size() == kMost) {
                return refuse(fmt::format("at most {} numbers are possible before '='", kMost));
            }
            const bool shifts = step.operation == Operation::left || step.operation == Operation::right;
            if (shifts && step.number > kLongestShift) {
                return refuse(fmt::format("a shift by more than {} bits", kLongestShift));
            }
            test.steps.push_back(step);
            if (take("=")) {
                return true;
            }
            if (take("<<")) {
                step.operation = Operation::left;
            } else if (take(">>")) {
                step.operation = Operation::right;
            } else if (take("&")) {
                step.operation = Operation::bit_and;
            } else if (take("@")) {
                step.operation = Operation::at;
            } else {
                return refuse("one of '&', '<<', '>>', '@' and '=' is expected");
            }
        }
    }

    /// `1:5, 7`.
    bool read_ranges(U32Match::Test& test) {
        do {
            U32Match::Range range;
            if (!read_number(range.min)) {
                return false;
            }
            range.max = range.min;
            if (take(":") && !read_number(range.max)) {
                return false;
            }
            if (test.ranges.size() == kMost) {
                return refuse(fmt::format("at most {} ranges are possible behind '='", kMost));
            }
            test.ranges.push_back(range);
        } while (take(","));
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string reason_;
};

std::string_view sign_of(U32Match::Operation operation) {
    switch (operation) {
        case U32Match::Operation::bit_and:
            return "&";
        case U32Match::Operation::left:
            return "<<";
        case U32Match::Operation::right:
            return ">>";
        case U32Match::Operation::at:
            break;
    }
    return "@";
}

void append_program(const U32Match& match, std::string& out) {
    out += '"';
    for (std::size_t i = 0; i < match.tests.size(); ++i) {
        out += i == 0 ? "" : "&&";
        const U32Match::Test& test = match.tests[i];
        for (std::size_t j = 0; j < test.steps.size(); ++j) {
            base::append(out, "{}0x{:x}", j == 0 ? "" : sign_of(test.steps[j].operation),
                         test.steps[j].number);
        }
        for (std::size_t j = 0; j < test.ranges.size(); ++j) {
            const U32Match::Range& range = test.ranges[j];
            base::append(out, "{}0x{:x}", j == 0 ? "=" : ",", range.min);
            if (range.max != range.min) {
                base::append(out, ":0x{:x}", range.max);
            }
        }
    }
    out += '"';
}

}  // namespace

std::span<const Form<U32Match>> Syntax<U32Match>::forms() {
    static constexpr std::array kOptions = {OptionSpec{.name = "u32", .invertible = true, .required = true}};
    static const std::array kForms = {Form<U32Match>{.name = "u32", .initial = {}, .options = kOptions}};
    return kForms;
}

Checked Syntax<U32Match>::parse(U32Match& match, const OptionUse& use) {
    auto tests = Program(use.value()).read();
    if (!tests) {
        return use.refuse(std::move(tests.error()));
    }
    match = {std::move(*tests), use.inverted};
    return {};
}

void Syntax<U32Match>::save(const U32Match& match, std::string& out) {
    out += match.inverted ? " ! --u32 " : " --u32 ";
    append_program(match, out);
}

void Syntax<U32Match>::list(const U32Match& match, bool /*numeric*/, std::string& out) {
    out += match.inverted ? " u32 ! " : " u32 ";
    append_program(match, out);
}

}  // namespace sluice::acl::text
