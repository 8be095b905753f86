// A change that comes by HTTP: run in a transaction, once for each Idempotency-Key.
//
// With the header Idempotency-Key (1 to 255 visible ASCII characters) the reply is recorded in the transaction of the
// change itself, under caller and key. The same request under the same key gets the recorded reply, with
// `Idempotency-Replayed: true`, and changes nothing; another request under it is kImpossible. A refused request records
// nothing. Records are kept for limits::kIdempotencyKept at least, and go with purge_idempotency_records(). (IETF draft
// "The Idempotency-Key HTTP Header Field", version 07.)

#pragma once

#include <functional>

#include "api/context.h"
#include "http/call.h"
#include "store/transaction.h"

namespace api {

using Change = std::function<base::Result<http::Reply>(store::Transaction&)>;

// For POST. `workspace_id`: what the request means beside its own bytes, where it takes the workspace from the token.
base::Result<http::Reply> change_once(const Context& context, const http::Call& call, const Change& change,
                                      std::string_view workspace_id = {});

// Deletes the records whose time has passed; gives how many.
base::Result<std::size_t> purge_idempotency_records(store::Table& table, const base::Clock& clock,
                                                    base::Deadline deadline);

}  // namespace api
