// SPDX-License-Identifier: BSD-3-Clause
#include "ctrlplane/control/json_rpc.h"

#include <gtest/gtest.h>

#include "ctrlplane/control/params.h"

namespace sluice::ctrlplane::control {
namespace {

ErrorCode fault_of(std::string_view line) {
    const Message message = parse_message(line);
    EXPECT_EQ(message.calls.size(), 1U);
    EXPECT_TRUE(message.calls[0].fault.has_value()) << line;
    return message.calls[0].fault ? message.calls[0].fault->code : ErrorCode::refused;
}

TEST(JsonRpc, reads_a_call) {
    const Message message =
        parse_message(R"({"jsonrpc":"2.0","id":7,"method":"stats","params":{"all":true}})");
    EXPECT_FALSE(message.is_batch);
    EXPECT_FALSE(message.calls[0].fault.has_value());
    EXPECT_EQ(message.calls[0].id, "7");
    EXPECT_EQ(message.calls[0].method, "stats");
    EXPECT_EQ(message.calls[0].params["all"], true);
}

TEST(JsonRpc, echoes_ids_as_they_came_and_knows_notifications) {
    EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":"a\"b","method":"x"})").calls[0].id, R"("a\"b")");
    EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","id":null,"method":"x"})").calls[0].id, "null");
    EXPECT_EQ(parse_message(R"({"jsonrpc":"2.0","method":"x"})").calls[0].id, "");
}

TEST(JsonRpc, has_an_error_for_everything_that_is_no_call) {
    EXPECT_EQ(fault_of("hello"), ErrorCode::parse_error);
    EXPECT_EQ(fault_of("{\"jsonrpc\":\"2.0\""), ErrorCode::parse_error);
    EXPECT_EQ(fault_of("\"\xff\xfe\""), ErrorCode::parse_error);
    EXPECT_EQ(fault_of("[]"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of("17"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of(R"({"id":1,"method":"x"})"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of(R"({"jsonrpc":"2.0","id":1})"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of(R"({"jsonrpc":"2.0","id":1,"method":5})"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of(R"({"jsonrpc":"2.0","id":{},"method":"x"})"), ErrorCode::invalid_request);
    EXPECT_EQ(fault_of(R"({"jsonrpc":"2.0","id":1,"method":"x","params":3})"), ErrorCode::invalid_request);
}

TEST(JsonRpc, survives_deep_nesting) {
    EXPECT_EQ(fault_of(std::string(1'000'000, '[')), ErrorCode::parse_error);
    const Message deep = parse_message(std::string(500'000, '[') + std::string(500'000, ']'));
    EXPECT_TRUE(deep.calls[0].fault.has_value());
}

TEST(JsonRpc, reads_a_batch_with_faults_in_their_places) {
    const Message message =
        parse_message(R"([{"jsonrpc":"2.0","id":1,"method":"a"},5,{"jsonrpc":"2.0","method":"b"}])");
    EXPECT_TRUE(message.is_batch);
    ASSERT_EQ(message.calls.size(), 3U);
    EXPECT_FALSE(message.calls[0].fault.has_value());
    EXPECT_TRUE(message.calls[1].fault.has_value());
    EXPECT_EQ(message.calls[2].id, "");
}

TEST(Params, reads_values_and_refuses_what_nobody_asked_for) {
    const Json given = {{"all", true}, {"rule", "12"}, {"verbose", 2}, {"chain", "INPUT"}, {"extra", 1}};
    Params params(given);
    EXPECT_TRUE(params.flag("all"));
    EXPECT_FALSE(params.flag("absent"));
    EXPECT_EQ(params.number("rule", 100), 12U);
    EXPECT_EQ(params.number("verbose", 100), 2U);
    EXPECT_EQ(params.text("chain"), "INPUT");
    ASSERT_TRUE(params.fault().has_value());
    EXPECT_EQ(params.fault()->value().message, "unknown parameter 'extra'");
    EXPECT_EQ(params.fault()->value().code, ErrorCode::invalid_params);
}

TEST(Params, refuses_values_of_another_type) {
    for (const Json& given : {Json{{"n", -1}}, Json{{"n", "1x"}}, Json{{"n", 101}}, Json{{"n", 1.5}},
                              Json{{"n", ""}}, Json{{"n", Json::array()}}, Json::array({1})}) {
        Params params(given);
        EXPECT_FALSE(params.number("n", 100).has_value());
        EXPECT_TRUE(params.fault().has_value()) << given;
    }
    const Json given = {{"flag", 1}, {"text", 5}};
    Params params(given);
    EXPECT_FALSE(params.flag("flag"));
    EXPECT_TRUE(params.fault().has_value());
}

}  // namespace
}  // namespace sluice::ctrlplane::control
