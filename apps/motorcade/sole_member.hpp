// The membership of the only process that there can be: it has all partitions, for ever.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/ports/membership.hpp"

namespace motorcade::app {

class SoleMember final : public ports::Membership {
 public:
  explicit SoleMember(std::vector<Partition> all) : all_(std::move(all)) {}
  void join(ports::PartitionWork& work, boost::asio::any_io_executor executor) override {
    work_ = &work;
    executor_ = std::move(executor);
    boost::asio::post(executor_, [this] { work_->begin(all_); });
  }
  boost::asio::awaitable<void> leave() override {
    if (!work_) co_return;
    co_await boost::asio::co_spawn(executor_, work_->end(all_), boost::asio::use_awaitable);
  }
  [[nodiscard]] std::optional<std::string> missing() const override { return std::nullopt; }

 private:
  const std::vector<Partition> all_;
  ports::PartitionWork* work_ = nullptr;
  boost::asio::any_io_executor executor_;
};

}  // namespace motorcade::app
