// From XML to values: what query, ec2 and rest-xml have in common.
//
//   structure  members by the name of their element, or of an attribute; what the model does not know is left out.
//              A member without an element is absent, one with an empty element is an empty text, list, map or
//              structure; an empty number, truth value or timestamp is absent, as is what is marked xsi:nil.
//   list       every child is an element, whatever its name; flattened: every element of the list's name. One that is
//              flattened cannot be empty: it is absent then, as is such a map.
//   map        every child is an entry; flattened: every element of the map's name. Of equal keys the last one counts.
//   text       as it stands, with its white space.
//   element    that stands twice where one is meant: the first counts.
//
// Pure; any thread. Errors: kUnavailable (what is wrong, and where: "Reservations[0].OwnerId"; never the text itself).

#pragma once

#include <string_view>

#include "aws_model/model.h"
#include "aws_wire/xml.h"
#include "base/result.h"
#include "json/value.h"

namespace aws_wire::xml {

// A document that may be an answer: not a page of HTML, which proxies send with any status.
base::Result<Document> parse_answer(std::string_view body);

// The members of the body, in the model's order. Members in headers and status are left alone.
base::Result<void> read_structure(const aws_model::Shape& shape, const Element& element, json::Object& output);

// A member that is the whole body: its element is the root.
base::Result<void> read_payload(const aws_model::Member& member, const Element& root, json::Object& output);

}  // namespace aws_wire::xml
