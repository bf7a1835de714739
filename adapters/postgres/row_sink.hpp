// Rows and checkpoints in PostgreSQL: a batch is one transaction.
#pragma once
#include "adapters/postgres/pool.hpp"
#include "projections/runner/row_sink.hpp"

namespace motorcade::postgres {

class PostgresRowSink final : public projections::RowSink {
 public:
  /// The pool's schema is migrated already. The pool outlives this.
  explicit PostgresRowSink(Pool& pool) : pool_(pool) {}

  boost::asio::awaitable<Result<projections::Checkpoints>> checkpoints(Incarnation log) override;
  boost::asio::awaitable<Result<projections::Applied>> apply(projections::Batch batch) override;
  boost::asio::awaitable<Result<void>> prune_commands(Time before) override;

  /// Clears the VIN of a vehicle whose key was destroyed; a rebuild would find none either.
  boost::asio::awaitable<Result<void>> erase_vin(VehicleId vehicle);

 private:
  Pool& pool_;
};

}  // namespace motorcade::postgres
