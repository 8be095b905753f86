#include "cli/layout.h"

#include <algorithm>
#include <numeric>

namespace cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kValueColumnsMin = 16;

class Widths {
 public:
  Widths(const Grid& grid, std::size_t limit) : grid_(grid), limit_(limit), kept_(grid.columns.size(), true) {
    for (std::size_t i = 0; i < grid.columns.size(); ++i) {
      std::size_t width = width_of(grid.columns[i].title);
      for (const auto& row : grid.rows) width = std::max(width, width_of(row[i].text));
      natural_.push_back(width);
    }
    widths_ = natural_;
    if (limit > 0) fit();
  }
  [[nodiscard]] bool kept(std::size_t column) const { return kept_[column]; }
  [[nodiscard]] std::size_t of(std::size_t column) const { return widths_[column]; }

 private:
  [[nodiscard]] std::size_t total() const {
    std::size_t sum = 0, count = 0;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      if (!kept_[i]) continue;
      sum += widths_[i];
      ++count;
    }
    return sum + (count == 0 ? 0 : (count - 1) * kGap);
  }

  void fit() {
    // From the least important to the most important; the right one of two equals first.
    std::vector<std::size_t> order(grid_.columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const int left = grid_.columns[a].importance, right = grid_.columns[b].importance;
      return left != right ? left < right : a > b;
    });
    for (std::size_t out = 0; out < order.size(); ++out) {
      widths_ = natural_;
      for (std::size_t i = out; i < order.size() && total() > limit_; ++i) shrink(order[i]);
      if (total() <= limit_) return;
      if (out + 1 < order.size()) kept_[order[out]] = false;
    }
    if (!order.empty()) widths_[order.back()] = limit_;
  }

  void shrink(std::size_t column) {
    const std::size_t least = std::min(natural_[column], grid_.columns[column].least);
    const std::size_t over = total() - limit_;
    widths_[column] -= std::min(over, widths_[column] - least);
  }

  const Grid& grid_;
  std::size_t limit_;
  std::vector<bool> kept_;
  std::vector<std::size_t> natural_, widths_;
};

void append_row(std::string& out, const std::vector<Cell>& row, const Grid& grid, const Widths& widths,
                const Screen& screen) {
  std::string line, pad;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!widths.kept(i)) continue;
    const std::string text = cut(row[i].text, widths.of(i), screen);
    const std::string fill(widths.of(i) - std::min(widths.of(i), width_of(text)), ' ');
    const bool right = grid.columns[i].right;
    if (right) pad += fill;
    if (!text.empty()) {
      line += pad;
      pad.clear();
      line += painted(text, row[i].style, screen);
    }
    if (!right) pad += fill;
    pad.append(kGap, ' ');  // written when something follows: no line ends with spaces
  }
  out += line;
  out += '\n';
}

struct Strokes {
  std::string_view between, last, down, none, yes, no, bar;
};
constexpr Strokes kDrawn{"├─ ", "└─ ", "│  ", "   ", "✓ ", "✗ ", "│"};
constexpr Strokes kTyped{"|- ", "`- ", "|  ", "   ", "[yes] ", "[no] ", "|"};

void append_branch(std::string& out, const Branch& branch, const std::string& before, const std::string& behind,
                   const Screen& screen) {
  const Strokes& strokes = screen.unicode ? kDrawn : kTyped;
  const std::string_view mark = branch.mark == Mark::kYes  ? strokes.yes
                                : branch.mark == Mark::kNo ? strokes.no
                                                           : std::string_view();
  const std::size_t mark_columns = width_of(mark);
  const std::size_t used = width_of(before) + mark_columns;
  const std::size_t room =
      screen.columns == 0 ? 0 : std::max(kValueColumnsMin, screen.columns - std::min(screen.columns, used));
  bool first = true;
  for (const std::string& line : wrapped(branch.text, room)) {
    out += first ? before : behind;
    if (first)
      out += painted(mark, branch.mark == Mark::kYes ? Style::kGood : Style::kBad, screen);
    else if (mark_columns > 0 && !line.empty())
      out.append(branch.children.empty() ? std::string_view(" ") : strokes.bar).append(mark_columns - 1, ' ');
    out += line;
    out += '\n';
    first = false;
  }
  for (std::size_t i = 0; i < branch.children.size(); ++i) {
    const bool last = i + 1 == branch.children.size();
    append_branch(out, branch.children[i], behind + std::string(last ? strokes.last : strokes.between),
                  behind + std::string(last ? strokes.none : strokes.down), screen);
  }
}

}  // namespace

std::string laid_out(const Grid& grid, const Screen& screen) {
  const Widths widths(grid, screen.columns);
  std::string out;
  std::vector<Cell> titles;
  for (const Column& each : grid.columns) titles.push_back({each.title, Style::kStrong});
  append_row(out, titles, grid, widths, screen);
  for (const auto& row : grid.rows) append_row(out, row, grid, widths, screen);
  return out;
}

std::string laid_out(const std::vector<std::pair<std::string, Cell>>& fields, const Screen& screen) {
  std::size_t names = 0;
  for (const auto& [name, value] : fields) names = std::max(names, width_of(name));
  const std::size_t start = names + 1 + kGap;
  const std::size_t room =
      screen.columns == 0 ? 0 : std::max(kValueColumnsMin, screen.columns - std::min(screen.columns, start));
  std::string out;
  for (const auto& [name, value] : fields) {
    bool first = true;
    for (const std::string& line : wrapped(value.text, room)) {
      const std::string head = first ? name + ":" : std::string();
      out += painted(head, Style::kStrong, screen);
      if (!line.empty()) out.append(start - width_of(head), ' ').append(painted(line, value.style, screen));
      out += '\n';
      first = false;
    }
  }
  return out;
}

std::string laid_out(const Branch& root, const Screen& screen) {
  std::string out;
  append_branch(out, root, "", "", screen);
  return out;
}

std::string paragraph(std::string_view text, std::size_t indent, const Screen& screen) {
  std::string out;
  const std::size_t room =
      screen.columns == 0 ? 0 : std::max(kValueColumnsMin, screen.columns - std::min(screen.columns, indent));
  for (const std::string& line : wrapped(text, room)) {
    if (!line.empty()) out.append(indent, ' ').append(line);
    out += '\n';
  }
  return out;
}

}  // namespace cli
