// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "acl/sets/element.h"
#include "acl/sets/set.h"
#include "acl/text/fault.h"
#include "acl/text/words.h"

/// The options of `ipset create` and `ipset add`, read and printed.
namespace sluice::acl::sets {

using text::Expected;
using text::Fault;
using text::fault;
using text::Word;

/// In: the words behind the type's name, and the type's word for what is missing.
[[nodiscard]] Expected<SetOptions> parse_create(const SetType& type, const Word& type_word, std::span<const Word> words);

/// What stands behind `create NAME TYPE `.
[[nodiscard]] std::string create_text(const SetOptions& options);

/// What an element was given, and where in a list it is to stand.
struct AddOptions {
    Extension extension;
    bool wildcard = false;
    std::string before;
    std::string after;
};

/// In: the words behind the element.
[[nodiscard]] Expected<AddOptions> parse_add(const SetOptions& options, std::span<const Word> words);

/// What stands behind the element, with a blank before it.
[[nodiscard]] std::string extension_text(const SetOptions& options, const Extension& extension, bool wildcard);

}  // namespace sluice::acl::sets
