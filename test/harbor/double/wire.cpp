#include "harbor/double/wire.hpp"

namespace harbor_double {

Request to_request(const Incoming& message) {
  Request request{.method = std::string(message.method_string()), .target = std::string(message.target())};
  const auto question = request.target.find('?');
  request.path = clean_path(request.target.substr(0, question));
  if (question != std::string::npos) request.query = parse_query(request.target.substr(question + 1));
  for (const auto& field : message) {
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  request.body = message.body();
  return request;
}

Bytes to_bytes(const Response& response, const WireOptions& options) {
  const auto status = boost::beast::http::int_to_status(static_cast<unsigned>(response.status));
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
                     std::string(boost::beast::http::obsolete_reason(status)) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  head += "Date: " + options.date + "\r\n";
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) head += "Content-Length: " + std::to_string(response.length.value_or(response.body.size())) + "\r\n";
  if (!options.keep_alive) head += "Connection: close\r\n";
  return {head + "\r\n", options.head || bodiless ? "" : response.body};
}

}  // namespace harbor_double
