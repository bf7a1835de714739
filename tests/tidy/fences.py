"""Which vendor's headers a folder may see, read from the edge table in cmake/layers.cmake."""

import re

# Vendor (as the edge table names it) -> beginnings of its headers.
VENDOR_HEADERS = {
    "expected": ["tl/"],
    "asio": ["boost/"],  # whatever of Boost has no row of its own
    "beast": ["boost/beast"],
    "boost_json": ["boost/json"],
    "libcrypto": ["openssl/"],
    "openssl": ["openssl/"],
    "protobuf": ["google/protobuf"],
    "zstd": ["zstd.h", "zstd_errors.h", "zdict.h"],
    "rocksdb": ["rocksdb/"],
    "pqxx": ["pqxx/", "libpq"],
    "rdkafka": ["librdkafka/"],
    "paho": ["mqtt/", "MQTT"],
    "yaml": ["yaml-cpp/"],
    "spdlog": ["spdlog/", "fmt/"],
    "cli11": ["CLI/"],
    "gtest": ["gtest/", "gmock/"],
    "rapidcheck": ["rapidcheck"],
    "benchmark": ["benchmark/"],
}
COMPOSERS = {"apps", "tests", "bench", "cmake"}  # they may see everything
# Truth 5 of the design: no clock, no randomness, no I/O in a state machine.
PURE = ["events", "digest", "engine/core", "projections/core", "vehicle_agent/core"]
IMPURE_HEADERS = re.compile(
    r"^(random|thread|mutex|shared_mutex|future|condition_variable|filesystem|fstream|iostream|ctime|time\.h|unistd\.h"
    r"|fcntl\.h|sys/.*|netinet/.*|arpa/.*)$")


def folder_of(target: str) -> str:
    """engine_core -> engine/core; vehicle_agent_vmg -> vehicle_agent/vmg."""
    if target.startswith("vehicle_agent_"):
        return "vehicle_agent/" + target.removeprefix("vehicle_agent_")
    return target.replace("_", "/", 1)


def read_table(layers_cmake: str) -> dict[str, set[str]]:
    """Folder -> vendors, from the rows `"name: ours | vendors"`."""
    rows = re.findall(r'^\s*"([a-z_0-9]+):[^|"]*\|([^"]*)"', layers_cmake, re.MULTILINE)
    return {folder_of(name): set(vendors.split()) for name, vendors in rows}


def vendor_of(header: str) -> str | None:
    """The vendor with the longest matching beginning; None for the standard library and for ours."""
    matches = [(len(start), vendor) for vendor, starts in VENDOR_HEADERS.items() for start in starts
               if header.startswith(start)]
    return max(matches)[1] if matches else None


def may_see(table: dict[str, set[str]], path: str, header: str) -> bool:
    vendor = vendor_of(header)
    if vendor is None or path.split("/")[0] in COMPOSERS:
        return True
    folders = [folder for folder in table if path.startswith(folder + "/")]
    allowed = table[max(folders, key=len)] if folders else set()
    return any(header.startswith(start) for name in allowed for start in VENDOR_HEADERS.get(name, [])
               if name == vendor or start == "openssl/")


def is_pure(path: str) -> bool:
    inner = ("events/wire/", "events/proto/")
    return any(path.startswith(folder + "/") for folder in PURE) and not path.startswith(inner)
