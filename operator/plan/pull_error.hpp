// What a kubelet's words say about why an image could not be pulled.
#pragma once

#include <string>
#include <string_view>

namespace plan {

enum class PullError {
  kUnknown,     ///< the words name no cause (yet): an older kubelet's back-off
  kCredential,  ///< the registry wants a credential, or another one
  kOther,       ///< no such image, no such host, an untrusted certificate, a full disk, ...
};

/// Reads the state of a waiting container: `reason` is ErrImagePull or ImagePullBackOff, `message` the words of kubelet
/// and container runtime (containerd, CRI-O). Names of images and URLs in the message do not count: an image may be
/// called "denied".
[[nodiscard]] PullError pull_error(std::string_view reason, std::string_view message);

/// The registry of an image as it is written in a Pod: "harbor.example.com:8443" of
/// "harbor.example.com:8443/library/app:1"; "docker.io" of "nginx". By the rules of distribution's reference.
[[nodiscard]] std::string image_host(std::string_view image);

}  // namespace plan
