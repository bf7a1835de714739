// The erasure of a vehicle (truth 9): its key is destroyed, so that what is sealed under it folds
// as erased for ever, and its VIN leaves the rows and the broker. The log itself is not touched:
// every proof still holds.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "engine/ports/key_store.hpp"
#include "engine/ports/log.hpp"
#include "engine/ports/read_model.hpp"
#include "engine/ports/vehicle_link.hpp"

namespace motorcade::edge {

namespace asio = boost::asio;

class Erasure {
 public:
  /// Clears the VIN in the read model.
  using ForgetRows = std::function<asio::awaitable<Result<void>>(VehicleId)>;
  /// Everything outlives this. `patience`: how long the projector may take to catch up.
  Erasure(ports::KeyStore& keys, ports::EventLog& log, ports::ReadModel& rows,
          ports::VehicleLink& link, ForgetRows forget_rows, Duration patience)
      : keys_(keys),
        log_(log),
        rows_(rows),
        link_(link),
        forget_rows_(std::move(forget_rows)),
        patience_(patience) {}

  /// Answers the id under which the log goes on to know the vehicle. After an error the key is
  /// destroyed already, unless the error is the key store's own; doing it again does the rest.
  [[nodiscard]] asio::awaitable<Result<VehicleId>> erase(std::string vin);

 private:
  ports::KeyStore& keys_;
  ports::EventLog& log_;
  ports::ReadModel& rows_;
  ports::VehicleLink& link_;
  ForgetRows forget_rows_;
  Duration patience_;
};

}  // namespace motorcade::edge
