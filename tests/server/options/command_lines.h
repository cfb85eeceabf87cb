// Helpers for tests of command lines.
#pragma once

#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/options/command_line.h"

namespace larder::server {

// As for a user other than root on a machine with three cores.
inline std::variant<CommandLine, UsageError> parse(std::vector<std::string> words,
                                                   ProcessFacts facts = {false, 3}) {
  words.insert(words.begin(), "larder");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return parse_command_line(static_cast<int>(words.size()), pointers.data(), facts);
}

inline std::vector<std::string> split(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

// Throws when the command line is refused.
inline CommandLine accepted(const std::string& text) {
  auto parsed = parse(split(text));
  if (const auto* error = std::get_if<UsageError>(&parsed)) {
    throw std::runtime_error("\"" + text + "\" is refused: " + error->line);
  }
  return std::get<CommandLine>(std::move(parsed));
}

inline Options options_of(const std::string& text) { return accepted(text).options; }

// Throws if the command line is accepted, or if main() could not print the error.
inline UsageError refused(const std::string& text) {
  const auto parsed = parse(split(text));
  const auto* error = std::get_if<UsageError>(&parsed);
  if (error == nullptr) throw std::runtime_error("\"" + text + "\" is accepted");
  if (error->exit_status <= 0 || error->line.empty() ||
      error->line.find('\n') != std::string::npos) {
    throw std::runtime_error("\"" + text + "\" is not refused with one line and a status");
  }
  return *error;
}

// The expected error of a command line.
struct Refused {
  const char* text;
  int status;
  const char* line;
};

// Empty if the error is as expected.
inline std::string difference(const Refused& expected) {
  const UsageError error = refused(expected.text);
  if (error.line == expected.line && error.exit_status == expected.status) return {};
  return std::string(expected.text) + " ends with " + std::to_string(error.exit_status) +
         " and \"" + error.line + "\"";
}

}  // namespace larder::server
