// Precompiled for targets that may see Asio.
#pragma once
#include <boost/asio.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include "pch_std.hpp"
