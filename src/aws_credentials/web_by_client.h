// Places that hand credentials out, spoken to by the real client. `http` outlives what is made of it. Any thread.

#pragma once

#include "aws_credentials/parts.h"

namespace aws_credentials {

std::shared_ptr<Web> web_by_client(net::HttpClient& http);

}  // namespace aws_credentials
