#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace base {
namespace {

Result<int> number(bool good, int value = 1) {
  if (good) return value;
  return fail(Code::kConflict, "no number", "private");
}
Result<void> nothing(bool good) {
  if (good) return {};
  return fail(Code::kUnavailable, "nothing to be had");
}

Result<int> sum_of(bool first, bool second) { return TRY(number(first, 2)) + TRY(number(second, 3)); }

Result<int> nested(bool inner, bool outer) { return TRY(number(TRY(number(inner, 7)) == 7 && outer, 5)); }

Result<std::string> both_kinds(bool good) {
  TRY(nothing(true));
  TRY(nothing(good));
  return std::string("done");
}

Result<std::unique_ptr<int>> movable() { return std::make_unique<int>(4); }
Result<std::unique_ptr<int>> passes_movable() {
  std::unique_ptr<int> taken = TRY(movable());
  return taken;
}

TEST(Result, TryGivesTheValue) { EXPECT_EQ(sum_of(true, true).value(), 5); }

TEST(Result, TryEndsTheFunctionWithTheFirstError) {
  EXPECT_EQ(sum_of(false, true).error().message, "no number");
  const Result<int> second = sum_of(true, false);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_EQ(second.error().detail, "private");
}

TEST(Result, TryStandsInsideTry) {
  EXPECT_EQ(nested(true, true).value(), 5);
  EXPECT_FALSE(nested(false, true));
  EXPECT_FALSE(nested(true, false));
}

TEST(Result, TryTakesVoidAndAnotherType) {
  EXPECT_EQ(both_kinds(true).value(), "done");
  EXPECT_EQ(both_kinds(false).error().code, Code::kUnavailable);
}

TEST(Result, TryMovesWhatCannotBeCopied) { EXPECT_EQ(*passes_movable().value(), 4); }

TEST(Result, AFailureKnowsWhereItWasMade) {
  const Result<int> failed = number(false);
  EXPECT_NE(std::string_view(failed.error().where.file_name()).find("result_test.cc"), std::string_view::npos);
  EXPECT_STREQ(sum_of(false, true).error().where.function_name(), failed.error().where.function_name())
      << "passing an error on keeps its place";
}

TEST(Result, AFieldErrorIsMessageAndField) {
  const Result<void> failed = fail_field(Code::kInvalid, "/name", "must not be empty");
  EXPECT_EQ(failed.error().message, "must not be empty");
  EXPECT_EQ(failed.error().fields, (std::vector<FieldError>{{"/name", "must not be empty"}}));
  EXPECT_FALSE(failed.error().retry_after_s);
}

}  // namespace
}  // namespace base
