// The agent's rules as sentences.
#include "vehicle_agent/core/agent.hpp"

#include <gtest/gtest.h>

#include "vehicle_agent/core/world.hpp"

namespace motorcade::agent {
namespace {
using namespace test;
using namespace std::chrono_literals;

class Scenario {
 public:
  explicit Scenario(Settings settings = {}) : agent_(std::move(settings)) {}
  Scenario& when(const Input& input) {
    auto outcome = agent_.handle(input, now_);
    said_ = std::move(outcome.reports);
    actions_ = std::move(outcome.actions);
    (void)agent_.take_changed_results();  // as if they were on disk
    return *this;
  }
  Scenario& given(const std::vector<Input>& inputs) {
    for (const auto& input : inputs) when(input);
    return *this;
  }
  Scenario& at(Time now) {
    now_ = now;
    return *this;
  }
  Scenario& then_says(const std::vector<std::string>& expected) {
    EXPECT_EQ(reports_said(), expected);
    return *this;
  }
  [[nodiscard]] std::vector<std::string> reports_said() const {
    std::vector<std::string> said;
    for (const auto& report : said_) said.push_back(brief(report.report));
    return said;
  }
  Scenario& then_does(const std::vector<Action>& expected) {
    EXPECT_EQ(actions_, expected);
    return *this;
  }
  Scenario& then_nothing() { return then_says({}).then_does({}); }
  [[nodiscard]] const vehicle::ReportStatus& last() const {
    return std::get<vehicle::ReportStatus>(said_.back().report);
  }
  [[nodiscard]] const Agent& agent() const { return agent_; }

