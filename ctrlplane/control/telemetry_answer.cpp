// SPDX-License-Identifier: BSD-3-Clause
#include <string>

#include "ctrlplane/control/telemetry.h"

namespace sluice::ctrlplane::control {

namespace {

/// Lists of objects by their name or number, all the way down.
Json without_lists(const Json& value) {
    if (value.is_object()) {
        Json result = Json::object();
        for (const auto& [name, inner] : value.items()) {
            result[name] = without_lists(inner);
        }
        return result;
    }
    if (!value.is_array() || value.empty() || !value.front().is_object()) {
        return value;
    }
    Json result = Json::object();
    for (std::size_t i = 0; i < value.size(); ++i) {
        result[value[i].value("name", std::to_string(i))] = without_lists(value[i]);
    }
    return result;
}

/// Without details how much there is of each, as one answer of telemetry has room for 16 KiB only.
Json rules_answer(const Json& tables, const std::string& table) {
    if (!table.empty()) {
        return tables.contains(table) ? tables[table]["chains"] : Json::object();
    }
    Json result = Json::object();
    for (const auto& [name, one] : tables.items()) {
        result[name] = {{"rules", one["rules"]}, {"chains", one["chains"].size()}};
    }
    return result;
}

}  // namespace

Json telemetry_answer(const Figures& figures, const QuestionDesk::Question& question) {
    const std::string& subject = question.subject;
    if (subject == "/sluice/status") {
        return without_lists(figures.status());
    }
    if (subject == "/sluice/stats") {
        return without_lists(figures.stats(false));
    }
    if (subject == "/sluice/conntrack") {
        return figures.connections();
    }
    if (subject == "/sluice/rules") {
        return rules_answer(figures.rules(), question.details);
    }
    if (subject == "/sluice/interfaces") {
        Json all = without_lists(figures.interfaces());
        if (question.details.empty()) {
            return all;
        }
        return all.contains(question.details) ? all[question.details] : Json::object();
    }
    return Json::object();
}

}  // namespace sluice::ctrlplane::control
