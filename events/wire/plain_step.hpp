// Nine in ten facts of a vehicle partition are StepReported, nearly all of them without results of
// ECUs. They are read here, in the plain form in which we write them; everything else, and
// whatever is not quite so, is left to Protobuf's parser, which takes several times as long.
#pragma once
#include <string_view>

#include "events/vehicle.hpp"

namespace motorcade::wire {

/// False: not in the plain form; `fact` holds rubbish then.
///
///   fact = [0A 10 vehicle:16] [12 10 command:16] [18 step:varint] [22 length:u8(<80) reason]
///          [28 bytes_done:varint] [30 bytes_total:varint] [38 boot_count:varint]
///          [49 deadline:i64, little-endian]
[[nodiscard]] bool read_plain(std::string_view payload, vehicle::StepReported& fact);

}  // namespace motorcade::wire
