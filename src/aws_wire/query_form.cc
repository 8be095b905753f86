#include "aws_wire/query_form.h"

#include <string>

#include "aws_wire/scalar.h"
#include "aws_wire/xml_traits.h"
#include "base/text.h"

namespace aws_wire::query {
namespace {

using aws_model::Member;
using aws_model::Shape;
using aws_model::Type;

class Form {
 public:
  explicit Form(Dialect dialect) : dialect_(dialect) {}

  void add(std::string_view name, std::string_view value) {
    if (!out_.empty()) out_.push_back('&');
    out_.append(base::percent_encode(name));
    out_.push_back('=');
    out_.append(base::percent_encode(value));
  }

  void structure(const Shape& shape, const json::Object& object) {
    for (const Member& member : shape.members) {
      const json::Value* const value = object.if_contains({member.name.data(), member.name.size()});
      if (value == nullptr || value->is_null()) continue;
      const Step step(*this, name_of(member));
      this->value(member, *value);
    }
  }

  std::string take() { return std::move(out_); }

 private:
  // Adds a part to the key for as long as it lives.
  class Step {
   public:
    Step(Form& form, std::string_view part) : form_(form), size_(form.key_.size()) {
      if (part.empty()) return;
      if (size_ > 0) form.key_.push_back('.');
      form.key_.append(part);
    }
    Step(Form& form, std::size_t number) : Step(form, std::to_string(number)) {}
    ~Step() { form_.key_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Form& form_;
    std::size_t size_;
  };

  std::string name_of(const Member& member) const { return name_or(member, member.name); }

  // ec2 capitalises a location's name, not one that the model gives for this purpose, nor a default.
  std::string name_or(const Member& member, std::string_view otherwise) const {
    const std::string_view location = member.location_name;
    if (dialect_ == Dialect::kQuery) return std::string(location.empty() ? otherwise : location);
    if (!member.query_name.empty()) return std::string(member.query_name);
    std::string name(location.empty() ? otherwise : location);
    if (!location.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return name;
  }

  void value(const Member& member, const json::Value& value) {
    if (value.is_null()) return;
    const Type type = member.shape->type;
    if (type == Type::kStructure && value.is_object())
      structure(*member.shape, value.get_object());
    else if (type == Type::kList && value.is_array())
      list(member, value.get_array());
    else if (type == Type::kMap && value.is_object())
      map(member, value.get_object());
    else
      add(key_, scalar_text(member, value, aws_model::TimestampFormat::kIso8601));
  }

  void list(const Member& member, const json::Array& array) {
    const Member& element = *member.shape->element;
    if (array.empty() && dialect_ == Dialect::kQuery) add(key_, "");
    if (array.empty() || dialect_ == Dialect::kEc2) return elements(element, array);
    if (!xml::is_flattened(member)) {
      const Step step(*this, name_or(element, xml::kElementName));
      return elements(element, array);
    }
    // A flattened list whose elements have a name goes by that name.
    const std::string list_key = key_;
    if (const std::string_view name = element.location_name; !name.empty()) {
      const std::size_t dot = key_.rfind('.');
      key_.resize(dot == std::string::npos ? 0 : dot + 1);
      key_.append(name);
    }
    elements(element, array);
    key_ = list_key;
  }

  void elements(const Member& element, const json::Array& array) {
    std::size_t number = 0;
    for (const json::Value& item : array) {
      if (item.is_null()) continue;
      const Step step(*this, ++number);
      value(element, item);
    }
  }

  void map(const Member& member, const json::Object& object) {
    const Step entry(*this, xml::is_flattened(member) ? std::string_view{} : xml::kEntryName);
    const Member& key = *member.shape->key;
    const Member& mapped = *member.shape->element;
    std::size_t number = 0;
    for (const auto& [name, item] : object) {
      if (item.is_null()) continue;
      const Step step(*this, ++number);
      {
        const Step part(*this, name_or(key, xml::kKeyName));
        add(key_, {name.data(), name.size()});
      }
      const Step part(*this, name_or(mapped, xml::kValueName));
      value(mapped, item);
    }
  }

  Dialect dialect_;
  std::string key_;
  std::string out_;
};

}  // namespace

void encode(Dialect dialect, const aws_model::Service& service, const aws_model::Operation& operation,
            const json::Object& input, Request& request) {
  Form form(dialect);
  form.add("Action", operation.name);
  form.add("Version", service.version);
  if (operation.input != nullptr) form.structure(*operation.input, input);
  request.body = form.take();
  request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
}

}  // namespace aws_wire::query
