#include "snapshot/key_ring.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/unique_fd.h"

namespace larder::snapshot {

namespace {

constexpr size_t kTextBytesMax = 64 << 10;

// Bytes of a key file on their way to a KeyRing; wiped at the end.
struct WipedText {
  std::string bytes = std::string(kTextBytesMax + 1, '\0');
  size_t size = 0;
  WipedText() = default;
  WipedText(const WipedText&) = delete;
  WipedText& operator=(const WipedText&) = delete;
  ~WipedText() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  std::string_view view() const { return std::string_view(bytes).substr(0, size); }
};

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool decode_hex(std::string_view digits, std::span<uint8_t, Secret::kBytes> bytes) {
  if (digits.size() != 2 * Secret::kBytes) return false;
  for (size_t i = 0; i < Secret::kBytes; ++i) {
    const int high = value_of(digits[2 * i]);
    const int low = value_of(digits[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

std::string_view trimmed(std::string_view line) {
  const size_t from = line.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return line.substr(from, line.find_last_not_of(" \t\r") - from + 1);
}

base::Outcome read_all(int fd, const std::string& what, WipedText& text) {
  for (;;) {
    const ssize_t count = ::read(fd, text.bytes.data() + text.size, text.bytes.size() - text.size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot read " + what);
    if (count == 0) return base::Done{};
    text.size += static_cast<size_t>(count);
    if (text.size > kTextBytesMax) return base::fail(what + " is longer than 64 KB");
  }
}

}  // namespace

KeyId id_of(const Secret& key) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  constexpr unsigned char kText[] = {'i', 'd'};
  HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(Secret::kBytes), kText, sizeof(kText),
       digest, &size);
  KeyId id;
  std::copy_n(digest, id.size(), id.begin());
  return id;
}

base::Result<KeyRing> KeyRing::parse(std::string_view text) {
  KeyRing ring;
  const auto add = [&ring](Secret secret) {
    const KeyId id = id_of(secret);
    if (ring.find(id) == nullptr) ring.keys_.push_back({id, std::move(secret)});
  };
  if (text.size() == Secret::kBytes) {
    Secret secret;
    std::copy(text.begin(), text.end(), secret.bytes().begin());
    add(std::move(secret));
    return ring;
  }
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    Secret secret;
    if (!decode_hex(line, secret.bytes())) {
      return base::fail("line " + std::to_string(number) +
                        ": expected a key of 64 hexadecimal digits");
    }
    add(std::move(secret));
  }
  if (ring.empty()) return base::fail("no key in it");
  return ring;
}

base::Result<KeyRing> KeyRing::from_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::fail_errno("cannot open the snapshot key file " + path);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return base::fail_errno("cannot read " + path);
  if (S_ISREG(info.st_mode) && (info.st_mode & 0037) != 0) {
    return base::fail("the snapshot key file " + path +
                      " can be written by its group or read by others: its mode may be 0640 at "
                      "most");
  }
  WipedText text;
  if (auto done = read_all(file.get(), path, text); !done) return done.error();
  auto ring = parse(text.view());
  if (!ring) return base::fail("the snapshot key file " + path + ": " + ring.error().text);
  return ring;
}

base::Result<KeyRing> KeyRing::from_command(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return base::fail_errno("cannot run the snapshot key command");
  WipedText text;
  const auto done = read_all(::fileno(pipe), "what the snapshot key command prints", text);
  const int status = ::pclose(pipe);
  if (!done) return done.error();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return base::fail("the snapshot key command failed with status " +
                      std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : status));
  }
  auto ring = parse(text.view());
  if (!ring) return base::fail("the output of the snapshot key command: " + ring.error().text);
  return ring;
}

const Secret* KeyRing::find(const KeyId& id) const noexcept {
  for (const Entry& entry : keys_) {
    if (entry.id == id) return &entry.secret;
  }
  return nullptr;
}

}  // namespace larder::snapshot
