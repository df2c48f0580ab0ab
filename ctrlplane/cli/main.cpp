// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ctrlplane/cli/client.h"
#include "ctrlplane/cli/command.h"

/// sluicectl: the operator's tool. One command line, one call, one answer.
namespace {

using namespace sluice::ctrlplane::cli;

constexpr std::string_view kUsage =
    R"(usage: sluicectl [-s SOCKET] [-j] COMMAND [ARGUMENT]...

  status                         version, uptime, workers, interfaces, what is loaded
  stats [--all]                  packets, bytes and drops by reason; per interface, worker, hook
  iptables [-t TABLE] -L|-S [CHAIN] [-n] [-v] [-x] [--line-numbers]
  iptables [-t TABLE] -A|-I|-D|-R|-C|-N|-X|-P|-F|-Z|-E ...   as iptables(8)
  iptables-save [-c] [-t TABLE] [-f FILE]
  iptables-restore [-c] [-n] [-t] [-v] [-T TABLE] [FILE]
  ipset create|add|del|test|list|save|restore|swap|rename|flush|destroy ...   as ipset(8)
  recent [LIST [+ADDRESS|-ADDRESS|/]]
                                 the lists of -m recent: their names, what is in one; adds, deletes, empties
  conntrack -L|-G|-D|-I|-U|-E|-F|-C|-S ...                 as conntrack(8)
  conntrack --save FILE          writes all connections into a file
  conntrack --load FILE          takes them up again, after a restart
  ip route|neigh|addr|link [show [dev NAME]]
  ip route|neigh|addr add|change|replace|delete ...   as ip(8); until the next reload
  sysctl [-n] NAME|-a|-w NAME=VALUE ...   as sysctl(8); until the next reload
  reload                         reads the configuration again; all or nothing
  save [--counters]              writes the rules back to the rules file
  explain -i IF -s ADDRESS -d ADDRESS [-p PROTOCOL] [--sport N] [--dport N] [--icmp-type T] [--ctstate STATE] ...
                                 walks a made-up packet through the live rules; changes nothing
  trace                          what -j TRACE tells of packets, as they pass, until Ctrl-C
  version

  -s SOCKET   the router's control socket (default /run/sluice/control.sock, or $SLUICE_SOCKET)
  -j          print JSON

Status: 0 done, 1 refused, 2 usage, 4 no router answers on the socket.
)";

int end_with(Status status, const std::string& message) {
    fmt::print(stderr, "sluicectl: {}\n", message);
    return static_cast<int>(status);
}

/// False where the text did not get out: a full disk, a closed pipe.
bool write(std::FILE* to, const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

/// The same to a file, or to stdout where it has no name.
bool write_to(const std::string& file, const std::string& text) {
    if (file.empty()) {
        return write(stdout, text);
    }
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> to(std::fopen(file.c_str(), "we"), &std::fclose);
    return to && write(to.get(), text);
}

/// A whole file; `-` is stdin.
sluice::base::Result<std::string> read_all(const std::string& file) {
    const bool is_stdin = file == "-";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> from(
        is_stdin ? stdin : std::fopen(file.c_str(), "re"), &std::fclose);
    const auto failed = [&] {
        return sluice::base::failure(fmt::format("Can't open {}: {}", file, std::strerror(errno)));
    };
    if (!from) {
        return failed();
    }
    std::string text;
    std::array<char, 65536> chunk{};
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), from.get())) {
        text.append(chunk.data(), got);
    }
    return std::ferror(from.get()) == 0 ? sluice::base::Result<std::string>(std::move(text)) : failed();
}

/// `sluice-iptables` is `sluicectl iptables`.
std::string command_of_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    constexpr std::string_view kPrefix = "sluice-";
    return name.starts_with(kPrefix) ? std::string(name.substr(kPrefix.size())) : std::string();
}

int ask(const std::string& socket, bool as_json, Call call) {
    call.params["json"] = as_json;
    if (!call.input.empty()) {
        auto text = read_all(call.input);
        if (!text) {
            fmt::print(stderr, "{}\n", text.error().message);
            return static_cast<int>(Status::refused);
        }
        call.params["text"] = std::move(*text);
    }
    const auto result = sluice::ctrlplane::cli::call(socket, call.method, call.params);
    if (!result && result.error().tool_status != 0) {
        if (!result.error().message.empty()) {  // else it was told to be quiet
            fmt::print(stderr, "{}\n", result.error().message);
        }
        return result.error().tool_status;
    }
    if (!result) {
        return end_with(result.error().no_router ? Status::no_router : Status::refused,
                        result.error().message);
    }
    using nlohmann::json;
    const auto text_of = [](const json& value) {
        return value.dump(2, ' ', false, json::error_handler_t::replace);
    };
    const json nothing = json::object();
    const json& answer = result->is_object() ? *result : nothing;
    const std::string text = as_json ? text_of(answer.contains("data") ? answer["data"] : *result) + "\n"
                                     : answer.value("text", "");
    if (!write_to(call.output, text)) {
        return end_with(Status::refused, "cannot write the answer");
    }
    fmt::print(stderr, "{}", as_json ? "" : answer.value("note", ""));
    return answer.value("status", 0);
}

