// Transcripts of conversations with a server: tests/transcripts/*.txt.
//
//   # text         a comment
//   $ -F           the server's options; at the top
//   % reason       Larder only: memcached answers differently or needs another setup; at the top
//   & reason       needs a server with listeners; at the top
//   > text         sends the text and "\r\n"
//   >> text        sends the text as it is
//   < text         expects this line, without its "\r\n"
//   << text        expects these bytes
//   <...           skips any number of lines, up to one that matches the next `<`
//   ! end          the client closes its sending side and continues to read
//   ! closed       expects that the server has closed the connection without further output
//   + 2            lets 2 seconds pass
//   = name value   expects this value in `stats`, counted from the start of the transcript
//
// With several connections, a number before the first character selects one: "2> get a".
//
// In text, \r \n \t \\ \{ and \x00 are bytes.  {x*500000} repeats x, {#500} generates 500 bytes in
// which neighbouring parts differ, {1..50| k#} is " k" followed by 1, 2, up to 50.  In expected
// text, {=name} matches digits and stores them, and {name} is the stored text.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::support {

enum class Act : uint8_t { Send, ExpectLine, ExpectBytes, End, Closed, Seconds, Stat };

struct Step {
  Act act;
  int connection = 1;
  int line = 0;           // of the file
  bool skips = false;     // ExpectLine: other lines may come before
  std::string text = {};  // not yet expanded: names get their values during play
};

struct Transcript {
  std::string name = {};
  std::string options = {};
  std::string larder_only = {};  // the reason, or empty
  std::string tcp_only = {};     // the reason, or empty
  std::vector<Step> steps = {};
};

using Names = std::map<std::string, std::string>;

// Consecutive numbers as text: a sufficiently long part occurs at one position only.
inline std::string counting_bytes(size_t size) {
  std::string bytes;
  for (size_t i = 1; bytes.size() < size; ++i) bytes += std::to_string(i) + ",";
  bytes.resize(size);
  return bytes;
}

namespace detail {

[[noreturn]] inline void refuse(std::string_view what, std::string_view text) {
  throw std::runtime_error(std::string(what) + ": " + std::string(text.substr(0, 80)));
}

// The byte for the escape sequence after a backslash; advances `at` past it.
inline char escaped(std::string_view text, size_t& at) {
  const char letter = at < text.size() ? text[at++] : '\0';
  switch (letter) {
    case 'r': return '\r';
    case 'n': return '\n';
    case 't': return '\t';
    case 'x': {
      const int byte = std::stoi(std::string(text.substr(at, 2)), nullptr, 16);
      at += 2;
      return static_cast<char>(byte);
    }
    case '\\':
    case '{': return letter;
    default: refuse("an unknown escape", text);
  }
}

// The position of the brace that closes the one opened before text[at].
inline size_t closing_brace(std::string_view text, size_t at) {
  for (int depth = 1; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '{') {
      ++depth;
    } else if (text[at] == '}' && --depth == 0) {
      return at;
    }
  }
  refuse("no }", text);
}

}  // namespace detail

inline std::string expand(std::string_view text, const Names& names);

namespace detail {

// The expansion of "{inside}".
inline std::string generated(std::string_view inside, const Names& names) {
  const std::string word(inside);
  if (inside.starts_with("#")) return counting_bytes(std::stoul(word.substr(1)));
  if (const auto named = names.find(word); named != names.end()) return named->second;
  std::string bytes;
  if (const size_t bar = word.find('|'); bar != std::string::npos) {
    const size_t dots = word.find("..");
    const long last = std::stol(word.substr(dots + 2, bar - dots - 2));
    for (long number = std::stol(word); number <= last; ++number) {
      std::string each = expand(inside.substr(bar + 1), names);
      for (size_t at; (at = each.find('#')) != std::string::npos;) {
        each.replace(at, 1, std::to_string(number));
      }
      bytes += each;
    }
    return bytes;
  }
  const size_t star = word.rfind('*');
  if (star == std::string::npos) refuse("neither a name nor a generator", inside);
  const std::string each = expand(inside.substr(0, star), names);
  for (unsigned long i = std::stoul(word.substr(star + 1)); i > 0; --i) bytes += each;
  return bytes;
}

}  // namespace detail

