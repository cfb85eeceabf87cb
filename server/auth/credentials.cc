#include "server/auth/credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/words.h"

namespace larder::server {
namespace {

// A larger file is assumed not to be a password file.
constexpr size_t kFileSizeMax = 1 << 20;

// Compares all bytes of `given`, even after a difference has been found.
bool is_equal(std::string_view given, std::string_view known) noexcept {
  size_t difference = given.size() ^ known.size();
  for (size_t i = 0; i < given.size(); ++i) {
    const char other = known.empty() ? '\0' : known[i % known.size()];
    difference |= static_cast<unsigned char>(given[i] ^ other);
  }
  return difference == 0;
}

base::Result<std::string> read_file(const std::string& path) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "re"), close);
  if (file == nullptr) return base::fail_errno(fmt::format("Could not open authfile [{}]", path));
  std::string text(kFileSizeMax + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return base::fail_errno(fmt::format("Could not read authfile [{}]", path));
  }
  if (text.size() > kFileSizeMax)
    return base::fail(fmt::format("Authfile [{}] is too large", path));
  return text;
}

}  // namespace

base::Result<Credentials> Credentials::parse(std::string_view text, Format format) {
  Credentials credentials;
  for (size_t number = 1; !text.empty(); ++number) {
    std::string_view line = base::take_word(text, "\n");
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.size() > kLineSizeMax) {
      return base::fail(
          fmt::format("has a malformed entry in line {}. Should be 'user:password'", number));
    }
    const std::string user(line.substr(0, colon));
    const std::string password(line.substr(colon + 1));
    credentials.entries_.push_back({user, password});
    if (format == Format::Plain) continue;
    for (size_t end = password.find(':'); end != std::string::npos;
         end = password.find(':', end + 1)) {
      credentials.entries_.push_back({user, password.substr(0, end)});
    }
  }
  const auto has_name = [](const Entry& entry) { return !entry.user.empty(); };
  if (std::ranges::none_of(credentials.entries_, has_name)) {
    return base::fail("has no user. Should have a line 'user:password'");
  }
  return credentials;
}

bool Credentials::match(std::string_view user, std::string_view password) const noexcept {
  // No entry is longer than this, and a client knows the length of its own input.
  if (user.size() > kLineSizeMax || password.size() > kLineSizeMax) return false;
  bool is_known = false;
  for (const Entry& entry : entries_) {
    const bool is_user = is_equal(user, entry.user);
    const bool is_password = is_equal(password, entry.password);
    is_known |= is_user & is_password;
  }
  return is_known;
}

base::Outcome CredentialFile::reload() {
  base::Result<std::string> text = read_file(path_);
  if (!text) return text.error();
  base::Result<Credentials> parsed = Credentials::parse(*text, format_);
  if (!parsed) return base::fail(fmt::format("Authfile [{}] {}", path_, parsed.error().text));
  auto credentials = std::make_shared<const Credentials>(std::move(*parsed));
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
  return base::Done{};
}

bool CredentialFile::match(std::string_view user, std::string_view password) const {
  std::shared_ptr<const Credentials> credentials;
  {
    const std::lock_guard lock(mutex_);
    credentials = credentials_;
  }
  return credentials != nullptr && credentials->match(user, password);
}

}  // namespace larder::server
