// From the configuration to the option structs of adapters: what more than one command needs.
#pragma once
#include "adapters/kafka/options.hpp"
#include "adapters/postgres/pool.hpp"
#include "adapters/rocksdb/options.hpp"
#include "motorcade/config.hpp"

namespace motorcade::app {

[[nodiscard]] rocks::Options log_options(const Config& config);
[[nodiscard]] kafka::Options kafka_options(const Config& config);
[[nodiscard]] postgres::Options postgres_options(const Config& config);

}  // namespace motorcade::app
