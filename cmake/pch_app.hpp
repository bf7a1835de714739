// Precompiled for what the programs are composed of: command lines, configuration files.
#pragma once
#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "pch_asio.hpp"
