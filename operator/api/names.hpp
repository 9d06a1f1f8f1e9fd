// Names that are API: what users, RBAC rules and other tools rely on.
#pragma once

#include <string_view>

namespace api {

inline constexpr std::string_view kGroup = "harborpull.io";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr std::string_view kApiVersion = "harborpull.io/v1alpha1";
inline constexpr std::string_view kKind = "HarborRegistry";
inline constexpr std::string_view kPlural = "harborregistries";
inline constexpr std::string_view kFinalizer = "harborpull.io/cleanup";

inline constexpr std::string_view kFieldManager = "harbor-pull-operator";
inline constexpr std::string_view kDefaultSecretName = "harbor-pull";
inline constexpr std::string_view kDefaultNamespace = "harbor-pull-system";
inline constexpr std::string_view kStateSecret = "harbor-pull-operator-state";
inline constexpr std::string_view kLease = "harbor-pull-operator";

/// Made by kube-controller-manager in every namespace; Pods that name no ServiceAccount run as this one.
inline constexpr std::string_view kDefaultAccount = "default";

inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kPullSecretLabel = "harborpull.io/pull-secret";
inline constexpr std::string_view kRegistriesAnnotation = "harborpull.io/registries";
inline constexpr std::string_view kContentHashAnnotation = "harborpull.io/content-hash";
inline constexpr std::string_view kIgnoreAnnotation = "harborpull.io/ignore";
inline constexpr std::string_view kReconcileAtAnnotation = "harborpull.io/reconcile-at";
inline constexpr std::string_view kFluxReconcileAnnotation = "reconcile.fluxcd.io/requestedAt";
inline constexpr std::string_view kRotateAtAnnotation = "harborpull.io/rotate-at";
inline constexpr std::string_view kRegistryAnnotation = "harborpull.io/registry";    ///< whose robots a state is
inline constexpr std::string_view kNamespaceAnnotation = "harborpull.io/namespace";  ///< likewise; empty: of all
inline constexpr std::string_view kAttachedPrefix = "attached.harborpull.io/";       ///< followed by the Secret's name

/// The value of that annotation when the admission policy wrote it; the operator writes none. (Field managers do not
/// tell: the API server tracks none of a ServiceAccount that was created empty, nor what admission adds.)
inline constexpr std::string_view kPlacedByPolicy = "admission-policy";

inline constexpr std::string_view kDockerConfigType = "kubernetes.io/dockerconfigjson";
inline constexpr std::string_view kDockerConfigKey = ".dockerconfigjson";
inline constexpr std::string_view kBasicAuthType = "kubernetes.io/basic-auth";

}  // namespace api
