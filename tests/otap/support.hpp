// What the package tests share: one pair of keys, images, packages in memory, ways to read them.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "otap/bundle.hpp"
#include "otap/package_reader.hpp"
#include "otap/package_writer.hpp"

namespace motorcade::otap {

/// Made once: keys are slow to make, and no test changes them.
const SigningKeys& keys();
Trust trust();

/// Bytes that compress a little and are the same in every run.
std::string noise(std::size_t size, std::uint64_t seed);
ImageSpec image_of(std::string ecu_id, std::string bytes, Codec codec = Codec::zstd);
/// Chunks of 1 KiB, so that small images have several.
PackageSpec spec_of(std::vector<ImageSpec> images);

std::string written(const PackageSpec& spec, const Limits& limits = {});
std::string written_v1(const PackageSpec& spec, const Limits& limits = {});
Sink into(std::string& out);

/// A package that its signer made wrong on purpose: sizes and Merkle roots follow from `stored`,
/// the rest is as given.
std::string forged(PackageManifest manifest, const std::vector<std::string>& stored);
PackageManifest manifest_of(std::vector<EcuEntry> ecus);
/// An entry for an image that is `image` and has no stored form yet.
EcuEntry entry_of(std::string ecu_id, std::string_view image, Codec codec);
/// `front` (header, size, manifest) with good signatures and then `payload`.
std::string signed_and(std::string front, std::string_view payload);

/// Opens, verifies and reads; the images' bytes one behind the other, or the first error.
Result<std::string> read_package(std::string bytes, const Trust& trusted = trust(),
                                 const Limits& limits = {});
Result<std::string> read_image(ImageReader& reader, std::size_t piece = 1000);

template <class T>
Errc code_of(const Result<T>& result) {
  return result ? Errc{} : static_cast<Errc>(result.error().code.value());
}

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace motorcade::otap
