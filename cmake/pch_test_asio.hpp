// Precompiled for tests of what may see Asio.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pch_asio.hpp"
