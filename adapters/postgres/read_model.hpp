// The read models as REST serves them: JSON documents, made by PostgreSQL (adapters/postgres/
// documents). Shapes: docs/api.md, "Documents".
#pragma once
#include "adapters/postgres/pool.hpp"
#include "engine/ports/read_model.hpp"
#include "projections/runner/progress.hpp"

namespace motorcade::postgres {

class PostgresReadModel final : public ports::ReadModel {
 public:
  /// `progress`: of the projector in this process; without it, the checkpoints are asked for. Both
  /// outlive this.
  explicit PostgresReadModel(Pool& pool, projections::Progress* progress = nullptr)
      : pool_(pool), progress_(progress) {}

  boost::asio::awaitable<Result<std::optional<std::string>>> get(ports::Resource resource,
                                                                 std::string key) override;
  boost::asio::awaitable<Result<ports::Page>> list(ports::Resource resource,
                                                   ports::PageRequest request) override;
  boost::asio::awaitable<bool> wait_for(Position position, Duration timeout) override;

 private:
  boost::asio::awaitable<Result<bool>> checkpoint_reached(Position position);

  Pool& pool_;
  projections::Progress* progress_;
};

}  // namespace motorcade::postgres
