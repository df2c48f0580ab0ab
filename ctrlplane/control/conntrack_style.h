// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "acl/text/label_names.h"
#include "conntrack/event_rings.h"
#include "conntrack/text.h"
#include "ctrlplane/control/method.h"
#include "ctrlplane/control/params.h"
#include "ctrlplane/control/router_view.h"

namespace sluice::ctrlplane::control {

/// How connections are printed: what `-o` of conntrack(8) says.
struct ConnectionStyle {
    using Copy = conntrack::ConnectionCopy<net::Ipv4>;
    enum class Form : std::uint8_t { line, xml, save };

    Form form = Form::line;
    bool family = false;      ///< extended
    bool id = false;
    bool start = false;       ///< ktimestamp
    bool told = false;        ///< timestamp: when an event was told
    bool has_stamps = false;  ///< nf_conntrack_timestamp
    char letter = 'A';        ///< of the command that `save` writes
    std::optional<acl::text::LabelNames> label_names{};  ///< labels, or a filter of labels

    /// Appends a connection's line with its end.
    void add(const Copy& copy, std::uint64_t utc_ns, std::string& out) const;
    /// The same of an event. In: when it was told.
    void add(const conntrack::Event<net::Ipv4>& event, std::uint64_t utc_ns, std::string& out) const;
    [[nodiscard]] std::string_view head() const noexcept {
        return form == Form::xml ? conntrack::kXmlHead : std::string_view();
    }
    [[nodiscard]] std::string_view tail() const noexcept {
        return form == Form::xml ? conntrack::kXmlTail : std::string_view();
    }

private:
    [[nodiscard]] conntrack::Style style(std::uint64_t utc_ns) const;
};

/// Reads the style's parameters.
[[nodiscard]] ConnectionStyle read_style(Params& params, const RouterView& view);

/// Appends text as it stands inside of a JSON string.
void add_json_text(std::string_view text, std::string& out);

}  // namespace sluice::ctrlplane::control
