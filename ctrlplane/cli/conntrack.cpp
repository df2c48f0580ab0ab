// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "ctrlplane/cli/command.h"
#include "ctrlplane/cli/conntrack_options.h"

/// `conntrack`: the grammar of conntrack(8) 1.4.7, with `--save FILE` and `--load FILE` of our own. What is wrong with it is said
/// in the tool's words; what values mean is the router's to say.
namespace sluice::ctrlplane::cli {

namespace {

constexpr std::string_view kTool = "conntrack v1.4.7 (conntrack-tools)";

tl::unexpected<Complaint> wrong(std::string_view message) {
    return tl::unexpected<Complaint>(
        Complaint{Status::usage,
                  fmt::format("{}: {}\nTry `conntrack -h' or 'conntrack --help' for more information.", kTool, message),
                  true});
}

tl::unexpected<Complaint> refused(std::string message) {
    return tl::unexpected<Complaint>(Complaint{Status::refused, std::move(message), false});
}

/// What was given, in the order of kConntrackOptions.
struct Given {
    const ConntrackOption* option;
    std::optional<std::string> value;
};

class Reader {
public:
    explicit Reader(Words words) : words_(words) {}

    Parsed read() {
        while (at_ < words_.size()) {
            if (auto fault = read_word()) {
                return tl::unexpected(*fault);
            }
        }
        if (command_ == nullptr) {
            return usage("conntrack: no command; -L, -G, -D, -I, -U, -E, -F, -C, -S, --save or --load is wanted");
        }
        if (auto fault = check()) {
            return tl::unexpected(*fault);
        }
        return call();
    }

private:
    using Fault = std::optional<Complaint>;

    static Fault fault_of(tl::unexpected<Complaint> complaint) { return std::move(complaint.value()); }

    [[nodiscard]] bool is(std::string_view letters) const {
        return command_ != nullptr && letters.find(command_->letter) != std::string_view::npos;
    }

    Fault read_word() {
        const std::string& word = words_[at_++];
        const bool is_long = word.starts_with("--");
        const std::size_t equals = is_long ? word.find('=') : std::string::npos;
        const std::string_view name = is_long ? std::string_view(word).substr(2, equals == std::string::npos ? equals : equals - 2)
                                              : std::string_view();
        const char letter = !is_long && word.size() >= 2 && word[0] == '-' ? word[1] : '\0';
        std::optional<std::string> attached;
        if (equals != std::string::npos) {
            attached = word.substr(equals + 1);
        } else if (letter != '\0' && word.size() > 2) {
            attached = word.substr(2);
        }
        for (const ConntrackCommand& command : kConntrackCommands) {
            const bool is_ours = command.letter == 's' || command.letter == 'l';  // they have no letters
            const bool is_count = command.letter == 'C' && name == "counter";     // as older versions spell it
            if (is_count || (is_long ? command.name == name : letter == command.letter && !is_ours)) {
                return read_command(command, attached);
            }
        }
        for (const ConntrackOption& option : kConntrackOptions) {
            const bool is_known = option.protocols.empty() ||
                                  (protocol_ != '\0' && option.protocols.find(protocol_) != std::string_view::npos);
            const bool is_this = is_long ? !name.empty() && (option.names[0] == name || option.names[1] == name)
                                         : letter != '\0' && option.letter == letter;
            if (is_known && is_this) {
                return read_option(option, word, attached);
            }
        }
        if (letter == 'a' || letter == 'c' || name == "secmark") {
            return fault_of(not_built("conntrack's option '" + word + "'"));
        }
        return fault_of(letter == '\0' && !is_long ? wrong(fmt::format("'{}' has no place here", word))
                                                   : wrong(fmt::format("unknown option `{}'", word)));
    }

