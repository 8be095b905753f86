// How things are laid out for people: tables that fit the screen, lists of fields, trees. What is shown has been
// through shown(). Pure; any thread.
//
// A table that is too wide shrinks its least important column first, down to that column's least width; where all are
// at their least, the least important one is left out. The most important column always stays.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/text.h"

namespace cli {

struct Column {
  std::string title;
  int importance = 0;     // the higher, the longer it is kept; of two equal ones the left one is
  std::size_t least = 8;  // it shrinks no further
  bool right = false;     // numbers
};

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

struct Grid {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  // each as long as `columns`
};

std::string laid_out(const Grid& grid, const Screen& screen);

// "Name:   gpu-1", with the values under each other; a value's own lines are kept, and wrapped where they are too long.
std::string laid_out(const std::vector<std::pair<std::string, Cell>>& fields, const Screen& screen);

enum class Mark { kNone, kYes, kNo };

struct Branch {
  std::string text;
  Mark mark = Mark::kNone;
  std::vector<Branch> children;
};

// The root's text, and its children under it, by lines.
std::string laid_out(const Branch& root, const Screen& screen);

// A text of its own lines, wrapped to the screen, each line after `indent` spaces.
std::string paragraph(std::string_view text, std::size_t indent, const Screen& screen);

}  // namespace cli
