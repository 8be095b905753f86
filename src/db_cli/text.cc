#include "db_cli/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace db_cli {
namespace {

using pg_plan::Risk;

enum class Style { kPlain, kStrong, kGood, kWarning, kBad, kFaint };

class Page {
 public:
  explicit Page(const Screen& screen) : screen_(screen) {}

  void line(std::string_view text, Style style = Style::kPlain, std::size_t indent = 0) {
    text_.append(indent, ' ');
    text_ += painted(screen_.shown(text), style);
    text_ += '\n';
  }
  void gap() {
    if (!text_.empty()) text_ += '\n';
  }
  [[nodiscard]] std::string painted(const std::string& text, Style style) const {
    if (!screen_.colour || style == Style::kPlain) return text;
    constexpr std::string_view kCodes[] = {"0", "1", "32", "33", "31", "2"};
    return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<int>(style)], text);
  }
  void add(std::string_view text) { text_ += text; }
  [[nodiscard]] std::string text() && { return std::move(text_); }
  [[nodiscard]] std::string shown(std::string_view text) const { return screen_.shown(text); }

 private:
  const Screen& screen_;
  std::string text_;
};

Style style_of(Risk risk) {
  if (risk == Risk::kHigh) return Style::kBad;
  return risk == Risk::kLow ? Style::kWarning : Style::kGood;
}

std::string heading(const std::optional<std::string>& database) {
  return database ? "In the database " + *database : std::string("In the cluster");
}

void statements(Page& page, const std::vector<pg_run::StatementReport>& list) {
  const std::optional<std::string>* last = nullptr;
  for (const pg_run::StatementReport& each : list) {
    if (last == nullptr || *last != each.database) {
      page.gap();
      page.line(heading(each.database), Style::kStrong);
    }
    last = &each.database;
    page.line(each.sql + ';', style_of(each.risk), 2);
    std::string why = "-- " + each.reason;
    if (each.risk != Risk::kNone) why += fmt::format(" (risk: {})", json::name_of(each.risk));
    page.line(why, Style::kFaint, 2);
  }
}

void lines(Page& page, std::string_view title, const std::vector<std::string>& list, Style style) {
  if (list.empty()) return;
  page.gap();
  page.line(title, Style::kStrong);
  for (const std::string& each : list) page.line(each, style, 2);
}

void access(Page& page, std::string_view title, const std::vector<pg_run::AccessItem>& list, Style style) {
  if (list.empty()) return;
  page.gap();
  page.line(title, Style::kStrong);
  for (std::size_t i = 0; i < std::min(list.size(), kAccessLinesMax); ++i) {
    const pg_run::AccessItem& each = list[i];
    page.line(fmt::format("{}: {} on {}, through {}", each.role, each.privilege, each.object, each.through), style, 2);
  }
  if (list.size() > kAccessLinesMax)
    page.line(fmt::format("... and {} more; --json has all", list.size() - kAccessLinesMax), Style::kFaint, 2);
}

void administrator(Page& page, const std::vector<pg_run::AdministratorReport>& list) {
  if (list.empty()) return;
  page.gap();
  page.line("An administrator must run first", Style::kStrong);
  for (const pg_run::AdministratorReport& each : list) {
    page.line(each.sql + ';', Style::kWarning, 2);
    page.line(fmt::format("-- {}{}", each.reason, each.database ? ", in " + *each.database : std::string()),
              Style::kFaint, 2);
  }
}

void around(Page& page, const pg_run::PlanReport& report) {
  access(page, "Gained", report.access.gained, Style::kGood);
  access(page, "Lost", report.access.lost, Style::kBad);
  administrator(page, report.administrator);
  lines(page, "Not declared, and left alone", report.unmanaged, Style::kPlain);
  lines(page, "Warnings", report.warnings, Style::kWarning);
}

void refusal(Page& page, const pg_run::PlanReport& report) {
  if (!report.refused) return;
  page.gap();
  page.line("Refused: " + *report.refused, Style::kBad);
}

}  // namespace

std::string text_of(const pg_run::PlanReport& report, const Screen& screen) {
  Page page(screen);
  statements(page, report.statements);
  around(page, report);
  refusal(page, report);
  if (report.refused) return std::move(page).text();
  page.gap();
  if (report.statements.empty()) {
    page.line("Nothing is to be done.", Style::kGood);
    return std::move(page).text();
  }
  if (report.proved)
    page.line(report.not_proved.empty()
                  ? std::string("Proved: every statement was executed, and rolled back.")
                  : fmt::format("Proved but for {}: what must be created first cannot be tried by rolling back.",
                                fmt::join(report.not_proved, ", ")),
              report.not_proved.empty() ? Style::kGood : Style::kWarning);
  page.line("Digest: " + report.digest);
  return std::move(page).text();
}

std::string text_of(const pg_run::ApplyReport& report, const Screen& screen) {
  Page page(screen);
  const std::optional<std::string>* last = nullptr;
  for (const pg_run::OutcomeReport& each : report.outcomes) {
    if (last == nullptr || *last != each.database) {
      page.gap();
      page.line(heading(each.database), Style::kStrong);
    }
    last = &each.database;
    page.line(fmt::format("{} {};  ({:.1f} ms)", each.ok ? "ok    " : "failed", each.sql, each.milliseconds),
              each.ok ? Style::kGood : Style::kBad, 2);
    if (each.error) page.line("-- " + *each.error, Style::kBad, 2);
  }
  around(page, report);
  refusal(page, report);
  if (report.refused) return std::move(page).text();
  page.gap();
  if (!report.converged)
    page.line("Not done: a statement failed, and its transaction was rolled back.", Style::kBad);
  else
    page.line(report.outcomes.empty() ? "Nothing was to be done." : "Done: inspected again, nothing is left to do.",
              Style::kGood);
  return std::move(page).text();
}

std::string text_of(const pg_run::VerifyReport& report, const Screen& screen) {
  Page page(screen);
  std::string last;
  for (const pg_run::LoginReport& each : report.logins) {
    const std::string who = fmt::format("{} in {}", each.role, each.database);
    if (who != last) {
      page.gap();
      page.line(who, Style::kStrong);
      last = who;
    }
    page.line(fmt::format("{} {}", each.ok ? "ok    " : "failed", each.expectation),
              each.ok ? Style::kGood : Style::kBad, 2);
    if (!each.detail.empty() && (!each.ok || each.detail.starts_with("not tried")))
      page.line("-- " + each.detail, each.ok ? Style::kFaint : Style::kBad, 2);
  }
  page.gap();
  const auto failed =
      std::count_if(report.logins.begin(), report.logins.end(), [](const auto& each) { return !each.ok; });
  page.line(failed == 0 ? fmt::format("All {} expectations hold.", report.logins.size())
                        : fmt::format("{} of {} expectations do not hold.", failed, report.logins.size()),
            failed == 0 ? Style::kGood : Style::kBad);
  return std::move(page).text();
}

}  // namespace db_cli