    Fault read_command(const ConntrackCommand& command, const std::optional<std::string>& attached) {
        if (command_ != nullptr) {
            return fault_of(wrong("Invalid commands combination"));
        }
        command_ = &command;
        const bool has_file = command.letter == 'R' || command.letter == 's' || command.letter == 'l';
        const bool has_table = !has_file && at_ < words_.size() && !words_[at_].starts_with("-");
        if (has_file) {
            if (!attached && at_ == words_.size()) {
                return fault_of(wrong(fmt::format("option `--{}' requires an argument", command.name)));
            }
            file_ = attached ? *attached : words_[at_++];
            return std::nullopt;
        }
        const std::string table = has_table ? words_[at_++] : "conntrack";
        for (const std::string_view known : {"expect", "conntrack", "dying", "unconfirmed"}) {
            if (!table.empty() && known.starts_with(table)) {
                is_expect_ = known == "expect" && is("LFC");
                return known == "conntrack" || is_expect_ ? Fault{} : fault_of(not_built(fmt::format("conntrack's table '{}'", known)));
            }
        }
        return fault_of(wrong(fmt::format("unknown type `{}'", table)));
    }

    Fault read_option(const ConntrackOption& option, const std::string& word, std::optional<std::string> attached) {
        const bool may_follow = at_ < words_.size() && !words_[at_].starts_with("-");
        if (option.value == ConntrackValue::wanted && !attached) {
            if (at_ == words_.size()) {
                return fault_of(wrong(fmt::format("option `{}' requires an argument", word)));
            }
            attached = words_[at_++];
        } else if (option.value == ConntrackValue::may_follow && !attached && may_follow) {
            attached = words_[at_++];
        }
        if (option.letter == 'p') {
            protocol_ = protocol_letter(*attached);
        }
        if (option.key == "reply_source" || option.key == "reply_destination") {
            if (attached->find('/') != std::string::npos) {
                return fault_of(wrong(fmt::format("CIDR notation unavailable for `--{}'", option.names[0])));
            }
        }
        if (option.key == "output") {
            return read_output(*attached);
        }
        given_.push_back({&option, std::move(attached)});
        return std::nullopt;
    }

    /// `-o extended,labels`: words that are beginnings will do.
    Fault read_output(std::string_view list) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOutputs = {
            {{"xml", "xml"},
             {"extended", "extended"},
             {"timestamp", "timestamp"},
             {"id", "show_id"},
             {"ktimestamp", "ktimestamp"},
             {"labels", "labels"},
             {"userspace", ""},
             {"save", "save"},
             {"json", "json"}}};
        has_output_ = true;
        do {
            const std::string_view word = list.substr(0, list.find(','));
            const auto* known = std::find_if(kOutputs.begin(), kOutputs.end(), [&](const auto& one) {
                return !word.empty() && one.first.starts_with(word);
            });
            if (known == kOutputs.end()) {
                return fault_of(wrong(fmt::format("Bad parameter `{}'", list)));
            }
            if (known->second.empty()) {
                return fault_of(not_built(fmt::format("conntrack's '-o {}'", known->first)));
            }
            outputs_.push_back(known->second);
            list.remove_prefix(std::min(word.size() + 1, list.size()));
        } while (!list.empty());
        return std::nullopt;
    }

    [[nodiscard]] bool has(std::string_view key) const {
        return std::any_of(given_.begin(), given_.end(), [&](const Given& one) { return one.option->key == key; });
    }

    /// Which options a command takes, and which it must have: in the order in which the tool finds out.
    [[nodiscard]] Fault check() const {
        const bool makes = is("IA");
        for (const ConntrackOption& option : kConntrackOptions) {
            const bool is_there = option.key == "output" ? has_output_ : std::any_of(given_.begin(), given_.end(), [&](const Given& one) {
                return one.option == &option;
            });
            const bool is_wanted = (option.letter == 'p' && is("IAG")) || (option.letter == 't' && makes) ||
                                   (option.key == "state" && makes && (protocol_ == 't' || protocol_ == 's')) ||
                                   ((option.key == "icmp_type" || option.key == "icmp_code") && protocol_ == 'i' && is("IAG"));
            if (!is_there && is_wanted) {
                return fault_of(wrong(fmt::format("You need to supply the `--{}' option for this command", option.names[0])));
            }
            const bool has_no_use = is_expect_ && !(option.key == "output" && is("L"));
            if (is_there && (has_no_use || !is(option.commands))) {
                return fault_of(wrong(fmt::format("Illegal option `--{}' with this command", option.names[0])));
            }
        }
        if (is("IAG")) {
            return check_tuple();
        }
        return std::nullopt;
    }