volatile std::sig_atomic_t has_been_told_to_end = 0;

/// The lines of a text, as JSON each.
std::string lines_as_json(const std::string& text) {
    std::string out;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        const nlohmann::json line = {{"line", text.substr(begin, end - begin)}};
        out += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
        begin = end == std::string::npos ? text.size() : end + 1;
    }
    return out;
}

void tell_of_loss(std::uint64_t lost, const Call& call) {
    if (call.method == "conntrack.events") {
        fmt::print(stderr, "WARNING: We have hit ENOBUFS! We are losing events ({} of them).\n", lost);
    } else if (lost != 0) {
        fmt::print(stderr, "sluicectl: {} lines came too fast and are lost\n", lost);
    }
}

/// Asks again and again for what has come since, until Ctrl-C.
int follow(const std::string& socket, bool as_json, Call call) {
    constexpr std::chrono::milliseconds kPause{50};
    for (const int signal : {SIGINT, SIGTERM}) {
        (void)std::signal(signal, [](int) {
            if (has_been_told_to_end != 0) {
                std::_Exit(1);  // a second time: what it waits for does not come
            }
            has_been_told_to_end = 1;
        });
    }
    std::uint64_t shown = 0;
    std::string tail;
    while (has_been_told_to_end == 0) {
        const auto result = sluice::ctrlplane::cli::call(socket, call.method, call.params);
        if (!result && result.error().tool_status != 0) {
            fmt::print(stderr, "{}\n", result.error().message);
            return result.error().tool_status;
        }
        if (!result) {
            return end_with(result.error().no_router ? Status::no_router : Status::refused,
                            result.error().message);
        }
        const std::string text = result->value("text", "");
        const auto lost = result->value("lost", std::uint64_t{0});
        call.params["after"] = result->value("next", std::uint64_t{0});
        if (result->contains("lost_in_all")) {
            call.params["lost"] = (*result)["lost_in_all"];
        }
        if (lost != 0) {
            tell_of_loss(lost, call);
        }
        std::string out = as_json ? lines_as_json(text) : text;
        if (!as_json && shown == 0 && !text.empty()) {
            tail = result->value("tail", "");
            out = result->value("head", "") + out;
        }
        shown += result->value("shown", std::uint64_t{0});
        if (!write(stdout, out)) {
            return end_with(Status::refused, "cannot write the answer");
        }
        if (text.empty()) {
            std::this_thread::sleep_for(kPause);
        }
    }
    (void)write(stdout, tail);
    if (!call.farewell.empty()) {
        fmt::print(stderr, fmt::runtime(call.farewell), shown);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const char* from_environment = std::getenv("SLUICE_SOCKET");
    std::string socket = from_environment != nullptr ? from_environment : "/run/sluice/control.sock";
    std::string command = command_of_name(argv[0]);
    bool json = false;
    std::size_t i = 0;
    if (command.empty()) {
        for (; i < words.size() && words[i].starts_with("-"); ++i) {
            if (words[i] == "-s") {
                if (i + 1 == words.size()) {
                    return end_with(Status::usage, "option -s needs the path of a socket");
                }
                socket = words[++i];
            } else if (words[i] == "-j") {
                json = true;
            } else if (words[i] == "-h" || words[i] == "--help") {
                fmt::print("{}", kUsage);
                return 0;
            } else {
                return end_with(Status::usage, fmt::format("unknown option '{}'\n{}", words[i], kUsage));
            }
        }
        if (i == words.size()) {
            return end_with(Status::usage, fmt::format("a command is wanted\n{}", kUsage));
        }
        command = words[i++];
    }
    if (command.starts_with("iptables") && i + 1 == words.size() &&
        (words[i] == "-V" || words[i] == "--version")) {
        fmt::print("{} v1.8.9 (sluice)\n", command);  // whose grammar and words it has; scripts ask for it
        return 0;
    }
    const auto parsed = parse_command(command, Words(words).subspan(i));
    if (!parsed && parsed.error().is_whole) {
        fmt::print(stderr, "{}\n", parsed.error().message);
        return static_cast<int>(parsed.error().status);
    }
    if (!parsed) {
        return end_with(parsed.error().status, parsed.error().message);
    }
    json = json || parsed->is_json;
    return parsed->follows ? follow(socket, json, *parsed) : ask(socket, json, *parsed);
}
