// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"

/// The commands of ipset(8), with its words and exit statuses.
namespace sluice::ctrlplane::control {

namespace {

constexpr int kRefused = 1;
constexpr int kUsage = 2;
constexpr std::string_view kTool = "ipset v7.17";

/// What ipset calls a wrong command line, and not a refusal.
bool is_misuse(std::string_view message) {
    constexpr std::array<std::string_view, 3> kBeginnings = {"Missing", "No command", "Unknown argument"};
    return std::any_of(kBeginnings.begin(), kBeginnings.end(), [&](auto one) { return message.starts_with(one); });
}

tl::unexpected<Refusal> refuse(std::string_view message, std::string_view before = "") {
    const bool misuse = is_misuse(message);
    return tl::unexpected<Refusal>(Refusal{ErrorCode::refused,
                                           fmt::format("{}: {}{}{}", kTool, before, message,
                                                       misuse ? "\nTry `ipset help' for more information." : ""),
                                           misuse ? kUsage : kRefused});
}

bool is_quiet(const std::vector<std::string>& args) {
    return std::any_of(args.begin(), args.end(), [](const std::string& one) { return one == "-q" || one == "-quiet"; });
}

MethodResult command(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::vector<std::string> args = params.texts("args");
    if (auto fault = params.fault()) {
        return *fault;
    }
    std::vector<acl::sets::Word> words;
    std::size_t begin = 0;
    for (const std::string& arg : args) {
        words.push_back({arg, begin});
        begin += arg.size() + 1;
    }
    auto answer = view.change_sets(words);
    if (!answer) {
        return is_quiet(args) ? tl::unexpected<Refusal>(Refusal{ErrorCode::refused, "", kRefused})
                              : refuse(answer.error().message);
    }
    const int status = answer->is_true ? 0 : kRefused;
    if (json) {
        return Json{{"data", {{"text", std::move(answer->text)}, {"is_true", answer->is_true}}}, {"status", status}};
    }
    return Json{{"text", std::move(answer->text)}, {"note", std::move(answer->note)}, {"status", status}};
}

MethodResult restore(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::string text = params.text("text").value_or("");
    const std::string file = params.text("file").value_or("-");
    const bool exist = params.flag("exist");
    if (auto fault = params.fault()) {
        return *fault;
    }
    if (const auto done = view.restore_sets(text, file, exist); !done) {
        return refuse(done.error().message, fmt::format("Error in line {}: ", done.error().where.line));
    }
    return json ? Json{{"data", {{"changed", true}}}} : Json{{"text", ""}};
}

}  // namespace

void add_ipset_methods(Methods& methods, const RouterView& view) {
    methods["ipset.command"] = [&view](const Json& params) { return command(view, params); };
    methods["ipset.restore"] = [&view](const Json& params) { return restore(view, params); };
}

}  // namespace sluice::ctrlplane::control
