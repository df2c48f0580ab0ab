// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/run_command.h"

#include <fmt/core.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "ctrlplane/config/diagnostic_text.h"
#include "ctrlplane/control/listener.h"
#include "ctrlplane/event_loop.h"
#include "ctrlplane/loaded.h"
#include "ctrlplane/log.h"
#include "ctrlplane/runtime.h"
#include "ctrlplane/serve.h"
#include "ctrlplane/version.h"

namespace sluice::ctrlplane {
namespace {

/// SIGTERM, SIGINT and SIGHUP as a file. Blocked before DPDK makes threads, so that no thread is interrupted.
base::Result<int> catch_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&signals, signal);
    }
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    signal(SIGPIPE, SIG_IGN);
    const int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        return base::failure("no signalfd");
    }
    return fd;
}

std::uint64_t monotonic_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

/// The outcome of a reload as a sentence, or the faults, a line each; logged either way.
tl::expected<std::string, std::string> reload(Runtime& runtime) {
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", static_cast<unsigned long long>(monotonic_us()));
    const auto reloaded = runtime.reload();
    sd_notify(0, "READY=1");
    if (reloaded) {
        spdlog::info("configuration {} reloaded", runtime.config().file());
        return fmt::format("{} reloaded", runtime.config().file());
    }
    std::string faults;
    for (const std::string& fault : reloaded.error()) {
        spdlog::error("{}", fault);
        faults += (faults.empty() ? "" : "\n") + fault;
    }
    spdlog::error("reload refused: nothing has changed");
    return tl::unexpected(std::move(faults));
}

base::Result<void> watch_signals(EventLoop& loop, int signals, Runtime& runtime) {
    return loop.add(signals, EPOLLIN, [&loop, signals, &runtime](std::uint32_t) {
        signalfd_siginfo signal{};
        while (read(signals, &signal, sizeof(signal)) == sizeof(signal)) {
            if (signal.ssi_signo == SIGHUP) {
                (void)reload(runtime);
            } else {
                spdlog::info("{}: ending", signal.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
                loop.stop();
            }
        }
    });
}

base::Result<void> run(Loaded loaded, int signals) {
    auto listener = control::Listener::open(loaded.config->runtime().control_socket.value);
    if (!listener) {
        return tl::unexpected(listener.error());
    }
    auto loop = EventLoop::create();
    if (!loop) {
        return tl::unexpected(loop.error());
    }
    auto runtime = Runtime::start(std::move(*loaded.config), std::move(*loaded.rules), *loop);
    if (!runtime) {
        return tl::unexpected(runtime.error());
    }
    auto server = serve(*loop, std::move(*listener), **runtime, [&runtime] { return reload(**runtime); });
    if (!server) {
        return tl::unexpected(server.error());
    }
    if (auto watched = watch_signals(*loop, signals, **runtime); !watched) {
        return watched;
    }
    sd_notify(0, "READY=1");
    say("ready");
    loop->run();
    sd_notify(0, "STOPPING=1");
    (*runtime)->stop();
    return {};
}

}  // namespace

int run_command(const std::string& config) {
    start_log();
    Loaded loaded = load(config, base::Diagnostic::Severity::error);
    for (const base::Diagnostic& diagnostic : loaded.diagnostics) {
        const bool is_error = diagnostic.severity == base::Diagnostic::Severity::error;
        spdlog::log(is_error ? spdlog::level::err : spdlog::level::warn, "{}", config::to_string(diagnostic));
    }
    if (!loaded.is_sound()) {
        return 1;
    }
    spdlog::info("sluice {}, configuration {}", version(), config);
    const auto signals = catch_signals();
    if (!signals) {
        spdlog::error("{}", signals.error().message);
        return 1;
    }
    const auto done = run(std::move(loaded), *signals);
    close(*signals);
    if (!done) {
        spdlog::error("{}", done.error().message);
        return 1;
    }
    return 0;
}

}  // namespace sluice::ctrlplane
