// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/conntrack_style.h"

#include <array>
#include <ctime>

#include "dataplane/base/append.h"

namespace sluice::ctrlplane::control {

namespace {

constexpr std::uint64_t kSecond_ns = 1'000'000'000;

std::tm local_time(std::uint64_t utc_ns) {
    const auto seconds = static_cast<std::time_t>(utc_ns / kSecond_ns);
    std::tm local{};
    localtime_r(&seconds, &local);
    return local;
}

/// As ctime has it, without its end of line.
std::string instant_text(std::uint64_t utc_ns) {
    const std::tm local = local_time(utc_ns);
    std::array<char, 64> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &local);
    return {text.data(), length};
}

std::string when_xml(std::uint64_t utc_ns) {
    const std::tm local = local_time(utc_ns);
    std::string xml;
    base::append(xml,
                 "<hour>{}</hour><min>{:02}</min><sec>{:02}</sec><wday>{}</wday><day>{}</day><month>{}</month><year>{}</year>",
                 local.tm_hour, local.tm_min, local.tm_sec, local.tm_wday + 1, local.tm_mday, local.tm_mon + 1,
                 1900 + local.tm_year);
    return xml;
}

}  // namespace

conntrack::Style ConnectionStyle::style(std::uint64_t utc_ns) const {
    conntrack::Style style{.family = family, .id = id, .start = start};
    style.instant = &instant_text;
    if (has_stamps) {
        style.utc_ns = utc_ns;
    }
    if (label_names && !label_names->is_empty()) {
        style.label_name = [this](unsigned label) { return label_names->name(label); };
    }
    return style;
}

void ConnectionStyle::add(const Copy& copy, std::uint64_t utc_ns, std::string& out) const {
    switch (form) {
        case Form::line:
            out += conntrack::conntrack_line(copy, style(utc_ns));
            break;
        case Form::xml:
            out += conntrack::conntrack_xml(copy, style(utc_ns));
            break;
        case Form::save:
            out += conntrack::conntrack_options(copy, letter);
            break;
    }
    out += '\n';
}

void ConnectionStyle::add(const conntrack::Event<net::Ipv4>& event, std::uint64_t utc_ns, std::string& out) const {
    conntrack::Style style = this->style(utc_ns);
    style.events = event.events;
    if (told && form == Form::xml) {
        style.when = when_xml(utc_ns);
    } else if (told && form == Form::line) {
        base::append(out, "[{:08}.{:06}]\t", utc_ns / kSecond_ns, utc_ns % kSecond_ns / 1000);
    }
    switch (form) {
        case Form::line:
            out += conntrack::conntrack_line(event.connection, style);
            break;
        case Form::xml:
            out += conntrack::conntrack_xml(event.connection, style);
            break;
        case Form::save:
            out += conntrack::conntrack_options(event.connection, event.is_destroy() ? 'D' : event.is_new() ? 'A' : 'U');
            break;
    }
    out += '\n';
}

ConnectionStyle read_style(Params& params, const RouterView& view) {
    ConnectionStyle style;
    style.family = params.flag("extended");
    style.id = params.flag("show_id");
    style.start = params.flag("ktimestamp");
    style.told = params.flag("timestamp");
    style.has_stamps = view.has_time_stamps();
    const bool is_xml = params.flag("xml");
    const bool is_save = params.flag("save");
    style.form = is_save  ? ConnectionStyle::Form::save
                 : is_xml ? ConnectionStyle::Form::xml
                          : ConnectionStyle::Form::line;
    if (params.flag("labels") || params.text("label")) {  // who asks for one sees them, as with the tool
        style.label_names = acl::text::LabelNames::of_machine();
    }
    return style;
}

void add_json_text(std::string_view text, std::string& out) {
    constexpr unsigned char kFirstPlain = 0x20;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < kFirstPlain) {
            base::append(out, "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
}

}  // namespace sluice::ctrlplane::control