 private:
  Agent agent_;
  Time now_ = kNow;
  std::vector<Agent::Outcome::Said> said_;
  std::vector<Action> actions_;
};

const auto kOffer = offer(1);
const auto kId = kOffer.command;
Input given_offer() {
  return OfferReceived{kOffer};
}
Command command(vehicle::CommandKind kind, std::uint8_t id, Time expires_at = kInAnHour) {
  return {kind, command_id(id), kId, expires_at};
}
constexpr auto kPause = vehicle::CommandKind::kPause;
constexpr auto kResume = vehicle::CommandKind::kResume;
constexpr auto kCancel = vehicle::CommandKind::kCancel;

Scenario booted(Settings settings = {}) {
  Scenario s(std::move(settings));
  s.given({Booted{}, InventoryRead{}});
  return s;
}
Scenario downloading() {
  return booted().given({given_offer()});
}
Scenario verified() {
  return downloading().given({DownloadFinished{kId}, PackageVerified{kId, plan()}});
}
ZoneInstalled installed(std::size_t zone) {
  return {kId, plan()[zone].gateway, results(plan()[zone], EcuOutcome::kProgrammed), ""};
}
Scenario activating() {
  return verified().given({installed(0), installed(1)});
}

TEST(Agent, AtItsFirstStartReportsItsConfiguration) {
  Scenario()
      .when(Booted{})
      .then_does({ReadInventory{}})
      .when(InventoryRead{})
      .then_says({"VCI boot 1"});
}

TEST(Agent, AStartBeforeTheInstallReportsWhatAWorkshopMayHaveChanged) {
  downloading()
      .when(Booted{})
      .then_does({ReadInventory{}, StartDownload{kOffer}})
      .when(InventoryRead{})
      .then_says({"VCI boot 1"});
  activating().when(Booted{}).then_does({Activate{kId, plan()}});
}

TEST(Agent, AnUpdateGoesAllTheWay) {
  booted()
      .when(given_offer())
      .then_says({"ACCEPTED"})
      .then_does({StartDownload{kOffer}})
      .when(DownloadFinished{kId})
      .then_says({"DOWNLOADED"})
      .then_does({VerifyPackage{kOffer}})
      .when(PackageVerified{kId, plan()})
      .then_says({"VERIFIED", "INSTALLING boot 1"})
      .then_does({InstallZone{kOffer, plan()[0]}})
      .when(installed(0))
      .then_says({"INSTALLING boot 1"})
      .then_does({InstallZone{kOffer, plan()[1]}})
      .when(installed(1))
      .then_says({"INSTALLING boot 1", "ACTIVATING"})
      .then_does({Activate{kId, plan()}})
      .when(Activated{kId, results(EcuOutcome::kProgrammed), ""})
      .then_says({"INSTALLED boot 2"})
      .then_does({DropPackage{kOffer.digest}, ReadInventory{}})
      .when(InventoryRead{})
      .then_says({"VCI boot 2"});
}

TEST(Agent, ReportsProgressAtMostEveryFivePercent) {
  auto s = downloading();
  std::vector<std::string> said;
  for (std::uint64_t bytes = 0; bytes <= 1000; bytes += 7)
    for (const auto& report : s.when(DownloadProgressed{kId, bytes}).reports_said())
      said.push_back(report);
  EXPECT_EQ(said.size(), 19U);
  EXPECT_EQ(said.front(), "DOWNLOADING 56");
  EXPECT_EQ(said.back(), "DOWNLOADING 952");
}

TEST(Agent, ARepeatedOfferActsOnceAndIsAnsweredWithHowFarItCame) {
  downloading().when(given_offer()).then_says({"ACCEPTED"}).then_does({});
  auto s = activating().given({Activated{kId, results(EcuOutcome::kProgrammed), ""}});
  s.when(given_offer()).then_says({"INSTALLED boot 2"}).then_does({});
  s.at(kInAnHour + 1s).when(given_offer()).then_says({"INSTALLED boot 2"}).then_does({});
}

Offer with_token(std::string token, Offer out = kOffer) {
  out.token = std::move(token);
  return out;
}
DownloadFailed expired() {
  return {kId, DownloadFault::kLinkExpired, "401"};
}

TEST(Agent, ADownloadWhoseLinkHasExpiredGoesOnWithAFreshOne) {
  downloading()
      .given({DownloadProgressed{kId, 500}})
      .when(expired())
      .then_nothing()
      .when(OfferReceived{with_token("fresh")})
      .then_does({StartDownload{with_token("fresh")}})
      .when(DownloadFinished{kId})
      .then_does({VerifyPackage{with_token("fresh")}});
}

TEST(Agent, WithoutAFreshLinkTheUpdateFailsInTheEnd) {
  downloading()
      .when(expired())
      .then_nothing()
      .at(kNow + 1s)
      .when(TimePassed{})
      .then_does({StartDownload{kOffer}})
      .given({expired()})
      .when(expired())
      .then_says({"FAILED"});
}

TEST(Agent, BytesBetweenTwoExpiredLinksBeginTheCountAnew) {
  auto s = downloading();
  for (const auto* token : {"a", "b", "c", "d"})
    s.given({expired(), OfferReceived{with_token(token)}, DownloadProgressed{kId, 10}})
        .then_nothing();
}

TEST(Agent, APausedDownloadGoesOnWithTheLinkOfARepeatedOffer) {
  downloading()
      .given({CommandReceived{command(kPause, 7)}})
      .when(OfferReceived{with_token("fresh")})
      .then_does({})
      .when(CommandReceived{command(kResume, 8)})
      .then_does({StartDownload{with_token("fresh")}});
}

TEST(Agent, ARepeatedOfferOfOtherBytesChangesNothing) {
  auto other = with_token("fresh");
  other.digest = digest_of(9);
  downloading()
      .given({expired()})
      .when(OfferReceived{other})
      .then_does({})
      .at(kNow + 1s)
      .when(TimePassed{})
      .then_does({StartDownload{kOffer}});
}

TEST(Agent, IgnoresExpiredOffersAndCommands) {
  booted().at(kInAnHour).when(given_offer()).then_nothing();
  downloading().when(CommandReceived{command(kPause, 9, kNow)}).then_nothing();
}

TEST(Agent, ANewerOfferReplacesOneThatIsNotInstalling) {
  downloading()
      .when(OfferReceived{offer(2)})
      .then_says({"CANCELLED", "ACCEPTED"})
      .then_does({StopDownload{kId}, DropPackage{kOffer.digest}, StartDownload{offer(2)}});
}

TEST(Agent, ANewerOfferOfTheSamePackageKeepsTheBytesOnDisk) {
  auto again = offer(2);
  again.digest = kOffer.digest;
  downloading()
      .when(OfferReceived{again})
      .then_says({"CANCELLED", "ACCEPTED"})
      .then_does({StopDownload{kId}, StartDownload{again}});
}

TEST(Agent, ANewerOfferWaitsForAnInstallThatHasBegun) {
  verified()
      .when(OfferReceived{offer(2)})
      .then_nothing()
      .given({installed(0), installed(1)})
      .when(Activated{kId, results(EcuOutcome::kProgrammed), ""})
      .then_says({"INSTALLED boot 2", "ACCEPTED"})
      .then_does({DropPackage{kOffer.digest}, ReadInventory{}, StartDownload{offer(2)}})
      .given({DownloadFinished{command_id(2)}})
      .when(PackageVerified{command_id(2), plan()})
      .then_says({"VERIFIED"})
      .then_does({})
      .when(InventoryRead{})
      .then_says({"VCI boot 2", "INSTALLING boot 2"});
}

TEST(Agent, PauseKeepsWhatIsThereAndResumeGoesOn) {
  downloading()
      .when(CommandReceived{command(kPause, 7)})
      .then_says({"PAUSED"})
      .then_does({StopDownload{kId}})
      .when(CommandReceived{command(kPause, 7)})
      .then_says({"PAUSED"})
      .then_does({})
      .when(CommandReceived{command(kResume, 8)})
      .then_says({"RESUMED"})
      .then_does({StartDownload{kOffer}})
      .when(CommandReceived{command(kPause, 7)})
      .then_says({"RESUMED"})
      .then_does({});
}

TEST(Agent, APausedUpdateDoesNotBeginToInstall) {
  downloading()
      .given({DownloadFinished{kId}, CommandReceived{command(kPause, 7)}})
      .when(PackageVerified{kId, plan()})
      .then_says({"VERIFIED"})
      .then_does({})
      .when(CommandReceived{command(kResume, 8)})
      .then_says({"RESUMED", "INSTALLING boot 1"})
      .then_does({InstallZone{kOffer, plan()[0]}});
}

TEST(Agent, CancelStopsAnUpdateThatIsNotInstalling) {
  downloading()
      .when(CommandReceived{command(kCancel, 7)})
      .then_says({"CANCELLED"})
      .then_does({StopDownload{kId}, DropPackage{kOffer.digest}})
      .when(given_offer())
      .then_says({"CANCELLED"})
      .then_does({});
}

TEST(Agent, NoCommandStopsAnInstallThatHasBegun) {
  for (const auto kind : {kPause, kResume, kCancel}) {
    verified()
        .when(CommandReceived{command(kind, 7)})
        .then_says({"INSTALLING boot 1"})
        .then_does({});
    activating().when(CommandReceived{command(kind, 7)}).then_says({"ACTIVATING"}).then_does({});
  }
}

TEST(Agent, ACancelThatOvertakesItsOfferWins) {
  booted()
      .when(CommandReceived{command(kCancel, 7)})
      .then_says({"CANCELLED"})
      .when(given_offer())
      .then_says({"CANCELLED"})
      .then_does({});
  booted().when(CommandReceived{command(kPause, 7)}).then_nothing();
}

TEST(Agent, ALostLinkIsRetriedLaterAndLater) {
  auto s = downloading();
  s.when(DownloadFailed{kId, DownloadFault::kLink, "reset"}).then_nothing();
  EXPECT_EQ(s.agent().deadline(), kNow + 1s);
  s.at(kNow + 999ms).when(TimePassed{}).then_nothing();
  s.at(kNow + 1s).when(TimePassed{}).then_does({StartDownload{kOffer}});
  s.when(DownloadFailed{kId, DownloadFault::kLink, "reset"}).then_nothing();
  EXPECT_EQ(s.agent().deadline(), kNow + 3s);
  s.when(LinkUp{}).then_does({StartDownload{kOffer}});
}

TEST(Agent, ADownloadThatIsDamagedThreeTimesFails) {
  auto s = downloading();
  const auto damaged = DownloadFailed{kId, DownloadFault::kDamaged, "SHA-256 differs"};
  s.when(damaged).then_nothing().when(damaged).then_nothing();
  s.when(damaged).then_says({"FAILED"}).then_does({StopDownload{kId}, DropPackage{kOffer.digest}});
  EXPECT_EQ(s.last().reason, "SHA-256 differs");
}

TEST(Agent, ARefusedPackageFailsAndNoEcuHearsOfIt) {
  auto s = downloading().given({DownloadFinished{kId}});
  s.when(PackageRefused{kId, "bad signature"})
      .then_says({"FAILED"})
      .then_does({DropPackage{kOffer.digest}});
  EXPECT_EQ(s.last().reason, "bad signature");
  downloading()
      .given({DownloadFinished{kId}})
      .when(PackageVerified{kId, {}})
      .then_says({"FAILED"})
      .then_does({DropPackage{kOffer.digest}});
}

TEST(Agent, OneEcuThatFailsToFlashRollsAllOfThemBack) {
  auto s = verified().given({installed(0)});
  s.when(ZoneInstalled{kId, "ZG_CHASSIS", results(plan()[1], EcuOutcome::kFailed, 0x72), ""})
      .then_says({"INSTALLING boot 1"})
      .then_does({RollBack{kId, plan()}})
      .when(RolledBack{kId, results(EcuOutcome::kRolledBack), ""})
      .then_says({"ROLLED_BACK boot 2"})
      .then_does({DropPackage{kOffer.digest}, ReadInventory{}});
  const auto ecus = s.last().ecus;
  EXPECT_EQ(s.last().reason, "an ECU of ZG_CHASSIS failed");
  ASSERT_EQ(ecus.size(), 3U);
  EXPECT_EQ(ecus[0], (EcuResult{"ZG_BODY", "ECU_011", EcuOutcome::kRolledBack, 0}));
  EXPECT_EQ(ecus[2], (EcuResult{"ZG_CHASSIS", "ECU_006", EcuOutcome::kFailed, 0x72}));
  s.when(InventoryRead{}).then_says({"VCI boot 2"});
}

TEST(Agent, ZonesWhoseTurnNeverCameAreSkipped) {
  auto s = verified();
  s.given({ZoneInstalled{kId, "ZG_BODY", results(plan()[0], EcuOutcome::kFailed, 0x72), "dead"},
           RolledBack{kId, results(EcuOutcome::kRolledBack), ""}});
  EXPECT_EQ(s.last().ecus[2].outcome, EcuOutcome::kSkipped);
  EXPECT_EQ(s.last().reason, "dead");
}

TEST(Agent, AnEcuThatDoesNotRunItsNewSoftwareAfterTheResetRollsAllBack) {
  auto after = results(EcuOutcome::kProgrammed);
  after[1].outcome = EcuOutcome::kFailed;
  auto s = activating();
  s.when(Activated{kId, after, ""})
      .then_says({})
      .then_does({RollBack{kId, plan()}})
      .when(RolledBack{kId, results(EcuOutcome::kRolledBack), ""})
      .then_says({"ROLLED_BACK boot 3"});
  EXPECT_EQ(s.last().ecus[1].outcome, EcuOutcome::kFailed);
}

TEST(Agent, ARollBackThatFailsIsAFailureAndSaysSo) {
  auto back = results(EcuOutcome::kRolledBack);
  back[2].outcome = EcuOutcome::kFailed;
  auto s = verified();
  s.given({ZoneInstalled{kId, "ZG_BODY", results(plan()[0], EcuOutcome::kFailed, 0x72), ""}});
  s.when(RolledBack{kId, back, "ZG_CHASSIS is silent"}).then_says({"FAILED boot 2"});
  EXPECT_EQ(s.last().reason,
            "an ECU of ZG_BODY failed; and the roll-back failed: ZG_CHASSIS is silent");
}

TEST(Agent, AsksTheDriverWhenToldTo) {
  Settings settings;
  settings.ask_consent = true;
  booted(settings)
      .when(given_offer())
      .then_says({})
      .then_does({AskConsent{kOffer}})
      .when(ConsentGiven{kId, Consent::kAccept})
      .then_says({"ACCEPTED"})
      .then_does({StartDownload{kOffer}});
  booted(settings)
      .given({given_offer()})
      .when(ConsentGiven{kId, Consent::kDecline})
      .then_says({"DECLINED"})
      .then_does({DropPackage{kOffer.digest}});
}

TEST(Agent, WaitsUntilTheVehicleIsReady) {
  Settings settings;
  settings.require_ready = true;
  Readiness ready{true, true, true, true, true, 50, 85};
  auto low = ready;
  low.battery_percent = 49;
  booted(settings)
      .given({ReadinessRead{low}, given_offer(), DownloadFinished{kId}})
      .when(PackageVerified{kId, plan()})
      .then_says({"VERIFIED"})
      .when(ReadinessRead{low})
      .then_nothing()
      .when(ReadinessRead{ready})
      .then_says({"READINESS", "INSTALLING boot 1"});
}

TEST(Agent, WhatSpeaksOfAnotherOfferOrPhaseChangesNothing) {
  const auto other = command_id(99);
  downloading()
      .when(DownloadFinished{other})
      .then_nothing()
      .when(PackageVerified{kId, plan()})
      .then_nothing()
      .when(installed(0))
      .then_nothing()
      .when(Activated{kId, {}, ""})
      .then_nothing()
      .when(RolledBack{kId, {}, ""})
      .then_nothing();
  verified().when(installed(1)).then_nothing();
}

TEST(Agent, ForgetsResultsOfExpiredCommandsWhenThereAreMany) {
  Settings settings;
  settings.results_kept = 4;
  auto s = booted(settings);
  for (std::uint8_t i = 1; i <= 6; ++i) {
    auto one = command(kCancel, static_cast<std::uint8_t>(100 + i));
    one.offer = command_id(i);
    s.at(kNow + std::chrono::hours(i * 2));
    one.expires_at = kNow + std::chrono::hours(i * 2 + 1);
    s.when(CommandReceived{one});
  }
  EXPECT_LE(s.agent().state().results.size(), 4U);
}

}  // namespace
}  // namespace motorcade::agent
