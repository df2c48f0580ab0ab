// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/edit_methods.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "acl/text/assembly.h"
#include "acl/text/edit.h"
#include "acl/text/save.h"
#include "acl/text/save_file.h"
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"
#include "ctrlplane/control/replace_file.h"
#include "dataplane/base/append.h"

/// The commands that change the live ruleset: `iptables -A` and the like, `iptables-restore`; and `save`.
namespace sluice::ctrlplane::control {

namespace {

using Ruleset = acl::Ruleset<net::Ipv4>;

constexpr int kRefused = 1;
constexpr int kUsage = 2;

tl::unexpected<Refusal> tool_refusal(std::string message, int status) {
    return tl::unexpected<Refusal>(Refusal{ErrorCode::refused, std::move(message), status});
}

tl::unexpected<Refusal> misuse(std::string_view tool, std::string_view message) {
    return tool_refusal(fmt::format("{0} v1.8.9 (sluice): {1}\nTry `{0} -h' or '{0} --help' for more information.",
                                    tool, message),
                        kUsage);
}

/// What the compiler refuses, a line each.
tl::expected<void, Refusal> load(const RouterView& view, std::string_view tool, Ruleset edited) {
    const auto done = view.change_rules(std::move(edited));
    if (done) {
        return {};
    }
    std::string text;
    for (const base::Diagnostic& fault : done.error()) {
        base::append(text, "{}{}: {}", text.empty() ? "" : "\n", tool, fault.message);
    }
    return tool_refusal(std::move(text), kRefused);
}

MethodResult answer(bool json, std::string text) {
    return json ? Json{{"data", {{"changed", true}}}} : Json{{"text", std::move(text)}};
}

MethodResult command(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::vector<std::string> args = params.texts("args");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::vector<acl::text::Word> words;
    std::size_t begin = 0;
    for (const std::string& arg : args) {
        words.push_back({arg, begin});
        begin += arg.size() + 1;
    }
    const std::string name = acl::text::table_word(words);
    const auto table = acl::text::table_of_name(name);
    if (!table) {
        return tool_refusal(
            fmt::format("iptables v1.8.9 (sluice): table '{}' does not exist; there are raw, mangle, nat, filter and "
                        "security",
                        name),
            kRefused);
    }
    const auto draft = acl::text::read_command(std::move(words), *table);
    if (!draft) {
        return misuse("iptables", draft.error().message);
    }
    auto done = carry_out(view, *table, *draft);
    if (!done) {
        return tl::unexpected(std::move(done.error()));
    }
    return answer(json, std::move(*done));
}

/// All faults of a file, a line each, in the words of iptables-restore.
tl::unexpected<Refusal> restore_refusal(const acl::text::RestoreFaults& faults) {
    std::string text;
    bool is_usage = false;
    for (const base::Diagnostic& fault : faults.faults) {
        const bool has_failed = faults.failed.contains(fault.where.line);
        is_usage = is_usage || !has_failed;
        text += text.empty() ? "" : "\n";
        text += has_failed ? fmt::format("iptables-restore: line {} failed: {}", fault.where.line, fault.message)
                           : fmt::format("iptables-restore v1.8.9 (sluice): line {}, column {}: {}",
                                         fault.where.line, fault.where.column, fault.message);
    }
    return tool_refusal(std::move(text), is_usage ? kUsage : kRefused);
}

MethodResult restore(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::string text = params.text("text").value_or("");
    const std::string file = params.text("file").value_or("-");
    const auto only = params.text("table");
    const bool is_test = params.flag("test");
    acl::text::RestoreStyle style;
    style.flush = !params.flag("noflush");
    style.counters = params.flag("counters");
    style.verbose = params.flag("verbose");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (only) {
        style.table = acl::text::table_of_name(*only);
        if (!style.table) {
            return misuse("iptables-restore", acl::text::why_no_table(*only));
        }
    }
    auto restored = acl::text::restore<net::Ipv4>(view.draft(), text, file, style);
    if (!restored) {
        return restore_refusal(restored.error());
    }
    if (is_test) {
        return json ? Json{{"data", {{"changed", false}}}} : Json{{"text", restored->text}};
    }
    if (auto loaded = load(view, "iptables-restore", std::move(restored->ruleset)); !loaded) {
        return tl::unexpected(std::move(loaded.error()));
    }
    return answer(json, std::move(restored->text));
}

/// Tables that the configuration defines itself are not for the rules file: the two may not have one in common.
MethodResult save(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    acl::text::SaveStyle style;
    style.counters = params.flag("counters");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const RulesFile file = view.rules_file();
    if (file.path.empty()) {
        return refusal("the configuration names no rules file ([firewall] rules = \"FILE\"); "
                       "`sluicectl iptables-save` prints the rules");
    }
    Ruleset ruleset = view.ruleset();
    for (const std::string& name : file.tables) {
        if (const auto table = acl::text::table_of_name(name)) {
            ruleset.tables[static_cast<std::size_t>(*table)].reset();
        }
    }
    style.date = acl::text::date_text(std::time(nullptr));
    const std::string text = acl::text::save_ruleset(ruleset, style, view.counts());
    if (const auto written = replace_file(file.path, text); !written) {
        return refusal(written.error().message);
    }
    Json result = json ? Json{{"data", {{"file", file.path}, {"bytes", text.size()}, {"not_saved", file.tables}}}}
                       : Json{{"text", fmt::format("the rules are saved in {}\n", file.path)}};
    if (!json && !file.tables.empty()) {
        std::string tables;
        for (const auto& table : file.tables) {
            tables.append(tables.empty() ? "" : ", ").append(table);
        }
        result["note"] = "not saved, because the configuration itself has their rules: table " + tables + "\n";
    }
    return result;
}

}  // namespace

tl::expected<std::string, Refusal> carry_out(const RouterView& view, acl::TableId table,
                                             const acl::text::RuleDraft& command) {
    acl::text::Assembly<net::Ipv4> assembly(view.draft());
    const acl::text::Locator at = [](std::size_t offset) {
        return base::Location{"iptables", 1, static_cast<std::uint32_t>(offset + 1)};
    };
    auto done = acl::text::apply_edit(assembly, table, command, at);
    if (!done) {
        return done.error().is_usage
                   ? misuse("iptables", done.error().message)
                   : tool_refusal(fmt::format("iptables: {}", done.error().message), kRefused);
    }
    if (command.command != acl::text::CommandKind::check) {
        if (auto loaded = load(view, "iptables", assembly.take()); !loaded) {
            return tl::unexpected(std::move(loaded.error()));
        }
    }
    return std::move(*done);
}

void add_edit_methods(Methods& methods, const RouterView& view) {
    methods["iptables.command"] = [&view](const Json& params) { return command(view, params); };
    methods["iptables.restore"] = [&view](const Json& params) { return restore(view, params); };
    methods["save"] = [&view](const Json& params) { return save(view, params); };
}

}  // namespace sluice::ctrlplane::control
