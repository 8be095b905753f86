// The part of Boost.Asio that the event loops use, with concrete executors: the type-erased any_io_executor costs a
// third of a request (docs/internals/http-server.md). This header, asio.cc and the two readers that use Beast's parser
// are the only files that include Asio or Beast.

#pragma once

#include <chrono>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

namespace net {

namespace asio = boost::asio;
using IoContext = asio::io_context;
using IoError = boost::system::error_code;
using Socket = asio::basic_stream_socket<asio::ip::tcp, IoContext::executor_type>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, IoContext::executor_type>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                         IoContext::executor_type>;
using WorkGuard = asio::executor_work_guard<IoContext::executor_type>;

}  // namespace net
