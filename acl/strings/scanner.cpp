// SPDX-License-Identifier: BSD-3-Clause
#include "acl/strings/scanner.h"

#include <fmt/core.h>
#include <hs_compile.h>
#include <hs_runtime.h>

#include "dataplane/base/append.h"

namespace sluice::acl::strings {

namespace {

/// The pattern as an expression of Hyperscan's: each byte for itself, or with those that are alike.
std::string expression_of(const Sought& sought) {
    std::string text;
    for (const char c : sought.pattern) {
        std::string alike;
        for (unsigned byte = 0; byte < 256; ++byte) {
            if (is_alike(c, static_cast<char>(byte), sought.ignores_case)) {
                base::append(alike, "\\x{:02x}", byte);
            }
        }
        text += alike.size() > 4 ? fmt::format("[{}]", alike) : alike;
    }
    return text;
}

/// Where an occurrence may end.
hs_expr_ext_t bounds_of(const Sought& sought) {
    hs_expr_ext_t bounds{};
    if (sought.from != 0) {
        bounds.flags |= HS_EXT_FLAG_MIN_OFFSET;
        bounds.min_offset = sought.from + sought.pattern.size();
    }
    if (sought.to != 0xffff) {
        bounds.flags |= HS_EXT_FLAG_MAX_OFFSET;
        bounds.max_offset = sought.to;
    }
    return bounds;
}

}  // namespace

void Scanner::FreeDatabase::operator()(hs_database_t* database) const noexcept { hs_free_database(database); }
void Scanner::FreeScratch::operator()(hs_scratch_t* scratch) const noexcept { hs_free_scratch(scratch); }

Scanner::Scanner(std::span<const Sought> strings) : strings_(strings.begin(), strings.end()) {
    for (Sought& sought : strings_) {
        sought.pattern = texts_.emplace_back(sought.pattern);
    }
}

base::Result<std::unique_ptr<Scanner>> Scanner::compile(std::span<const Sought> strings, std::uint32_t readers) {
    std::unique_ptr<Scanner> scanner(new Scanner(strings));
    if (auto built = scanner->build(); !built) {
        return tl::unexpected(std::move(built.error()));
    }
    if (scanner->database_ != nullptr) {
        if (auto furnished = scanner->furnish(readers); !furnished) {
            return tl::unexpected(std::move(furnished.error()));
        }
    }
    return scanner;
}

base::Result<void> Scanner::build() {
    std::vector<std::string> expressions;
    std::vector<hs_expr_ext_t> bounds;
    std::vector<unsigned> numbers;
    for (std::size_t i = 0; i < strings_.size(); ++i) {
        if (strings_[i].can_occur()) {
            expressions.push_back(expression_of(strings_[i]));
            bounds.push_back(bounds_of(strings_[i]));
            numbers.push_back(static_cast<unsigned>(i));
        }
    }
    if (expressions.empty()) {
        return {};
    }
    std::vector<const char*> texts;
    std::vector<const hs_expr_ext_t*> ends;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        texts.push_back(expressions[i].c_str());
        ends.push_back(&bounds[i]);
    }
    const std::vector<unsigned> flags(expressions.size(), HS_FLAG_SINGLEMATCH);
    hs_database_t* database = nullptr;
    hs_compile_error_t* error = nullptr;
    if (hs_compile_ext_multi(texts.data(), flags.data(), numbers.data(), ends.data(),
                             static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &database,
                             &error) != HS_SUCCESS) {
        std::string why = fmt::format("Hyperscan takes the strings of the rules not: {}", error->message);
        hs_free_compile_error(error);
        return base::failure(std::move(why));
    }
    database_.reset(database);
    return {};
}

base::Result<void> Scanner::furnish(std::uint32_t readers) {
    const auto no_memory = [] { return base::failure("no memory to search packets for strings"); };
    hs_scratch_t* scratch = nullptr;
    if (hs_alloc_scratch(database_.get(), &scratch) != HS_SUCCESS) {
        return no_memory();
    }
    const std::unique_ptr<hs_scratch_t, FreeScratch> first(scratch);
    hs_database_size(database_.get(), &bytes_);
    for (std::uint32_t i = 0; i < readers; ++i) {
        Desk& desk = desks_.emplace_back();
        desk.next_pass = i + 1;
        hs_scratch_t* copy = nullptr;
        if (hs_clone_scratch(scratch, &copy) != HS_SUCCESS) {
            return no_memory();
        }
        desk.scratch.reset(copy);
        desk.found.resize((strings_.size() + 63) / 64);
        desk.whole_packet.resize(Desk::kLargestPacket);
        std::size_t bytes = 0;
        hs_scratch_size(copy, &bytes);
        bytes_ += bytes + desk.found.size() * sizeof(std::uint64_t) + desk.whole_packet.size();
    }
    return {};
}

}  // namespace sluice::acl::strings