// Expands the text of a step to bytes; "{=name}" is left unchanged.
inline std::string expand(std::string_view text, const Names& names) {
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    const char letter = text[at++];
    if (letter == '\\') {
      bytes += detail::escaped(text, at);
    } else if (letter == '{') {
      const size_t end = detail::closing_brace(text, at);
      const std::string_view inside = text.substr(at, end - at);
      bytes += inside.starts_with("=") ? "{" + std::string(inside) + "}"
                                       : detail::generated(inside, names);
      at = end + 1;
    } else {
      bytes += letter;
    }
  }
  return bytes;
}

// Whether the line matches; stores the text matched by "{=name}" in `names`.
inline bool matches(std::string_view line, std::string_view expected, Names& names) {
  const size_t brace = expected.find("{=");
  if (brace == std::string_view::npos) return line == expected;
  if (line.substr(0, brace) != expected.substr(0, brace)) return false;
  const size_t end = expected.find('}', brace);
  const size_t digits_end = line.find_first_not_of("0123456789", brace);
  const std::string_view digits = line.substr(brace, digits_end - brace);
  if (digits.empty()) return false;
  names[std::string(expected.substr(brace + 2, end - brace - 2))] = digits;
  return matches(line.substr(brace + digits.size()), expected.substr(end + 1), names);
}

namespace detail {

inline void read_line(std::string_view line, int number, bool& skips, Transcript& transcript) {
  const auto rest_after = [&](std::string_view sign) {
    line.remove_prefix(sign.size());
    if (line.starts_with(" ")) line.remove_prefix(1);
    return std::string(line);
  };
  if (line.empty() || line.starts_with("#")) return;
  if (line.starts_with("$")) return void(transcript.options = rest_after("$"));
  if (line.starts_with("%")) return void(transcript.larder_only = rest_after("%"));
  if (line.starts_with("&")) return void(transcript.tcp_only = rest_after("&"));

  Step step{.act = Act::Send, .line = number};
  if (line[0] >= '1' && line[0] <= '9') {
    step.connection = line[0] - '0';
    line.remove_prefix(1);
  }
  if (line.starts_with("<...")) return void(skips = true);
  if (line.starts_with(">>")) {
    step.text = rest_after(">>");
  } else if (line.starts_with(">")) {
    step.text = rest_after(">") + "\\r\\n";
  } else if (line.starts_with("<<")) {
    step.act = Act::ExpectBytes;
    step.text = rest_after("<<");
  } else if (line.starts_with("<")) {
    step.act = Act::ExpectLine;
    step.skips = std::exchange(skips, false);
    step.text = rest_after("<");
  } else if (line == "! closed") {
    step.act = Act::Closed;
  } else if (line == "! end") {
    step.act = Act::End;
  } else if (line.starts_with("+")) {
    step.act = Act::Seconds;
    step.text = rest_after("+");
  } else if (line.starts_with("=")) {
    step.act = Act::Stat;
    step.text = rest_after("=");
  } else {
    refuse("no line of a transcript", line);
  }
  transcript.steps.push_back(std::move(step));
}

}  // namespace detail

inline Transcript read_transcript(const std::filesystem::path& path) {
  Transcript transcript{.name = path.filename().string()};
  std::ifstream file(path);
  int number = 0;
  bool skips = false;
  for (std::string line; std::getline(file, line);) {
    detail::read_line(line, ++number, skips, transcript);
  }
  if (transcript.steps.empty()) detail::refuse("nothing happens in", transcript.name);
  return transcript;
}

// All transcripts of a folder, sorted by name.
inline std::vector<Transcript> read_transcripts(const std::filesystem::path& folder) {
  std::map<std::string, Transcript> sorted;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    sorted.emplace(entry.path().filename().string(), read_transcript(entry.path()));
  }
  std::vector<Transcript> transcripts;
  for (auto& [name, transcript] : sorted) transcripts.push_back(std::move(transcript));
  return transcripts;
}

}  // namespace larder::support
