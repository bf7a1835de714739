// A read model that holds what the test puts into it, and has projected as far as the test says.
#pragma once
#include <map>

#include "engine/ports/read_model.hpp"

namespace motorcade::https::testing_support {

class FakeRows final : public ports::ReadModel {
 public:
  std::map<ports::Resource, std::map<std::string, std::string>> documents;
  Sequence projected{1'000'000};  ///< in every partition
  bool broken = false;

  boost::asio::awaitable<Result<std::optional<std::string>>> get(ports::Resource resource,
                                                                 std::string key) override;
  /// The cursor is the last key of the page before.
  boost::asio::awaitable<Result<ports::Page>> list(ports::Resource resource,
                                                   ports::PageRequest request) override;
  boost::asio::awaitable<bool> wait_for(Position position, Duration timeout) override;
};

}  // namespace motorcade::https::testing_support
