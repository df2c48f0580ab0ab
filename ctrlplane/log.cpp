// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/log.h"

#include <fmt/core.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "dataplane/device/eal_log.h"

namespace sluice::ctrlplane {
namespace {

/// `%*` of our pattern: journald's level.
class JournalLevel : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
                spdlog::memory_buf_t& out) override {
        const auto digit = [&] {
            switch (message.level) {
                case spdlog::level::critical: return '2';
                case spdlog::level::err: return '3';
                case spdlog::level::warn: return '4';
                case spdlog::level::info: return '6';
                default: return '7';
            }
        }();
        const char text[] = {'<', digit, '>'};
        out.append(text, text + sizeof(text));
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<JournalLevel>();
    }
};

spdlog::level::level_enum level_of(int priority) {
    if (priority <= 2) {
        return spdlog::level::critical;
    }
    switch (priority) {
        case 3: return spdlog::level::err;
        case 4: return spdlog::level::warn;
        case 5:
        case 6: return spdlog::level::info;
        default: return spdlog::level::debug;
    }
}

}  // namespace

void start_log() {
    auto logger = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    if (isatty(STDERR_FILENO) != 0) {
        formatter->set_pattern("%l: %v");
    } else {
        formatter->add_flag<JournalLevel>('*').set_pattern("%*%v");
    }
    logger->set_formatter(std::move(formatter));
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
    device::send_dpdk_log_to([](int priority, std::string_view line) { spdlog::log(level_of(priority), "{}", line); });
}

void log_packet(unsigned level, std::string_view line) {
    static const bool is_terminal = isatty(STDERR_FILENO) != 0;
    const std::string text = is_terminal ? fmt::format("{}\n", line) : fmt::format("<{}>{}\n", level, line);
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

void say(std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stderr);
}

}  // namespace sluice::ctrlplane
