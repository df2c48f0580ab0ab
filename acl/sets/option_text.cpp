// SPDX-License-Identifier: BSD-3-Clause
#include "acl/sets/option_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>

#include "acl/sets/element_text.h"

namespace sluice::acl::sets {

namespace {

constexpr std::uint64_t kMost32 = 0xffffffffU;
constexpr std::uint64_t kMostTimeout = 2147483;
constexpr std::uint64_t kMostBitmap = 65536;
constexpr std::size_t kMostComment = 255;

/// Words taken one after the other.
class WordReader {
public:
    explicit WordReader(std::span<const Word> words) : words_(words) {}

    [[nodiscard]] bool at_end() const { return at_ == words_.size(); }
    const Word& take() { return words_[at_++]; }
    /// The word that belongs to `option`.
    Expected<Word> value_of(const Word& option) {
        if (at_end()) {
            return fault(fmt::format("Missing mandatory argument of option `{}'", option.text), option.begin);
        }
        return take();
    }
    Expected<std::uint64_t> number_of(const Word& option, std::uint64_t most) {
        const auto word = value_of(option);
        if (!word) {
            return tl::unexpected(word.error());
        }
        const auto number = parse_set_number(word->text, most);
        if (!number) {
            return fault("Syntax error: " + number.error(), word->begin);
        }
        return *number;
    }

private:
    std::span<const Word> words_;
    std::size_t at_ = 0;
};

tl::unexpected<Fault> unknown(const Word& word) {
    return fault(fmt::format("Unknown argument: `{}'", word.text), word.begin);
}

/// Stores a number that an option has.
template <class T>
text::Checked number_into(T& to, WordReader& words, const Word& option, std::uint64_t most) {
    const auto number = words.number_of(option, most);
    if (!number) {
        return tl::unexpected(number.error());
    }
    to = static_cast<T>(*number);
    return {};
}

text::Checked read_range(SetOptions& options, const Word& word) {
    if (options.type->has(Dimension::port)) {
        const std::size_t dash = word.text.find('-');
        const auto first = parse_set_number(std::string_view(word.text).substr(0, dash), 65535);
        const auto last = dash == std::string::npos ? first : parse_set_number(std::string_view(word.text).substr(dash + 1), 65535);
        if (!first || !last) {
            return fault("Syntax error: " + (first ? last.error() : first.error()), word.begin);
        }
        options.first = static_cast<std::uint32_t>(std::min(*first, *last));
        options.last = static_cast<std::uint32_t>(std::max(*first, *last));
        return {};
    }
    SetOptions as_hash{.type = find_type("hash:ip")};
    const auto range = parse_element(word.text, as_hash);
    if (!range) {
        return fault("Syntax error: " + range.error(), word.begin);
    }
    options.first = static_cast<std::uint32_t>(range->first.address.low);
    options.last = static_cast<std::uint32_t>(range->last_address.low);
    return {};
}

/// Options of all kinds of sets. Returns: whether `word` was one.
Expected<bool> read_common(SetOptions& options, const Word& word, WordReader& words) {
    if (word.text == "timeout") {
        std::uint32_t timeout = 0;
        if (auto done = number_into(timeout, words, word, kMostTimeout); !done) {
            return tl::unexpected(done.error());
        }
        options.timeout_s = timeout;
    } else if (word.text == "counters") {
        options.counters = true;
    } else if (word.text == "comment") {
        options.comment = true;
    } else if (word.text == "skbinfo") {
        options.skbinfo = true;
    } else {
        return false;
    }
    return true;
}

text::Checked read_family(SetOptions& options, const Word& word) {
    const bool is_six = word.text == "inet6";
    if (!is_six && word.text != "inet") {
        return fault(fmt::format("Syntax error: unknown INET family {}", word.text), word.begin);
    }
    if (is_six && !options.type->ipv6) {
        return fault(fmt::format("Syntax error: set type {} has no family inet6", options.type->name), word.begin);
    }
    options.ipv6 = is_six;
    return {};
}

text::Checked read_hash_option(SetOptions& options, const Word& word, WordReader& words) {
    const std::string& name = word.text;
    if (name == "family" && !(options.type->dimensions[0] == Dimension::mac)) {
        const auto value = words.value_of(word);
        return value ? read_family(options, *value) : text::Checked(tl::unexpected(value.error()));
    }
    if (name == "hashsize") {
        return number_into(options.hash_size, words, word, kMost32);
    }
    if (name == "maxelem") {
        return number_into(options.most, words, word, kMost32);
    }
    if (name == "bucketsize") {
        return number_into(options.bucket_size, words, word, 255);
    }
    if (name == "initval") {
        return number_into(options.seed, words, word, kMost32);
    }
    if (name == "netmask" && options.type->netmask) {
        return number_into(options.netmask, words, word, 128);
    }
    if (name == "markmask" && options.type->has(Dimension::mark)) {
        return number_into(options.mark_mask, words, word, kMost32);
    }
    if (name == "forceadd") {
        options.force_add = true;
        return {};
    }
    return unknown(word);
}

text::Checked read_bitmap_option(SetOptions& options, const Word& word, WordReader& words, bool& has_range) {
    if (word.text == "range") {
        has_range = true;
        const auto value = words.value_of(word);
        return value ? read_range(options, *value) : text::Checked(tl::unexpected(value.error()));
    }
    if (word.text == "netmask" && options.type->netmask) {
        return number_into(options.netmask, words, word, 32);
    }
    return unknown(word);
}

Expected<SetOptions> finished(SetOptions options, const Word& type_word, bool has_range) {
    const auto refuse = [&](std::string message) { return fault(std::move(message), type_word.begin); };
    if (options.type->method == Method::bitmap) {
        if (!has_range) {
            return refuse("Mandatory option `range' is missing");
        }
        if (options.netmask != 0) {
            const std::uint32_t mask = net::ipv4_mask(options.netmask);
            options.first &= mask;
            options.last |= options.netmask == 32 ? 0 : ~mask;
        }
        const std::uint64_t width = options.netmask == 0 ? 1 : std::uint64_t{1} << (32U - options.netmask);
        const std::uint64_t places = (std::uint64_t{options.last} - options.first + 1) / width;
        if (places > kMostBitmap) {
            return refuse("The range you specified exceeds the size limit of the set type");
        }
        options.most = static_cast<std::uint32_t>(places);
    } else if (options.type->method == Method::hash) {
        if (options.netmask > options.address_bits()) {
            return refuse("The value of the netmask parameter is invalid");
        }
        options.hash_size = std::bit_ceil(std::clamp<std::uint32_t>(options.hash_size, 64, 1U << 31U));
        options.most = options.most == 0 ? 65536 : options.most;
    }
    return options;
}

}  // namespace

Expected<SetOptions> parse_create(const SetType& type, const Word& type_word, std::span<const Word> given) {
    SetOptions options{.type = &type};
    if (type.method == Method::list) {
        options.most = 8;
    }
    WordReader words(given);
    bool has_range = false;
    while (!words.at_end()) {
        const Word& word = words.take();
        const auto common = read_common(options, word, words);
        if (!common) {
            return tl::unexpected(common.error());
        }
        if (*common) {
            continue;
        }
        text::Checked done;
        if (type.method == Method::hash) {
            done = read_hash_option(options, word, words);
        } else if (type.method == Method::bitmap) {
            done = read_bitmap_option(options, word, words, has_range);
        } else {
            done = word.text == "size" ? number_into(options.most, words, word, 65536) : text::Checked(unknown(word));
        }
        if (!done) {
            return tl::unexpected(done.error());
        }
    }
    return finished(options, type_word, has_range);
}

std::string create_text(const SetOptions& options) {
    std::string text;
    const SetType& type = *options.type;
    if (type.method == Method::hash) {
        text += type.has(Dimension::mac) && type.dimensions[0] == Dimension::mac
                    ? ""
                    : fmt::format("family {} ", options.ipv6 ? "inet6" : "inet");
        text += fmt::format("hashsize {} maxelem {}", options.hash_size, options.most);
    } else if (type.method == Method::list) {
        text += fmt::format("size {}", options.most);
    } else if (type.has(Dimension::port)) {
        text += fmt::format("range {}-{}", options.first, options.last);
    } else {
        text += fmt::format("range {}-{}", address_text({0, options.first}, false), address_text({0, options.last}, false));
    }
    text += options.netmask == 0 ? "" : fmt::format(" netmask {}", options.netmask);
    text += options.mark_mask == kMost32 || !type.has(Dimension::mark) ? "" : fmt::format(" markmask 0x{:08x}", options.mark_mask);
    text += options.timeout_s ? fmt::format(" timeout {}", *options.timeout_s) : "";
    text += options.counters ? " counters" : "";
    text += options.comment ? " comment" : "";
    text += options.skbinfo ? " skbinfo" : "";
    if (type.method == Method::hash) {
        text += fmt::format(" bucketsize {} initval 0x{:08x}", options.bucket_size, options.seed);
    }
    return text;
}

namespace {

text::Checked read_mark(Extension& extension, const Word& word) {
    const std::size_t slash = word.text.find('/');
    const std::string_view text = word.text;
    const auto mark = parse_set_number(text.substr(0, slash), kMost32);
    const auto mask = slash == std::string::npos ? tl::expected<std::uint64_t, std::string>(kMost32)
                                                 : parse_set_number(text.substr(slash + 1), kMost32);
    if (!text.starts_with("0x") || !mark || !mask) {
        return fault("Syntax error: Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)", word.begin);
    }
    extension.mark = static_cast<std::uint32_t>(*mark);
    extension.mark_mask = static_cast<std::uint32_t>(*mask);
    return {};
}

text::Checked read_priority(Extension& extension, const Word& word) {
    const std::size_t colon = word.text.find(':');
    const auto major = parse_set_number("0x" + word.text.substr(0, colon), 0xffff);
    const auto minor = colon == std::string::npos ? major : parse_set_number("0x" + word.text.substr(colon + 1), 0xffff);
    if (colon == std::string::npos || !major || !minor) {
        return fault("Syntax error: Invalid skbprio format, it should be:  MAJOR:MINOR (see manpage)", word.begin);
    }
    extension.priority = static_cast<std::uint32_t>(*major << 16U | *minor);
    return {};
}

text::Checked read_add_option(const SetOptions& options, AddOptions& add, const Word& word, WordReader& words) {
    Extension& extension = add.extension;
    const auto needs = [&](bool has, std::string_view what, std::string_view created) {
        return has ? text::Checked{}
                   : text::Checked(fault(fmt::format("{} cannot be used: set was created without {} support", what, created),
                                         word.begin));
    };
    const std::string& name = word.text;
    if (name == "timeout") {
        auto may = needs(options.timeout_s.has_value(), "Timeout", "timeout");
        return may ? number_into(extension.timeout_s, words, word, kMostTimeout) : may;
    }
    if (name == "packets" || name == "bytes") {
        auto may = needs(options.counters, "Packet/byte counters", "counter");
        return may ? number_into(name == "packets" ? extension.packets : extension.bytes, words, word, ~std::uint64_t{0}) : may;
    }
    if ((name == "nomatch" && options.type->has(Dimension::net))) {
        extension.nomatch = true;
        return {};
    }
    if (name == "wildcard" && options.type->has(Dimension::iface)) {
        add.wildcard = true;
        return {};
    }
    const bool is_place = (name == "before" || name == "after") && options.type->method == Method::list;
    if (name != "comment" && name != "skbmark" && name != "skbprio" && name != "skbqueue" && !is_place) {
        return unknown(word);
    }
    if (name == "skbqueue") {
        auto may = needs(options.skbinfo, "Skbinfo mapping", "skbinfo");
        return may ? number_into(extension.queue, words, word, 65535) : may;
    }
    const auto value = words.value_of(word);
    if (!value) {
        return tl::unexpected(value.error());
    }
    if (is_place) {
        (name == "before" ? add.before : add.after) = value->text;
        return {};
    }
    if (name == "comment") {
        if (value->text.size() > kMostComment || value->text.find('"') != std::string::npos) {
            return fault("Syntax error: a comment has at most 255 characters and no double quotes", value->begin);
        }
        extension.comment = value->text;
        return needs(options.comment, "Comment", "comment");
    }
    auto may = needs(options.skbinfo, "Skbinfo mapping", "skbinfo");
    if (!may) {
        return may;
    }
    return name == "skbmark" ? read_mark(extension, *value) : read_priority(extension, *value);
}

}  // namespace

Expected<AddOptions> parse_add(const SetOptions& options, std::span<const Word> given) {
    AddOptions add;
    add.extension.timeout_s = options.timeout_s.value_or(0);
    WordReader words(given);
    while (!words.at_end()) {
        const Word& word = words.take();
        if (auto done = read_add_option(options, add, word, words); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (!add.before.empty() && !add.after.empty()) {
        return fault("Syntax error: before and after cannot be used together", given.back().begin);
    }
    return add;
}

std::string extension_text(const SetOptions& options, const Extension& extension, bool wildcard) {
    std::string text;
    text += options.timeout_s ? fmt::format(" timeout {}", extension.timeout_s) : "";
    text += extension.nomatch ? " nomatch" : "";
    text += wildcard ? " wildcard" : "";
    text += options.counters ? fmt::format(" packets {} bytes {}", extension.packets, extension.bytes) : "";
    text += extension.comment.empty() ? "" : fmt::format(" comment \"{}\"", extension.comment);
    if (extension.mark != 0 || extension.mark_mask != 0) {
        text += extension.mark_mask == kMost32 ? fmt::format(" skbmark 0x{:x}", extension.mark)
                                               : fmt::format(" skbmark 0x{:x}/0x{:x}", extension.mark, extension.mark_mask);
    }
    text += extension.priority == 0 ? "" : fmt::format(" skbprio {:x}:{:x}", extension.priority >> 16U, extension.priority & 0xffffU);
    text += extension.queue == 0 ? "" : fmt::format(" skbqueue {}", extension.queue);
    return text;
}

}  // namespace sluice::acl::sets
