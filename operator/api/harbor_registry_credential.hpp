// Where Harbor is and with which credential: the part of the spec that the operator talks to Harbor by. Part of
// harbor_registry_spec.cpp, apart from it for its size.
#pragma once

#include "api/harbor_registry.hpp"
#include "api/spec_reader.hpp"

namespace api {

/// Reads endpoint, tls, credential and interval of the spec at `root`. The rules of the schema that tie one field to
/// another are held here again, since an older schema may have let the object pass: after none of them is complained
/// of, what the structs promise is true.
void read_harbor(SpecReader& reader, const Place& root, HarborRegistrySpec& out);

}  // namespace api
