#include "engine/edge/request_body.hpp"

#include <gtest/gtest.h>

#include "engine/edge/intake.hpp"

namespace motorcade::edge {
namespace {

TEST(RequestBody, OneKeyHasOneNameAndEachBodyItsOwn) {
  const auto key = request_id("alice", "POST /campaigns/1/resume", "k");
  const auto retry = with_body(key, R"({"how":"retry"})"),
             skip = with_body(key, R"({"how":"skip"})");
  EXPECT_EQ(retry, with_body(key, R"({"how":"retry"})"));
  EXPECT_NE(retry, skip);
  EXPECT_EQ(request_key(retry), request_key(skip));
  EXPECT_EQ(request_key(retry), request_key(key));
}

}  // namespace
}  // namespace motorcade::edge
