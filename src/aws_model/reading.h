// Typed access to a model's JSON, for the readers of this module. The first thing that is wrong is kept with its place
// (a JSON pointer), and reading goes on with what stands for nothing; whoever began asks at the end. Texts and arrays
// are copied into the memory of the service that is being made.

#pragma once

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "aws_model/model.h"
#include "base/result.h"
#include "json/pointer.h"
#include "json/value.h"

namespace aws_model {

class Reading {
 public:
  explicit Reading(std::pmr::memory_resource& memory) : memory_(memory) {}

  void refuse(const json::Path& place, std::string story);
  [[nodiscard]] const std::optional<base::Error>& error() const { return error_; }

  std::string_view keep(std::string_view text);

  // Value-initialised; never destroyed.
  template <class T>
  std::span<T> array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    T* first = static_cast<T*>(memory_.allocate(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }

 private:
  std::pmr::memory_resource& memory_;
  std::optional<base::Error> error_;
};

// The members of one JSON object. What is absent or null reads as "", false, none. `path` must outlive it.
class Fields {
 public:
  Fields(Reading& reading, const json::Value& value, const json::Path& path);

  [[nodiscard]] const json::Path& path() const { return path_; }
  [[nodiscard]] Reading& reading() const { return reading_; }
  [[nodiscard]] const json::Object& object() const { return *object_; }
  [[nodiscard]] const json::Value* find(std::string_view key) const;

  [[nodiscard]] std::string_view text(std::string_view key) const;
  [[nodiscard]] bool flag(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] int integer(std::string_view key, int fallback = 0) const;
  // A list of texts; a text alone is a list of one.
  [[nodiscard]] std::span<std::string_view> texts(std::string_view key) const;
  [[nodiscard]] XmlNamespace xml_namespace(std::string_view key) const;
  // The object under the key, or an empty one.
  [[nodiscard]] const json::Object& section(std::string_view key) const;

 private:
  Reading& reading_;
  const json::Path& path_;
  const json::Object* object_;
};

}  // namespace aws_model
