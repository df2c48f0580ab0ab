// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/question_desk.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>
#include <vector>

#include "ctrlplane/control/telemetry.h"
#include "fake_router.h"

namespace sluice::ctrlplane::control {
namespace {

using namespace std::chrono_literals;

bool rings(const QuestionDesk& desk, int patience_ms) {
    pollfd poll{.fd = desk.fd(), .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, patience_ms) > 0;
}

TEST(QuestionDesk, brings_answers_to_those_who_asked) {
    QuestionDesk desk;
    ASSERT_TRUE(desk.open().has_value());
    std::vector<std::future<std::optional<Json>>> asking;
    for (int i = 0; i < 8; ++i) {
        asking.push_back(std::async(std::launch::async, [&desk, i] {
            return desk.ask({std::to_string(i), "x"}, 10s);
        }));
    }
    for (auto& one : asking) {
        while (one.wait_for(0s) != std::future_status::ready) {
            if (rings(desk, 20)) {
                desk.serve([](const QuestionDesk::Question& question) { return Json(question.subject); });
            }
        }
    }
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(asking[static_cast<std::size_t>(i)].get(), Json(std::to_string(i)));
    }
    EXPECT_FALSE(rings(desk, 0));
}

TEST(QuestionDesk, sends_away_who_has_waited_long_enough) {
    QuestionDesk desk;
    ASSERT_TRUE(desk.open().has_value());
    EXPECT_EQ(desk.ask({"late", ""}, 1ms), std::nullopt);
    desk.serve([](const QuestionDesk::Question&) { return Json("nobody waits for this"); });
    EXPECT_FALSE(rings(desk, 0));
}

TEST(QuestionDesk, sends_all_away_when_it_closes) {
    QuestionDesk desk;
    EXPECT_EQ(desk.ask({"before", ""}, 10s), std::nullopt);
    ASSERT_TRUE(desk.open().has_value());
    auto asking = std::async(std::launch::async, [&desk] { return desk.ask({"open", ""}, 60s); });
    EXPECT_TRUE(rings(desk, 10'000));
    desk.close();
    EXPECT_EQ(asking.get(), std::nullopt);
    EXPECT_EQ(desk.ask({"after", ""}, 10s), std::nullopt);
}

TEST(TelemetryAnswer, has_no_lists_of_objects) {
    test::FakeRouter router;
    const RouterView view = router.view();
    const Figures figures(view);
    const Json status = telemetry_answer(figures, {"/sluice/status", ""});
    EXPECT_EQ(status["interfaces"]["dmz.5"]["parent"], "lan");
    EXPECT_EQ(status["workers"]["0"]["core"], 1);
    EXPECT_EQ(telemetry_answer(figures, {"/sluice/interfaces", "wan"})["up"], false);
    EXPECT_EQ(telemetry_answer(figures, {"/sluice/interfaces", "none"}), Json::object());
    EXPECT_EQ(telemetry_answer(figures, {"/sluice/rules", ""})["filter"]["rules"], 3);
    EXPECT_EQ(telemetry_answer(figures, {"/sluice/rules", "filter"})["FORWARD"]["policy_met"]["packets"], 1);
    EXPECT_EQ(telemetry_answer(figures, {"/sluice/conntrack", ""})["max"], 20'000);
}

}  // namespace
}  // namespace sluice::ctrlplane::control
