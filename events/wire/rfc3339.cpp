#include "events/wire/rfc3339.hpp"

#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace motorcade::wire {
namespace {
using google::protobuf::util::TimeUtil;
}  // namespace

std::string to_rfc3339(Time time) {
  const auto count = std::clamp(time.time_since_epoch().count(),
                                TimeUtil::kTimestampMinSeconds * kMicrosecondsPerSecond,
                                TimeUtil::kTimestampMaxSeconds * kMicrosecondsPerSecond);
  return TimeUtil::ToString(TimeUtil::MicrosecondsToTimestamp(count));
}

std::optional<Time> time_from_rfc3339(std::string_view text) {
  google::protobuf::Timestamp timestamp;
  if (text.size() > 64 || !TimeUtil::FromString(std::string(text), &timestamp)) return std::nullopt;
  return Time(Duration(TimeUtil::TimestampToMicroseconds(timestamp)));
}

}  // namespace motorcade::wire
