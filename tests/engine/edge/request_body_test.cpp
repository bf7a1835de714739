#include "engine/edge/request_body.hpp"

#include <gtest/gtest.h>

#include "engine/core/campaign/state.hpp"
#include "engine/edge/intake.hpp"

namespace motorcade::edge {
namespace {

static_assert(kRequestKeyBytes == core::campaigns::kRequestKeyBytes);

TEST(RequestBody, OneKeyHasOneNameAndEachBodyItsOwn) {
  const auto key = request_id("alice", "POST /campaigns/1/resume", "k");
  const auto retry = with_body(key, R"({"how":"retry"})"),
             skip = with_body(key, R"({"how":"skip"})");
  EXPECT_EQ(retry, with_body(key, R"({"how":"retry"})"));
  EXPECT_NE(retry, skip);
  EXPECT_EQ(retry.view().substr(0, kRequestKeyBytes), skip.view().substr(0, kRequestKeyBytes));
  EXPECT_EQ(retry.view().substr(0, kRequestKeyBytes), key.view().substr(0, kRequestKeyBytes));
}

}  // namespace
}  // namespace motorcade::edge