    [[nodiscard]] Fault check_tuple() const {
        const bool original = has("source") && has("destination");
        const bool reply = has("reply_source") && has("reply_destination");
        if (!original && !reply) {
            const bool is_reply = !has("source") && !has("destination") && (has("reply_source") || has("reply_destination"));
            return fault_of(wrong(is_reply ? "you have to specify `--reply-src' and `--reply-dst'"
                                           : "you have to specify `--src' and `--dst'"));
        }
        const bool has_ports = protocol_ == 't' || protocol_ == 'u' || protocol_ == 's';
        const bool original_ports = has("source_port") && has("destination_port");
        const bool reply_ports = has("reply_source_port") && has("reply_destination_port");
        if (has_ports && !original_ports && !reply_ports) {
            return fault_of(wrong("you have to specify `--sport' and `--dport'"));
        }
        return std::nullopt;
    }

    /// What -I and -U set, where other commands ask for it.
    [[nodiscard]] std::string_view key_of(const ConntrackOption& option) const {
        if (is("IAU") && option.key == "mark") {
            return "set_mark";
        }
        return is("IAU") && option.key == "status" ? "set_status" : option.key;
    }

    Parsed call() {
        if (command_->method.empty()) {
            return refused("conntrack -R is not built; --load reads what --save has written");
        }
        Call call;
        call.method = is_expect_ ? fmt::format("expect.{}", command_->method.substr(command_->method.find('.') + 1))
                                 : std::string(command_->method);
        if (has("zero")) {
            return refused("conntrack -z is not built: the counters of a connection have one writer each, and that is a worker");
        }
        for (const Given& one : given_) {
            const std::string key(key_of(*one.option));
            const bool is_nat = one.option->value == ConntrackValue::may_follow && key != "label_del";
            if (key == "buffer_size") {
                continue;  // the router keeps 65536 events for whoever reads, whatever that is
            }
            if (key == "label_del" && !one.value) {
                call.params["label_clear"] = true;
            } else if (is_nat && one.value) {
                call.params[key + "_to"] = *one.value;
            } else if (is_nat) {
                call.params[key] = true;
            } else if (key.starts_with("label") && call.params.contains(key)) {
                call.params[key] = call.params[key].get<std::string>() + "," + *one.value;  // all that are named
            } else {
                call.params[key] = *one.value;
            }
        }
        for (const std::string_view output : outputs_) {
            call.is_json = call.is_json || output == "json";
            if (output != "json" && !is_expect_) {  // a line of what is expected has one form
                call.params[std::string(output)] = true;
            }
        }
        if (is("D") && call.params.contains("labels")) {
            return not_built("conntrack's '-o labels' with -D, which shows none");
        }
        if (is("D") && has("set_timeout")) {
            return not_built("conntrack -D -t");
        }
        call.params.update(command_->letter == 'A' ? nlohmann::json{{"may_exist", true}} : nlohmann::json::object());
        if (is("E")) {
            call.follows = true;
            call.farewell = fmt::format("{}: {{}} flow events have been shown.\n", kTool);
        } else if (is("s")) {
            call.output = file_;
        } else if (is("l")) {
            call.params["file"] = std::filesystem::absolute(file_).string();
        }
        return call;
    }

    Words words_;
    std::size_t at_ = 0;
    const ConntrackCommand* command_ = nullptr;
    bool is_expect_ = false;  ///< what helpers expect is meant, not the connections
    char protocol_ = '\0';
    std::string file_;  ///< of --save and --load
    std::vector<Given> given_;
    std::vector<std::string_view> outputs_;
    bool has_output_ = false;
};

}  // namespace

Parsed parse_conntrack(Words words) { return Reader(words).read(); }

}  // namespace sluice::ctrlplane::cli
