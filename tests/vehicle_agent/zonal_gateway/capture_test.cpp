// What goes over the wire during an installation, judged by Wireshark's dissectors. Fails where
// tshark or dumpcap is missing or may not capture: `./dev setup` installs them, capturing needs
// root or CAP_NET_RAW.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "vehicle_agent/zonal_gateway/rig.hpp"

extern char** environ;

namespace motorcade::in_vehicle {
namespace {

/// dumpcap on the loopback interface, from construction to stop().
class Capture {
 public:
  Capture(const std::filesystem::path& file, const std::set<std::uint16_t>& ports) {
    std::string filter;
    for (const auto port : ports)
      filter += (filter.empty() ? "tcp port " : " or tcp port ") + std::to_string(port);
    std::vector<std::string> words = {"dumpcap", "-q", "-i",   "lo", "-B",
                                      "16",      "-f", filter, "-w", file.string()};
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid_, "dumpcap", &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    started_ = pid_ > 0 && appears(file);
  }
  ~Capture() { stop(); }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  [[nodiscard]] bool started() const { return started_; }
  void stop() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGINT);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  /// dumpcap writes the file's header once it captures.
  static bool appears(const std::filesystem::path& file) {
    std::error_code error;
    for (int i = 0; i < 1000; ++i) {
      if (std::filesystem::exists(file, error) && std::filesystem::file_size(file, error) > 0)
        return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }
  pid_t pid_ = -1;
  bool started_ = false;
};

struct Output {
  int status;
  std::string text;
};
Output tshark(const std::filesystem::path& file, const std::set<std::uint16_t>& ports,
              const std::string& filter) {
  std::string command = "tshark -2 -r '" + file.string() + "'";
  for (const auto port : ports) command += " -d tcp.port==" + std::to_string(port) + ",doip";
  command += " -Y '" + filter + "' 2>/dev/null";
  FILE* pipe = ::popen(command.c_str(), "r");
  Output output{};
  char piece[4096];
  while (const auto n = std::fread(piece, 1, sizeof piece, pipe)) output.text.append(piece, n);
  output.status = ::pclose(pipe);
  return output;
}

std::string any_of(const std::set<std::uint16_t>& ports) {
  std::string text;
  for (const auto port : ports) text += (text.empty() ? "" : ",") + std::to_string(port);
  return "tcp.port in {" + text + "}";
}

/// Waits until `bytes` lie in the file at least `count` times: dumpcap writes with some delay.
bool is_captured(const std::filesystem::path& file, std::string_view bytes, int count) {
  for (int i = 0; i < 1000; ++i) {
    std::ifstream in(file, std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(in), {});
    int found = 0;
    for (auto at = all.find(bytes); at != std::string::npos; at = all.find(bytes, at + 1)) ++found;
    if (found >= count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// An installation, an activation and some questions, captured into `file`.
void capture_installation(const std::filesystem::path& file, std::set<std::uint16_t>& ports) {
  auto spec = Rig::two_zones();
  spec.timing.erase = std::chrono::milliseconds(80);  // so that 0x78 is on the wire too
  Rig rig(spec);
  ports = rig.network().ports();
  Capture capture(file, ports);
  ASSERT_TRUE(capture.started()) << "dumpcap cannot capture on lo: install tshark (./dev setup), "
                                    "run as root or with CAP_NET_RAW";
  const auto package = rig.package(
      "ZG_BODY", {{"ECU_011", firmware(100'000, 11)}, {"ECU_012", firmware(30'000, 12)}});
  EXPECT_TRUE(rig.install(package).succeeded());
  auto zone = rig.zone();
  EXPECT_TRUE(rig.wait(zone.activate())->succeeded());
  EXPECT_TRUE(rig.wait(zone.readiness()));
  EXPECT_TRUE(rig.wait(zone.diagnose(doip::ecu_address(11), {0x22, 0xF1, 0x90})));
  EXPECT_EQ(rig.ecu(0).version, "2.0.0");
  const std::string_view inventory("\x03\xFC\x90\x00",
                                   4);  // the request and the report, asked for last
  EXPECT_TRUE(is_captured(file, inventory, 2)) << "the end of the capture is missing";
}

TEST(Capture, WiresharkUnderstandsEveryFrameOfAnInstallation) {
  const TemporaryDirectory directory;
  std::filesystem::path file;
  std::set<std::uint16_t> ports;
  // On a loaded machine TCP itself repeats segments or the capture swaps them; that is not what is
  // judged here.
  for (int i = 0; i < 5; ++i) {
    file = directory.path() / ("d" + std::to_string(i) + ".pcap");
    capture_installation(file, ports);
    if (HasFatalFailure()) return;
    const auto disturbed = tshark(file, ports,
                                  "tcp.analysis.retransmission || tcp.analysis.out_of_order || "
                                  "tcp.analysis.lost_segment");
    ASSERT_EQ(disturbed.status, 0) << "tshark failed: install it by ./dev setup";
    if (disturbed.text.empty()) break;
  }
  EXPECT_EQ(ports.size(), 5u);
  const auto transfers = tshark(file, ports, "uds.sid == 0x36").text;
  EXPECT_GT(std::count(transfers.begin(), transfers.end(), '\n'), 10) << "no transfer was captured";
  EXPECT_NE(tshark(file, ports, "uds.err.code == 0x78").text, "") << "no pending response";
  EXPECT_NE(tshark(file, ports, "doip.type == 0x9001").text, "") << "no vendor report";

  EXPECT_EQ(
      tshark(file, ports, "_ws.malformed || doip.illegal_length_field || doip.nack_code").text, "");
  EXPECT_EQ(
      tshark(file, ports, any_of(ports) + " && tcp.len>0 && !doip && !tcp.reassembled_in").text,
      "");
  EXPECT_EQ(tshark(file, ports,
                   "doip && !(doip.type in {0x0000..0x0008,0x4001..0x4004,0x8001..0x8003,"
                   "0x9000..0x9001})")
                .text,
            "");
}

}  // namespace
}  // namespace motorcade::in_vehicle
