// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/telemetry.h"

#include <rte_telemetry.h>
#include <rte_version.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <string>

namespace sluice::ctrlplane::control {

namespace {

/// How long a callback waits for the control thread, which a reload may keep busy for a second or two.
constexpr std::chrono::milliseconds kPatience{5000};

struct Command {
    const char* name;
    const char* help;
};
constexpr std::array<Command, 5> kCommands = {{
    {"/sluice/status", "What is loaded and how it is. No parameters"},
    {"/sluice/stats", "Packets, drops by reason, workers, hooks. No parameters"},
    {"/sluice/conntrack", "Connections: how many there are, and what happened. No parameters"},
    {"/sluice/interfaces", "Interfaces with their counters. Parameter: a name, for that one only"},
    {"/sluice/rules", "Tables of rules. Parameter: a table, for the counters of its chains"},
}};

/// The desk of the process. It is never destroyed: telemetry's threads may call until the very end.
QuestionDesk& desk() {
    static auto& only = *std::make_unique<QuestionDesk>().release();
    return only;
}

/// Names as telemetry allows them: letters, digits, `_` and `/`.
std::string allowed(std::string name) {
    for (char& letter : name) {
        if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '_' && letter != '/') {
            letter = '_';
        }
    }
    return name;
}

int add_number(rte_tel_data* to, const std::string& name, std::uint64_t number) {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
    return rte_tel_data_add_dict_uint(to, name.c_str(), number);
#else
    return rte_tel_data_add_dict_u64(to, name.c_str(), number);
#endif
}

int fill(rte_tel_data* to, const Json& object);

/// A list of plain values, as strings.
int add_list(rte_tel_data* to, const std::string& name, const Json& list) {
    rte_tel_data* inner = rte_tel_data_alloc();
    if (inner == nullptr) {
        return -ENOMEM;
    }
    rte_tel_data_start_array(inner, RTE_TEL_STRING_VAL);
    for (const Json& one : list) {
        rte_tel_data_add_array_string(inner,
                                      (one.is_string() ? one.get<std::string>() : text_of(one)).c_str());
    }
    return rte_tel_data_add_dict_container(to, name.c_str(), inner, 0);
}

int add(rte_tel_data* to, const std::string& name, const Json& value) {
    if (value.is_object()) {
        rte_tel_data* inner = rte_tel_data_alloc();
        if (inner == nullptr) {
            return -ENOMEM;
        }
        fill(inner, value);
        return rte_tel_data_add_dict_container(to, name.c_str(), inner, 0);
    }
    if (value.is_array()) {
        return add_list(to, name, value);
    }
    if (value.is_string()) {
        return rte_tel_data_add_dict_string(to, name.c_str(), value.get_ref<const std::string&>().c_str());
    }
    if (value.is_boolean()) {
        return add_number(to, name, value.get<bool>() ? 1 : 0);
    }
    if (value.is_number_float()) {  // telemetry has whole numbers only
        return add_number(to, name, static_cast<std::uint64_t>(std::llround(value.get<double>())));
    }
    return value.is_number() ? add_number(to, name, value.get<std::uint64_t>()) : 0;
}

/// Whatever finds no room (256 entries an object) is left out.
int fill(rte_tel_data* to, const Json& object) {
    rte_tel_data_start_dict(to);
    for (const auto& [name, value] : object.items()) {
        add(to, allowed(name), value);
    }
    return 0;
}

/// Threads: telemetry's.
int answer_telemetry(const char* command, const char* parameters, rte_tel_data* to) {
    const auto answer = desk().ask({command, parameters == nullptr ? "" : parameters}, kPatience);
    return answer ? fill(to, *answer) : -EAGAIN;
}

/// Telemetry keeps its commands for as long as the process lives.
void register_commands() {
    static const bool done = [] {
        for (const Command& command : kCommands) {
            rte_telemetry_register_cmd(command.name, answer_telemetry, command.help);
        }
        return true;
    }();
    (void)done;
}

}  // namespace

base::Result<std::unique_ptr<Telemetry>> Telemetry::create(const Figures& figures) {
    if (auto opened = desk().open(); !opened) {
        return tl::unexpected(opened.error());
    }
    register_commands();
    return std::unique_ptr<Telemetry>(new Telemetry(figures));
}

Telemetry::~Telemetry() {
    desk().close();
}

int Telemetry::fd() const noexcept {
    return desk().fd();
}

void Telemetry::serve() {
    desk().serve(
        [this](const QuestionDesk::Question& question) { return telemetry_answer(figures_, question); });
}

}  // namespace sluice::ctrlplane::control
