"""Every rule of the house can fail: a bad sample each, and its good neighbour."""

import unittest

import fences
import source_text
import tidy

TABLE = fences.read_table((tidy.ROOT / "cmake" / "layers.cmake").read_text())


class TidyTest(unittest.TestCase):
    def findings(self, path: str, text: str) -> list[tidy.Finding]:
        return tidy.check(path, ("#pragma once\n" if path.endswith(".hpp") else "") + text, TABLE)

    def refuses(self, path: str, text: str, words: str):
        with self.subTest(path=path, text=text):
            self.assertIn(words, " | ".join(message for _line, message in self.findings(path, text)))

    def accepts(self, path: str, text: str):
        with self.subTest(path=path, text=text):
            self.assertEqual([], self.findings(path, text))

    def test_the_table_is_the_one_of_the_build(self):
        self.assertEqual({"rocksdb", "asio"}, TABLE["adapters/rocksdb"] & {"rocksdb", "asio", "pqxx"})
        self.assertEqual({"expected"}, TABLE["engine/core"])

    def test_includes_around_the_fence(self):
        self.refuses("engine/core/x.cpp", '#include "../ports/log.hpp"\n', "goes around the fence")
        self.accepts("engine/core/x.cpp", '#include "engine/core/state.hpp"\n')

    def test_vendors_outside_their_folders(self):
        for path, header, vendor in [
            ("engine/core/x.hpp", "boost/asio.hpp", "asio"), ("engine/shell/x.cpp", "rocksdb/db.h", "rocksdb"),
            ("events/x.hpp", "google/protobuf/message.h", "protobuf"), ("events/x.hpp", "openssl/evp.h", ""),
            ("adapters/rocksdb/x.cpp", "librdkafka/rdkafka.h", "rdkafka"), ("adapters/mqtt/x.cpp", "pqxx/pqxx", "pqxx"),
            ("adapters/memory/x.cpp", "boost/beast/http.hpp", "beast"), ("engine/edge/x.cpp", "mqtt/client.h", "paho"),
            ("vehicle_agent/core/x.cpp", "boost/asio.hpp", "asio"), ("otap/x.cpp", "yaml-cpp/yaml.h", "yaml"),
            ("vehicle_agent/uds/x.cpp", "zstd.h", "zstd"), ("engine/shell/x.cpp", "spdlog/spdlog.h", "spdlog"),
            ("digest/x.cpp", "CLI/CLI.hpp", "cli11"), ("somewhere/new.cpp", "fmt/format.h", "spdlog")]:
            self.refuses(path, f"#include <{header}>\n", f"belongs to {vendor}")

    def test_vendors_in_their_folders(self):
        for path, header in [("digest/digest.cpp", "openssl/evp.h"), ("events/wire/x.cpp", "google/protobuf/message.h"),
                             ("adapters/https/x.cpp", "boost/beast/http.hpp"), ("adapters/https/x.cpp", "boost/json.hpp"),
                             ("adapters/rocksdb/x.cpp", "rocksdb/db.h"), ("apps/motorcade/main.cpp", "CLI/CLI.hpp"),
                             ("tests/otap/x_test.cpp", "gtest/gtest.h"), ("engine/ports/log.hpp", "boost/asio/awaitable.hpp"),
                             ("events/ids.hpp", "vector"), ("adapters/openssl/x.cpp", "openssl/ssl.h")]:
            self.accepts(path, f"#include <{header}>\n")

    def test_purity(self):
        self.refuses("engine/core/x.cpp", "#include <random>\n", "pure folder")
        self.refuses("projections/core/x.cpp", "#include <sys/socket.h>\n", "pure folder")
        self.refuses("vehicle_agent/core/x.cpp", "auto t = std::chrono::steady_clock::now();\n", "reads a clock")
        self.accepts("engine/core/x.cpp", "#include <chrono>\n// never system_clock::now()\n")
        self.accepts("events/wire/x.cpp", "#include <mutex>\n")
        self.accepts("adapters/files/x.cpp", "#include <filesystem>\n")

    def test_store_names(self):
        self.refuses("engine/ports/log.hpp", "// as Kafka does\n", "names Kafka")
        self.refuses("projections/runner/x.cpp", "RocksDb db;\n", "names RocksDb")
        self.refuses("events/proto/x.proto", "// rocksdb\n", "names rocksdb")
        self.accepts("adapters/kafka/x.cpp", "// Kafka\n")

    def test_temporaries_in_co_await(self):
        for bad in ["co_await f(Event{1});", "auto x = co_await log.append(a, events::Fact{.id = 3});", "co_await f({1, 2});",
                    "co_await f(a, {b});", "CO_TRY(auto v, co_await f(Outer<int>{2}));", "co_await Event{2};",
                    "co_await f(std::array<int, 2>{1, 2});", "co_await f(\n    Event{\n      1});"]:
            self.refuses("engine/shell/x.cpp", bad + "\n", "made with braces inside co_await")
        for bad in ["co_await f([s] { return 1; });", "co_await co_spawn(ex, [s]() -> task { co_return; }, t);",
                    "co_await f(a, [&, b = std::move(c)]() { g(); });"]:
            self.refuses("engine/shell/x.cpp", bad + "\n", "lambda with captures")
        for good in ["auto e = Event{1}; co_await f(std::move(e));", 'co_await f("{", \'{\'); /* f(Event{}) */',
                     "co_await f(values[i]);", "co_await log.end(kFirst, {0});", "co_await f.step(Sequence{~0ULL}, g);",
                     "if (co_await f(x)) { return Event{1}; }", "co_await f([] { return 1; });",
                     "// co_await f(Event{1})", "CO_TRY(auto v, co_await f(x)); Event e{1};", "co_await f(span[k], named);"]:
            self.accepts("engine/shell/x.cpp", good + "\n")

    def test_pragma_once(self):
        self.assertEqual([(1, "#pragma once is missing")], tidy.check("events/x.hpp", "int x;\n", TABLE))

    def test_sizes(self):
        self.refuses("events/x.cpp", "//\n" * (tidy.MAX_FILE_LINES + 1), "601 lines")
        self.accepts("events/x.cpp", "//\n" * tidy.MAX_FILE_LINES)
        body = "  step();\n" * tidy.MAX_FUNCTION_LINES
        self.refuses("events/x.cpp", f"namespace a {{\nvoid f(int x) {{\n{body}}}\n}}\n", "a function of 72 lines")
        self.refuses("tests/x/x_test.cpp", f"TEST(A, B) {{\n{body}}}\n", "a function of 72 lines")
        self.refuses("events/x.cpp", f"X::X(int a) : a_{{a}}, b_{{2}} {{\n{body}}}\n", "a function of 72 lines")
        self.refuses("tests/x/x.py", "def f():\n" + body.replace("  step();", "  pass"), "a function of 71 lines")
        self.accepts("events/x.cpp", f"struct S {{\n{'  int x;' * 80}\n}};\n")
        self.accepts("events/x.cpp", "const int table[] = {\n" + "  1,\n" * 80 + "};\nvoid f() {\n}\n")

    def test_skipped_tests(self):
        self.refuses("tests/x/x_test.cpp", "TEST(A, B) { GTEST_SKIP(); }\n", "skipped")
        self.refuses("tests/x/x_test.cpp", "TEST(A, DISABLED_B) {}\n", "skipped")
        self.refuses("tests/x/test_x.py", "@unittest.skip\ndef f(): pass\n", "skipped")

    def test_places(self):
        self.refuses("docs/x.md", "see /ro" + "ot/build/x\n", "a path of one machine")
        self.refuses("deploy/x.sh", "cd /ho" + "me/someone\n", "a path of one machine")
        self.refuses("dev", "curl https:/" + "/packages.registry.io/simple\n", "a host that is not known")
        self.accepts("docs/x.md", "https://localhost:8443/api, https://semver.org, https://ota.example.com/x, var/root/x\n")

    def test_lines_are_right_behind_comments_and_raw_strings(self):
        text = '/* one\ntwo */ auto s = R"x(\n"{" )x";\nvoid f() { co_await g({1, 2}); }\n'
        self.assertEqual([4], [line for line, _message in self.findings("engine/shell/x.cpp", text)])

    def test_functions_are_found(self):
        text = ("class A {\n public:\n  A() : x_{1} {}\n  int f() const {\n    if (x_) {\n      return 1'000;\n    }\n    return 2;\n"
                "  }\n};\nnamespace n {\ntemplate <class T>\nvoid g(T&& t) noexcept {\n  auto l = [&] { t(); };\n}\n}\n")
        self.assertEqual([(3, 1), (4, 6), (13, 3)], [(line, length) for line, length, _head in source_text.functions(text)])


if __name__ == "__main__":
    unittest.main()
