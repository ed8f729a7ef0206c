// The reference as a process that answers: each line in is the path of a file, each line out its hash, its quality, the
// seconds from the file to the hash, and those of the hash step alone.
#include <pdq/cpp/io/pdqio.h>

#include <chrono>
#include <iostream>
#include <string>

int main() {
  using Clock = std::chrono::steady_clock;
  std::string path;
  while (std::getline(std::cin, path)) {
    facebook::pdq::hashing::Hash256 hash;
    int quality = 0, pixels = 0;
    float read = 0, step = 0;
    const auto start = Clock::now();
    if (!facebook::pdq::hashing::pdqHash256FromFile(path.c_str(), hash, quality, pixels, read, step)) return 1;
    const std::chrono::duration<double> whole = Clock::now() - start;
    std::cout << hash.format() << ' ' << quality << ' ' << whole.count() << ' ' << step << std::endl;
  }
}
