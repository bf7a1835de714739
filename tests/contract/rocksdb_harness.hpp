// The embedded log under the contract: on a file system that loses what was not synced.
#pragma once
#include "adapters/rocksdb/log.hpp"
#include "contract/log_harness.hpp"
#include "support/faulty_file_system.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::contract {

class RocksdbHarness final : public LogHarness {
 public:
  explicit RocksdbHarness(bool sync = true);
  ports::EventLog& events() override { return log(); }
  ports::Inbox& inbox() override { return log(); }
  void close() override { log_.reset(); }
  /// HEADS, which is never synced, is lost with the rest, unless …
  void crash() override { crash_keeping(false); }
  void crash_keeping(bool heads);
  [[nodiscard]] std::vector<std::string> faults() const override;
  void inject(const std::string& fault) override;
  void heal() override;
  [[nodiscard]] bool is_thread_safe() const override { return true; }

  rocks::Log& log();
  rocks::Options& options() { return options_; }
  testing_support::FaultyFileSystem& file_system() { return *file_system_; }

 private:
  testing_support::TemporaryDirectory directory_{true};
  std::shared_ptr<testing_support::FaultyFileSystem> file_system_ =
      std::make_shared<testing_support::FaultyFileSystem>();
  std::unique_ptr<::rocksdb::Env> env_ = ::rocksdb::NewCompositeEnv(file_system_);
  rocks::Options options_;
  std::unique_ptr<rocks::Log> log_;
};

}  // namespace motorcade::contract
