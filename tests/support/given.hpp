// Tests of state machines that read as sentences:
//   GivenCampaign({…}).When(Start{…}).ThenRejected(Rejection::kNotApproved);
//
// `Given` folds a history; nothing else makes a state. `When` decides on it; a decision's facts are
// folded by `AndThen`, for what follows.
#pragma once
#include <gtest/gtest.h>

#include <source_location>

#include "engine/core/machine.hpp"

namespace motorcade::testing {

template <core::Machine M>
class Given;

template <core::Machine M>
class Decided {
 public:
  using Event = typename M::Event;
  using Answer = core::Decision<Event, typename M::Rejection>;
  Decided(const Given<M>& given, Answer answer) : given_(given), answer_(std::move(answer)) {}

  void Then(const std::vector<Event>& expected,
            std::source_location at = std::source_location::current()) const {
    const ::testing::ScopedTrace trace(at.file_name(), static_cast<int>(at.line()), "Then");
    ASSERT_TRUE(answer_.has_value()) << "rejected: " << answer_.error().detail;
    ASSERT_EQ(answer_->size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_TRUE((*answer_)[i] == expected[i])
          << "fact " << i << " is alternative " << (*answer_)[i].index()
          << ", expected alternative " << expected[i].index()
          << " (or the same one with other values)";
  }
  /// A satisfied retry: no facts.
  void ThenNothing(std::source_location at = std::source_location::current()) const {
    Then({}, at);
  }
  void ThenRejected(typename M::Rejection why,
                    std::source_location at = std::source_location::current()) const {
    const ::testing::ScopedTrace trace(at.file_name(), static_cast<int>(at.line()), "ThenRejected");
    ASSERT_FALSE(answer_.has_value()) << "answered with " << answer_->size() << " facts";
    EXPECT_EQ(static_cast<int>(answer_.error().reason), static_cast<int>(why))
        << answer_.error().detail;
  }
  /// The facts; a rejection fails the test.
  [[nodiscard]] std::vector<Event> facts() const {
    EXPECT_TRUE(answer_.has_value()) << answer_.error().detail;
    return answer_ ? *answer_ : std::vector<Event>{};
  }
  /// The only fact of this type among them; a default one (and a failure) if there is none.
  template <class Fact>
  [[nodiscard]] Fact the() const {
    std::vector<Fact> found;
    for (const auto& event : facts())
      if (const auto* fact = std::get_if<Fact>(&event)) found.push_back(*fact);
    EXPECT_EQ(found.size(), 1U) << "facts of the type asked for";
    return found.empty() ? Fact{} : found.front();
  }
  template <class Fact>
  [[nodiscard]] std::size_t count() const {
    const auto all = facts();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const Event& event) {
      return std::holds_alternative<Fact>(event);
    }));
  }
  /// The state with these facts folded.
  [[nodiscard]] Given<M> AndThen() const { return given_.And(facts()); }

 private:
  Given<M> given_;
  Answer answer_;
};

template <core::Machine M>
class Given {
 public:
  using Events = std::vector<typename M::Event>;
  Given(const core::Context& context, const Events& history) : state_(M::initial(context)) {
    for (const auto& event : history) M::evolve(state_, event);
  }
  [[nodiscard]] Given And(const Events& more) const {
    Given next = *this;
    for (const auto& event : more) M::evolve(next.state_, event);
    return next;
  }
  /// The cause's part of the fold: the owner does it before it decides.
  [[nodiscard]] Given Taking(const Cause& cause) const {
    Given next = *this;
    M::take(cause, next.state_);
    return next;
  }
  [[nodiscard]] Decided<M> When(const typename M::Command& command, Time now = {}) const {
    return {*this, M::decide(command, now, state_)};
  }
  /// The owner's tick.
  [[nodiscard]] Decided<M> WhenTimeIs(Time now) const {
    Given maintained = *this;
    M::maintain(maintained.state_, now);
    return {maintained, M::decide(M::advance_time(), now, maintained.state_)};
  }
  /// Ticks until there is nothing left to do at this time.
  [[nodiscard]] Given AfterTicksAt(Time now) const {
    Given next = *this;
    for (int step = 0; step < 1000; ++step) {
      const auto ticked = next.WhenTimeIs(now);
      if (ticked.facts().empty()) return next;
      next = ticked.AndThen();
    }
    ADD_FAILURE() << "time never comes to rest";
    return next;
  }
  [[nodiscard]] std::vector<Message> Reacts(const Events& events, Sequence at = {}) const {
    return M::react(events, at, state_);
  }
  [[nodiscard]] const typename M::State& state() const { return state_; }

 private:
  typename M::State state_;
};

}  // namespace motorcade::testing
