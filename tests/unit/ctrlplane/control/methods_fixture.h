// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ctrlplane/control/methods.h"
#include "fake_router.h"

namespace sluice::ctrlplane::control::test {

/// Calls methods as the socket does.
class MethodsTest : public testing::Test {
protected:
    MethodResult call(const std::string& method, const Json& params = Json::object()) {
        return methods_.at(method)(params);
    }
    /// The whole result, long ones put together.
    Json result(const std::string& method, const Json& params = Json::object()) {
        MethodResult made = call(method, params);
        if (!made) {
            ADD_FAILURE() << made.error().message;
            return Json::object();
        }
        if (auto* reply = std::get_if<LongReply>(&*made)) {
            std::string text;
            turns_ = 1;
            for (; (*reply)(text); ++turns_) {
            }
            return Json::parse(text);
        }
        return std::get<Json>(*made);
    }
    std::string text(const std::string& method, const Json& params = Json::object()) {
        return result(method, params).value("text", "");
    }
    Json data(const std::string& method, Json params = Json::object()) {
        params["json"] = true;
        return result(method, params)["data"];
    }
    std::string refused(const std::string& method, const Json& params = Json::object()) {
        const MethodResult made = call(method, params);
        return made ? "" : made.error().message;
    }

    FakeRouter router_;
    const RouterView view_ = router_.view();
    Figures figures_{view_};
    Methods methods_ = all_methods(view_, figures_);
    int turns_ = 0;
};

}  // namespace sluice::ctrlplane::control::test
