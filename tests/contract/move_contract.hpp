// What a log that moves takes along; the same for any two logs.
#pragma once
#include <functional>
#include <memory>

#include "engine/ports/movable_log.hpp"

namespace motorcade::contract {

/// `from` is empty, and has the partition vehicle/0. `make_copy` makes the other log.
void expect_it_moves_whole(
    ports::MovableLog& from,
    const std::function<std::unique_ptr<ports::MovableLog>(ports::Heritage)>& make_copy);

}  // namespace motorcade::contract
