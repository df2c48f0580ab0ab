// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::acl::text {

inline constexpr const char* kLabelNames = "/etc/xtables/connlabel.conf";

/// The names of labels of connections, as a file has them: lines `NUMBER NAME`, a `#` begins a line that says
/// nothing.
///
/// As libnetfilter_conntrack reads them: a name is of letters, digits, `-` and blanks within; the first line
/// of a number counts, and the first of a name.
class LabelNames {
public:
    /// Reads a text of such lines.
    explicit LabelNames(std::string_view text);
    /// The machine's own; none where it has no such file.
    [[nodiscard]] static LabelNames of_machine();

    /// Empty: it has none.
    [[nodiscard]] std::string_view name(unsigned label) const;
    [[nodiscard]] std::optional<unsigned> label(std::string_view name) const;
    [[nodiscard]] bool is_empty() const { return names_.empty(); }

private:
    void add(std::string_view line);

    std::map<unsigned, std::string> names_;
};

}  // namespace sluice::acl::text
