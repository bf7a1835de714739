// What operations read: the PostgreSQL projections, as JSON documents shaped by projections/
// (docs/api).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "events/ids.hpp"
#include "events/result.hpp"

namespace motorcade::ports {

/// One page of a list, each item a JSON object; `next` is the cursor of the following page.
struct Page {
  std::vector<std::string> items;
  std::optional<std::string> next;
};
struct PageRequest {
  std::optional<std::string> cursor;
  std::size_t limit = 100;
  std::vector<std::pair<std::string, std::string>>
      filters;  ///< column and value, from an allow list per resource
};
enum class Resource {
  kVehicles,
  kVehicleEcus,
  kFirmware,
  kPackages,
  kCampaigns,
  kWaves,
  kVehicleUpdates,
  kCommands,
  kTargets  ///< by ECU id of the registry: the version that was approved for it
};

class ReadModel {
 public:
  virtual ~ReadModel() = default;
  /// One document by its key (VIN, hex id …), or none.
  virtual boost::asio::awaitable<Result<std::optional<std::string>>> get(Resource resource,
                                                                         std::string key) = 0;
  virtual boost::asio::awaitable<Result<Page>> list(Resource resource, PageRequest request) = 0;
  /// Completes when the projector has committed this position; false after the timeout.
  virtual boost::asio::awaitable<bool> wait_for(Position position, Duration timeout) = 0;
};

}  // namespace motorcade::ports
