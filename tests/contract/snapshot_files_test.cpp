#include "adapters/files/snapshot_store.hpp"
#include "contract/snapshot_contract.hpp"
#include "support/temporary_directory.hpp"

namespace motorcade::contract {
namespace {

class FilesHarness final : public SnapshotHarness {
 public:
  std::unique_ptr<ports::SnapshotStore> open() override {
    return *files::SnapshotFiles::open({directory_.path(), 4});
  }

 private:
  testing_support::TemporaryDirectory directory_;
};

INSTANTIATE_TEST_SUITE_P(Files, SnapshotContract,
                         testing::Values([] { return std::make_unique<FilesHarness>(); }));

}  // namespace
}  // namespace motorcade::contract
