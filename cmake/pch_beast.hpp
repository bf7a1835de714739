// Precompiled for targets that may see Beast and Boost.JSON: the HTTPS edge.
#pragma once
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/json.hpp>

#include "pch_asio.hpp"
