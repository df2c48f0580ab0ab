// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/methods.h"
#include "ctrlplane/control/params.h"
#include "ctrlplane/explain/packet_words.h"

/// `explain`: a made-up packet through the live router; changes nothing.
namespace sluice::ctrlplane::control {

namespace {

MethodResult explain_packet(const RouterView& view, const Json& given) {
    Params params(given);
    const bool json = params.flag("json");
    const std::vector<std::string> words = params.texts("args");
    if (auto fault = params.fault()) {
        return *fault;
    }
    const auto packet = explain::read_packet(words);
    if (!packet) {
        return refusal(packet.error().message, ErrorCode::invalid_params);
    }
    std::vector<pipeline::Interface> interfaces;
    for (InterfaceView& one : view.interfaces()) {
        interfaces.push_back(std::move(one.interface));
    }
    const auto explained = explain::explain({view.ruleset(), interfaces, view.routes(), view.sets()}, *packet);
    if (!explained) {
        return refusal(explained.error().message);
    }
    if (json) {
        return Json{{"data", {{"verdict", explained->verdict}, {"lines", explained->lines}}}};
    }
    std::string text;
    for (const std::string& line : explained->lines) {
        text += line;
        text.push_back('\n');
    }
    return Json{{"text", std::move(text)}};
}

}  // namespace

void add_explain_method(Methods& methods, const RouterView& view) {
    methods["explain"] = [&view](const Json& params) { return explain_packet(view, params); };
}

}  // namespace sluice::ctrlplane::control
